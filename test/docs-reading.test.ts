// docs/reading.md: every line that it sends a reader to holds what the page says, and it leaves out no file that a forward pass goes through.

import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error a script without types
import { renumbered } from '../scripts/reading.mjs';
import { input, withInputs } from '../src/graph/index.js';
import { type LlavaNetwork, readFamily } from '../src/networks/index.js';
import { FAMILIES } from './golden/read.js';

it('docs/reading.md has the line numbers of the sources (node scripts/reading.mjs sets them)', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/reading.md'), 'utf8');
  expect(page).toMatch(/src\/[\w./-]+:[1-9]\d*` `/);
  expect((renumbered as (page: string) => string)(page)).toBe(page);
});

it('names every file of src/networks that runs between pixels and logits, and leaves the network small enough to read', async () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/reading.md'), 'utf8');
  const { family, config } = readFamily(JSON.parse(readFileSync(join(FAMILIES, 'llava/clip/config.json'), 'utf8')));
  const network = (family.build(config as never) as LlavaNetwork).nameParameters();
  const at = input('at', [network.imageTokens], 'int32');
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const rows = withInputs({ sizes: { images: 1 } }, () => network.connect(network.encode()));
  const segments = input('segments', [2, 24], 'int32');
  const positions = network.language_model.trainingPositions(2, 24);
  network.language_model.logits(network.hidden(input('ids', [2, 24], 'int32'), rows, at, { segments, positions }));
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const ran = result
    .filter(({ functions }) => functions.some((f) => f.functionName !== '' && f.functionName !== '__name' && f.ranges[0]?.count))
    .flatMap(({ url }) => /src\/networks\/[\w./-]+\.ts/.exec(url)?.[0] ?? []);
  const [, path = ''] = /## From pixels to logits\n([\s\S]*?)\n##/.exec(page) ?? [];
  const named = [...path.matchAll(/^\| \d+ \| `(src\/networks\/[\w./-]+):/gm)].map((m) => m[1]);
  const prepared = 'src/networks/families/llava/processor.ts'; // runs before: pixels are its result
  expect([...new Set(ran), prepared].sort()).toEqual([...new Set(named), 'src/networks/language/adapted.ts'].sort());

  const [, files, lines] = /The network alone is (\d+) files with ([\d,]+) lines/.exec(page) ?? [];
  expect(Number(files)).toBeLessThanOrEqual(9);
  expect(Number(lines?.replace(',', ''))).toBeLessThanOrEqual(1000);
});
