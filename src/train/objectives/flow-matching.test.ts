// The stage of a generator: batches that depend on their number alone, texts that are left out, conditions of another origin, a run that is resumed.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generatorConfig, SensoriumGenerator } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';
import { relates } from '../../world/index.js';
import { drawing, drawings } from '../drawing-world.js';
import { GeneratorState, generatorProcessor } from '../generator-stage.js';
import { defineRecipe } from '../recipe.js';
import { runRecipe } from '../run.js';
import { stage } from '../stages.js';
import { gradientGraph } from '../step.js';
import { worldTokenizer } from '../world-tokenizer.js';
import { drawTime, type FlowMatchingOptions, flowMatchingObjective } from './flow-matching.js';

const floats = (tensor: HostTensor | undefined): Float32Array => (tensor as HostTensor<'float32'>).data;

const sizes = { image_size: 8, patch_size: 4, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2 };
const text_config = {
  vocab_size: 1024,
  hidden_size: 8,
  intermediate_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 20,
  eos_token_id: 1,
};
const config = generatorConfig.parse({ ...sizes, condition_length: 20, condition_size: 8, text_config });
const make = () => new SensoriumGenerator(config).nameParameters();

const image = (index: number) => ({ width: 8, height: 8, data: new Uint8Array(192).fill(20 * index) });

function objective(o: Partial<FlowMatchingOptions> = {}) {
  const network = make();
  const tokenizer = worldTokenizer();
  const state = new GeneratorState(network, tokenizer, { seed: 1 });
  const sample = async (index: number) => ({ image: image(index), text: `a ${['red', 'blue'][index % 2]} dog` });
  const shared = { network, state, tokenizer, processor: generatorProcessor(8), sample, seed: 3, unconditional: 0.3, text: true };
  return { network, state, made: flowMatchingObjective({ ...shared, count: 12, batch: 4, ...o }) };
}

