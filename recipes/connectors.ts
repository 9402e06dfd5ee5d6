// Connectors compared: how vision meets language and with how many tokens, on short runs of the quickstart's stages.
// Run as a sweep:
//   sensorium train recipes/connectors.ts --sweep connector=linear,mlp,qformer connector.tokens=4,16,64 seed=1,2,3 --out runs/connectors
// All kinds at 16 tokens, one table:
//   sensorium train recipes/connectors.ts --sweep connector=mlp,qformer,perceiver,c-abstractor,ldp,ldpv2,qwen-vl,token-resampler connector.tokens=16 \
//     seed=1,2,3 instruct.steps=800 --out runs/connectors-16
// Must show: plain connectors learn sooner than a Q-Former, which has to find where things are (Honeybee, Cha et al. 2024). That the number of
// tokens matters more than the kind (MM1, McKinzie et al. 2024) does not show at this length: docs/training-small.md.

import type { FinishContext } from '../src/cli/recipe-module.js';
import type { TrainedModel } from '../src/train/index.js';
import { measureAndReport } from './parts/measure.js';
import { SHIPPED } from './parts/shipped.js';
import { joinRecipe } from './quickstart.js';

/** Saves and measures a run: 100 rows of each POPE sampler, 80 of each type of question; the blind row stands with the quickstart. */
export async function finish({ result, dir, signal }: FinishContext): Promise<void> {
  await measureAndReport({
    title: 'Connectors',
    dir,
    state: result.state as TrainedModel,
    summaries: result.summaries,
    command: 'sensorium train recipes/connectors.ts',
    seed: 0,
    counts: { pope: 100, vqa: 80 },
    benches: ['pope', 'vqa'],
    baselines: false,
    trainSeconds: result.seconds,
    signal,
  });
}

export default joinRecipe('connectors', SHIPPED, { pretrain: 60, instruct: 240 });
