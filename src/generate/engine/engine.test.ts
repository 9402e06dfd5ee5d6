// The engine over a small random model: what a request generates is its own affair, whatever runs beside it and whatever is cached.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Program } from '../../runtime/compile.js';
import { Rng } from '../../util/rng.js';
import type { Decoder } from '../decoder.js';
import { Engine } from './engine.js';
import { alone, mixedRequests, POSITIONS, read, type Said, smallDecoder, VOCAB } from './engine.test-model.js';
import type { EngineOptions, EngineRequest } from './request.js';
import { Stepper } from './stepper.js';

let decoder: Decoder;
const requests = mixedRequests(14);
let truth: Said[];
beforeAll(async () => {
  decoder = await smallDecoder();
  truth = [];
  for (const r of requests) truth.push(await alone(decoder, r));
});
afterAll(() => decoder.dispose());

function expectSame(got: Said, want: Said | undefined): void {
  expect(got.ids).toEqual(want?.ids);
  got.logProbs.forEach((p, i) => {
    expect(Math.abs(p - (want?.logProbs[i] as number))).toBeLessThan(1e-5);
  });
}
async function withEngine<T>(options: EngineOptions, body: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await Engine.create({ decoder }, options);
  try {
    return await body(engine);
  } finally {
    await engine.dispose();
  }
}

describe('what a request generates', () => {
  const settings: Record<string, EngineOptions> = {
    'one row': { slots: 1, prefixBytes: 0, lookup: false },
    'four rows, chunks of 5': { slots: 4, prefillChunk: 5, prefixBytes: 0, lookup: false },
    'eight rows, chunks of 64, prefix cache': { slots: 8, prefixBlock: 8, lookup: false },
    'three rows, chunks of 16, prefix cache, lookup': { slots: 3, prefillChunk: 16, lookup: { rows: 8, least: 1 } },
    'chunks of 7 across blocks, a prefix cache that evicts': { slots: 5, prefillChunk: 7, prefixBlock: 4, prefixBytes: 20_000 },
  };
  for (const [name, options] of Object.entries(settings))
    it(`is what it generates alone: ${name}`, async () => {
      await withEngine(options, async (engine) => {
        for (let round = 0; round < 2; round++) {
          const streams = requests.map((r) => engine.submit(r));
          const got = await Promise.all(streams.map(read));
          got.forEach((g, i) => {
            expectSame(g, truth[i]);
            expect(g.last?.finish).toBe('length');
            expect(g.last?.usage?.promptTokens).toBe(requests[i]?.ids?.length);
          });
        }
        expect(engine.stats()).toMatchObject({ running: 0, queued: 0, finished: 2 * requests.length });
      });
    });

  it('is so when rows join and leave at any step, some of them in the middle of a reply', async () => {
    await withEngine({ slots: 4, prefillChunk: 9 }, async (engine) => {
      const rng = new Rng(3);
      const reading = requests.map(async (r, i) => {
        await sleep(rng.int(30));
        const stop = new AbortController();
        if (i % 4 !== 3) return expectSame(await read(engine.submit({ ...r, signal: stop.signal })), truth[i]);
        const seen: number[] = [];
        const leaving = async (): Promise<void> => {
          for await (const { token } of engine.submit({ ...r, maxTokens: 60, signal: stop.signal })) {
            if (token) seen.push(token.id);
            if (seen.length === 3) stop.abort();
          }
        };
        await expect(leaving()).rejects.toThrow(/abort/i);
        expect(seen).toHaveLength(3);
      });
      await Promise.all(reading);
      expect(engine.stats().running).toBe(0);
    });
  });
});

describe('the official binding', () => {
  it('runs the engine as well, by copies', async () => {
    const node = await smallDecoder({ runtime: 'node' });
    const engine = await Engine.create({ decoder: node }, { slots: 3, prefillChunk: 20, lookup: { rows: 3, least: 1 } });
    const got = await Promise.all(requests.slice(0, 5).map((r) => read(engine.submit(r))));
    for (const [i, g] of got.entries()) expectSame(g, truth[i]);
    await engine.dispose();
    node.dispose();
  });
});

