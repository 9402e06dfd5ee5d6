// Models with encoders other than a plain tower: towers taken from folders into them, trained, saved, opened and asked.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Mllm } from '../generate/mllm.js';
import { DrawnImage } from '../media/index.js';
import type { EncoderSpec } from '../networks/index.js';
import { clipVision, type EncoderMllm, interpolated, linear, llama, mllm, mlp, patches, tiles, windows } from '../networks/index.js';
import { loadWeights } from '../weights/index.js';
import { world } from '../world/index.js';
import { assemble, defineRecipe, runRecipe, stage, type TrainedModel } from './index.js';
import { worldTokenizer } from './world-tokenizer.js';

const root = join(import.meta.dirname, '../..');
const WORLD_CLIP = join(root, 'models/world-clip');
const tower = clipVision({
  imageSize: 64,
  patchSize: 8,
  width: 128,
  layers: 3,
  heads: 4,
  stem: [32, 64],
  stemNorm: true,
  featureLayer: -1,
});
const fresh = clipVision({ imageSize: 32, patchSize: 16, width: 16, layers: 1, featureLayer: -1 });
const language = llama({ width: 16, layers: 1, heads: 2 });
const spec = (vision: EncoderSpec, connector = mlp()) => mllm({ vision, connector, language });

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-encoders-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('an encoder with a trained tower inside', () => {
  it('has its weights and its image processor, whatever stands around it', async () => {
    const vision = tiles({ of: interpolated({ of: tower, size: 64 }), grids: [[1, 2]] });
    const state = await assemble(spec(vision), { seed: 0, from: { vision: WORLD_CLIP }, tokenizer: worldTokenizer });
    const network = state.model.network as EncoderMllm;
    expect(network.clip?.path).toBe('vision_tower.of.of.vision_model');
    const source = await loadWeights(WORLD_CLIP);
    for (const name of ['embeddings.stem.0.weight', 'encoder.layers.2.mlp.fc2.bias']) {
      const p = network.parameters().find((one) => one.name === `vision_tower.of.of.vision_model.${name}`);
      expect(p && state.value(p).data).toEqual((await source.read(`vision_model.${name}`)).data);
    }
    expect(network.config.encoder).toMatchObject({ of: { of: { image_processor: { crop_size: { height: 64, width: 64 } } } } });
  });

  it('is refused where the recipe says otherwise, or has no such tower', async () => {
    const other = clipVision({ imageSize: 64, patchSize: 8, width: 64, layers: 3, stem: [32, 64] });
    for (const vision of [windows({ of: other }), patches({ patch: 8 })])
      await expect(assemble(spec(vision), { seed: 0, from: { vision: WORLD_CLIP }, tokenizer: worldTokenizer })).rejects.toMatchObject({
        code: 'train.from',
      });
  });
});

describe.each([
  ['tiles', spec(tiles({ of: fresh, grids: [[1, 2]] })), ['connector', 'language']],
  ['windows', spec(windows({ of: fresh, grid: [1, 2], attention: 2, mlp: 2 })), ['connector', 'adapters']],
  ['patches', spec(patches({ patch: 16 }), linear()), ['connector', 'language']],
] as const)('%s', (_name, model, train) => {
  it('train over scenes of two shapes, are saved, opened again, and answer as they did', async () => {
    const recipe = defineRecipe({
      model,
      stages: [
        stage.instruct({
          train: [...train],
          steps: 2,
          batch: 2,
          maxLength: 128,
          data: world.instructions({ scenes: 8, size: 32, aspect: [1, 2], turns: 2, captions: 0 }),
        }),
      ],
    });
    const { state, summaries } = await runRecipe(recipe, { dir: join(dir, 'run') });
    expect(summaries[0]?.loss.last).toBeLessThan(20);
    const folder = join(dir, 'model');
    await (state as TrainedModel).save(folder);
    expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toMatchObject({ model_type: 'sensorium_mllm' });
    const source = new DrawnImage(48, 32, 'gray', () => new Uint8Array(48 * 32 * 3).fill(90));
    const [one, two] = [await Mllm.load(folder), await Mllm.load(folder)];
    const ask = (m: Mllm) => m.generate([{ type: 'image', source }, 'What is there?'], { maxTokens: 4 });
    const [first, second] = [await ask(one), await ask(two)];
    expect(first.text).toBe(second.text);
    await one.dispose();
    await two.dispose();
  });
});
