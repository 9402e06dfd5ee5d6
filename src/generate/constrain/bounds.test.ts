// What a stranger's schema may cost: work is counted, not timed, and everything over the bound is refused by its code.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { Rng } from '../../util/rng.js';
import { Constraint } from './constraint.js';
import { Budget, type ConstraintLimits } from './errors.js';
import { compileSchema, type JsonSchema } from './schema.js';
import { drawReply, textOf } from './testing.js';
import { trieOf } from './trie.js';
import { Walker } from './walk.js';

const LIMITS: ConstraintLimits = { states: 25_000, size: 65_536, work: 1_200_000 };
const P = (pattern: string): JsonSchema => ({ type: 'string', pattern });
const range = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const object = (names: readonly string[], more: object = {}): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  ...more,
});
/** References that each stand for two of the next. */
const tower = (floors: number, two: (ref: object) => object): JsonSchema => ({
  $defs: Object.fromEntries(range(floors, (i) => [`a${i}`, i === 0 ? { type: 'object' } : two({ $ref: `#/$defs/a${i - 1}` })])),
  $ref: `#/$defs/a${floors - 1}`,
});

const TOO_MUCH: Readonly<Record<string, JsonSchema>> = {
  'two optionals, thousands of times': P('^(a?b?){9999}$'),
  'counts of counts of counts': P('^((a{1,50}){1,50}){1,50}$'),
  'large counts of counts': P('(a{1,1000}){1,1000}'),
  'twenty nested counts': P(`^${'('.repeat(20)}a${'){0,9}'.repeat(20)}$`),
  'exponentially many subsets': P('^(a|b)*a(a|b){20}$'),
  'a product of patterns': { allOf: [2, 3, 5, 7, 11, 13, 17].map((n) => P(`^(a{${n}})*$`)) },
  'a union of thousands of patterns': { anyOf: range(1000, (i) => P(`^x${i}.*y[a-z]{40}`)) },
  'a multiplied product of unions': { allOf: range(4, (j) => ({ anyOf: range(5, (i) => object([`p${i}${j}`])) })) },
  'thousands of words, searched': P(range(4000, (i) => `word${(i * 7919) % 100_000}`).join('|')),
  'twenty thousand classes': P('[^a]'.repeat(15_000)),
  'properties of Unicode': { type: 'string', format: 'x', pattern: range(40, (i) => `\\p{Script=${['Greek', 'Latin'][i % 2]}}`).join('') },
  'a tower of allOf': tower(40, (ref) => ({ allOf: [ref, ref] })),
  'a tower of anyOf': tower(40, (ref) => ({ allOf: [{ anyOf: [ref, ref] }] })),
  'a tower of opposites': tower(30, (ref) => ({ allOf: [{ not: { not: ref } }, ref] })),
  'thousands of optional properties': { type: 'object', properties: Object.fromEntries(range(5000, (i) => [`p${i}`, {}])) },
  'properties that are counted': object(
    range(200, (i) => `p${i}`),
    { minProperties: 100 },
  ),
  'hundreds of branches that exclude each other': { oneOf: range(400, (i) => object([`k${i}`], { required: [`k${i}`] })) },
  'a multiple of a large number': { type: 'integer', multipleOf: 1_234_567 },
  'a long list': { type: 'array', minItems: 1e9 },
  'a long string that must be': { type: 'string', minLength: 1e12 },
  'lengths that never repeat': { type: 'string', minLength: 1_000_001, maxLength: 1_000_001, pattern: '^(aa)*$' },
};
const CHEAP: Readonly<Record<string, JsonSchema>> = {
  'any characters, counted': P('^.{0,5000}$'),
  'a class, counted': P('^[a-z ]{10,10000}$'),
  'a long text': { type: 'string', maxLength: 5000 },
  'a longer text': { type: 'string', maxLength: 2_000_000_000 },
  'a long text with a pattern': { type: 'string', maxLength: 20_000, minLength: 100, pattern: '^[A-Z][a-z ,.]*[.]$' },
  'an even number of characters': { type: 'string', maxLength: 100_000, pattern: '^(aa)*$' },
  'an address': { type: 'string', format: 'email', maxLength: 254 },
  'a reference': { type: 'string', format: 'uri', maxLength: 2083, minLength: 1 },
  'a date': { type: 'string', format: 'date-time' },
  'an enum of a thousand': { enum: range(1000, (i) => `value number ${i}`) },
  'hundreds of optional properties': object(range(256, (i) => `field_number_${i}`)),
  'more than a thousand optional properties': object(range(1200, (i) => `p${i}`)),
  'a list of hundreds': { type: 'array', maxItems: 500, items: object(['a', 'b']) },
  cents: { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 1e6 },
  'a tower of properties': tower(40, (ref) => ({ type: 'object', properties: { a: ref, b: ref } })),
};

