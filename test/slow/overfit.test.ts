// A tiny multimodal model learns eight image-text pairs by heart, through the same stages a recipe uses; and both runtimes agree on it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Mllm } from '../../src/index.js';
import { clipVision, llama, mllm, mlp } from '../../src/networks/index.js';
import { selectRuntime } from '../../src/runtime/select.js';
import { defineRecipe, runRecipe, stage, type TrainedModel } from '../../src/train/index.js';
import { loadSprites, renderScene, world } from '../../src/world/index.js';

const dir = await mkdtemp(join(tmpdir(), 'sensorium-overfit-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const data = world.captions({ scenes: 8, seed: 5, detail: 'short' });
const recipe = defineRecipe({
  name: 'overfit',
  model: mllm({
    vision: clipVision({ imageSize: 64, patchSize: 16, width: 64, layers: 1, heads: 2, featureLayer: -1 }),
    connector: mlp({ shuffle: 2 }),
    language: llama({ width: 64, layers: 2, heads: 2, positions: 96 }),
  }),
  stages: [
    stage.pretrain({
      train: ['vision', 'connector', 'language'],
      data,
      batch: 8,
      maxLength: 96,
      steps: 150,
      lr: 4e-3,
      weightDecay: 0,
      blindEvery: 50,
    }),
  ],
});

describe('a tiny multimodal model', () => {
  it('learns eight pairs to a loss below 0.05, then says the captions it was shown', async () => {
    const { state, summaries } = await runRecipe(recipe, { dir: join(dir, 'run') });
    expect(summaries[0]?.loss.last).toBeLessThan(0.05);
    const folder = join(dir, 'model');
    await (state as TrainedModel).save(folder);

    const sprites = await loadSprites();
    const asked = Array.from({ length: 8 }, (_, i) => {
      const { scene, text } = data.get(i);
      return { text, question: 'Describe the image briefly.', image: { width: 64, height: 64, data: renderScene(scene, sprites) } };
    });
    const replies: Record<string, string[]> = {};
    for (const name of ['native', 'node'] as const) {
      const model = await Mllm.load(folder, { runtime: await selectRuntime(name) });
      replies[name] = await model.answer(asked, { maxTokens: 60 });
      // One by one as in a batch.
      const alone = await model.generate([{ type: 'image', source: asked[3]?.image as never }, 'Describe the image briefly.'], {
        maxTokens: 60,
      });
      expect(alone.text).toBe(replies[name][3]);
      await model.dispose();
    }
    expect(replies.native).toEqual(asked.map((a) => a.text));
    expect(replies.node).toEqual(replies.native);
  });
});
