// BLIP-2's first stage: masks and losses as written out in PyTorch over queries and words together, slopes, and the stage itself.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawn, drawnValues, probes } from '../../../test/golden/drawn.js';
import { grad, input, type Parameter } from '../../graph/index.js';
import type { TextQFormerConnector } from '../../networks/connectors/qformer-text.js';
import { clipVision, llama, mllm, mlp, qformer } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { world } from '../../world/index.js';
import type { RunEvent } from '../events.js';
import { defineRecipe } from '../recipe.js';
import { runRecipe } from '../run.js';
import { stage } from '../stages.js';
import { qformerLosses } from './qformer.js';

interface Facts {
  config: {
    width: number;
    heads: number;
    layers: number;
    ff: number;
    every: number;
    queries: number;
    vocab: number;
    positions: number;
    encoder: number;
    features: number;
  };
  ids: number[][];
  mask: number[][];
  tokens: number[];
  itc: number;
  itm: number;
  itg: number;
  hardImages: number[];
  hardTexts: number[];
  images: number[];
  texts: number[];
  match: number[];
  gradients: Record<string, { shape: number[]; probes: [number, number] }>;
}
const facts = (JSON.parse(readFileSync(resolve('test/golden/connectors.json'), 'utf8')) as { qformer: Facts }).qformer;
const { config: c } = facts;

const connector = (): TextQFormerConnector =>
  (
    qformer({
      queries: c.queries,
      width: c.width,
      layers: c.layers,
      heads: c.heads,
      feedForward: c.ff,
      crossEvery: c.every,
      text: c.positions,
      features: c.features,
    }).build(c.encoder, 5, c.vocab - 2) as TextQFormerConnector
  ).nameParameters();

const near = (got: number, wanted: number, bar: number, place: string): void =>
  expect(Math.abs(got - wanted), `${place}: ${got} against ${wanted}`).toBeLessThan(bar * Math.max(1, Math.abs(wanted)));

const ints = (rows: number[][]) => hostTensor('int32', [rows.length, (rows[0] as number[]).length], rows.flat());

describe('qformerLosses', () => {
  const [n, t] = [facts.ids.length, (facts.ids[0] as number[]).length];
  const inputs = () => ({
    tokens: input('tokens', facts.tokens),
    ids: input('ids', [n, t], 'int32'),
    mask: input('mask', [n, t], 'int32'),
    noise: input('noise', [2, n, n]),
  });
  const noise = drawn('noise', [2, n, n]);
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = 2 * (noise.data[i] as number);
  const feeds = { tokens: drawn('tokens', facts.tokens), ids: ints(facts.ids), mask: ints(facts.mask), noise };
  const valuesOf = (parameters: readonly Parameter[]): Map<Parameter, HostTensor<'float32'>> => {
    const values = drawnValues(parameters);
    for (const [p] of values) if (p.name === 'temp') values.set(p, hostTensor('float32', [1], [0.2]));
    return values;
  };

  it('are those of the three masks written out, with the gradients of every parameter', async () => {
    const q = connector();
    const losses = qformerLosses(q, inputs());
    const parameters = q.parameters().filter((p) => !p.name.startsWith('language_projection'));
    expect(Object.fromEntries(parameters.map((p) => [p.name, [...p.dims]]))).toEqual(
      Object.fromEntries(Object.entries(facts.gradients).map(([key, { shape }]) => [key, shape])),
    );
    const gradients = grad(losses.itc.add(losses.itm).add(losses.itg), parameters);
    const program = await compile(
      { ...losses, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) },
      { frozen: valuesOf(parameters) },
    );
    const out = await program.run(feeds);
    for (const key of ['itc', 'itm', 'itg'] as const) near(Number(out[key]?.data[0]), facts[key], 1e-5, key);
    expect([...(out.hardImages as HostTensor).data].map(Number)).toEqual(facts.hardImages);
    expect([...(out.hardTexts as HostTensor).data].map(Number)).toEqual(facts.hardTexts);
    parameters.forEach((p, i) => {
      const got = probes(out[`g${i}`] as HostTensor);
      (facts.gradients[p.name] as Facts['gradients'][string]).probes.forEach((value, k) => {
        near(got[k] as number, value, 1e-4, `${p.name} ${k}`);
      });
    });
    program.dispose();
  });

  it('features and matches are those of Blip2ForImageTextRetrieval', async () => {
    const q = connector();
    const { tokens, ids, mask } = inputs();
    const outputs = {
      images: q.imageFeatures(q.writeLogits(tokens, ids).queries),
      texts: q.textFeatures(ids, mask),
      match: q.matchLogits(tokens, ids, mask),
    };
    const program = await compile(outputs, { frozen: valuesOf(q.parameters()) });
    const { noise: _, ...read } = feeds;
    const out = await program.run(read);
    for (const key of ['images', 'texts'] as const)
      (out[key] as HostTensor<'float32'>).data.forEach((v, i) => {
        near(v, facts[key][i] as number, 1e-5, `${key} ${i}`);
      });
    (out.match as HostTensor<'float32'>).data.forEach((v, i) => {
      near(v, facts.match[i] as number, 1e-5, `match ${i}`);
    });
    program.dispose();
  });

  it('queries are the same bits with and without words to write, and later words change no earlier logit', async () => {
    const q = connector();
    const { tokens, ids } = inputs();
    const [alone, beside] = [q.qformer.forward(q.query_tokens.expand([n, c.queries, c.width]), tokens), q.writeLogits(tokens, ids)];
    const program = await compile({ alone, queries: beside.queries, logits: beside.logits }, { frozen: valuesOf(q.parameters()) });
    const read = { tokens: feeds.tokens, ids: feeds.ids };
    const one = await program.run(read);
    const [first, logits] = [Float32Array.from(one.queries?.data as Float32Array), Float32Array.from(one.logits?.data as Float32Array)];
    expect(first).toEqual(Float32Array.from(one.alone?.data as Float32Array));
    const changed = facts.ids.map((row) => row.map((id, i) => (i === t - 1 ? (id + 1) % 9 : id)));
    const two = await program.run({ ...read, ids: ints(changed) });
    expect(two.queries?.data).toEqual(first);
    const width = c.vocab;
    for (let row = 0; row < n; row++)
      expect(((two.logits as HostTensor).data as Float32Array).slice(row * t * width, (row * t + t - 1) * width)).toEqual(
        logits.slice(row * t * width, (row * t + t - 1) * width),
      );
    program.dispose();
  });
});