/** The code that a schema is refused with, or `ok`, and the steps it took. */
function compile(schema: JsonSchema): { code: string; place?: string; steps: number } {
  const budget = new Budget(LIMITS.work);
  try {
    compileSchema(schema, { limits: LIMITS, budget });
    return { code: 'ok', steps: budget.spent };
  } catch (error) {
    const { code, place } = error as { code: string; place?: string };
    return { code, place, steps: budget.spent };
  }
}

const { step } = Walker.prototype;
/** Calls `each` at every step of a walk. */
function countSteps(each: () => void): void {
  Walker.prototype.step = function (set, byte) {
    each();
    return step.call(this, set, byte);
  };
}
afterEach(() => {
  Walker.prototype.step = step;
  vi.restoreAllMocks();
});

describe('the work of compiling a schema', () => {
  it.each(Object.keys(TOO_MUCH))('is bounded: %s', (name) => {
    const { code, place } = compile(TOO_MUCH[name] as JsonSchema);
    expect([code, place?.startsWith('schema #')]).toEqual(['constrain.size', true]);
  });

  it.each(Object.keys(CHEAP))('is small: %s', (name) => {
    const { code, steps } = compile(CHEAP[name] as JsonSchema);
    expect([code, steps < 900_000]).toEqual(['ok', true]);
  });

  it('stops where the bound is', () => {
    const schema = P('^(a?b?){99}$');
    expect(() => compileSchema(schema, { limits: { work: 5000 } })).toThrow(/at most 5000/);
    expect(() => compileSchema(schema)).not.toThrow();
  });
});

describe('the work of a mask', () => {
  // Every word of up to three letters, and longer ones: a small vocabulary with as many branches as a large one has.
  const letters = [...'abcdefgh"{}[],:x'];
  const words = letters.flatMap((a) => [a, ...letters.flatMap((b) => [a + b, ...letters.map((c) => a + b + c)])]);
  const trie = trieOf([...words, ...words.map((w) => w + w + w)].map((w) => new TextEncoder().encode(w)));

  it('is bounded where a hundred texts are possible at once, and what is written stays valid', () => {
    const patterns = range(100, (i) => `^[a-h]*${letters[i % 8]}[a-h]{${i % 3},${(i % 3) + 2}}x?$`);
    const constraint = new Constraint(compileSchema({ type: 'array', items: { anyOf: patterns.map(P) }, minItems: 2, maxItems: 4 }), trie);
    let [steps, most] = [0, 0];
    countSteps(() => steps++);
    const mask = constraint.mask.bind(constraint);
    vi.spyOn(constraint, 'mask').mockImplementation((state) => {
      const before = steps;
      const found = mask(state);
      most = Math.max(most, steps - before);
      return found;
    });
    for (const seed of [1, 2, 3]) {
      const ids = drawReply(constraint, new Rng(seed), { free: 10, most: 300 });
      if (!ids) continue;
      const values = JSON.parse(textOf(constraint, ids)) as string[];
      for (const value of values) expect(patterns.some((p) => new RegExp(p, 'u').test(value))).toBe(true);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(1_000_000);
  });

  it('does not grow with the length of a string', () => {
    const states = (schema: JsonSchema): number => {
      const constraint = new Constraint(compileSchema(schema), trie);
      let steps = 0;
      countSteps(() => steps++);
      let state = constraint.follow([words.indexOf('"')]);
      for (let i = 0; i < 500; i++) {
        constraint.mask(state as never);
        state = constraint.advance(state as never, words.indexOf('abc'));
      }
      return steps;
    };
    // Five hundred masks, of which one is new.
    const counted = states({ type: 'string', maxLength: 5000 });
    expect(counted).toBeLessThan(states({ type: 'string' }) + 4 * 500);
  });
});
