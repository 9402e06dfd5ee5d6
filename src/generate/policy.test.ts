// Policies: scores against the logits of whole sequences, rows that fork, ranked options, and contrastive decoding over them.

import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { input, type Tensor } from '../graph/index.js';
import type { RgbImage } from '../media/index.js';
import type { Sequence } from '../model/sequence.js';
import type { CausalDecoder, MultimodalNetwork, T5 } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { decoderPolicy } from './decoder-policy.js';
import { Seq2SeqEngine } from './engine/index.js';
import { twoRowPolicy } from './methods/two-rows.js';
import { alphaBar, contrast, vcd } from './methods/vcd.js';
import { Mllm } from './mllm.js';
import type { Policy } from './policy.js';
import { rankOptions } from './rank-options.js';
import { logSumExp } from './sampling.js';
import { generateTokens } from './tokens.js';

const families = join(resolve(import.meta.dirname, '../..'), 'test/golden/families');

/** A picture of its own for each number. */
function picture(k: number, side = 32): RgbImage {
  const data = new Uint8Array(side * side * 3).map((_, i) => (i * 7 + k * 61 + (i % (k + 3)) * 40) % 256);
  return { width: side, height: side, data };
}
const ask = (k: number, text = 'a red dog') => [
  {
    role: 'user' as const,
    content: [
      { type: 'image' as const, source: picture(k) as never },
      { type: 'text' as const, text },
    ],
  },
];

/** Log-probabilities of the ids from logits [ids, vocab] of a pass over all of them. */
function scoresOf(ids: Int32Array, logits: Float32Array): Float32Array {
  const vocab = logits.length / ids.length;
  return Float32Array.from(ids, (id, i) => {
    if (i === 0) return 0;
    const row = logits.subarray((i - 1) * vocab, i * vocab);
    return (row[id] as number) - logSumExp(row);
  });
}
async function run(logits: Tensor, values: Mllm['model']['values'], feeds: Record<string, HostTensor>): Promise<Float32Array> {
  const program = await compile({ logits }, { frozen: values });
  const out = ((await program.run(feeds)).logits as HostTensor<'float32'>).data.slice();
  program.dispose();
  return out;
}
const ints = (data: Int32Array) => hostTensor('int32', [1, data.length], data);
function expectClose(a: Float32Array, b: Float32Array): void {
  expect(a).toHaveLength(b.length);
  for (const [i, v] of a.entries()) expect(Math.abs(v - (b[i] as number)), String(i)).toBeLessThan(1e-5);
}

