// Link-context learning (Tai et al. 2023, arXiv:2308.07891): new names for new objects, linked by demonstrations in the context. Episodes of two
// concepts with made-up names; one in five objects and names is held out. The tower is frozen; connector and language model learn.
// Must show: the accuracy of the choice between two new names of two new objects rises with the number of demonstrations, from chance at none.
//
//   sensorium train recipes/link-context.ts --out runs/link-context [seed=1]

import type { FinishContext } from '../src/cli/recipe-module.js';
import { responderOf, type Score } from '../src/evaluate/index.js';
import { mllm, mlp } from '../src/networks/index.js';
import { linkContext, measureSelectors, measureShots } from '../src/reason/index.js';
import { ClipEmbedder } from '../src/serve/clip-embedder.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { packageRoot } from '../src/util/package.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { finishZoo } from './parts/zoo.js';

/** World-clip and world-llama joined by four rows an image, so that eight demonstrations fit into 256 positions. */
export const contextModel = () => mllm({ vision: worldClip(), connector: mlp({ shuffle: 4 }), language: worldLlama() });

/** A stage over episodes. */
export const episodes = (steps: number, options: Parameters<typeof linkContext>[0] = {}, more: Record<string, unknown> = {}) =>
  stage.instruct({
    name: 'episodes',
    train: ['connector', 'language'],
    data: linkContext({ episodes: 200_000, seed: 1, ...options }),
    steps,
    batch: 16,
    lr: 1.5e-3,
    betas: [0.9, 0.98],
    weightDecay: 0.02,
    minRatio: 0.03,
    maxLength: 256,
    ...more,
  });

export const finish = finishZoo('link-context', {
  system: 'Link-Context Learning',
  own: 'episodes that link new names to new objects, with contrast to others',
  paper: 'Tai et al. 2023, arXiv:2308.07891',
  published: 'Shikra-13B tuned on ImageNet-1k episodes; ISEKAI, 2 concepts in 16 shots',
  tokens: 4,
  async measure(model, { signal }: FinishContext, rows) {
    const responder = await responderOf(model);
    const clip = await ClipEmbedder.load(`${packageRoot()}/models/world-clip`);
    try {
      const curve = await measureShots(responder, [0, 1, 2, 4, 8], { n: rows, signal });
      const selected = await measureSelectors(responder, clip, { n: Math.ceil(rows / 2), signal });
      const [blind, ...more] = [...curve, ...selected] as [Score, ...Score[]];
      const score = more.find(({ name }) => name.includes('8 shots')) as Score;
      return { score, blind, more: more.filter((one) => one !== score) };
    } finally {
      await clip.dispose();
      await responder.dispose();
    }
  },
});

export default defineRecipe({ name: 'link-context', model: contextModel(), from: SHIPPED, stages: [episodes(4000)] });
