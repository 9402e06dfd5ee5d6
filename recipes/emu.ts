// Emu (Sun et al. 2023, arXiv:2307.05222): one model, one objective. In a reply an image stands as its visual rows between <img> and </img>; the next word is
// classified, the next row is regressed (l2) from the state before it. Then a generator learns to draw from rows, the language model's own among them.
// A request has one arrangement: what is regressed is the mean of what could come, and a mean over places would be of nothing.
// Must show: world-detector finds the object that was asked for in >= 0.7 of the images of replies.
//
//   sensorium train recipes/emu.ts --out runs/emu [seed=1]     (SENSORIUM_GENERATOR: another generator than models/world-generator)
//   sensorium ask "Draw a red apple left of a dog." --model runs/emu/model --images apple.png

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { mixture } from '../src/data/index.js';
import { GENERATOR_FOLDER, ReplyImages } from '../src/generate/index.js';
import { latents, open } from '../src/models.js';
import { defineRecipe, drawings, sceneData, sceneImage, stage } from '../src/train/index.js';
import { SensoriumError } from '../src/util/errors.js';
import { world } from '../src/world/index.js';
import { trainDecoder } from './parts/decoder.js';
import { asked, drawingRequest, measureDrawings } from './parts/drawings.js';
import { TUNE } from './parts/instruct.js';
import { finishZoo } from './parts/zoo.js';

/** Rows of an image of sensorium-tiny. */
const ROWS = 64;

export const finish = finishZoo('emu', {
  system: 'Emu',
  own: 'regression of the next visual row, and a generator that draws from rows',
  paper: 'Sun et al. 2023, arXiv:2307.05222',
  published:
    'EVA-CLIP 1B, a causal transformer to 32 rows, LLaMA-13B, Stable Diffusion v1.5; 82 million image-text pairs, interleaved web pages and videos',
  tokens: ROWS,
  rows: 60,
  async measure(model, context, rows) {
    const { dir, signal } = context;
    const decoder = await trainDecoder(model, { ...context, rows: ROWS });
    await cp(decoder, join(dir, 'model', GENERATOR_FOLDER), { recursive: true });
    model.images = await ReplyImages.open(model.model);
    if (!model.images) throw new SensoriumError('cli.draw', 'the trained model does not draw', { place: dir });
    const draw = async (text: string, seed: number) =>
      (await model.generate(`Draw ${text}.`, { maxTokens: 8, draw: { seed }, signal })).images?.[0];
    const [score, objects, blind] = await measureDrawings(draw, asked(rows), { dir, signal });
    return { score, blind, more: [objects] };
  },
});

export default defineRecipe({
  name: 'emu',
  model: open('models/sensorium-tiny', { tokens: ['<img>', '</img>'], adapters: [latents({ rows: ROWS })] }),
  stages: [
    stage.latents({
      train: ['adapters', 'language'],
      data: mixture({
        parts: [
          {
            data: drawings({ scenes: 40_000, seed: 305 }, (scene, text, sprites) => ({
              messages: [
                { role: 'user', content: drawingRequest(text, scene.noiseSeed) },
                {
                  role: 'assistant',
                  content: [
                    { type: 'text', text: '<img>' },
                    { type: 'image', source: sceneImage(scene, sprites) },
                    { type: 'text', text: '</img>' },
                  ],
                },
              ],
            })),
            weight: 9,
          },
          { data: sceneData(world.instructions({ scenes: 20_000, seed: 306, turns: 4 })), weight: 1 },
        ],
        how: 'weighted',
        seed: 0,
      }),
      steps: 3000,
      ...TUNE,
      batch: 16,
      blindEvery: 0,
      lr: 1e-3,
    }),
  ],
});