describe('scores', () => {
  it('of a decoder are log-softmax of the whole sequence, with prefixes shared and longer than a chunk', async () => {
    const lm = await Mllm.load(join(families, '../../../models/world-llama'));
    const decoder = await lm.programs.decoder();
    const network = lm.model.network as CausalDecoder;
    const policy = decoderPolicy(decoder);
    const ids = (n: number, k = 7) => Int32Array.from({ length: n }, (_, i) => (i * k + 3) % 97);
    const n = 150;
    const sequences: Sequence[] = [
      { ids: ids(n), media: [] },
      { ids: Int32Array.from([...ids(n - 4), 5, 6]), media: [] },
      { ids: Int32Array.from([...ids(n - 4), 9]), media: [], weights: new Float32Array(n - 3).fill(1, n - 6) },
      { ids: ids(9, 5), media: [] },
    ];
    const scores = await policy.score(sequences);
    for (const [s, { ids, weights }] of sequences.entries()) {
      const logits = network.logits(network.sequence(network.embed(input('ids', [1, ids.length], 'int32'))));
      const wanted = scoresOf(ids, await run(logits, lm.model.values, { ids: ints(ids) }));
      expectClose(scores[s] as Float32Array, weights ? wanted.map((v, i) => (i < n - 6 ? 0 : v)) : wanted);
    }
    await expect(policy.score([{ ids: ids(decoder.capacity + 1), media: [] }])).rejects.toMatchObject({ code: 'generate.context' });
    await expect(policy.score([{ ids: ids(4), media: [{ at: Int32Array.of(1), key: 'x', feeds: () => ({}) }] }])).rejects.toMatchObject({
      code: 'generate.input',
    });
    await lm.dispose();
  });

  it('of a decoder with images too, whose options are ranked by them', async () => {
    const model = await Mllm.load(join(families, 'llava/clip'));
    const network = model.model.network as MultimodalNetwork;
    const policy = await model.policy();
    const sequence = (await model.encode(ask(1))) as Sequence;
    const whole = async (ids: Int32Array): Promise<Float32Array> => {
      const [media] = sequence.media;
      const features = await model.encodeImages([picture(1)]);
      const rows = input('features', features.shape as number[]);
      const at = input('at', [media?.at.length as number], 'int32');
      const hidden = network.hidden(input('ids', [1, ids.length], 'int32'), rows, at);
      const feeds = { ids: ints(ids), features, at: hostTensor('int32', [media?.at.length as number], media?.at as Int32Array) };
      return scoresOf(ids, await run(network.language_model.logits(hidden), model.model.values, feeds));
    };
    const options = [[5, 6, 7], [5, 9], [30]];
    const wanted: number[] = [];
    for (const option of options) {
      const scores = await whole(Int32Array.from([...sequence.ids, ...option]));
      wanted.push(scores.subarray(sequence.ids.length).reduce((a, b) => a + b, 0));
    }
    for (const normalize of ['sum', 'mean'] as const) {
      const ranked = await rankOptions(policy, sequence, options, { normalize });
      const norm = (i: number) => (normalize === 'mean' ? (options[i] as number[]).length : 1);
      const order = [0, 1, 2].sort((a, b) => (wanted[b] as number) / norm(b) - (wanted[a] as number) / norm(a));
      expect(ranked.map((r) => r.index)).toEqual(order);
      for (const { index, score } of ranked) expect(Math.abs(score - (wanted[index] as number) / norm(index))).toBeLessThan(1e-5);
    }
    await model.dispose();
  });

  it('take the positions of tokens that have several, and images that differ', async () => {
    const model = await Mllm.load(join(families, 'qwen2-vl/untied'));
    const policy = await model.policy();
    const decoder = await model.programs.decoder();
    const sequences = (await Promise.all([ask(1), ask(1, 'a red cup'), ask(2)].map((m) => model.encode(m)))) as Sequence[];
    const scores = await policy.score(sequences);
    for (const [s, sequence] of sequences.entries()) {
      const features = await model.encodeImages([picture(s === 2 ? 2 : 1)]);
      const { logits, logSums } = await decoder.read(
        decoder.cache(),
        { ids: [sequence.ids], positions: [sequence.positions], features, imagePositions: sequence.media[0]?.at },
        sequence.ids.length,
      );
      expect(logSums.data).toHaveLength(sequence.ids.length);
      expectClose(scores[s] as Float32Array, scoresOf(sequence.ids, logits.data));
    }
    // An option goes on where the positions of the prompt end.
    const [sequence] = sequences as [Sequence];
    const [ranked] = await rankOptions(policy, sequence, [[7, 8]]);
    const rows = await policy.start([sequence]);
    let sum = (rows.logits.at(0)[7] as number) - rows.logits.logSum(0);
    const next = await policy.step(rows, [7]);
    sum += (next.at(0)[8] as number) - next.logSum(0);
    expect(Math.abs((ranked?.score as number) - sum)).toBeLessThan(1e-5);
    await model.dispose();
  });

  it('of an encoder-decoder are those of its reply to each source', async () => {
    const lm = await Mllm.load(join(families, 't5/flan'));
    const policy = await lm.policy();
    const network = lm.model.network as T5;
    const source = { ids: Int32Array.from([5, 8, 13, 1]), media: [] };
    const other = { ids: Int32Array.from([9, 4, 1]), media: [] };
    const sequences: Sequence[] = [
      { ids: Int32Array.from([0, 7, 8, 9, 1]), media: [], source },
      { ids: Int32Array.from([0, 7, 8, 4]), media: [], source },
      { ids: Int32Array.from([0, 7, 8, 4]), media: [], source: other, weights: Float32Array.of(0, 0, 1, 1) },
    ];
    const scores = await policy.score(sequences);
    for (const [s, { ids, source, weights }] of sequences.entries()) {
      const hidden = network.hidden(input('ids', [1, ids.length], 'int32'), {
        ids: input('source', [1, source?.ids.length as number], 'int32'),
      });
      const logits = await run(network.logits(hidden), lm.model.values, { ids: ints(ids), source: ints(source?.ids as Int32Array) });
      expectClose(
        scores[s] as Float32Array,
        scoresOf(ids, logits).map((v, i) => (weights?.[i] === 0 ? 0 : v)),
      );
    }
    await expect(policy.score([{ ids: Int32Array.of(0, 1), media: [] }])).rejects.toMatchObject({ code: 'generate.input' });
    await lm.dispose();
  });
});

