// Forms compiled beside everything else: the same constraint, whoever compiles it; once for all who ask; within a bound; ended with the last.

import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { testTokenizer } from '../../text/testing.js';
import { SensoriumError } from '../../util/errors.js';
import * as jobs from '../../util/jobs.js';
import { disposeJobs } from '../../util/jobs.js';
import { Rng } from '../../util/rng.js';
import { compileFormat } from './compile-job.js';
import { constraintFor, prepareFormat } from './compiled.js';
import { Constraint } from './constraint.js';
import type { ConstrainedFormat } from './format.js';
import { Grammar } from './grammar.js';
import { drawReply } from './testing.js';
import { tokenTrie, trieOf } from './trie.js';

const range = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
/** A form that takes more steps than are made where it is asked for; `n` makes it another one. */
const large = (n = 0): ConstrainedFormat => ({
  type: 'json_schema',
  schema: { type: 'object', properties: Object.fromEntries(range(300, (i) => [`field_${n}_${i}`, { type: 'string' }])) },
});
const small: ConstrainedFormat = {
  type: 'json_schema',
  schema: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
};
const FORMS: Readonly<Record<string, ConstrainedFormat>> = {
  'an object': small,
  'many properties': large(),
  'counted strings': { type: 'json_schema', schema: { type: 'string', minLength: 3, maxLength: 4000, pattern: '^[a-z]+( [a-z]+)*$' } },
  recursion: {
    type: 'json_schema',
    schema: { $defs: { t: { type: 'array', items: { $ref: '#/$defs/t' } } }, $ref: '#/$defs/t' },
    limits: { depth: 5 },
  },
  'items that differ': {
    type: 'json_schema',
    schema: { type: 'array', uniqueItems: true, items: { enum: ['a', 'b', 'ab'] }, minItems: 2 },
  },
  calls: {
    type: 'tool_calls',
    tools: [{ name: 'look', schema: { type: 'object', properties: { at: { type: 'string' } } } }],
    several: true,
  },
  'a pattern': { type: 'regex', pattern: '[a-f]{2,9}( [a-f]{2,9}){0,5}' },
  'any object': { type: 'json_object' },
};

afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => disposeJobs());

