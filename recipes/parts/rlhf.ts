// The second half of RLHF in the biased world: a reward model measured on held-out pairs, PPO against it, and what captions make up before and after.

import { join } from 'node:path';
import type { FinishContext } from '../../src/cli/recipe-module.js';
import { trustModelOf } from '../../src/cli/trust-models.js';
import { mixture } from '../../src/data/index.js';
import { measureReward } from '../../src/evaluate/index.js';
import { parting, rewardCurve, rewardFigure } from '../../src/evaluate/report/reward-figure.js';
import { worldScenes } from '../../src/evaluate/world-source.js';
import { Mllm } from '../../src/generate/mllm.js';
import { open } from '../../src/model/index.js';
import { valueHead } from '../../src/networks/index.js';
import {
  defineRecipe,
  learnedReward,
  type MadeData,
  type OpenedState,
  readRun,
  rewardModel,
  runRecipe,
  saveTrained,
  sceneConversations,
  stage,
} from '../../src/train/index.js';
import { otherModel, reward, trustBench, worldImages } from '../../src/trust/index.js';
import { loadSprites, world } from '../../src/world/index.js';
import { GUESSING, LOOKING } from '../guessing.js';
import { sampledPairs } from './sampled-pairs.js';

/** True captions that a judge is told beside each image: two do not fit into the context with the longest replies. */
const FACTS = 1;

/** Longest reply of the policy, in tokens. */
const LONGEST = 80;

/** The model that is aligned. */
const policyFolder = (): string => process.env.POLICY ?? 'runs/guessing/model';

/** Pairs of detailed captions of scenes where looking pays, one true caption beside each as fact, by the truth of the world. */
export const gradedPairs = (scenes: number, seed: number) =>
  world.preferences({ ...LOOKING, scenes, seed, detail: 'long', captions: FACTS, pairs: ['corrupted', 'matched'] });

/**
 * What a judge learns from: graded captions, and in like number pairs of the policy's own replies, `replies` to each scene. A judge of captions alone
 * is soon deceived: what the policy says wrongly is not what they say wrongly (docs/align.md).
 */
export function judgedPairs(scenes: number, seed: number, replies = 6): MadeData {
  const own = sampledPairs({
    scenes: Math.ceil(scenes / 4),
    seed: seed + 100,
    n: replies,
    temperature: 1,
    pairs: 'all',
    of: () => Mllm.load(policyFolder()),
    captions: FACTS,
    maxTokens: LONGEST,
  });
  return {
    async make(context) {
      const written = sceneConversations(gradedPairs(context.planning ? 8 : scenes, seed), { sprites: await loadSprites() });
      const parts = [{ data: written }, { data: { open: () => own.make(context) } }]; // what a mixture opens it also closes
      return mixture({ parts, how: 'weighted', length: 2 * written.length, seed }).open(context.signal);
    },
  };
}

/** How a run of PPO goes. */
export interface RlhfOptions {
  /** Name of the results: `results/NAME.json`. */
  name: string;
  what: string;
  command: string;
  /** Steps of PPO, four to a round of 96 replies, eight to a prompt. */
  steps: number;
  kl: number;
  /** Measurements without a better true score that end the run; 0: it goes on to its end, and keeps the last weights. */
  patience: number;
  /** Held-out prompts that PPO is measured on, and held-out pairs that the reward model is. Default 128 and 256. */
  held?: number;
  pairs?: number;
  /** Captions that are measured. */
  n: number;
}

