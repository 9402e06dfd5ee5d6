// JSON schemas: every reply drawn from the masks parses and satisfies the schema, as Ajv sees it; what cannot be promised is refused by name.

import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import { compileSchema, type JsonSchema, type SchemaOptions } from './schema.js';
import { constraintOver, drawReply, textOf } from './testing.js';

const ajv = new Ajv2020({ strict: false, allErrors: true });
for (const name of ['date', 'time', 'date-time', 'uuid', 'email', 'hostname', 'ipv4']) ajv.addFormat(name, true);

/** Draws `n` replies; each must parse and satisfy the schema. Returns the texts of those that ended. */
function draw(
  schema: JsonSchema,
  { n = 8, seed = 1, free = 25, ...o }: SchemaOptions & { n?: number; seed?: number; free?: number } = {},
): string[] {
  const constraint = constraintOver(compileSchema(schema, o));
  const validate = ajv.compile(schema);
  const rng = new Rng(seed);
  return Array.from({ length: n }).flatMap(() => {
    const ids = drawReply(constraint, rng, { free });
    if (!ids) return []; // chance has not found the end
    const text = textOf(constraint, ids);
    const value: unknown = JSON.parse(text);
    if (!validate(value)) throw new Error(`${text} does not satisfy ${JSON.stringify(schema)}: ${ajv.errorsText(validate.errors)}`);
    return text;
  });
}
/** Whether exactly this text may be the reply. */
function allows(schema: JsonSchema, text: string, o: SchemaOptions = {}): boolean {
  const constraint = constraintOver(compileSchema(schema, o));
  return constraint.follow(new TextEncoder().encode(text))?.ends ?? false;
}
const refusal = (schema: unknown): string => {
  try {
    compileSchema(schema as JsonSchema);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

const name = fc.constantFrom('a', 'name', 'kind', 'é"\\', '红', '', 'a/b');
const count = fc.integer({ min: 0, max: 4 });
const number = fc.oneof(
  fc.integer({ min: -120, max: 120 }),
  fc.double({ min: -50, max: 50, noNaN: true }),
  fc.constantFrom(0.1, -0.25, 1e15, 1e-7, 1e300),
);
const range = (lo: string, hi: string) => fc.tuple(count, count).map(([x, y]) => ({ [lo]: Math.min(x, y), [hi]: Math.max(x, y) }));
const some = <T>(a: fc.Arbitrary<T>): fc.Arbitrary<T | object> => fc.oneof(fc.constant({}), a);
const join = (...parts: fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object);
const scalarSchema: fc.Arbitrary<object> = fc.oneof(
  fc.constantFrom({ type: 'null' }, { type: 'boolean' }, { type: 'integer' }, { type: 'number' }, { type: ['string', 'null'] }),
  join(fc.constant({ type: 'string' }), some(range('minLength', 'maxLength')), some(fc.constantFrom({ pattern: '[a-c]+' }, { pattern: '^\\w*é?$' }, { pattern: '"|^x' }))),
  fc.constantFrom('date', 'time', 'date-time', 'uuid', 'email', 'ipv4').map((format) => ({ type: 'string', format })),
  join(
    fc.constantFrom({ type: 'number' }, { type: 'integer' }),
    fc.tuple(number, fc.integer({ min: 2, max: 90 }), fc.constantFrom('minimum', 'exclusiveMinimum'), fc.constantFrom('maximum', 'exclusiveMaximum')).map(
      ([x, d, lo, hi]) => (Math.abs(x) > 1e12 ? { [hi]: x } : { [lo]: x, [hi]: x + d }),
    ),
  ),
  fc.uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
  fc.json({ maxDepth: 2 }).map((text) => ({ const: JSON.parse(text) as unknown })),
); // biome-ignore format: one generator a line
const anySchema = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    scalarSchema,
    fc.constantFrom<JsonSchema>(true, {}, { type: 'object' }, { $ref: '#/$defs/tree' }, { type: 'array' }),
    join(fc.constant({ type: 'array' }), tie('schema').map((items) => ({ items })), some(range('minItems', 'maxItems'))),
    fc.tuple(tie('schema'), tie('schema'), count).map(([x, y, minItems]) => ({ type: 'array', prefixItems: [x, y], minItems })),
    fc.tuple(fc.dictionary(name, tie('schema'), { maxKeys: 4 }), fc.array(name, { maxLength: 2 }), some(tie('schema').map((s) => ({ additionalProperties: s })))).map(
      ([properties, required, more]) => ({ type: 'object', properties, required: [...new Set(required)], ...more }),
    ),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.tuple(fc.dictionary(name, scalarSchema, { maxKeys: 2 }), fc.dictionary(name, tie('schema'), { maxKeys: 2 })).map(([p, q]) => ({
      allOf: [{ type: 'object', properties: p, required: Object.keys(p) }, { type: 'object', properties: q }],
    })),
  ) as fc.Arbitrary<JsonSchema>,
})).schema.map((s) => ({
  allOf: [s],
  $defs: {
    tree: { type: 'object', properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#/$defs/tree' } } }, required: ['children'], additionalProperties: false },
  },
})); // biome-ignore format: one generator a line

describe('JSON schemas', () => {
  it('hold for every reply, over random schemas', () => {
    let [asked, drawn] = [0, 0];
    fc.assert(
      fc.property(anySchema, fc.integer(), (schema, seed) => {
        try {
          compileSchema(schema);
        } catch (error) {
          // Random schemas may contradict themselves; nothing else may be wrong with them.
          expect((error as { code: string; message: string }).message).toMatch(
            /nothing satisfies|within the bounds|so long and so short|cannot stand beside/,
          );
          return;
        }
        asked += 3;
        drawn += draw(schema, { n: 3, seed, free: 15, whitespace: seed % 2 === 0 ? 'compact' : 'flexible' }).length;
      }),
      { seed: 11, numRuns: 70 },
    );
    expect(drawn).toBeGreaterThan(0.9 * asked);
  });

  it('write what JSON.stringify writes, with properties in order and none that is not wanted', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'array', items: { type: 'boolean' } }, c: { type: 'string' } },
      required: ['a', 'c'],
      additionalProperties: false,
    };
    expect(allows(schema, '{"a":1,"b":[true,false],"c":"x"}')).toBe(true);
    expect(allows(schema, '{"a":1,"c":"é\\n\\u0041😀"}')).toBe(true);
    for (const wrong of [
      '{"c":"x","a":1}',
      '{"a":1}',
      '{"a":1,"c":"x","d":1}',
      '{"a":1, "c":"x"}',
      '{"a":1,"c":"x"',
      '{"a":01,"c":""}',
      '{"a":1,"c":"\n"}',
    ])
      expect(allows(schema, wrong), wrong).toBe(false);
    expect(allows(schema, '{\n  "a": 1,\n\t"c" : "x" }', { whitespace: 'flexible' })).toBe(true);
    for (const text of draw(schema, { n: 20 }))
      expect(JSON.stringify(Object.keys(JSON.parse(text) as object))).toMatch(/^\["a",("b",)?"c"\]$/);
  });

  it('never let an additional property take the place of one that is declared', () => {
    const schema = { type: 'object', properties: { ab: { type: 'integer' } }, additionalProperties: { type: 'string' } };
    expect(allows(schema, '{"ab":1,"a":"x","abc":"y","":""}')).toBe(true);
    expect(allows(schema, '{"ab":"x"}')).toBe(false);
    expect(allows(schema, '{"a":"x","ab":"y"}')).toBe(false);
    expect(allows(schema, '{"\\u0061b":"x"}')).toBe(false);
    draw(schema, { n: 30 });
  });

  it('count characters and items, not bytes', () => {
    const schema = { type: 'string', minLength: 2, maxLength: 3 };
    expect(['"é"', '"é红"', '"😀\\n\\u0041"', '"abcd"'].map((t) => allows(schema, t))).toEqual([false, true, true, false]);
    expect(
      ['[]', '[1]', '[1,2]', '[1,2,3]'].map((t) => allows({ type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 2 }, t)),
    ).toEqual([false, true, true, false]);
    expect(allows({ type: 'string', pattern: '^a+$', minLength: 2, maxLength: 3 }, '"aaaa"')).toBe(false);
    draw({ type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }], items: { type: 'null' }, minItems: 4, maxItems: 6 });
    draw({ type: 'array', prefixItems: [{ const: 1 }], minItems: 3 });
  });

  it('bound numbers exactly', () => {
    const allowed = (schema: JsonSchema, ...texts: string[]): string[] => texts.filter((t) => allows(schema, t));
    expect(
      allowed({ type: 'integer', minimum: -12, maximum: 105 }, '-13', '-12', '-1', '0', '9', '99', '100', '105', '106', '-0', '1000'),
    ).toEqual(['-12', '-1', '0', '9', '99', '100', '105']);
    expect(
      allowed({ type: 'number', exclusiveMinimum: 0.25, maximum: 1.5 }, '0.25', '0.250001', '0.3', '1', '1.5', '1.50', '1.51', '2'),
    ).toEqual(['0.250001', '0.3', '1', '1.5', '1.50']);
    for (let m = -30; m < 130; m += 7) {
      const schema = { type: 'integer', minimum: m, maximum: m + 23 };
      const constraint = constraintOver(compileSchema(schema));
      const inside = Array.from({ length: 240 }, (_, i) => i - 60).filter((v) => constraint.follow(Buffer.from(String(v)))?.ends);
      expect(inside).toEqual(Array.from({ length: 24 }, (_, i) => m + i));
    }
    draw({ type: 'number', exclusiveMinimum: 0.30000000000000004, exclusiveMaximum: 0.9 }, { n: 30 });
    draw({ type: 'number', maximum: -1e-3 }, { n: 30 });
    expect(refusal({ type: 'integer', minimum: 0.2, maximum: 0.8 })).toMatch(/no integer of at most 15 digits lies within the bounds/);
  });

  it('recurse through references, to a bounded depth', () => {
    const list = {
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false } },
      $ref: '#/$defs/node',
    };
    const nested = (depth: number): string => `${'{"next":'.repeat(depth)}{}${'}'.repeat(depth)}`;
    expect([0, 5, 32, 33].map((d) => allows(list, nested(d)))).toEqual([true, true, true, false]);
    expect([3, 4].map((d) => allows(list, nested(d), { limits: { depth: 3 } }))).toEqual([true, false]);
    draw({ anyOf: [{ type: 'null' }, { type: 'array', items: { $ref: '#' } }] }, { n: 20, free: 60 });
    draw(true, { n: 30, free: 40 });
  });

  it('know days of months and what else the formats promise', () => {
    for (const text of draw({ type: 'string', format: 'date' }, { n: 300 })) {
      const date = JSON.parse(text) as string;
      expect(date === '0000-02-29' || !date.startsWith('00') ? new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) : date).toBe(date);
    }
    expect(['2024-02-29', '1900-02-29', '2000-02-29', '2023-04-31'].map((d) => allows({ format: 'date' }, `"${d}"`))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    for (const text of draw({ format: 'date-time' }, { n: 50 })) expect(Number.isNaN(Date.parse(JSON.parse(text) as string))).toBe(false);
    expect(allows({ format: 'email' }, '"a.b+c@example.com"')).toBe(true);
    expect(allows({ format: 'uuid' }, '"123e4567-e89b-12d3-a456-426614174000"')).toBe(true);
  });

  it('merge allOf, spread anyOf over its siblings, tell the branches of oneOf apart', () => {
    const both = { allOf: [{ properties: { a: { type: 'integer', minimum: 3 } }, required: ['a'] }, { properties: { a: { type: 'number', maximum: 4 }, b: false } }], type: 'object' };
    expect(['{"a":3}', '{"a":4}', '{"a":5}', '{"a":3.5}', '{}', '{"a":3,"b":1}'].map((t) => allows(both, t))).toEqual([true, true, false, false, false, false]);
    const either = { type: 'object', properties: { a: { type: 'null' }, b: { type: 'null' } }, anyOf: [{ required: ['a'] }, { required: ['b'] }] };
    expect(['{}', '{"a":null}', '{"b":null}'].map((t) => allows(either, t))).toEqual([false, true, true]);
    const shape = (kind: string, size: object) => ({ type: 'object', properties: { kind: { const: kind }, size }, required: ['kind', 'size'] });
    const tagged = { oneOf: [shape('circle', { type: 'integer' }), shape('box', { type: 'array', items: { type: 'integer' } })] };
    for (const text of draw(tagged, { n: 30 })) expect(text).toMatch(/^\{"kind":("circle","size":-?\d+|"box","size":\[.*\])\}$/);
    expect(refusal({ oneOf: [{ type: 'integer' }, { type: 'number' }] })).toMatch(/two branches of oneOf may hold at once/);
    expect(allows({ type: ['integer', 'string'], enum: [1, 'a', null] }, 'null')).toBe(false);
  }); // biome-ignore format: schemas are read as lines

  it('refuse what cannot be promised, naming the place and what can', () => {
    expect(refusal({ type: 'object', properties: { 'x/y': { contains: {} } } })).toMatch(
      /keyword is not supported \(in schema #\/properties\/x~1y\/contains\)/,
    );
    for (const [schema, why] of [
      [{ not: {} }, /#\/not/],
      [{ not: { pattern: 'a' } }, /#\/not/],
      [{ type: 'integer', multipleOf: 0 }, /#\/multipleOf/],
      [{ type: 'strin' }, /#\/type.*expected one of null, boolean/],
      [{ format: 5 }, /#\/format/],
      [{ pattern: '(?=a)' }, /schema #\/pattern, character 2/],
      [{ $ref: '#/$defs/none' }, /leads nowhere.*#\/\$ref/],
      [{ $ref: 'http://example.com' }, /#\/\$ref/],
      [{ type: 'object', required: 'a' }, /#\/required/],
      [{ enum: [] }, /#\/enum/],
      [JSON.parse('{"if":{"pattern":"a"},"then":{"maxLength":3}}'), /#\/if/],
      [{ $ref: '#/%zz' }, /is not a URI/],
      [{ minLength: -1 }, /#\/minLength/],
      [{ minLength: 3, maxLength: 2 }, /so long and so short/],
      [false, /nothing satisfies/],
      [{ type: 'object', properties: { a: false }, required: ['a'] }, /nothing satisfies/],
      [{ $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, /refers to itself/],
      [{ anyOf: [{ $ref: '#' }, { type: 'null' }] }, /refers to itself/],
      [{ $defs: { a: { type: 'array', items: { $ref: '#/$defs/a' }, minItems: 1 } }, $ref: '#/$defs/a' }, /nothing satisfies/],
      [{ type: 'string', minLength: 1e12 }, /too large/],
      [{ type: 'array', items: { type: 'null' }, maxItems: 1e9 }, /too large/],
      ['x', /no schema/],
      [undefined, /no schema/],
    ] as const)
      expect(refusal(schema), JSON.stringify(schema)).toMatch(why);
    let deep: JsonSchema = {};
    for (let i = 0; i < 5000; i++) deep = { type: 'array', items: deep };
    expect(refusal(deep)).toMatch(/too large: levels/);
    expect(refusal({ enum: ['x'.repeat(300_000)] })).toMatch(/too large: characters of the schema/);
  });
});
