#!/usr/bin/env node
// Measures Woodpecker's corrections of captions.json on its photographs beside our labels, for each detector alone and both: results/woodpecker-photographs.json.
// First: node scripts/photographs.mjs OUT; npx sensorium assets get. Then: node scripts/woodpecker-photographs.mjs OUT [--out FILE] [--trace]

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tsImport } from 'tsx/esm/api';
import { fileOf, photographs } from './photographs.mjs';

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'results/woodpecker-photographs.json') }, trace: { type: 'boolean' } },
  allowPositionals: true,
});
const [folder] = positionals;
if (!folder) throw new Error('usage: node scripts/woodpecker-photographs.mjs FOLDER');

const load = (file) => tsImport(join(root, 'src', file), import.meta.url);
const { measurePhotographs } = await load('trust/photographs.ts');
const photos = photographs().map((photo) => ({ ...photo, bytes: readFileSync(join(folder, fileOf(photo))) }));
const result = await measurePhotographs(photos, {
  onText: (detector, { image, text, corrected, lines }) => {
    if (values.trace) console.error(`${detector} | ${image}\n  ${text}\n  ${corrected}\n${lines.map((line) => `    ${line}`).join('\n')}`);
  },
});
writeFileSync(values.out, `${JSON.stringify(result, null, 1)}\n`);
for (const [name, { all }] of Object.entries(result.detectors)) {
  const shown = ({ value, low, high, n }) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] of ${n}`;
  console.log(`${name}: precision ${shown(all.precision)}, recall ${shown(all.recall)}, kept ${shown(all.kept)}`);
}