describe('a quantized model', () => {
  it('generates in a batch what it generates with the engine to itself, though int8 arithmetic magnifies the last bit', async () => {
    const quantized = await smallDecoder({ width: 128, quantize: 'int4' });
    const chunk = { prefillChunk: 16 };
    const lone = await Engine.create({ decoder: quantized }, { ...chunk, slots: 1, prefixBytes: 0 });
    expect(lone.memory().kv).toBe(2 * POSITIONS * 2 * 2 * 2 * 32 * 4); // a second row fills the tile
    const want: Said[] = [];
    for (const r of requests) want.push(await read(lone.submit(r)));
    for (const options of [{ slots: 8 }, { slots: 3, lookup: { rows: 8, least: 1 } }]) {
      const engine = await Engine.create({ decoder: quantized }, { ...chunk, ...options });
      for (let round = 0; round < 2; round++) {
        const got = await Promise.all(requests.map((r) => read(engine.submit(r))));
        got.forEach((g, i) => {
          expectSame(g, want[i]);
        });
      }
      expect(engine.stats().prefix.hitTokens).toBeGreaterThan(100);
      await engine.dispose();
    }
    const fast = await Engine.create({ decoder: quantized }, { slots: 1, exact: false });
    expect((await read(fast.submit(requests[0] as EngineRequest))).ids).toHaveLength(want[0]?.ids.length as number);
    expect(fast.memory().kv).toBe(lone.memory().kv / 2);
    await fast.dispose();
    await lone.dispose();
    quantized.dispose();
  });
});

it('computes several short prompts in one step, together no longer than a chunk', async () => {
  const decoder = await smallDecoder();
  const chunk = vi.spyOn(Stepper.prototype, 'chunk');
  const decode = vi.spyOn(Stepper.prototype, 'decode');
  const engine = await Engine.create({ decoder }, { slots: 5, prefillChunk: 8, prefixBytes: 0, lookup: false });
  // The first is under way before the others are there.
  const prompts = [3, 3, 3, 8, 2].map((n, i) => Array.from({ length: n }, (_, j) => i + j));
  await Promise.all(prompts.map((ids) => read(engine.submit({ ids, maxTokens: 4 }))));
  const order = [
    ...chunk.mock.invocationCallOrder.map((at) => [at, 'prompt']),
    ...decode.mock.invocationCallOrder.map((at) => [at, 'tokens']),
  ]
    .sort(([a], [b]) => (a as number) - (b as number))
    .map(([, what]) => what)
    .join(' ');
  expect(order).toMatch(/^prompt tokens prompt prompt tokens prompt tokens prompt tokens( tokens)*$/);
  vi.restoreAllMocks();
  await engine.dispose();
  decoder.dispose();
});

describe('a model with weights in blocks and in int8', () => {
  it('computes steps of many rows in int8, and all of an exact engine, whose replies are the same alone and in a batch', async () => {
    const both = await smallDecoder({ both: true });
    const { program, prefill } = both as Decoder & { prefill: Program };
    const shapes = (p: Program) => {
      const ways = [vi.spyOn(p, 'run'), vi.spyOn(p, 'runNow')];
      return () => ways.flatMap((way) => way.mock.calls.map(([feeds]) => feeds.ids?.shape as [number, number]));
    };
    const [inBlocks, inInt8] = [shapes(program), shapes(prefill)];
    // The last row is free first; one prompt is longer than a chunk.
    const many = Array.from({ length: 8 }, (_, i) => ({
      ids: Array.from({ length: i === 5 ? 40 : 2 }, (__, j) => ((i + 1) * (j + 1)) % VOCAB),
      maxTokens: 13 - i,
    }));
    const replies = async (options: EngineOptions, { together = true } = {}): Promise<Said[]> => {
      const engine = await Engine.create({ decoder: both }, { prefillChunk: 16, prefixBytes: 0, lookup: false, ...options });
      const said: Said[] = [];
      if (together) said.push(...(await Promise.all(many.map((r) => read(engine.submit(r))))));
      else for (const r of many) said.push(await read(engine.submit(r)));
      await engine.dispose();
      return said;
    };
    const alone = await replies({ slots: 1 }, { together: false });
    for (const slots of [8, 3])
      (await replies({ slots })).forEach((said, i) => {
        expectSame(said, alone[i]);
      });
    expect(both.rowwise).toBe(true);
    expect(inBlocks()).toEqual([]);
    expect(inInt8().map(([rows]) => rows)).toEqual(expect.arrayContaining([1, 8]));
    vi.clearAllMocks();
    for (const [i, { ids, logProbs }] of (await replies({ slots: 8, exact: false })).entries()) {
      expect(ids).toHaveLength(13 - i);
      expect(Math.max(...logProbs)).toBeLessThan(0);
    }
    const wide = inInt8().filter(([, n]) => n === 1);
    expect(Math.min(...wide.map(([rows]) => rows))).toBeGreaterThanOrEqual(4);
    expect(Math.max(...inBlocks().map(([rows]) => rows))).toBeLessThan(4);
    vi.restoreAllMocks();
    both.dispose();
  });
});