describe('rows', () => {
  /** Logits of each row after the same ids, given at once. */
  async function alone(policy: Policy, base: Omit<Sequence, 'ids' | 'media'>, ids: number[]): Promise<Float32Array> {
    const { logits } = await policy.start([{ ...base, ids: Int32Array.from(ids) }]);
    return logits.at(0).slice();
  }
  const check = async (policy: Policy, base: Omit<Sequence, 'ids' | 'media'>, start: number[]): Promise<void> => {
    let rows = await policy.start([{ ...base, ids: Int32Array.from(start) }]);
    rows = policy.select(rows, [0, 0], 3);
    await policy.step(rows, [5, 6]);
    rows = policy.select(rows, [1, 0, 1]);
    const logits = await policy.step(rows, [7, 8, -1]);
    const near = (a: Float32Array, b: Float32Array) =>
      expect(a.reduce((m, v, i) => Math.max(m, Math.abs(v - (b[i] as number))), 0)).toBeLessThan(1e-4);
    near(logits.at(0), await alone(policy, base, [...start, 6, 7]));
    near(logits.at(1), await alone(policy, base, [...start, 5, 8]));
    // The row that was left out goes on as if nothing had been.
    const after = await policy.step(rows, [-1, -1, 9]);
    near(after.at(2), await alone(policy, base, [...start, 6, 9]));
  };

  it('fork, stay and go on, each with its own past', async () => {
    const lm = await Mllm.load(join(families, 'llama/untied'));
    await check(await lm.policy(), {}, [3, 1, 4]);
    await lm.dispose();
    const t5 = await Mllm.load(join(families, 't5/flan'));
    await check(await t5.policy(), { source: { ids: Int32Array.from([5, 8, 13, 1]), media: [] } }, [0]);
    await t5.dispose();
  });
});

