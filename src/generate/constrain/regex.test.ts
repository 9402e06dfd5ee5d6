// Regular expressions against JavaScript's own, over texts that match nearly; masks against token-by-token truth; and refusals.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import { automatonOf, matches, minimal } from './automaton.js';
import { grammarOf } from './join-rules.js';
import { jsonEncoder } from './json-text.js';
import { regex } from './regex.js';
import { allowedIds, constraintOver, drawReply, textOf } from './testing.js';

const accepts = (pattern: string, text: string, search = false): boolean => matches(automatonOf(regex(pattern, { search })), text);
const constraintOf = (pattern: string) => constraintOver(grammarOf([{ node: regex(pattern), place: 'pattern' }], 0));

/** Patterns of the supported subset, over few letters so that random texts match often. */
const pattern: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'é', '红', '😀', '.', '[ab]', '[^a]', '\\d', '\\W', '[a-c😀]', '\\u0061', '\\.', '[^\\s红]', '\\x62'),
    fc.tuple(tie('node'), tie('node')).map(([x, y]) => x + y),
    fc.tuple(tie('node'), tie('node')).map(([x, y]) => `(?:${x}|${y})`),
    fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '*?')).map(([x, q]) => `(${x})${q}`),
  ),
})).node;
const subject = fc.array(fc.constantFrom('a', 'b', 'c', 'é', '红', '😀', '.', '1', ' ', '\n'), { maxLength: 8 }).map((c) => c.join(''));

