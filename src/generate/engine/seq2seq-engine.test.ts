// The engine over a small T5: what a request generates is its own affair, whatever runs beside it, and every place is given back.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { T5 } from '../../networks/index.js';
import { Rng } from '../../util/rng.js';
import { Mllm } from '../mllm.js';
import { read, type Said } from './engine.test-model.js';
import { Seq2SeqEngine, type Seq2SeqEngineOptions, type Seq2SeqRequest } from './seq2seq-engine.js';

const FOLDER = 'test/golden/families/t5/flan';
const CAPACITY = 150;
const MAX_SOURCE = 200;

let lm: Mllm;
let network: T5;
let vocab: number;
let requests: Seq2SeqRequest[];
let truth: Said[];
beforeAll(async () => {
  lm = await Mllm.load(FOLDER, { maxReply: CAPACITY, maxSource: MAX_SOURCE });
  network = lm.model.network as T5;
  vocab = network.config.vocab_size;
  const rng = new Rng(7);
  // Sources of one token and of three widths, replies of all lengths, greedy and drawn; random weights would end them at any token.
  requests = Array.from({ length: 14 }, (_, i) => {
    const length = i % 5 === 0 ? 1 + i : i % 5 === 1 ? 60 + 9 * i : 1 + rng.int(60);
    const ids = Array.from({ length }, () => 2 + rng.int(vocab - 2));
    const sampling = i % 2 === 0 ? {} : { temperature: 1.2, topK: 30, seed: i };
    return { ids, maxTokens: i === 3 ? CAPACITY : i === 9 ? 80 : 1 + rng.int(30), logitBias: GO_ON, ...sampling };
  });
  truth = [];
  for (const r of requests) truth.push(await alone(r));
});
afterAll(() => lm.dispose());

/** Its pad token begins every reply. */
const START = 0;
const GO_ON = { 0: -100, 1: -100 };

/** What the engine's own model generates step by step with nothing around it. */
async function alone(r: Seq2SeqRequest): Promise<Said> {
  const decoder = await lm.programs.seq2seq();
  const state = await decoder.begin([Array.from(r.ids ?? [])]);
  const { RowChooser } = await import('../processors/row.js');
  const row = RowChooser.create(undefined, [START], r, lm.model.generation.endIds);
  const said: Said = { ids: [], logProbs: [] };
  let next = START;
  while (said.ids.length < (r.maxTokens ?? 128)) {
    const logits = await decoder.step(state, [[next]]);
    const { id, logProb } = row.choose(logits.data);
    row.accept(id);
    said.ids.push(id);
    said.logProbs.push(logProb);
    next = id;
  }
  return said;
}

function expectSame(got: Said, want: Said | undefined): void {
  expect(got.ids).toEqual(want?.ids);
  got.logProbs.forEach((p, i) => {
    expect(Math.abs(p - (want?.logProbs[i] as number))).toBeLessThan(1e-5);
  });
}
async function withEngine<T>(options: Seq2SeqEngineOptions, body: (engine: Seq2SeqEngine) => Promise<T>): Promise<T> {
  const engine = await Seq2SeqEngine.create(lm, options);
  try {
    return await body(engine);
  } finally {
    await engine.dispose();
  }
}
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('what a request generates', () => {
  it.each([1, 3, 8])('is what it generates alone, in %d rows', async (slots) => {
    await withEngine({ slots }, async (engine) => {
      for (let round = 0; round < 2; round++) {
        const got = await Promise.all(requests.map((r) => engine.submit(r)).map(read));
        got.forEach((g, i) => {
          expectSame(g, truth[i]);
          expect(g.last).toMatchObject({
            finish: 'length',
            usage: { promptTokens: requests[i]?.ids?.length, completionTokens: g.ids.length },
          });
        });
      }
      const { decodes, decodeTokens, ...stats } = engine.stats();
      expect(stats).toMatchObject({ running: 0, queued: 0, finished: 2 * requests.length, slots });
      expect(decodeTokens).toBe(2 * truth.reduce((n, t) => n + t.ids.length, 0));
      if (slots === 1) expect(decodes).toBe(decodeTokens);
      else expect(decodes).toBeLessThan(decodeTokens / 1.5);
    });
  });

  it('is so when rows join and leave at any step, some of them in the middle of a reply', async () => {
    await withEngine({ slots: 4 }, async (engine) => {
      const rng = new Rng(3);
      const reading = requests.map(async (r, i) => {
        await sleep(rng.int(30));
        const stop = new AbortController();
        if (i % 4 !== 2) return expectSame(await read(engine.submit({ ...r, signal: stop.signal })), truth[i]);
        const seen: number[] = [];
        const leaving = async (): Promise<void> => {
          for await (const { token } of engine.submit({ ...r, maxTokens: 90, signal: stop.signal })) {
            if (token) seen.push(token.id);
            if (seen.length === 3) stop.abort();
          }
        };
        await expect(leaving()).rejects.toThrow(/abort/i);
        expect(seen).toHaveLength(3);
      });
      await Promise.all(reading);
      expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
    });
  });

  it('ends at the tokens that end the reply of the model', async () => {
    await withEngine({ slots: 2 }, async (engine) => {
      const ends = { ...(requests[0] as Seq2SeqRequest), logitBias: { 1: 100 } };
      const [ended, other] = await Promise.all([read(engine.submit(ends)), read(engine.submit(requests[1] as Seq2SeqRequest))]);
      expect(ended.ids).toEqual([]);
      expect(ended.last?.finish).toBe('stop');
      expectSame(other, truth[1]);
    });
  });
});

