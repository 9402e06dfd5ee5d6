// Study: what training makes a model learn in its context. Episodes that link new names to new objects (Link-Context), the same episodes with names at random,
// and the same objects with names of their own and no context, at equal steps. Measured on objects and names that no episode had.
//   sensorium train recipes/studies/shots.ts --sweep variant=link,shuffled,plain seed=1,2,3 --out runs/studies/shots
// The claim: only linked episodes make accuracy rise with the number of demonstrations; the choice and the order of these matter.

import { responderOf, type Score } from '../../src/evaluate/index.js';
import type { Mllm } from '../../src/generate/mllm.js';
import { measureOrders, measureSelectors, measureShots } from '../../src/reason/index.js';
import { ClipEmbedder } from '../../src/serve/clip-embedder.js';
import { defineRecipe } from '../../src/train/index.js';
import { packageRoot } from '../../src/util/package.js';
import { contextModel, episodes } from '../link-context.js';
import { claimed, measured } from '../parts/claim.js';
import { SHIPPED } from '../parts/shipped.js';

const STEPS = 3000;
const SHOTS = [0, 1, 2, 4, 8];
/** Episodes behind each score. */
const N = 200;

const model = contextModel();
const variants = {
  link: { model, stages: [episodes(STEPS)] },
  shuffled: { model, stages: [episodes(STEPS, { links: { shuffled: 1 } })] },
  plain: { model, stages: [episodes(STEPS, { links: { plain: 1 } })] },
};

/** Accuracy by shots, calibrated and not; RICES against random demonstrations; mean and deviation over five orders. */
export async function measures(model: Mllm, n = N) {
  const responder = await responderOf(model);
  const clip = await ClipEmbedder.load(`${packageRoot()}/models/world-clip`);
  try {
    const selectors = ['rices', 'diverse', 'random'];
    const chosen = await measureSelectors(responder, clip, { n: Math.ceil(n / 2), selectors });
    const all: Score[] = [...(await measureShots(responder, SHOTS, { n })), ...chosen];
    const calibrated = await measureSelectors(responder, clip, { n: Math.ceil(n / 2), selectors: ['rices'], calibrate: true });
    all.push(...calibrated.map((score) => ({ ...score, name: `${score.name}, calibrated` })));
    const orders = await measureOrders(responder, { n, shots: 4 });
    const plain = (value: number) => ({ value, low: value, high: value, n });
    return {
      ...Object.fromEntries(all.map(({ name, value, low, high, n: count }) => [name, { value, low, high, n: count }])),
      'accuracy, 4 shots, mean of 5 orders': plain(orders.mean),
      'accuracy, 4 shots, deviation over 5 orders': plain(orders.deviation),
    };
  } finally {
    await clip.dispose();
    await responder.dispose();
  }
}

const of = (variant: string, name: string) => ({ variant, metrics: [`accuracy, ${name}`] });

export const finishSweep = claimed('shots', {
  claim:
    'Episodes that link new names to new objects make a model learn them in its context; other training does not (Link-Context Learning)',
  experiment:
    'world-clip (frozen) and world-llama joined by four rows an image; 3000 steps of episodes; choice between two made-up names of two unseen objects, and among eight for RICES',
  checks: [
    { says: 'linked: 8 shots against none', of: of('link', '8 shots'), than: of('link', '0 shots'), rule: 'above', margin: 0 },
    { says: 'linked against shuffled, 8 shots', of: of('link', '8 shots'), than: of('shuffled', '8 shots'), rule: 'above', margin: 0 },
    { says: 'linked against plain, 8 shots', of: of('link', '8 shots'), than: of('plain', '8 shots'), rule: 'above', margin: 0 },
    {
      says: 'shuffled: 8 shots against none',
      of: of('shuffled', '8 shots'),
      than: of('shuffled', '0 shots'),
      rule: 'within',
      margin: 0.05,
    },
    { says: 'linked: RICES against random demonstrations', of: of('link', 'rices'), than: of('link', 'random'), rule: 'above', margin: 0 },
  ],
});

export const finish = measured('shots', { benches: [], more: (trained) => measures(trained) });

export default defineRecipe({ name: 'study-shots', from: SHIPPED, ...variants.link, variants });