describe('visual contrastive decoding', () => {
  let model: Mllm;
  beforeAll(async () => {
    model = await Mllm.load(join(families, 'llava/clip'));
  });
  afterAll(() => model.dispose());

  it('takes the step and the noise of the paper', () => {
    const out = new Float32Array(4);
    contrast(Float32Array.of(2, 1, 0, -3), Float32Array.of(2.2, 0.2, 0.1, -3), out, { alpha: 1, beta: 0.1 });
    for (const [i, v] of [1.8, 1.8, -0.1].entries()) expect(out[i]).toBeCloseTo(v, 6);
    expect(out[3]).toBe(Number.NEGATIVE_INFINITY);
    const p = out.map((v) => Math.exp(v - logSumExp(out)));
    for (const [i, v] of [0.46521, 0.46521, 0.069581, 0].entries()) expect(p[i]).toBeCloseTo(v, 6);
    const golden = { 99: 0.996639, 299: 0.96274, 499: 0.746675, 500: 0.744799, 700: 0.351266, 999: 0.081249 };
    for (const [step, share] of Object.entries(golden)) expect(alphaBar(Number(step))).toBeCloseTo(share, 6);
    expect([Math.sqrt(alphaBar(500)), Math.sqrt(1 - alphaBar(500))].map((v) => v.toFixed(6))).toEqual(['0.863017', '0.505175']);
  });

  const options = [
    { maxTokens: 12, topLogProbs: 2 },
    { maxTokens: 12, temperature: 1, seed: 3 },
    { maxTokens: 8, beams: 3, returnSequences: 2 },
  ];
  const content = [{ type: 'image' as const, source: picture(4) as never }, 'a red dog'];

  it('is the plain model with alpha 0, in a stream, a batch and beams, to the bit', async () => {
    for (const o of options)
      expect(await model.generate(content, { ...o, method: { name: 'vcd', alpha: 0 } })).toEqual(await model.generate(content, o));
    const questions = [1, 2, 1].map((k) => ({ image: picture(k), question: 'a red dog' }));
    const plain = await model.answer(questions, { maxTokens: 10 });
    expect(await model.answer(questions, { maxTokens: 10, method: { name: 'vcd', alpha: 0 } })).toEqual(plain);
  });

  it('computes a second row that leaves the first as it is, to the bit', async () => {
    // The same contrast with nothing taken away and nothing left out.
    const none = (policy: Policy): Policy =>
      twoRowPolicy(policy, { second: (p) => p, combine: (a, b, out) => contrast(a, b, out, { alpha: 0, beta: 0 }) });
    const close = (reply: { tokens: { logProb: number }[] }) => ({
      ...reply,
      tokens: reply.tokens.map((t) => ({ ...t, logProb: t.logProb.toFixed(4) })),
    });
    for (const o of options.slice(0, 2)) {
      const [a, b] = [await model.generate(content, { ...o, method: none }), await model.generate(content, o)];
      expect(close({ ...a, tokens: a.tokens.map(({ id, logProb }) => ({ id, logProb })) })).toEqual(
        close({ ...b, tokens: b.tokens.map(({ id, logProb }) => ({ id, logProb })) }),
      );
    }
  });

  it('changes replies, the same in a stream and a batch, with the noise of its seed', async () => {
    const method = { name: 'vcd' as const, alpha: 2, beta: 0.01, noise: 900 };
    const text = async (o: object) => (await model.generate(content, { maxTokens: 12, ...o })).tokens.map((t) => t.logProb);
    const [plain, one, again, other] = [
      await text({}),
      await text({ method }),
      await text({ method }),
      await text({ method: { ...method, seed: 1 } }),
    ];
    expect(one).toEqual(again);
    expect(one).not.toEqual(plain);
    expect(other).not.toEqual(one);
    const questions = [4, 2].map((k) => ({ image: picture(k), question: 'a red dog' }));
    const batch = await model.answer(questions, { maxTokens: 12, method });
    expect(batch[0]).toBe((await model.generate(content, { maxTokens: 12, method })).text);
    // The score of a reply is the sum of what its tokens had while it was made.
    const policy = vcd(method)(await model.policy());
    const prompt = (await model.encode(ask(4))) as Sequence;
    const ids: number[] = [];
    let sum = 0;
    for await (const { token } of generateTokens(policy, model.tokenizer, prompt as never, { maxTokens: 6, ignoreEos: true }))
      if (token) {
        ids.push(token.id);
        sum += token.logProb;
      }
    const [ranked] = await rankOptions(policy, prompt, [ids]);
    expect(Math.abs((ranked?.score as number) - sum)).toBeLessThan(1e-3);
  });

  it('leaves out what is improbable among the tokens that a form allows, so that some are left', async () => {
    const [clean, noised, out] = [Float32Array.of(5, 1, 0, 0.9), Float32Array.of(0, 0, 0, 2), new Float32Array(4)];
    contrast(clean, noised, out, { alpha: 1, beta: 0.5 });
    expect(Array.from(out, Number.isFinite)).toEqual([true, false, false, false]);
    contrast(clean, noised, out, { alpha: 1, beta: 0.5, allowed: Float32Array.of(Number.NEGATIVE_INFINITY, 0, 0, 0) });
    expect(Array.from(out, Number.isFinite)).toEqual([false, true, false, true]);
    expect(out[1]).toBe(2);
    const form = {
      maxTokens: 6,
      responseFormat: { type: 'regex' as const, pattern: '(red|blue)' },
      method: { name: 'vcd' as const, beta: 1 },
    };
    for (const o of [form, { ...form, beams: 2 }]) expect((await model.generate(content, o)).text).toMatch(/^(red|blue)$/);
  });

  it('contrasts the image in the source of an encoder-decoder', async () => {
    const lm = await Mllm.load(join(families, 'blip-2/t5-every-layer'));
    const logProbs = async (method?: { name: 'vcd'; alpha?: number; beta?: number; noise?: number }) =>
      (await lm.generate(content, { maxTokens: 5, ignoreEos: true, ...(method ? { method } : {}) })).tokens.map((t) => t.logProb);
    const plain = await logProbs();
    expect(await logProbs({ name: 'vcd', alpha: 0 })).toEqual(plain);
    expect(await logProbs({ name: 'vcd', alpha: 1, beta: 0, noise: 999 })).not.toEqual(plain);
    await expect(lm.generate('only text', { method: { name: 'vcd' } })).rejects.toMatchObject({ code: 'generate.method' });
    const engine = await Seq2SeqEngine.create(lm, { slots: 2 });
    const messages = [{ role: 'user' as const, content: 'a' }];
    await expect(engine.submit({ messages, method: { name: 'vcd' } }).next()).rejects.toMatchObject({ code: 'generate.method' });
    await engine.dispose();
    await lm.dispose();
  });

  it('refuses what it cannot do', async () => {
    const of = (method: object, c: typeof content | string = content) =>
      model.generate(c, { maxTokens: 2, method: { name: 'vcd', ...method } as never });
    for (const bad of [{ alpha: -1 }, { beta: 2 }, { noise: 1000 }, { seed: 0.5 }, { name: 'vdc' }, { name: 'toString' }])
      await expect(of(bad), JSON.stringify(bad)).rejects.toMatchObject({ code: 'generate.option' });
    await expect(of({}, 'only text')).rejects.toMatchObject({ code: 'generate.method' });
  });
});
