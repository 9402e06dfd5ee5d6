// Pairs of a stage's own model: its replies to scenes where looking pays, corrected or rated by the truth, made before the first step.

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { conversations, PairFile } from '../../src/data/index.js';
import { worldVocabulary } from '../../src/evaluate/world-source.js';
import { Mllm } from '../../src/generate/mllm.js';
import type { MadeData } from '../../src/train/index.js';
import { correctedBy, type RatingAxis, truthRater, worldPrompts, writeOnPolicy } from '../../src/trust/index.js';
import { errno } from '../../src/util/io.js';
import { type Scene, world } from '../../src/world/index.js';
import { LOOKING } from '../guessing.js';

/** Which replies are sampled, and how pairs are made of them. */
export interface SampledPairsOptions {
  scenes: number;
  seed: number;
  /** Replies to each scene. */
  n: number;
  temperature: number;
  /** `corrected`: a wrong reply with its correction (RLHF-V); `best`, `all`: replies by their ratings (Silkie). */
  pairs: 'corrected' | 'best' | 'all';
  /** What replies are compared by. Default: the mean of all axes. */
  axis?: RatingAxis;
  /** The model whose replies they are. Default: the stage's own; a judge is trained on those of the policy that it will judge. */
  of?: () => Promise<Mllm>;
  /** True captions beside each image, as facts. Default 2. */
  captions?: number;
  /** Longest reply in tokens. Default 128. */
  maxTokens?: number;
}

/** Scenes that are enough to plan with. */
const PLANNED = 8;

/** The data of a stage; a resumed run reads the file that was made. */
export function sampledPairs({ scenes, seed, n, temperature, pairs, axis, of, captions, maxTokens = 128 }: SampledPairsOptions): MadeData {
  return {
    async make({ model, dir, planning, signal }) {
      const out = join(dir, planning ? 'plan.jsonl' : 'pairs.jsonl');
      if (planning || !(await isThere(out))) {
        const source = world.captions({ ...LOOKING, scenes: planning ? PLANNED : scenes, seed, detail: 'long' });
        const options = { source: source.description, n, temperature, pairs, ...(axis ? { axis } : {}) };
        const file = await PairFile.open(out, { options, resume: true, force: planning });
        const asked = of ? await of() : Mllm.of(model);
        const vocabulary = worldVocabulary();
        try {
          await writeOnPolicy(file, {
            ...{ model: asked, name: asked.model.dir, prompts: await worldPrompts(source, { captions }), rater: truthRater(vocabulary) },
            ...{ n, temperature, maxTokens, seed, signal, ...(axis ? { axis } : {}) },
            ...(pairs === 'corrected' ? { correct: (scene: Scene, reply: string) => correctedBy(vocabulary, scene, reply) } : { pairs }),
          });
        } finally {
          asked.dispose();
        }
      }
      return conversations(out).open(signal);
    },
  };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: unknown) => {
      if (errno(error) === 'ENOENT') return false;
      throw error;
    },
  );
