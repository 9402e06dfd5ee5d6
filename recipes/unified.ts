// Unified in-context generation (Sheng et al. 2023, arXiv:2312.02520): codes of images and words in one vocabulary, a decoder with sparse experts that are chosen by
// the modality of a token, and demonstrations that tell what is asked for: a name, a color, the pixels of the thing, or the picture in another color.
// Must show: with two demonstrations text answers and masks are better than without any, with shuffled ones and without the picture.
//
//   sensorium train recipes/unified.ts --out runs/unified [seed=1]        first trains recipes/vq.ts inside, unless SENSORIUM_VQ names its model

import { join } from 'node:path';
import { unifyModel } from '../src/model/index.js';
import { openModel } from '../src/models.js';
import { attributeMoe } from '../src/networks/index.js';
import { unifiedContext } from '../src/reason/index.js';
import { defineRecipe, OpenedState, runRecipe, stage } from '../src/train/index.js';
import { measureUnified } from './parts/unified.js';
import { finishZoo } from './parts/zoo.js';
import { shipped } from './quickstart.js';
import vq, { finish as finishVq } from './vq.js';

/** Codes of an image, with the tokens around them. */
const TOKENS = 38;

export const finish = finishZoo('unified', {
  system: 'Unified in-context generation [174]',
  own: 'codes of images and words in one vocabulary, experts chosen by modality; answers in words or pictures as the demonstrations show',
  paper: 'Sheng et al. 2023, arXiv:2312.02520',
  published:
    'VQGAN codes and GPT-2 tokens, a decoder of 24 layers with 8 experts; class-aware segmentation and captioning of MS-COCO and Visual Genome',
  tokens: TOKENS,
  rows: 60,
  async measure(model, { dir, signal }, rows) {
    const scores = await measureUnified(model, { dir, n: rows, signal });
    const [score, ...more] = scores as [(typeof scores)[number], ...typeof scores];
    const blind = more.find(({ name }) => name.startsWith('text accuracy') && name.endsWith('blind'));
    return { score, ...(blind ? { blind } : {}), more: more.filter((one) => one !== blind) };
  },
});

export default defineRecipe({
  name: 'unified',
  seed: 0,
  state: async ({ seed, dir, signal }) => {
    const run = join(dir, 'vq');
    let images = process.env.SENSORIUM_VQ;
    if (!images) {
      const result = await runRecipe({ ...vq, seed }, { dir: run, resume: true, signal });
      await finishVq({ result, dir: run, signal: signal ?? new AbortController().signal, note: () => undefined, publish: async () => {} });
      images = join(run, 'model');
    }
    const start = join(dir, 'start');
    await unifyModel(start, { language: shipped('world-llama'), images, positions: 384, seed, signal });
    return new OpenedState(await openModel(start, { adapters: [attributeMoe({ experts: 4, active: 2, every: 4 })], seed, signal }), {
      seed,
    });
  },
  describe: { language: 'world-llama', images: 'vq', experts: 4 },
  stages: [
    stage.unified({
      train: ['adapters', 'language'],
      data: unifiedContext({ seed: 601, shots: [1, 2] }),
      steps: 600,
      batch: 12,
      lr: 1.5e-3,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      minRatio: 0.03,
      maxLength: 288,
      codeWeight: 0.2,
      blindEvery: 0,
    }),
  ],
});
