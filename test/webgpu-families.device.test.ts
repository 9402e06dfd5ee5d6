// Every golden family that writes, on a device: the replies of the CPU and its logits, one token at a time and many at once, and no node that falls back.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Mllm, type Policy, type Prompt } from '../src/generate/index.js';
import { languageModel, type Model, openModel, type Sequence } from '../src/model/index.js';
import { selectRuntime } from '../src/runtime/select.js';
import { Rng } from '../src/util/rng.js';
import { FAMILIES, goldenNames } from './golden/read.js';
import { openTrained, sequenceOf, trainingGolden, trainingNames } from './golden/training.js';
import { WRITERS } from './webgpu/names.js';
import { watched } from './webgpu/placement.js';
import { BOUNDS, IS_WHOLE, record, short } from './webgpu/record.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

const NAMES = [...WRITERS, 'qwen2-audio'].flatMap(goldenNames);
const TRAINED = new Set(trainingNames(...WRITERS));

/** What is run where not everything is: a dense decoder, experts, short convolutions, an encoder-decoder, three positions and an image. */
const SOME = ['llama/untied', 'lfm2/untied', 'mixtral/five-experts', 't5/flan', 'qwen2-vl/untied'];

/** Greedy tokens that are compared, and how many of them come one at a time, each with the tokens of both prompts; all are read at once as well. */
const TOKENS = 32;
const SINGLE = 3;

/** Positions that a cache may have at most, where rotary positions scale with the length. */
const CONTEXT: Readonly<Record<string, number>> = { 'llama-rope/dynamic': 16 };

type Asked = Prompt & Pick<Sequence, 'ids' | 'media'>;

/** A conversation of the golden values, with an image where the family takes one, and ids at random, more than 32 of them. */
async function promptsOf(model: Model, name: string): Promise<Asked[]> {
  const { vocab_size: vocab } = languageModel(model.network).config;
  const rng = new Rng(`device ${name}`);
  const some = (n: number): Int32Array => Int32Array.from({ length: n }, () => 3 + rng.int(Math.min(vocab, 200) - 3));
  const [few, many] = name in CONTEXT ? [3, 8] : [7, 40];
  if (!TRAINED.has(name)) return [few, many].map((n) => ({ ids: some(n), media: [] }));
  const rows: Sequence[] = [];
  for (const row of trainingGolden(name).rows) rows.push(await sequenceOf(model, row));
  const seen = ({ media, source }: Sequence): number => media.length + (source?.media.length ?? 0);
  const longest = ({ ids, source }: Sequence): number => ids.length + (source?.ids.length ?? 0);
  const [row] = rows.sort((a, b) => Number(seen(b) > 0) - Number(seen(a) > 0) || longest(a) - longest(b)) as [Sequence];
  const n = (row.weights as Float32Array).findIndex((w) => w > 0);
  const kinds = (row.positions?.length ?? 0) / row.ids.length;
  const positions =
    row.positions &&
    Int32Array.from({ length: kinds * n }, (_, i) => row.positions?.[Math.floor(i / n) * row.ids.length + (i % n)] as number);
  const first: Asked = { ids: row.ids.subarray(0, n), media: row.media, positions, source: row.source };
  const second = row.source ? { ids: first.ids, media: [], source: { ids: some(40), media: [] } } : { ids: some(40), media: [] };
  return [first, second];
}

const argMax = (x: Float32Array): number => x.reduce((best, v, i) => (v > (x[best] as number) ? i : best), 0);

/** Logits after each prompt and each of `steps` tokens: greedy ones, or those that are given. By prompt, then by step. */
async function follow(policy: Policy, prompts: readonly Asked[], { steps, given }: { steps: number; given?: readonly number[][] }) {
  const rows = await policy.start(prompts);
  const logits: Float32Array[][] = prompts.map(() => []);
  let { logits: now } = rows;
  for (let t = 0; ; t++) {
    for (const [i, own] of logits.entries()) own.push(now.at(i).slice());
    if (t === steps) return logits;
    const next = logits.map((own, i) => given?.[i]?.[t] ?? argMax(own.at(-1) as Float32Array));
    now = await policy.step(rows, next);
  }
}

