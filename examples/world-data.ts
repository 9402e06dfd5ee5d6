// Writes five scenes as a LLaVA data set (data.json and PNG files), reads it back, and prints what is true of the first scene.
//   npx tsx examples/world-data.ts [folder to write]

import { readLlava, worldSamples, writeLlava } from 'sensorium/data';
import { CATEGORIES, makeScene, TINTS } from 'sensorium/world';

const DIR = process.argv[2] ?? 'runs/example-world';
const options = { scenes: 5, split: 'test', seed: 7, language: 'en' } as const;
await writeLlava(DIR, worldSamples(options), { force: true });

for await (const { images, turns } of readLlava(DIR)) console.log(`${images[0]?.path}: ${turns[0]?.user} ${turns[0]?.assistant}`);
for (const { category, tint, box } of makeScene(0, options).objects)
  console.log(`  ${TINTS[tint]?.en} ${CATEGORIES[category]?.en} at ${box}`);