describe('memory', () => {
  it('is within the budget, however little: fewer run at a time, and all get the same', async () => {
    const { num_heads, d_kv } = network.config;
    const perPosition = network.decoder.block.length * 2 * num_heads * d_kv * 4;
    const whole = (CAPACITY + MAX_SOURCE) * perPosition;
    await withEngine({ slots: 8 }, async (engine) => expect(engine.memory()).toMatchObject({ kv: 8 * whole, prefix: 0 }));
    for (const share of [1, 2.5])
      await withEngine({ slots: 8, kvBytes: share * whole }, async (engine) => {
        expect(engine.memory().kv).toBeLessThanOrEqual(share * whole);
        expect([engine.contextLength, engine.replyLength]).toEqual([MAX_SOURCE, CAPACITY]);
        let most = 0;
        const reading = requests.map(async (r, i) => {
          const got: Said = { ids: [], logProbs: [] };
          for await (const { token } of engine.submit(r)) {
            most = Math.max(most, engine.stats().running);
            got.ids.push(token?.id as number);
            got.logProbs.push(token?.logProb as number);
          }
          expectSame(got, truth[i]);
        });
        await Promise.all(reading);
        expect(most).toBeLessThan(8);
        expect(most).toBeGreaterThan(1);
      });
  });

  it('holds shorter sources and replies where the budget is less than one row', async () => {
    const { num_heads, d_kv } = network.config;
    const perPosition = network.decoder.block.length * 2 * num_heads * d_kv * 4;
    await withEngine({ slots: 4, kvBytes: 175 * perPosition }, async (engine) => {
      expect([engine.contextLength, engine.replyLength]).toEqual([100, 75]);
      const ids = Array.from({ length: 100 }, (_, i) => 2 + (i % 50));
      const r = { ids, maxTokens: 500, logitBias: GO_ON };
      const got = await Promise.all([read(engine.submit(r)), read(engine.submit(r))]);
      for (const g of got) expectSame(g, await alone({ ...r, maxTokens: 75 }));
      expect(codeOf(() => engine.submit({ ids: [...ids, 2] }))).toBe('text.length');
    });
    await expect(Seq2SeqEngine.create(lm, { kvBytes: 60 * perPosition })).rejects.toMatchObject({ code: 'generate.option' });
  });
});