describe('regular expressions', () => {
  it('match what JavaScript matches, as a whole and as a search', () => {
    fc.assert(
      fc.property(pattern, fc.array(subject, { minLength: 8, maxLength: 8 }), (p, texts) => {
        const whole = new RegExp(`^(?:${p})$`, 'u');
        const found = new RegExp(p, 'u');
        const [dfa, search] = [automatonOf(regex(p)), minimal(automatonOf(regex(p, { search: true })))];
        for (const t of texts) {
          expect([p, t, matches(dfa, t)]).toEqual([p, t, whole.test(t)]);
          expect([p, t, matches(search, t)]).toEqual([p, t, found.test(t)]);
        }
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('take anchors at the ends, each alternative its own', () => {
    expect(['xa', 'ax', 'b', 'cb', 'bc'].map((t) => accepts('^a|b$', t, true))).toEqual([false, true, true, true, false]);
    expect(accepts('^ab$', 'ab')).toBe(true);
    expect(accepts('', '')).toBe(true);
    expect(accepts('', 'anything\n', true)).toBe(true);
  });

  it('take anchors in groups that are whole branches', () => {
    const texts = ['', 'a', 'b', 'ab', 'ba', 'xa', 'ax', '$', '^', 'c', 'xc', 'cx', 'xb', 'bx'];
    for (const p of ['(^a|b$)', '(?:^a$)|(?:^b$)', '(^[a-z]+$)', '^(a|b$)', '^(?:(^a$)|b)$', '([$^])', '^((a|^b$)|c)', '(?<n>^a$)', '^(\\$|a$)$'])
      expect([p, texts.filter((t) => accepts(p, t, true))]).toEqual([p, texts.filter((t) => new RegExp(p, 'u').test(t))]);
  }); // biome-ignore format: patterns in one line

  it('cover every UTF-8 boundary', () => {
    const borders = [0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x3ffff, 0x40000, 0x10ffff];
    const dfa = automatonOf(regex('[^x]'));
    for (const c of borders) expect(matches(dfa, String.fromCodePoint(c))).toBe(true);
    const rng = new Rng(2);
    for (let i = 0; i < 200; i++) {
      const [a, b, c] = [rng.int(0x110000), rng.int(0x110000), rng.int(0x110000)].map((v) => (v >= 0xd800 && v < 0xe000 ? 0x20 : v));
      const [lo, hi] = [Math.min(a as number, b as number), Math.max(a as number, b as number)];
      const range = automatonOf(regex(`[\\u{${lo.toString(16)}}-\\u{${hi.toString(16)}}]`));
      for (const v of [lo, hi, c as number]) expect(matches(range, String.fromCodePoint(v))).toBe(v >= lo && v <= hi);
    }
    const alone = dfa.moves[0]?.filter((_, i) => i % 3 === 0); // no state begins with a continuation byte
    expect(alone?.every((lo) => lo < 0x80 || lo >= 0xc2)).toBe(true);
  });

  it('write characters as JSON strings do where that is asked', () => {
    const dfa = automatonOf(regex('["\\\\\\n\\u0001é]', { encode: jsonEncoder }));
    for (const c of ['"', '\\', '\n', '\u0001', 'é']) expect(matches(dfa, JSON.stringify(c).slice(1, -1))).toBe(true);
    expect(matches(dfa, '"')).toBe(false);
  });

  it('refuse what is not regular or not well-formed, with its place', () => {
    for (const [p, why] of [
      ['a(?=b)', /lookahead/],
      ['(?<!a)b', /lookbehind/],
      ['(a)\\1', /back-reference/],
      ['a\\b', /word boundary/],
      ['a(b', /\( without a \)/],
      ['a)b', /\) without a \(/],
      ['[b-a]', /range out of order/],
      ['[ab', /\[ without a \]/],
      ['*a', /stands alone/],
      ['a{3,1}', /out of order/],
      ['a^b', /anchor inside/],
      ['a(b$)', /anchor inside/],
      ['\\p{L}', /escape \\p/],
      ['a**', /quantifier after/],
      ['\\', /at the end/],
      ['\\ud800', /no character/],
    ] as const)
      expect(() => regex(p), p).toThrow(why);
    expect(() => regex('ab(?=c)', { place: 'schema #/x' })).toThrow(/schema #\/x, character 4 of \/ab\(\?=c\)\//);
    expect(() => automatonOf(regex('a{9999}b{9999}'), 5000)).toThrow(/too large: states: expected at most 5000/);
    expect(() => regex('a{99999}')).toThrow(/too large/);
    expect(() => automatonOf(regex('(a|b)*a(a|b){18}'), 5000)).toThrow(/too large/); // 2^18 subsets
    expect(() => constraintOf('a[]')).toThrow(/nothing satisfies/);
  });
});

describe('masks of regular expressions', () => {
  it('allow exactly the tokens that can be taken, whatever they cross', () => {
    fc.assert(
      fc.property(pattern, fc.integer(), (p, seed) => {
        const constraint = constraintOf(p);
        const rng = new Rng(seed);
        let state = constraint.start;
        for (let i = 0; i < 6; i++) {
          const can = constraint.trie.bytes.flatMap((_, id) => (constraint.advance(state, id) ? [id] : []));
          expect(allowedIds(constraint, state)).toEqual(can);
          if (can.length === 0) break;
          state = constraint.advance(state, rng.pick(can)) as typeof state;
        }
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('lead to texts that match, always to an end, and say when it is reached', () => {
    const rng = new Rng(5);
    for (const p of ['(ab|a)*b', '[0-9]{3}-[0-9]{4}', 'é+红?', '(true|false|null)', '.{3,5}', '[^a]{2}']) {
      const constraint = constraintOf(p);
      for (let i = 0; i < 20; i++) {
        const ids = drawReply(constraint, rng) as number[];
        expect(textOf(constraint, ids)).toMatch(new RegExp(`^(?:${p})$`, 'u'));
        expect(constraint.follow(ids)?.ends).toBe(true);
      }
    }
    const exact = constraintOf('ab');
    const end = exact.follow([97, 98]);
    expect([exact.start.ends, end?.ends, end?.configs.length]).toEqual([false, true, 0]);
  });

  it('never count on bytes that no token spells', () => {
    const tokens = [...'abc'].map((c) => Uint8Array.of(c.charCodeAt(0)));
    const grammar = (p: string) =>
      grammarOf([{ node: regex(p), place: 'pattern' }], 0, { spellable: Array.from({ length: 256 }, (_, b) => b >= 97 && b < 100) });
    const constraint = constraintOver(grammar('a(xb|c)'), tokens);
    const after = constraint.follow([0]);
    expect(allowedIds(constraint, after as never)).toEqual([2]); // x would be a dead end
    expect(() => grammar('ax')).toThrow(/nothing satisfies the constraint/);
  });
});