/** The same for all of a reply that is given, read at once behind its prompt. */
async function readWhole(policy: Policy, { ids, positions, ...more }: Asked, reply: readonly number[]): Promise<Float32Array[]> {
  const n = ids.length;
  const kinds = (positions?.length ?? 0) / n;
  const next = Math.max(-1, ...(positions ?? [])) + 1;
  const length = n + reply.length;
  const longer =
    positions &&
    Int32Array.from({ length: kinds * length }, (_, i) =>
      i % length < n ? (positions[Math.floor(i / length) * n + (i % length)] as number) : next + (i % length) - n,
    );
  const whole: Sequence = {
    ...more,
    ids: Int32Array.of(...ids, ...reply),
    ...(longer ? { positions: longer } : {}),
    weights: Float32Array.from({ length }, (_, i) => Number(i >= n)),
  };
  const logits: Float32Array[] = [];
  for await (const part of policy.read([whole])) for (let i = 0; i < part.count; i++) logits.push(part.logits.at(i).slice());
  return logits.slice(0, reply.length);
}

const tally = { prompts: 0, equal: 0 };

describe.runIf(isHere)('families on a device', () => {
  it.each(IS_WHOLE ? NAMES : SOME)('%s', async (name) => {
    const model = TRAINED.has(name) ? await openTrained(name) : await openModel(join(FAMILIES, name));
    const prompts = await promptsOf(model, name);
    const longest = Math.max(...prompts.map(({ ids }) => ids.length));
    const capacity = CONTEXT[name] ?? longest + TOKENS;
    const tokens = Math.min(TOKENS, capacity - longest);
    const device = watched(await selectRuntime('native', 'webgpu'));
    const on = (runtime: typeof device.runtime): Mllm => Mllm.of(model, { runtime, capacity, maxReply: TOKENS + 8 });
    const [theirs, ours] = [on(await selectRuntime('native', 'cpu')), on(device.runtime)];
    const wanted = await follow(await theirs.policy(), prompts, { steps: tokens - 1 });
    const given = wanted.map((rows) => rows.map(argMax));
    await theirs.dispose();
    const policy = await ours.policy();
    const got = await follow(policy, prompts, { steps: SINGLE, given });
    const read: Float32Array[][] = [];
    for (const [i, prompt] of prompts.entries()) read.push(await readWhole(policy, prompt, given[i] as number[]));
    await ours.dispose();
    let [worst, equal] = [0, 0];
    for (const [i, rows] of wanted.entries()) {
      expect([got[i]?.length, read[i]?.length]).toEqual([SINGLE + 1, tokens]);
      let isEqual = true;
      for (const [t, row] of rows.entries())
        for (const other of [got[i]?.[t], read[i]?.[t]])
          if (other) {
            isEqual &&= argMax(other) === given[i]?.[t];
            row.forEach((v, k) => {
              const off = Math.abs(v - (other[k] as number));
              if (!(off <= worst)) worst = off;
            });
          }
      if (isEqual) equal++;
    }
    tally.prompts += prompts.length;
    tally.equal += equal;
    const images = prompts.filter(({ media, source }) => media.length + (source?.media.length ?? 0) > 0).length;
    const { onCpu, onDevice } = device.placed();
    record('families', name, {
      prompts: prompts.length,
      images,
      tokens,
      single: SINGLE + 1,
      equal,
      logits: short(worst),
      nodes: onDevice,
    });
    expect(onCpu, 'nodes on the CPU').toEqual([]);
    expect(onDevice).toBeGreaterThan(10);
    expect(worst, 'logits').toBeLessThan(BOUNDS.logits);
  });

  it('reads sequences that come in several chunks, of which the first has no logits that are wanted', async () => {
    const model = await openTrained('llama/untied');
    const rng = new Rng('device chunks');
    const ids = Int32Array.from({ length: 140 }, () => 3 + rng.int(57));
    const sequence: Sequence = { ids, media: [], weights: Float32Array.from(ids, (_, i) => Number(i >= 135)) };
    const scores: Float32Array[] = [];
    for (const device of ['cpu', 'webgpu'] as const) {
      const mllm = Mllm.of(model, { runtime: await selectRuntime('native', device), capacity: 144 });
      scores.push(...(await (await mllm.policy()).score([sequence])));
      await mllm.dispose();
    }
    const [cpu, gpu] = scores as [Float32Array, Float32Array];
    expect(cpu.filter((v) => v !== 0)).toHaveLength(5);
    cpu.forEach((v, i) => void expect(Math.abs(v - (gpu[i] as number)), `${i}`).toBeLessThan(BOUNDS.logits));
  });

  it('gives the replies of the CPU', () => {
    expect(tally.prompts).toBeGreaterThan(0);
    expect(tally.equal / tally.prompts).toBeGreaterThanOrEqual(BOUNDS.equal);
  });
});