describe('rows and readers', () => {
  const long = (): Seq2SeqRequest => ({ ids: [5, 6, 7], maxTokens: CAPACITY, logitBias: GO_ON });

  it('frees a row at once when its reader leaves or aborts, also while waiting', async () => {
    await withEngine({ slots: 1, maxQueue: 2 }, async (engine) => {
      for await (const _ of engine.submit(long())) break;
      expect(engine.stats().running).toBe(0);
      const stop = new AbortController();
      const first = engine.submit({ ...long(), signal: stop.signal });
      const second = engine.submit({ ...long(), maxTokens: 4 });
      const third = engine.submit({ ...long(), signal: stop.signal });
      await first.next();
      stop.abort(new Error('enough'));
      await expect(read(third)).rejects.toThrow('enough');
      await expect(read(first)).rejects.toThrow('enough');
      expect((await read(second)).ids).toHaveLength(4);
      expect(() => engine.submit({ ...long(), signal: stop.signal })).toThrow('enough');
    });
  });

  it('goes on without a reader that is slow, and gives it everything when it comes back', async () => {
    await withEngine({ slots: 3, buffer: 3 }, async (engine) => {
      const slow = engine.submit({ ...long(), maxTokens: 20 });
      const others = requests.slice(0, 4).map((q) => engine.submit(q));
      for (const [i, other] of others.entries()) expectSame(await read(other), truth[i]);
      expect(engine.stats().running).toBe(1);
      expectSame(await read(slow), await alone({ ...long(), maxTokens: 20 }));
    });
    await withEngine({ slots: 1, buffer: 2, readerTimeout: 20 }, async (engine) => {
      const unread = engine.submit(long());
      expect((await read(engine.submit({ ...long(), maxTokens: 2 }))).ids).toHaveLength(2);
      await expect(read(unread)).rejects.toMatchObject({ code: 'generate.reader' });
    });
  });

  it('keeps the failure of one row to that row, and of a step to those in it', async () => {
    await withEngine({ slots: 3 }, async (engine) => {
      const process = (_: Float32Array, { step }: { step: number }) => {
        if (step === 2) throw new Error('a bad processor');
      };
      const bad = engine.submit({ ...long(), processors: [{ process }] });
      const good = requests.slice(0, 4).map((r) => engine.submit(r));
      await expect(read(bad)).rejects.toThrow('a bad processor');
      for (const [i, g] of good.entries()) expectSame(await read(g), truth[i]);
      const { replies } = await lm.programs.seq2seq();
      const broken = vi.spyOn(replies, 'runNow').mockRejectedValueOnce(new Error('a bad step'));
      const cut = engine.submit(long());
      await expect(read(cut)).rejects.toThrow('a bad step');
      broken.mockRestore();
      expectSame(await read(engine.submit(requests[0] as Seq2SeqRequest)), truth[0]);
    });
  });

  it('refuses at once what can never run, and what may not wait', async () => {
    await withEngine({ slots: 1, maxQueue: 1 }, async (engine) => {
      const code = (r: Seq2SeqRequest): unknown => codeOf(() => engine.submit(r));
      expect(code({ ids: [] })).toBe('generate.input');
      expect(code({})).toBe('generate.input');
      expect(code({ ids: [1], messages: [] })).toBe('generate.input');
      expect(code({ ids: [vocab] })).toBe('generate.input');
      expect(code({ ids: new Int32Array(MAX_SOURCE + 1) })).toBe('text.length');
      expect(code({ ids: [1], maxTokens: 0 })).toBe('generate.option');
      expect(code({ ids: [1], temperature: -1 })).toBe('generate.option');
      expect(code({ ids: [1], stop: '' })).toBe('generate.option');
      const taken = [engine.submit({ ids: [1], maxTokens: 3 }), engine.submit({ ids: [2], maxTokens: 3 })];
      expect(code({ ids: [3] })).toBe('generate.queue');
      await Promise.all(taken.map(read));
      await expect(read(engine.submit({ messages: [{ role: 'user', content: 'hi' }] }))).rejects.toThrow(/no tokenizer/);
    });
    await expect(Seq2SeqEngine.create(lm, { slots: 0 })).rejects.toThrow(/slots is out of range/);
  });

  it('drains: what runs ends, nothing new is taken; dispose ends what is left', async () => {
    const engine = await Seq2SeqEngine.create(lm, { slots: 1 });
    const reading = Promise.all(requests.slice(0, 3).map((r) => read(engine.submit(r))));
    const drained = engine.drain();
    expect(() => engine.submit({ ids: [1] })).toThrow(/takes no more requests/);
    await drained;
    (await reading).forEach((g, i) => {
      expectSame(g, truth[i]);
    });
    const other = await Seq2SeqEngine.create(lm, { slots: 1 });
    const cut = other.submit(long());
    await cut.next();
    await other.dispose();
    await expect(read(cut)).rejects.toMatchObject({ code: 'generate.closed' });
  });
});
