// `npm run bench -- ppo`: where the time of a PPO step with images goes, and its rollouts in tokens per second beside the engine that serves.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../src/generate/engine/index.js';
import { Mllm } from '../src/generate/mllm.js';
import { open, saveModel } from '../src/model/index.js';
import { rewardHead, valueHead } from '../src/networks/adapters/index.js';
import { clipVision, llama, mllm, mlp } from '../src/networks/index.js';
import {
  defineRecipe,
  learnedReward,
  type Reward,
  type RunEvent,
  runRecipe,
  sceneConversations,
  stage,
  type TrainedModel,
} from '../src/train/index.js';
import { promptRows } from '../src/train/online/prompts.js';
import { initialState } from '../src/train/run.js';
import { loadSprites, world } from '../src/world/index.js';
import { benchOptions, median, numbersOf, type Row, report, runBench } from './report.js';

const USAGE = `usage: npm run bench -- ppo [options]

Rounds of PPO on pictures of the scene world: a policy of 12 M parameters with random weights, all of its language model trained, against a reward model
of the same size. 'serve' is the serving engine over the same model, all weights packed, with the prompts of the round, in turns with the rollouts.
`;

/** A decoder of 12 M parameters behind world-clip's tower. */
const POLICY = mllm({
  vision: clipVision({ imageSize: 64, patchSize: 8, width: 128, layers: 3, heads: 4, stem: [32, 64], stemNorm: true, featureLayer: -1 }),
  connector: mlp({ depth: 2 }),
  language: llama({ width: 384, layers: 6, heads: 6, feedForward: 1088, positions: 256 }),
});

const seconds = (since: number): number => (performance.now() - since) / 1e3;

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, {
      prompts: 'N       prompts of a round (default 32)',
      tokens: 'N       tokens of every reply at most (default 64)',
    });
    if (!options) return;
    const { more, repeats, quick } = options;
    const [batch = 0] = numbersOf('prompts', more.prompts ?? (quick ? '4' : '32'));
    const [maxTokens = 0] = numbersOf('tokens', more.tokens ?? (quick ? '4' : '64'));
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-bench-ppo-'));
    try {
      const [policy, judge] = [join(dir, 'policy'), join(dir, 'judge')];
      const data = world.captions({ scenes: batch, detail: 'long' });
      const seed = defineRecipe({ name: 'bench', model: POLICY, stages: [stage.pretrain({ data, steps: 1 })] });
      await ((await initialState(seed, dir)) as TrainedModel).save(policy);
      await saveModel(await open(policy, { adapters: [rewardHead()] }).open({ seed: 0 }), judge);

      const served = await Mllm.load(policy);
      const prompt = promptRows(sceneConversations(data, { sprites: await loadSprites() }), served.model.processor, {});
      const sequences = await Promise.all(Array.from({ length: batch }, async (_, i) => (await prompt(i)).sequence));
      const engine = await Engine.create(served, { slots: 32, lookup: false, maxQueue: 10_000 });
      const serve = async (): Promise<number> => {
        engine.forget();
        const began = performance.now();
        const counts = sequences.map(async (sequence, i) => {
          let n = 0;
          for await (const piece of engine.submit({ encode: () => sequence, maxTokens, temperature: 1, seed: i }))
            if (piece.token ?? piece.end) n++;
          return n;
        });
        return (await Promise.all(counts)).reduce((a, b) => a + b, 0) / seconds(began);
      };

      // The engine has its turn behind the rewards of each round, which are timed here.
      const [rates, judged]: [number[], number[]] = [[], []];
      const learned = learnedReward(judge, { batch: 8 });
      const reward: Reward = {
        ...learned,
        async score(samples, how) {
          const began = performance.now();
          const scores = await learned.score(samples, how);
          judged.push(seconds(began));
          rates.push(await serve());
          return scores;
        },
      };
      const [rounds, minibatches] = [2, 2];
      const each = rounds * minibatches;
      // The first round compiles.
      const recipe = defineRecipe({
        name: 'bench-ppo',
        model: open(policy, { adapters: [valueHead()] }),
        stages: [
          stage.ppo({
            ...{
              data,
              reward,
              train: ['adapters', 'language'],
              batch,
              rounds,
              minibatches,
              maxTokens,
              steps: each * (repeats + 1),
              lr: 1e-5,
            },
            ...{ logEvery: 1, blindEvery: 0, checkpointEvery: 0 },
          }),
        ],
      });
      const steps: Extract<RunEvent, { type: 'step' }>[] = [];
      await runRecipe(recipe, { dir: join(dir, 'run'), onEvent: (event) => void (event.type === 'step' && steps.push(event)) });
      await engine.dispose();
      await served.dispose();

      const firsts = steps.filter((_, i) => i % each === 0).slice(1);
      const of = (key: string): number[] => firsts.map(({ metrics }) => metrics?.[key] as number);
      const drawn = firsts.map((_, i) => (batch * (of('length')[i] as number)) / (of('rollout_seconds')[i] as number));
      // Gradients and updates of the passes over a round.
      const updates = firsts.map((_, i) =>
        steps.slice((i + 1) * each, (i + 2) * each).reduce((n, { milliseconds }) => n + milliseconds / 1e3, 0),
      );
      const split = {
        rollout: median(of('rollout_seconds')),
        reward: median(judged.slice(1)),
        values: median(of('values_seconds')),
        update: median(updates),
      };
      const all = Object.values(split).reduce((a, b) => a + b, 0);
      const share = ([name, value]: [string, number]): string => `${name} ${value.toFixed(2)} s (${((100 * value) / all).toFixed(0)} %)`;
      process.stdout.write(`a round of ${batch} replies, ${each} steps: ${Object.entries(split).map(share).join(', ')}\n`);
      const row: Row = {
        name: 'ppo',
        case: `rollouts of ${batch} prompts, up to ${maxTokens} tokens`,
        unit: 'tokens/s',
        sensorium: median(drawn),
        peers: { serve: median(rates.slice(1)) },
        roofline: null,
        extra: Object.fromEntries(Object.entries(split).map(([name, value]) => [`${name}Seconds`, value])),
      };
      report([row], options);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
}