describe('a mixture of experts', () => {
  it.each([
    ['float32', {}],
    ['int4', { quantize: 'int4' }],
    ['blocks and int8', { both: true }],
  ] as const)('says the same alone and beside others: %s', async (_, weights) => {
    const mixture = await smallDecoder({ experts: 5, ...weights });
    const alone: Said[] = [];
    for (const slots of [1, 4]) {
      const engine = await Engine.create({ decoder: mixture }, { slots, prefillChunk: 16 });
      const got = await Promise.all(requests.slice(0, 6).map((r) => read(engine.submit(r))));
      await engine.dispose();
      if (slots === 1) alone.push(...got);
      else for (const [i, g] of got.entries()) expectSame(g, alone[i]);
    }
    mixture.dispose();
  });
});

describe('a model whose heads only ordinary operators take', () => {
  it('runs as well, in caches of the one length that it has', async () => {
    const plain = await smallDecoder({ heads: 8 }); // heads of 8 numbers; the fused kernel wants 16
    const engine = await Engine.create({ decoder: plain }, { slots: 3, prefillChunk: 10, lookup: { least: 1 } });
    const streams = requests.slice(0, 6).map((r) => engine.submit(r));
    const got = await Promise.all(streams.map(read));
    for (const [i, g] of got.entries()) expectSame(g, await alone(plain, requests[i] as EngineRequest));
    await engine.dispose();
    await expect(Engine.create({ decoder: plain }, { slots: 2, kvBytes: 1000 })).rejects.toMatchObject({ code: 'generate.option' });
    plain.dispose();
  });
});

describe('rows and readers', () => {
  it('goes on with the others while a long prompt is computed, and lets a short one pass', async () => {
    await withEngine({ slots: 3, prefillChunk: 8, prefixBytes: 0, lookup: false }, async (engine) => {
      const order: string[] = [];
      const follow = async (name: string, r: EngineRequest): Promise<void> => {
        for await (const { token } of engine.submit(r)) if (token) order.push(name);
      };
      const steady = engine.submit({ ids: [1, 2, 3], maxTokens: 60 });
      await steady.next();
      const following = (async () => {
        for await (const { token } of steady) if (token) order.push('steady');
      })();
      const long = follow('long', { ids: Array.from({ length: 120 }, (_, i) => i % VOCAB), maxTokens: 2 });
      const short = follow('short', { ids: [4, 5, 6, 7], maxTokens: 2 });
      await Promise.all([following, long, short]);
      const first = order.indexOf('long');
      expect(order.slice(0, first).filter((n) => n === 'steady').length).toBeGreaterThanOrEqual(14); // 15 chunks, a token after each
      expect(order.indexOf('short')).toBeLessThan(6);
    });
  });

  it('frees a row at once when its reader leaves or aborts, also while waiting', async () => {
    await withEngine({ slots: 1, maxQueue: 2 }, async (engine) => {
      const long: EngineRequest = { ids: [1, 2, 3], maxTokens: 150 };
      for await (const _ of engine.submit(long)) break;
      expect(engine.stats().running).toBe(0);
      const stop = new AbortController();
      const first = engine.submit({ ...long, signal: stop.signal });
      const second = engine.submit({ ...long, maxTokens: 4 });
      const third = engine.submit({ ...long, signal: stop.signal });
      await first.next();
      stop.abort(new Error('enough'));
      await expect(read(third)).rejects.toThrow('enough');
      await expect(read(first)).rejects.toThrow('enough');
      expect((await read(second)).ids).toHaveLength(4);
      expect(() => engine.submit({ ...long, signal: stop.signal })).toThrow('enough');
    });
  });

  it('goes on without a reader that is slow, and gives it everything when it comes back', async () => {
    await withEngine({ slots: 2, buffer: 3, prefixBytes: 0 }, async (engine) => {
      const r: EngineRequest = { ids: [5, 9, 13], maxTokens: 20 };
      const slow = engine.submit(r);
      const others = requests.slice(0, 4).map((q) => engine.submit(q));
      for (const [i, other] of others.entries()) expectSame(await read(other), truth[i]);
      expect(engine.stats().running).toBe(1);
      expectSame(await read(slow), await alone(decoder, r));
    });
  });

  it('ends a request that nobody reads', async () => {
    await withEngine({ slots: 1, buffer: 2, readerTimeout: 20 }, async (engine) => {
      const unread = engine.submit({ ids: [5, 9, 13], maxTokens: 20 });
      const next = engine.submit({ ids: [5, 9], maxTokens: 2 });
      expect((await read(next)).ids).toHaveLength(2);
      await expect(read(unread)).rejects.toMatchObject({ code: 'generate.reader' });
    });
  });

  it('keeps the failure of one row to that row', async () => {
    await withEngine({ slots: 3 }, async (engine) => {
      const broken = {
        process: (_: Float32Array, { step }: { step: number }) => {
          if (step === 2) throw new Error('a bad processor');
        },
      };
      const bad = engine.submit({ ids: [1, 2, 3], maxTokens: 9, processors: [broken] });
      const good = requests.slice(0, 4).map((r) => engine.submit(r));
      await expect(read(bad)).rejects.toThrow('a bad processor');
      for (const [i, g] of good.entries()) expectSame(await read(g), truth[i]);
    });
  });

  it('applies processors to the choice and not to the log-probability', async () => {
    await withEngine({ slots: 1 }, async (engine) => {
      const plain = await read(engine.submit({ ids: [1, 2, 3], maxTokens: 1, topLogProbs: 3 }));
      const [best, second] = plain.last?.token?.top ?? [];
      const banned = await read(engine.submit({ ids: [1, 2, 3], maxTokens: 1, suppressTokens: [best?.id as number] }));
      expect(banned.ids).toEqual([second?.id]);
      expect(banned.logProbs[0]).toBeCloseTo(second?.logProb as number, 5);
    });
  });
});

