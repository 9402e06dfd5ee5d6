// Arrays whose items differ, over endless and small sets of values: replies drawn at random satisfy them, as Ajv reads them; no dead ends.

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import { compileSchema, type JsonSchema } from './schema.js';
import { allowedIds, constraintOver, drawReply, TOKENS, textOf } from './testing.js';

const set = (items: JsonSchema | undefined, more: object = {}): JsonSchema => ({
  type: 'array',
  ...(items ? { items } : {}),
  uniqueItems: true,
  ...more,
});
const point = { type: 'object', properties: { y: { type: 'integer', minimum: 0, maximum: 2 }, x: { type: 'boolean' } }, required: ['y'] };
const SETS: Readonly<Record<string, JsonSchema>> = {
  strings: set({ type: 'string' }),
  'short strings': set({ type: 'string', maxLength: 1 }, { minItems: 4 }),
  'two texts': set({ type: 'string', pattern: '^[ab]$' }, { minItems: 2 }),
  'texts that begin others': set({ type: 'string', pattern: '^a{0,3}$' }, { minItems: 4 }),
  'seven texts': set({ enum: ['a', 'ab', 'abc', 'b', 'name', 'kind', ''] }, { minItems: 6 }),
  integers: set({ type: 'integer' }, { minItems: 3 }),
  digits: set({ type: 'integer', minimum: 0, maximum: 11 }, { minItems: 12 }),
  numbers: set({ type: 'number' }, { minItems: 3 }),
  'bounded numbers': set({ type: 'number', minimum: -1, maximum: 1, multipleOf: 0.5 }, { minItems: 5 }),
  'numbers and texts': set({ type: ['number', 'string', 'boolean', 'null'] }, { minItems: 3 }),
  dates: set({ type: 'string', format: 'date' }, { minItems: 2 }),
  objects: set(point, { minItems: 5 }),
  'all objects': set(point, { minItems: 9 }),
  anything: set(undefined, { minItems: 2 }),
  maps: set({ type: 'object', additionalProperties: { type: 'integer' } }, { minItems: 2 }),
  'objects in two orders': set({ anyOf: [point, { ...point, properties: { x: { type: 'boolean' }, y: { const: 1 } } }, { const: { y: 2, x: true } }] }, { minItems: 3 }),
  lists: set({ type: 'array', items: { type: 'boolean' }, maxItems: 2 }, { minItems: 4 }),
  'sets of sets': set(set({ type: 'string', maxLength: 2 }), { minItems: 2 }),
  tuples: { type: 'array', prefixItems: [{ type: 'boolean' }, { type: 'boolean' }], items: { type: 'integer' }, minItems: 3, uniqueItems: true },
  'a set in an object': { type: 'object', properties: { a: set({ type: 'string' }), b: set({ type: 'integer' }, { minItems: 1, maxItems: 3 }) }, required: ['a', 'b'] },
  'sets in a list': { type: 'array', items: set({ type: 'integer', minimum: 0 }, { minItems: 2 }), minItems: 2 },
  'a set or a list': { anyOf: [set({ type: 'integer' }, { minItems: 2 }), { type: 'array', items: { type: 'string' }, minItems: 2 }] },
  trees: { $ref: '#/$defs/t', $defs: { t: { type: 'object', properties: { n: { type: 'integer' }, of: set({ $ref: '#/$defs/t' }) }, required: ['n'] } } },
}; // biome-ignore format: one schema a line
const ajv = new Ajv2020({ strict: false, validateFormats: false });
/** Tokens that hold several items and their borders. */
const WIDE = [...TOKENS, ...['[1,', '1,1', ',1', '1]', '","a', '"a",', 'a"', '"a', '["a","', '[0,0]', 'true,', ',true', 'b","a"', '},{"x":', '1},{'].map((t) => new TextEncoder().encode(t))]; // biome-ignore format: a table

describe('items that differ', () => {
  it.each(Object.keys(SETS))('%s', (name) => {
    const schema = SETS[name] as JsonSchema;
    const validate = ajv.compile(schema);
    for (const whitespace of ['compact', 'flexible'] as const) {
      const constraint = constraintOver(compileSchema(schema, { whitespace }), WIDE);
      let ended = 0;
      for (let seed = 1; seed <= 8; seed++) {
        const ids = drawReply(constraint, new Rng(seed), { free: 4 * seed, most: 600 });
        if (!ids) continue;
        ended++;
        const value: unknown = JSON.parse(textOf(constraint, ids));
        expect([value, validate(value), validate.errors]).toEqual([value, true, null]);
      }
      expect(ended).toBeGreaterThan(0);
    }
  });

  it('masks allow exactly the tokens that can be taken', () => {
    for (const name of ['strings', 'digits', 'objects', 'numbers and texts', 'a set in an object', 'two texts']) {
      const constraint = constraintOver(compileSchema(SETS[name] as JsonSchema), WIDE);
      const rng = new Rng(7);
      let state = constraint.start;
      for (let i = 0; i < 40; i++) {
        const can = constraint.trie.bytes.flatMap((_, id) => (constraint.advance(state, id) ? [id] : []));
        expect([name, i, allowedIds(constraint, state)]).toEqual([name, i, can]);
        if (can.length === 0) break;
        // Short tokens, so that items are ended often.
        const closing = can.filter((id) => /^[",\]}\da]+$/.test(Buffer.from(WIDE[id] as Uint8Array).toString('latin1')));
        state = constraint.advance(state, rng.pick(closing.length > 0 && rng.bool(0.8) ? closing : can)) as typeof state;
      }
    }
  });

  it('an item is not written twice, and may still begin as another does', () => {
    const allowed = (schema: JsonSchema, ...texts: string[]): string[] => {
      const constraint = constraintOver(compileSchema(schema));
      return texts.filter((text) => constraint.follow(Buffer.from(text))?.ends);
    };
    expect(allowed(set({ type: 'string' }), '[]', '["a","b"]', '["a","a"]', '["a","ab","a"]', '["a","ab"]', '["a","\\u0061"]')).toEqual([
      '[]',
      '["a","b"]',
      '["a","ab"]',
    ]);
    expect(allowed(set({ type: 'number' }), '[1,10,100]', '[1,1]', '[1,1.0]', '[0.5,0.50]', '[0,-0]', '[0.5,5]', '[10,1,100]')).toEqual([
      '[1,10,100]',
      '[0.5,5]',
      '[10,1,100]',
    ]);
    // Any order, where there are many values too.
    expect(allowed(set({ enum: [...'abcdefgh'] }), '["h","a","c"]', '["h","a","h"]')).toEqual(['["h","a","c"]']);
    const refused = { code: 'constrain.empty' };
    expect(() => compileSchema(set({ type: 'string', pattern: '^[ab]$' }, { minItems: 3 }))).toThrow(expect.objectContaining(refused));
    expect(() => compileSchema(set({ ...point, properties: {} }, { minItems: 3 }))).not.toThrow();
  });
});
