// NExT-GPT (Wu et al. 2023, arXiv:2309.05519): a language model says signal tokens, and their states, through a small transformer with queries, become the
// condition of a generator that stays as it is. Its second step, the alignment on the side of the decoder: cross-entropy on the tokens, MSE to the
// states of the generator's own text tower; beside it ordinary conversations, so that it only draws when it is asked to.
// Must show: world-detector finds the object that was asked for in >= 0.7 of the images of replies (about what the generator draws from the text itself).
//
//   sensorium train recipes/next-gpt.ts --out runs/next-gpt [seed=1]     (SENSORIUM_GENERATOR: another generator than models/world-generator)
//   sensorium ask "Draw a red apple left of a dog." --model runs/next-gpt/model --images apple.png

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { mixture } from '../src/data/index.js';
import { GENERATOR_FOLDER, ReplyImages } from '../src/generate/index.js';
import { open, signals, signalTokens } from '../src/models.js';
import { DRAWING_KEY, defineRecipe, drawings, sceneData, stage } from '../src/train/index.js';
import { SensoriumError } from '../src/util/errors.js';
import { world } from '../src/world/index.js';
import { asked, drawingRequest, measureDrawings, worldGenerator } from './parts/drawings.js';
import { TUNE } from './parts/instruct.js';
import { finishZoo } from './parts/zoo.js';

const TOKENS = signalTokens(4);
const GENERATOR = worldGenerator();

export const finish = finishZoo('next-gpt', {
  system: 'NExT-GPT',
  own: 'signal tokens whose states, through an output projection, condition a generator',
  paper: 'Wu et al. 2023, arXiv:2309.05519',
  published: 'ImageBind, Vicuna-7B with LoRA, 4 signal tokens for images, Stable Diffusion v1.5; captions of CC3M, then 5K MosIT dialogues',
  tokens: TOKENS.length,
  rows: 100,
  async measure(model, context, rows) {
    const { dir, signal } = context;
    await cp(GENERATOR, join(dir, 'model', GENERATOR_FOLDER), { recursive: true });
    model.images = await ReplyImages.open(model.model);
    if (!model.images) throw new SensoriumError('cli.draw', 'the trained model does not draw', { place: dir });
    let spoken = 0;
    const draw = async (text: string, seed: number) => {
      const { images = [] } = await model.generate(`Draw ${text}.`, { maxTokens: 16, draw: { seed }, signal });
      spoken += images.length;
      return images[0];
    };
    const [score, objects, blind] = await measureDrawings(draw, asked(rows), { dir, signal });
    context.note(`${spoken} of ${rows} replies hold the signal tokens`);
    return { score, blind, more: [objects] };
  },
});

export default defineRecipe({
  name: 'next-gpt',
  model: open('models/sensorium-tiny', { tokens: TOKENS, adapters: [signals({ tokens: TOKENS, rows: 20, size: 64, layers: 2 })] }),
  stages: [
    stage.signals({
      train: ['adapters', 'language'],
      generator: GENERATOR,
      data: mixture({
        parts: [
          {
            data: drawings({ scenes: 40_000, seed: 303 }, (scene, text) => ({
              messages: [
                { role: 'user', content: drawingRequest(text, scene.noiseSeed) },
                { role: 'assistant', content: TOKENS.join('') },
              ],
              extra: { [DRAWING_KEY]: text },
            })),
            weight: 9,
          },
          { data: sceneData(world.instructions({ scenes: 20_000, seed: 304, turns: 4 })), weight: 1 },
        ],
        how: 'weighted',
        seed: 0,
      }),
      steps: 3000,
      ...TUNE,
      batch: 32,
      blindEvery: 0,
      lr: 1e-3,
      weight: 4,
    }),
  ],
});
