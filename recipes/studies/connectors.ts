// Study: resolution and number of image tokens against the type of the connector (MM1, McKinzie et al. 2024, arXiv:2403.09611). world-clip's tower, at 64
// pixels or interpolated to 128, learns on with every connector; steps, data and language model are the same.
//   sensorium train recipes/studies/connectors.ts --sweep variant=mlp-4,mlp-16,mlp-64,mlp-16-128px,c-abstractor-16,ldp-16,qwen-vl-16,perceiver-16,qformer-16 \
//     seed=1,2,3 --out runs/studies/connectors
// The claim: tokens and pixels matter, the type of the connector almost not. `c-abstractor` is what MM1 ends with.

import type { FinishContext } from '../../src/cli/recipe-module.js';
import { cAbstractor, clipVision, interpolated, ldp, mllm, mlp, perceiver, qformer, qwenVlAdapter } from '../../src/networks/index.js';
import { defineRecipe, stage, type TrainedModel } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { claimed, measured, QUESTIONS } from '../parts/claim.js';
import { SHIPPED, worldLlama } from '../parts/shipped.js';

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
const language = worldLlama();

/** A model with its stages, over scenes of its own size. */
function variant(connector: Parameters<typeof mllm>[0]['connector'], size = 64) {
  const vision = size === 64 ? tower : interpolated({ of: tower, size });
  const data = { scenes: 200_000, size, language: 'en' as const };
  return {
    model: mllm({ vision, connector, language }),
    from: SHIPPED,
    stages: [
      stage.pretrain({
        name: 'align',
        train: ['connector'],
        data: world.instructions({ ...data, seed: 3, lists: 1 }),
        steps: 150,
        batch: 16,
        lr: 3e-3,
        maxLength: 208,
      }),
      stage.instruct({
        train: ['vision', 'connector', 'language'],
        data: world.instructions({ ...data, seed: 4, turns: 13, captions: 0.1, lists: 0.3 }),
        steps: 600,
        batch: 10,
        lr: 1.5e-3,
        learningRates: { vision: 2e-4 },
        betas: [0.9, 0.98],
        weightDecay: 0.02,
        minRatio: 0.03,
        maxLength: 256,
      }),
    ],
  };
}

const variants = {
  'mlp-4': variant(mlp({ shuffle: 4 })),
  'mlp-16': variant(mlp({ shuffle: 2 })),
  'mlp-64': variant(mlp()),
  'mlp-16-128px': variant(mlp({ shuffle: 4 }), 128),
  'c-abstractor-16': variant(cAbstractor({ tokens: 16, depth: 2, positions: 64 })),
  'ldp-16': variant(ldp({})),
  'qwen-vl-16': variant(qwenVlAdapter({ tokens: 16, heads: 4 })),
  'perceiver-16': variant(perceiver({ queries: 16, layers: 2, heads: 4 })),
  'qformer-16': variant(qformer({ queries: 16, width: 128, layers: 2, heads: 4 })),
};

const check = (says: string, of: string, than: string, rule: 'above' | 'within', margin: number) => ({
  says,
  of: { variant: of, metrics: QUESTIONS },
  than: { variant: than, metrics: QUESTIONS },
  rule,
  margin,
});

export const finishSweep = claimed('connectors', {
  claim: 'The number of image tokens and the resolution matter, the type of the connector almost not (MM1)',
  experiment:
    'world-clip and world-llama joined by connectors of six types with 16 tokens, by an MLP with 4, 16 and 64, and at 128 pixels; 600 steps',
  checks: [
    check('64 tokens against 4, MLP', 'mlp-64', 'mlp-4', 'above', 0),
    check('128 pixels against 64, MLP with 16 tokens', 'mlp-16-128px', 'mlp-16', 'above', 0),
    check('C-Abstractor against MLP, 16 tokens', 'c-abstractor-16', 'mlp-16', 'within', 0.05),
    check('LDP against MLP, 16 tokens', 'ldp-16', 'mlp-16', 'within', 0.05),
    check("Qwen-VL's adapter against MLP, 16 tokens", 'qwen-vl-16', 'mlp-16', 'within', 0.05),
    check('perceiver resampler against MLP, 16 tokens', 'perceiver-16', 'mlp-16', 'within', 0.05),
    check('Q-Former against MLP, 16 tokens', 'qformer-16', 'mlp-16', 'within', 0.05),
  ],
});

export async function finish(context: FinishContext): Promise<void> {
  const { config } = (context.result.state as TrainedModel).model.network as unknown as { config: { encoder?: { size?: number } } };
  await measured('connectors', { benches: ['vqa'], world: { size: config.encoder?.size ?? 64 } })(context);
}

export default defineRecipe({ name: 'study-connectors', ...variants['mlp-16'], variants });