describe('limits', () => {
  it('refuses at once what can never run, and what may not wait', async () => {
    await withEngine({ slots: 1, maxQueue: 1 }, async (engine) => {
      const code = (r: EngineRequest): unknown => {
        try {
          engine.submit(r);
        } catch (error) {
          return (error as { code?: string }).code;
        }
      };
      expect(code({ ids: [] })).toBe('generate.input');
      expect(code({})).toBe('generate.input');
      expect(code({ ids: [1], messages: [] })).toBe('generate.input');
      expect(code({ ids: [VOCAB] })).toBe('generate.input');
      expect(code({ ids: [1, 2], imagePositions: Int32Array.from([0]) })).toBe('generate.input');
      expect(code({ ids: new Int32Array(POSITIONS) })).toBe('generate.context');
      expect(code({ ids: [1], maxTokens: 0 })).toBe('generate.option');
      expect(code({ ids: [1], temperature: -1 })).toBe('generate.option');
      expect(code({ ids: [1], repetitionPenalty: 0 })).toBe('generate.option');
      expect(code({ ids: [1], stop: '' })).toBe('generate.option');
      const taken = [engine.submit({ ids: [1], maxTokens: 3 }), engine.submit({ ids: [2], maxTokens: 3 })];
      expect(code({ ids: [3] })).toBe('generate.queue');
      await Promise.all(taken.map(read));
      await expect(read(engine.submit({ messages: [{ role: 'user', content: 'hi' }] }))).rejects.toThrow(/takes no messages/);
    });
  });

  it('ends a reply where the context ends, in a full row', async () => {
    const perPosition = 2 * 2 * 2 * 16 * 4;
    await withEngine({ slots: 2, kvBytes: 2 * 48 * perPosition, lookup: { rows: 2, least: 1 } }, async (engine) => {
      expect(engine.contextLength).toBe(48);
      expect(engine.memory().kv).toBe(2 * 48 * perPosition);
      const ids = Array.from({ length: 30 }, (_, i) => (i * 7) % VOCAB);
      const got = await Promise.all([read(engine.submit({ ids, maxTokens: 500 })), read(engine.submit({ ids: ids.slice(5) }))]);
      expect(got.map((g) => g.ids.length)).toEqual([18, 23]);
      expectSame(got[0] as Said, await alone(decoder, { ids, maxTokens: 18 }));
    });
    await expect(Engine.create({ decoder }, { slots: 2, kvBytes: 100 })).rejects.toMatchObject({ code: 'generate.option' });
    await expect(Engine.create({ decoder }, { slots: 0 })).rejects.toThrow(/slots is out of range/);
    await expect(Engine.create({ decoder }, { lookup: { tokens: 1.5 } })).rejects.toThrow(/lookup.tokens/);
  });

  it('drains: what runs ends, nothing new is taken; dispose ends what is left', async () => {
    const engine = await Engine.create({ decoder }, { slots: 1 });
    const streams = requests.slice(0, 3).map((r) => engine.submit(r));
    const reading = Promise.all(streams.map(read));
    const drained = engine.drain();
    expect(() => engine.submit({ ids: [1] })).toThrow(/takes no more requests/);
    await drained;
    (await reading).forEach((g, i) => {
      expectSame(g, truth[i]);
    });
    const other = await Engine.create({ decoder }, { slots: 1 });
    const cut = other.submit({ ids: [1, 2], maxTokens: 100 });
    await cut.next();
    await other.dispose();
    await expect(read(cut)).rejects.toMatchObject({ code: 'generate.closed' });
  });
});
