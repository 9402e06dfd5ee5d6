// Recipes: definitions, overrides with the nearest key, stages in order, resume between and inside stages, plans.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { input, Parameter } from '../graph/index.js';
import { clipVision, llama, mllm, mlp } from '../networks/index.js';
import { isAbort } from '../util/errors.js';
import { world } from '../world/index.js';
import { countFlops, peakActivations } from './flops.js';
import {
  applyOverrides,
  defineRecipe,
  defineStage,
  type LoggedEvent,
  ModelState,
  planRecipe,
  type Recipe,
  recipeIdentity,
  runRecipe,
  type StageSpec,
  stage,
} from './index.js';
import { stageOptions } from './recipe.js';
import { tinyProblem } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-recipe-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Two stages over one model: the second layer, then all of it. */
function recipe(): { recipe: Recipe; made: string[] } {
  const tiny = tinyProblem();
  const made: string[] = [];
  const layer = defineStage('layer', { only: '', sizes: [1, 2], loud: false }, ({ state, options, stage }) => {
    made.push(stage.name);
    const trained = tiny.parameters.filter((p) => p.name.startsWith(options.only));
    return { ...tiny.objective, name: stage.name, trained, frozen: state.frozen(trained) };
  });
  return {
    made,
    recipe: defineRecipe({
      name: 'two',
      seed: 5,
      state: ({ seed }) => new ModelState(tiny.parameters, { seed }),
      stages: [
        layer({ name: 'head', only: 'second', steps: 8, lr: 1e-2, logEvery: 1 }),
        layer({ name: 'all', steps: 6, lr: 1e-2, logEvery: 1 }),
      ],
    }),
  };
}
const values = (state: ModelState): Float32Array[] => state.parameters.map((p) => state.value(p).data.slice());

describe('defineRecipe', () => {
  it('rejects unknown keys, double names, missing parts', () => {
    const { recipe: r } = recipe();
    expect(() => defineRecipe({ ...r, stagez: [] } as never)).toThrow(/unknown key 'stagez'.*Did you mean 'stages'/s);
    expect(() => defineRecipe({ ...r, stages: [r.stages[0] as never, r.stages[0] as never] })).toThrow(/same name/);
    expect(() => defineRecipe({ stages: r.stages })).toThrow(/neither a model nor a state/);
    expect(() => defineRecipe({ ...r, stages: [{ ...(r.stages[0] as object), options: { onli: 'x' } } as never] })).toThrow(
      /unknown key 'onli' \(in two: stage head\).*Did you mean 'only'/s,
    );
  });

  it('overrides all stages, one stage, the seed', () => {
    const over = applyOverrides(recipe().recipe, [
      'steps=3',
      'all.lr=2e-4',
      'seed=9',
      'head.betas=0.8,0.9',
      'all.sizes=[3,4]',
      'head.loud=true',
    ]);
    expect(over.seed).toBe(9);
    expect(over.stages.map((s) => s.options.steps)).toEqual([3, 3]);
    expect(over.stages.map((s) => s.options.lr)).toEqual([1e-2, 2e-4]);
    expect(over.stages[0]?.options).toMatchObject({ betas: [0.8, 0.9], loud: true });
    expect(over.stages[1]?.options.sizes).toEqual([3, 4]);
    expect(recipe().recipe.stages[0]?.options.steps).toBe(8);
  });

  it('names the nearest key and the expected type', () => {
    const { recipe: r } = recipe();
    expect(() => applyOverrides(r, ['step=3'])).toThrow(/unknown key 'step'.*Did you mean 'steps'/s);
    expect(() => applyOverrides(r, ['haed.steps=3'])).toThrow(/Did you mean 'head\.steps'/);
    expect(() => applyOverrides(r, ['steps=many'])).toThrow(/value of 'steps'.*expected a number, got many/s);
    expect(() => applyOverrides(r, ['steps'])).toThrow(/expected key=value/);
    expect(() => applyOverrides(r, ['steps=-1'])).toThrow(/whole number of at least 1/);
    expect(() => applyOverrides(r, ['loud=yes'])).toThrow(/true or false/);
  });

  it('has an identity that options change and logging does not', () => {
    const { recipe: r } = recipe();
    const hash = (...o: string[]) => recipeIdentity(applyOverrides(r, o)).hash;
    expect(hash('logEvery=3', 'checkpointEvery=7')).toBe(hash());
    expect(hash('lr=1')).not.toBe(hash());
    expect(hash('seed=1')).not.toBe(hash());
  });
});

describe('steps that nobody gives', () => {
  const parts = {
    vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1, heads: 1 }),
    connector: mlp(),
    language: llama({ width: 32, layers: 1, heads: 2 }),
  };
  const data = world.captions({ scenes: 1000 });
  const stepsOf = (...overrides: string[]) => {
    const stages = [
      stage.contrastive({ train: ['vision'], data }),
      stage.pretrain({ data, batch: 50, accumulate: 3 }),
      stage.instruct({ data, steps: 7 }),
    ];
    const r = applyOverrides(defineRecipe({ name: 'passes', model: mllm(parts), stages }), overrides);
    return Object.values(recipeIdentity(r).values.stages as Record<string, { steps: number }>).map((s) => s.steps);
  };
  it('are one pass over the data', () => expect(stepsOf().sort()).toEqual([16, 7, 7]));
  it('follow the batch and give way to an override', () =>
    expect(stepsOf('contrastive.batch=10', 'pretrain.steps=3').sort()).toEqual([100, 3, 7]));
  it('are the common default where there is no data yet', () => {
    const r = defineRecipe({ name: 'no data', model: mllm(parts), stages: [stage.pretrain()] });
    expect(stageOptions(r, r.stages[0] as StageSpec).steps).toBe(1000);
  });
});