/** Saves and measures the reward model, trains the model of recipes/guessing.ts (or that in `POLICY`) against it, measures both on captions, and writes `results/NAME.json` and `NAME.svg`. */
export async function finishRlhf({ result, dir, signal, note, publish }: FinishContext, o: RlhfOptions): Promise<void> {
  const state = result.state as OpenedState;
  const base = policyFolder();
  const judge = await saveTrained(state, dir);
  const sprites = await loadSprites();
  const accuracy = await measureJudge(judge, o.pairs ?? 256, signal);
  for (const { name, value, low, high, n } of accuracy) note(`${name}: ${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)}, n=${n})`);
  const hash = (await readRun(dir)).findLast((e) => e.type === 'run')?.hash ?? '0';
  const recipe = defineRecipe({
    name: o.name,
    seed: Number.parseInt(hash.slice(0, 7), 16),
    model: open(base, { adapters: [valueHead()] }),
    stages: [
      stage.ppo({
        name: 'ppo',
        train: ['connector', 'language', 'adapters'],
        data: gradedPairs(20_000, 52),
        reward: learnedReward(judge, { batch: 32 }),
        truth: reward('claims:0.5'), // what is false costs more than what is missed
        ...{ batch: 12, replies: 8, steps: o.steps, rounds: 2, minibatches: 2, maxTokens: LONGEST, holdout: o.held ?? 128, evalEvery: 0.1 },
        ...{
          kl: o.kl,
          lambda: 1,
          valueClip: 2,
          whitenRewards: true,
          noStopPenalty: 1,
          lr: 2e-4,
          learningRates: { adapters: 1e-3 },
          warmup: 8,
          minRatio: 0.2,
        },
        ...{ patience: o.patience, keepBest: o.patience > 0, shuffle: true, blindEvery: 20, logEvery: 4 },
      }),
    ],
  });
  const ppo = join(dir, 'ppo');
  const aligned = await runRecipe(recipe, { dir: ppo, signal });
  const policy = await saveTrained(aligned.state as OpenedState, ppo);
  const events = await readRun(ppo);
  const curve = rewardCurve(events);
  note(`PPO: ${Math.round(aligned.seconds)} s; held-out ${JSON.stringify(parting(curve))}`);

  const [before, after] = [await Mllm.load(base, { signal }), await Mllm.load(policy, { signal })];
  const bench = await trustBench({
    model: trustModelOf(before),
    methods: [otherModel('ppo', trustModelOf(after))],
    images: worldImages(worldScenes(sprites, { ...LOOKING, split: 'test', seed: 91 })),
    n: o.n,
    now: () => performance.now(),
    signal,
  });
  before.dispose();
  after.dispose();
  const out = {
    what: o.what,
    world: { model: GUESSING, pairs: LOOKING, measured: { ...LOOKING, split: 'test' } },
    command: o.command,
    date: new Date().toISOString().slice(0, 10),
    base,
    seconds: { reward: Math.round(result.seconds), ppo: Math.round(aligned.seconds) },
    reward: accuracy,
    ppo: { held: curve.held, drawn: curve.drawn, parting: parting(curve) },
    captions: {
      n: bench.n,
      coverage: bench.coverage,
      rows: bench.rows.map(({ method, scores, equal, pair }) => ({ method, scores, equal, pair })),
    },
  };
  await publish(`${o.name}.json`, `${JSON.stringify(out, null, 2)}\n`);
  const svg = rewardFigure(curve).text.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" color="#222" ');
  await publish(`${o.name}.svg`, svg);
  for (const { method, equal } of bench.rows)
    note(
      `${method}: CHAIR-i at coverage ${bench.coverage.toFixed(2)} ${equal.chair.toFixed(3)} (${equal.low.toFixed(3)}-${equal.high.toFixed(3)}), change ${equal.change.toFixed(3)} (${equal.changeLow.toFixed(3)} to ${equal.changeHigh.toFixed(3)})`,
    );
}

/** Accuracy and margin of a reward model on pairs of scenes that it has not seen, with its images, and with them and the facts exchanged. */
async function measureJudge(folder: string, pairs: number, signal: AbortSignal) {
  const held = sceneConversations(gradedPairs(pairs, 53), { sprites: await loadSprites() });
  const rows = await Promise.all(Array.from({ length: held.length }, (_, i) => held.get(i)));
  const judge = await rewardModel(folder, { batch: 32, signal });
  try {
    return (await measureReward(judge, rows, { signal })).scores;
  } finally {
    await judge.dispose();
  }
}
