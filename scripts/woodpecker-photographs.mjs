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

process.env.SENSORIUM_WORKERS = '0'; // sources are compiled as they are loaded, which threads cannot do
const load = (file) => tsImport(join(root, 'src', file), import.meta.url);
const { measurePhotographs, photographTable } = await load('trust/photographs.ts');
const photos = photographs().map((photo) => ({ ...photo, bytes: readFileSync(join(folder, fileOf(photo))) }));
const result = await measurePhotographs(photos, {
  onText: (detector, { image, text, corrected, labels, verdicts }) => {
    if (values.trace) console.error(`${detector} | ${image} | ${labels} | ${verdicts} | ${text} | ${corrected}`);
  },
});
writeFileSync(values.out, `${JSON.stringify(result, null, 1)}\n`);
console.log(photographTable(result));
