// Frames that have to be resized, by the files that published folders have for them: pixels and features of transformers' video processors
// (golden/make_published.py).

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Mllm } from '../src/generate/index.js';
import type { HostTensor } from '../src/util/host.js';
import { noise } from './golden/noise.js';
import { distance, golden } from './golden/read.js';

interface Video {
  folder: string;
  remove: string[];
  files: Record<string, object>;
  width: number;
  height: number;
  count: number;
}
const g = await golden('published/videos');
const root = await mkdtemp(join(tmpdir(), 'videos-'));
afterAll(() => rm(root, { recursive: true }));

it.each(Object.entries(g.json<Record<string, Video>>()))('%s: pixels and features are those of transformers', async (name, video) => {
  const dir = join(root, name);
  await cp(join('test/golden/families', video.folder), dir, { recursive: true });
  for (const file of video.remove) await rm(join(dir, file));
  for (const [file, content] of Object.entries(video.files)) {
    const path = join(dir, file);
    const old = file === 'processor_config.json' ? JSON.parse(await readFile(path, 'utf8')) : {};
    await writeFile(path, JSON.stringify({ ...old, ...content }));
  }
  const model = await Mllm.load(dir, { threads: 1 });
  const frames = Array.from({ length: video.count }, (_, i) => noise(video.width, video.height, i + 11));
  const prepared = model.model.media?.prepareVideo?.(frames);
  if (!prepared) throw new Error('no videos');
  const feeds = await prepared.feeds();
  const pixels = feeds.pixels ?? feeds.patches;
  expect(distance((pixels as HostTensor<'float32'>).data, g.floats(`${name}.pixels`).data)).toBeLessThan(1e-5);
  const rows = await model.encodeImages([{ at: Int32Array.from(prepared.ids.keys()), feeds: prepared.feeds }]);
  const wanted = g.floats(`${name}.rows`);
  expect(distance(rows.data, wanted.data)).toBeLessThan(1e-4);
  expect(prepared.ids.length).toBe(wanted.shape[0]);
  await model.dispose();
});