describe('flow matching', () => {
  test('a batch is a function of its number; its parts are its rows', async () => {
    const { made } = objective();
    const [first, again, next] = [await made.batch(1), await objective().made.batch(1), await made.batch(2)];
    expect(again).toEqual(first);
    expect(next.feeds.noise?.data).not.toEqual(first.feeds.noise?.data);
    expect(first.rows).toEqual([4, 5, 6, 7]);
    const parts = [0, 1].map((part) => made.batchPart?.(1, { part, parts: 2 }));
    const [even, odd] = await Promise.all(parts);
    expect([even?.rows, odd?.rows]).toEqual([
      [4, 6],
      [5, 7],
    ]);
    const half = 192 * 2;
    expect(even?.feeds.noise?.data.subarray(192)).toEqual(first.feeds.noise?.data.subarray(half, half + 192));
  });

  test('pixels are from -1 to 1, noise is normal, times lie between noise and image, and a share of the texts is left out', async () => {
    const { made } = objective({ batch: 12 });
    const noise: number[] = [];
    let [left, all] = [0, 0];
    for (let index = 0; index < 20; index++) {
      const { feeds } = await made.batch(index);
      expect([...new Set(floats(feeds.image))].sort((a, b) => a - b)[0]).toBeCloseTo(-1, 5);
      noise.push(...floats(feeds.noise));
      const kept = floats(feeds.kept);
      for (let i = 0; i < 12; i++, all++) if (kept.subarray(i * 20, (i + 1) * 20).every((v) => v === 0)) left++;
      for (const t of floats(feeds.t)) expect(t > 0 && t < 1).toBe(true);
    }
    const mean = noise.reduce((a, b) => a + b, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(noise.reduce((a, b) => a + (b - mean) ** 2, 0) / noise.length).toBeCloseTo(1, 1);
    expect(left / all).toBeGreaterThan(0.2);
    expect(left / all).toBeLessThan(0.4);
    const rng = new Rng(1);
    const times = Array.from({ length: 4000 }, () => drawTime(rng)).sort((a, b) => a - b);
    expect(times[2000]).toBeCloseTo(1 / (1 + Math.exp(0.6)), 1);
  });

  test('a small step against the gradient lowers the loss; a frozen tower has none', async () => {
    const { made, state } = objective({ text: false });
    expect(made.trained.some(({ name }) => name.startsWith('text_model.'))).toBe(false);
    const { feeds, bucket } = await made.batch(0);
    const program = await compile(gradientGraph(made, bucket), { frozen: made.frozen });
    const values = Object.fromEntries(made.trained.map((p) => [p.name, hostTensor('float32', p.dims, state.value(p).data.slice())]));
    const before = (await program.run({ ...values, ...feeds })) as Record<string, HostTensor<'float32'>>;
    for (const [name, { data }] of Object.entries(values))
      before[`grad.${name}`]?.data.forEach((g, i) => {
        data[i] = (data[i] as number) - 1e-3 * g;
      });
    const after = (await program.run({ ...values, ...feeds })) as Record<string, HostTensor<'float32'>>;
    program.dispose();
    expect(Number(after.loss?.data[0])).toBeLessThan(Number(before.loss?.data[0]));
  });

  test('conditions of another origin take the place of texts, and are left out as they are', async () => {
    const of = async (samples: readonly unknown[]) =>
      hostTensor('float32', [samples.length, 20, 8], new Float32Array(samples.length * 160).fill(2));
    const { made } = objective({ conditions: { of, describe: { of: 'twos' } }, unconditional: 0.5, batch: 12 });
    const { feeds } = await made.batch(0);
    expect(Object.keys(feeds).sort()).toEqual(['condition', 'image', 'noise', 't']);
    const means = Array.from({ length: 12 }, (_, i) => floats(feeds.condition).subarray(i * 160, (i + 1) * 160)[0]);
    expect(new Set(means)).toEqual(new Set([0, 2]));
    expect(made.describe).toMatchObject({ conditions: { of: 'twos' } });
  });
});

describe('a run', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-generator-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('learns from drawings of the world, and goes on where it stopped, to the bit', async () => {
    const train = async (name: string, stopAfter?: number) => {
      const network = make();
      const recipe = defineRecipe({
        model: network,
        state: ({ seed }) => new GeneratorState(network, worldTokenizer(), { seed }),
        stages: [
          stage.generator({ data: drawings({ scenes: 12 }), batch: 4, steps: 4, lr: 0.01, checkpointEvery: 2, logEvery: 1, blindEvery: 0 }),
        ],
      });
      const stop = new AbortController();
      const running = runRecipe(recipe, {
        dir: join(dir, name),
        resume: true,
        signal: stop.signal,
        onEvent: (event) => {
          if (event.type === 'step' && event.step === stopAfter) stop.abort();
        },
      });
      if (stopAfter !== undefined) return expect(running).rejects.toThrow();
      const { state } = await running;
      return Object.fromEntries(state.parameters.map((p) => [p.name, [...state.value(p).data]]));
    };
    const whole = await train('whole');
    await train('stopped', 2);
    expect(await train('stopped')).toEqual(whole);
  });

  test('refuses a model that is not a generator, data that are not images with texts, and a share of one', async () => {
    const network = make();
    const state = ({ seed }: { seed: number }) => new GeneratorState(network, worldTokenizer(), { seed });
    const wrong = (options: object) => () => defineRecipe({ model: network, state, stages: [stage.generator(options)] });
    expect(wrong({ unconditional: 1 })).toThrow(expect.objectContaining({ code: 'train.option' }));
    expect(wrong({ data: { length: 3 } })).toThrow(expect.objectContaining({ code: 'train.data' }));
    const other = defineRecipe({ model: network, stages: [stage.generator({ data: drawings({ scenes: 4 }), steps: 1 })] });
    await expect(runRecipe(other, { dir: join(dir, 'other') })).rejects.toMatchObject({ code: 'train.recipe' });
  });
});

describe('drawings of the world', () => {
  test('are few things in one style and one arrangement, and say what is there', () => {
    for (let index = 0; index < 60; index++) {
      const { scene, text } = drawing(index, { seed: 2 });
      expect(drawing(index, { seed: 2 })).toEqual({ scene, text });
      expect(scene.objects.length).toBeGreaterThan(0);
      expect(scene.objects.length).toBeLessThan(3);
      for (const { box, style, inside, mirror } of scene.objects) {
        expect(Math.max(box[2] - box[0], box[3] - box[1])).toBe(32);
        expect(box[0] >= 0 && box[1] >= 0 && box[2] <= 64 && box[3] <= 64).toBe(true);
        expect([style, inside, mirror]).toEqual(['noto', undefined, false]);
      }
      const relation = / (left of|right of|above|below) /.exec(text)?.[1]?.replace(' of', '');
      if (!relation) continue;
      const [a, b] = scene.objects.map(({ category }) => category);
      const holds = [relates(scene, 0, 1, relation as 'left'), relates(scene, 1, 0, relation as 'left')];
      expect(a === b || holds.includes('yes'), text).toBe(true);
    }
    const same = (index: number): unknown => drawing(index, { seed: 2 });
    expect(same(4)).toEqual(same(4));
    expect(drawing(4, { seed: 2, arranged: false }).scene.objects).not.toEqual(drawing(4, { seed: 2 }).scene.objects);
  });
});