describe('a form', () => {
  it.each(Object.keys(FORMS))('has the same masks wherever it was compiled: %s', (name) => {
    const tokenizer = testTokenizer();
    const trie = tokenTrie(tokenizer);
    const { limits, ...form } = FORMS[name] as ConstrainedFormat;
    const input = { format: JSON.stringify(form), limits, spellable: trie.spellable, noLeadingSpace: !tokenizer.byteLevel };
    const packed = structuredClone(compileFormat(input));
    const [here, there] = [constraintFor(tokenizer, FORMS[name] as ConstrainedFormat), new Constraint(new Grammar(packed), trie)];
    const ids = drawReply(here, new Rng(3), { most: 4000 }) ?? [];
    expect(ids.length).toBeGreaterThan(0);
    let [a, b] = [here.start, there.start];
    for (const id of ids) {
      expect([there.mask(b), b.ends]).toEqual([here.mask(a), a.ends]);
      [a, b] = [here.advance(a, id) as typeof a, there.advance(b, id) as typeof b];
    }
  });

  it('is compiled here where it is small, else in a thread, and kept', async () => {
    const tokenizer = testTokenizer();
    const run = vi.spyOn(jobs, 'runJob');
    const ready = await prepareFormat(tokenizer, small);
    expect(constraintFor(tokenizer, ready)).toBe(constraintFor(tokenizer, small));
    expect(run).not.toHaveBeenCalled();
    const big = await prepareFormat(tokenizer, large(1));
    expect(run).toHaveBeenCalledTimes(1);
    expect(constraintFor(tokenizer, large(1))).toBe(constraintFor(tokenizer, big));
    expect(await prepareFormat(tokenizer, big)).toBe(big);
    await prepareFormat(tokenizer, large(1));
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('stays what it was when its owner changes it', async () => {
    const tokenizer = testTokenizer();
    const own = structuredClone(small) as Extract<ConstrainedFormat, { type: 'json_schema' }>;
    const ready = await prepareFormat(tokenizer, own);
    const constraint = constraintFor(tokenizer, ready);
    own.schema = { type: 'boolean' };
    expect(constraintFor(tokenizer, ready)).toBe(constraint);
    expect(constraintFor(tokenizer, own)).not.toBe(constraint);
  });

  it('is compiled once for all who ask, and not at all when they have left', async () => {
    const tokenizer = testTokenizer();
    const [first, second] = [new AbortController(), new AbortController()];
    const all = [first, second].map(({ signal }) => prepareFormat(tokenizer, large(2), signal).catch((error: Error) => error.message));
    first.abort(new Error('left'));
    expect(await all[0]).toBe('left');
    const ready = (await all[1]) as ConstrainedFormat;
    expect(constraintFor(tokenizer, ready)).toBe(constraintFor(tokenizer, large(2)));
    const third = new AbortController();
    const left = prepareFormat(tokenizer, large(3), third.signal).catch((error: Error) => error.message);
    third.abort(new Error('gone'));
    expect(await left).toBe('gone');
  });

  it('is refused by its code, from a thread as from here', async () => {
    const tokenizer = testTokenizer();
    const limits = { states: 25_000, size: 65_536, work: 1_200_000 };
    const refused = async (schema: object, more: object = { limits }): Promise<unknown> =>
      prepareFormat(tokenizer, { type: 'json_schema', schema, ...more } as ConstrainedFormat).catch((error: unknown) => error);
    const pattern = { type: 'string', pattern: '^(a?b?){9999}$' };
    expect(await refused(pattern)).toMatchObject({
      code: 'constrain.size',
      place: expect.stringMatching(/^schema #/),
      expected: 'at most 1200000',
    });
    expect(await refused({ ...pattern, pattern: '^(a?b?){99}$' }, { limits: { work: 1000 } })).toMatchObject({ expected: 'at most 1000' });
    expect(await refused({ $ref: '#/nowhere', title: 'x'.repeat(9000) })).toMatchObject({ code: 'constrain.schema' });
    expect(await refused({ type: 'array', contains: {} })).toMatchObject({ code: 'constrain.schema' });
    // A thread that was ended for its time or its memory.
    for (const code of ['job.time', 'job.memory'] as const) {
      vi.spyOn(jobs, 'runJob').mockRejectedValueOnce(new SensoriumError(code, 'ended'));
      expect(await refused({ ...pattern, title: code })).toMatchObject({
        code: 'constrain.size',
        expected: expect.stringMatching(/^at most \d+$/),
      });
    }
    expect(await refused({ enum: ['x'.repeat(70_000)] })).toMatchObject({ code: 'constrain.size' });
    expect(await refused({ enum: range(50_000, (i) => i) })).toMatchObject({ code: 'constrain.size' });
    const loop: Record<string, unknown> = { type: 'object' };
    loop.properties = { own: loop };
    expect(await refused(loop)).toMatchObject({ code: 'constrain.size' });
  });
});

describe('masks that are prepared', () => {
  // Every word of up to three letters: a small vocabulary with as many branches as a large one has.
  const letters = [...'abcdefgh"[],x'];
  const words = letters.flatMap((a) => [a, ...letters.flatMap((b) => [a + b, ...letters.map((c) => a + b + c)])]);
  const trie = trieOf([...words, ...words.map((w) => w + w)].map((w) => new TextEncoder().encode(w)));
  const pattern = (i: number) => ({ type: 'string', pattern: `^[a-h]*${letters[i % 8]}[a-h]{${i % 3},${(i % 3) + 2}}x?$` });
  const items = { anyOf: range(40, pattern) };
  const FORMS: readonly object[] = [{ items }, { items: pattern(1), uniqueItems: true, minItems: 2 }];
  const make = (form: object): Constraint => {
    const format = JSON.stringify({ type: 'json_schema', schema: { type: 'array', maxItems: 4, ...form } });
    return new Constraint(
      new Grammar(compileFormat({ format, limits: undefined, spellable: trie.spellable, noLeadingSpace: false })),
      trie,
    );
  };

  it('are those that are made at once, in any number of slices at a time', async () => {
    // A clock by which every slice is over after one step.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 10;
      return now;
    });
    for (const form of FORMS) {
      const [whole, sliced] = [make(form), make(form)];
      const ids = drawReply(whole, new Rng(7), { free: 6, most: 400 }) ?? [];
      expect(ids.length).toBeGreaterThan(2);
      const states = [sliced.start];
      for (const id of ids) states.push(sliced.advance(states.at(-1) as typeof sliced.start, id) as typeof sliced.start);
      const made = [...states, ...states].map((state) => sliced.prepare(state, () => false));
      expect(made.filter((one) => one instanceof Promise).length).toBeGreaterThan(1);
      const masks = await Promise.all(made);
      let state = whole.start;
      for (const [i, id] of ids.entries()) {
        const mask = whole.mask(state);
        expect([masks[i], masks[i + states.length]], String(i)).toEqual([mask, mask]);
        state = whole.advance(state, id) as typeof state;
      }
    }
  });

  it('are given up when nobody waits for them', async () => {
    vi.spyOn(performance, 'now').mockImplementation(() => Number.POSITIVE_INFINITY);
    const constraint = make(FORMS[0] as object);
    const state = constraint.follow([words.indexOf('["')]) as typeof constraint.start;
    let wanted = true;
    const given = constraint.prepare(state, () => !wanted);
    const shared = constraint.prepare(state, () => !wanted);
    wanted = false;
    expect(await Promise.all([given, shared])).toEqual([undefined, undefined]);
    const again = constraint.prepare(state, () => false);
    expect(await again).toEqual(make(FORMS[0] as object).mask(state));
  });
});