describe('runRecipe', () => {
  it('trains the stages in order and hands back the state', async () => {
    const { recipe: r, made } = recipe();
    const events: LoggedEvent[] = [];
    const { state, summaries } = await runRecipe(r, { dir, onEvent: (e) => events.push(e) });
    expect(made).toEqual(['head', 'all']);
    expect(summaries.map((s) => [s.name, s.steps])).toEqual([
      ['head', 8],
      ['all', 6],
    ]);
    expect(state.touched.size).toBe(4);
    expect(events.filter((e) => e.type === 'stage').map((e) => e.parameters)).toEqual([
      { trained: 132, frozen: 288 },
      { trained: 420, frozen: 0 },
    ]);
  });

  it('resumes in either stage, skipping what is done, with the same result', async () => {
    const expected = values((await runRecipe(recipe().recipe, { dir: join(dir, 'whole') })).state);
    for (const [stage, step] of [
      ['head', 3],
      ['head', 8],
      ['all', 4],
    ] as const) {
      const at = join(dir, `${stage}${step}`);
      const controller = new AbortController();
      const onEvent = (e: LoggedEvent) => e.type === 'step' && e.stage === stage && e.step === step && controller.abort();
      await expect(runRecipe(recipe().recipe, { dir: at, signal: controller.signal, onEvent })).rejects.toSatisfy(isAbort);
      const again = recipe();
      const { state, summaries } = await runRecipe(again.recipe, { dir: at, resume: true });
      expect(values(state)).toEqual(expected);
      expect(summaries.map((s) => s.name)).toEqual(['head', 'all']);
      expect(again.made).toEqual(stage === 'head' && step === 3 ? ['head', 'all'] : ['all']);
    }
  });

  it('refuses to resume another recipe', async () => {
    await runRecipe(recipe().recipe, { dir, overrides: ['steps=1'] });
    // The last stage may go on; the one before it is over.
    await expect(runRecipe(recipe().recipe, { dir, resume: true })).rejects.toMatchObject({
      code: 'train.recipe',
      got: 'stages.head.steps=8',
    });
  });
});

describe('ModelState', () => {
  it('gives each parameter its own stream, by name', () => {
    const make = (name: string): Parameter => {
      const p = new Parameter([4], (data, _, rng) => {
        for (let i = 0; i < data.length; i++) data[i] = rng.normal();
      });
      p.name = name;
      return p;
    };
    const [a, b] = [make('a'), make('b')];
    const both = new ModelState([b, a], { seed: 1 });
    expect(new ModelState([a], { seed: 1 }).value(a)).toEqual(both.value(a));
    expect(both.value(a).data).not.toEqual(both.value(b).data);
    expect(new ModelState([a], { seed: 2 }).value(a)).not.toEqual(both.value(a));
  });

  it('loads by name and says what does not fit', () => {
    const { state } = tinyProblem();
    const values = state.record();
    expect(() => state.load({ ...values, 'first.wieght': values['first.weight'] as never })).toThrow(
      /no parameter of the model \(in first\.wieght\).*first\.weight/s,
    );
    expect(() => state.load({ ...values, 'first.weight': values['first.bias'] as never }, { place: 'file' })).toThrow(
      /file: first\.weight\): expected float32\[32,8\], got float32\[32\]/,
    );
    const { 'first.bias': _, ...rest } = values;
    expect(() => state.load(rest)).toThrow(/without a value.*first\.bias/s);
    expect(() => state.load(rest, { partial: true })).not.toThrow();
    expect(() => new ModelState([new Parameter([1], () => undefined)], { seed: 1 })).toThrow(/no name/);
  });
});

describe('plans', () => {
  it('counts products forward and backward', () => {
    const [a, b] = [input('a', [8, 16]), input('b', [16, 4])];
    expect(countFlops([a.matMul(b)])).toBe(2 * 8 * 16 * 4);
    expect(countFlops([a.matMul(b), b.transpose().matMul(a.transpose())])).toBe(2 * 2 * 8 * 16 * 4);
    const y = a.relu().exp(); // 512 bytes live beside the 512 of relu
    expect(peakActivations([y.exp()])).toBe(1024);
  });

  it('measures a recipe without writing or training', async () => {
    const { recipe: r } = recipe();
    const plan = await planRecipe(r, { dir });
    expect(plan.stages.map((s) => s.parameters)).toEqual([
      { trained: 132, frozen: 288 },
      { trained: 420, frozen: 0 },
    ]);
    expect(plan.stages[1]).toMatchObject({ name: 'all', kind: 'layer', steps: 6, tokensPerStep: 16, buckets: ['only'] });
    // Forward 2 products, backward 1 for the first layer (its input needs none) and 2 for the second.
    expect(plan.stages[1]?.flopsPerStep).toBe(2 * 16 * (2 * 8 * 32 + 3 * 32 * 4));
    expect(plan.stages[0]?.flopsPerStep).toBe(2 * 16 * (8 * 32 + 2 * 32 * 4));
    expect(plan.stages[1]?.memory.moments).toBe(2 * (plan.stages[1]?.memory.gradients ?? 0));
    expect(plan.seconds).toBeGreaterThan(0);
    expect(plan.memory).toBe(Math.max(...plan.stages.map((s) => s.memory.total)));
    expect(await readdir(dir)).toEqual([]);
  });
});