describe('stage.qformer', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-qformer-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const recipe = (connected: Parameters<typeof mllm>[0]['connector'], options: object = {}) =>
    defineRecipe({
      model: mllm({
        vision: clipVision({ imageSize: 64, patchSize: 16, width: 16, layers: 1, heads: 2, featureLayer: -1 }),
        connector: connected,
        language: llama({ width: 16, layers: 1, heads: 2, positions: 128 }),
      }),
      stages: [
        stage.qformer({
          data: world.captions({ scenes: 12, seed: 3, detail: 'short' }),
          ...{ batch: 4, steps: 8, lr: 5e-3, logEvery: 1, checkpointEvery: 4, shuffle: true },
          ...options,
        }),
      ],
    });
  const small = qformer({ queries: 4, width: 16, layers: 2, heads: 2, text: 24 });
  const train = async (name: string, o: { stopAfter?: number; resume?: boolean } = {}): Promise<{ loss: number; metrics: unknown }[]> => {
    const losses: { loss: number; metrics: unknown }[] = [];
    const stop = new AbortController();
    const running = runRecipe(recipe(small), {
      dir: join(dir, name),
      resume: o.resume,
      signal: stop.signal,
      onEvent: (event: RunEvent) => {
        if (event.type !== 'step') return;
        losses.push({ loss: event.loss, metrics: event.metrics });
        if (event.step === o.stopAfter) stop.abort();
      },
    });
    await (o.stopAfter === undefined ? running : running.catch(() => undefined));
    return losses;
  };

  it('learns, reports its losses, and goes on from a checkpoint with the same bits', async () => {
    const whole = await train('whole');
    expect(whole).toHaveLength(8);
    expect(whole[7]?.loss).toBeLessThan(whole[0]?.loss as number);
    expect(Object.keys(whole[0]?.metrics as object)).toEqual(expect.arrayContaining(['itc', 'itm', 'itg', 'retrieved', 'matched']));
    await train('halves', { stopAfter: 4 });
    expect((await train('halves', { resume: true })).slice(-4)).toEqual(whole.slice(-4));
  });

  it.each([
    ['a connector without a text side', mlp(), {}, 'train.recipe'],
    ['a Q-Former without one', qformer({ queries: 4, width: 16, layers: 2, heads: 2 }), {}, 'train.recipe'],
    ['a batch of one', small, { batch: 1 }, 'train.option'],
    ['a trained tower', small, { train: ['vision'] }, 'train.option'],
  ])('%s is refused', async (name, connected, options, code) => {
    await expect(
      (async () => runRecipe(recipe(connected, options), { dir: join(dir, name.replaceAll(' ', '-')) }))(),
    ).rejects.toMatchObject({
      code,
    });
  });
});
