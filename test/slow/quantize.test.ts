// A checkpoint larger than the memory that quantizing it may take.

import { mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { quantizeFolder } from '../../src/generate/index.js';
import { llama } from '../../src/networks/index.js';
import { layoutSafetensors } from '../../src/weights/index.js';

const root = await mkdtemp(join(tmpdir(), 'sensorium-quantize-'));
afterAll(() => rm(root, { recursive: true, force: true }));

/** What quantizing may add to the process: pieces of a matrix, what was made of them, and what the collector has not taken back yet. */
const BOUND = 300e6;

it('quantizes a checkpoint of 1.3 GB in less than 300 MB', async () => {
  const network = llama({
    width: 2048,
    layers: 6,
    heads: 16,
    kvHeads: 16,
    vocabSize: 4096,
    positions: 128,
    feedForward: 5632,
    tied: false,
  })
    .build()
    .nameParameters();
  const layout = layoutSafetensors(network.parameters().map((p) => ({ name: p.name, dtype: 'float32' as const, shape: p.dims })));
  expect(layout.size).toBeGreaterThan(4 * BOUND);
  const dir = join(root, 'model');
  await mkdir(dir);
  await writeFile(join(dir, 'config.json'), JSON.stringify({ ...network.config, model_type: 'llama' }));
  const file = await open(join(dir, 'model.safetensors'), 'w');
  await file.write(layout.head, 0, layout.head.length, 0);
  await file.truncate(layout.size); // zeros, which take no space on most disks
  await file.close();

  const before = process.memoryUsage().rss;
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  try {
    await quantizeFolder(dir, join(root, 'int4'), { activations: 'int8' });
  } finally {
    clearInterval(look);
  }
  expect(most - before).toBeLessThan(BOUND);
  expect((await stat(join(root, 'int4/model.safetensors'))).size).toBeLessThan(layout.size / 2);
});
