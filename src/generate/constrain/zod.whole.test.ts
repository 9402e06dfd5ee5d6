// Schemas that Zod writes, for every target it has: replies drawn at random satisfy the schema, as Ajv reads it, and the Zod type itself.

import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Rng } from '../../util/rng.js';
import { compileSchema, type JsonSchema } from './schema.js';
import { constraintOver, drawReply, textOf } from './testing.js';

/** What a server allows. */
const SCHEMA_LIMITS = { states: 25_000, size: 65_536, work: 1_200_000 };

const address = z.object({ street: z.string().max(8), zip: z.string().regex(/^\d{5}$/) });
const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('circle'), radius: z.number().positive() }),
  z.object({ kind: z.literal('box'), sides: z.tuple([z.number(), z.number()]) }),
]);
interface Tree {
  value: number;
  children: Tree[];
}
const tree: z.ZodType<Tree> = z.object({ value: z.int(), children: z.lazy(() => tree.array()) });

const TYPES: Readonly<Record<string, z.ZodType>> = {
  string: z.string(),
  bounded: z.string().min(2).max(5),
  long: z.string().max(5000),
  length: z.string().length(4),
  regex: z.string().regex(/^[a-z]+$/),
  startsWith: z.string().startsWith('ab'),
  endsWith: z.string().endsWith(']'),
  includes: z.string().includes('q'),
  uppercase: z.string().uppercase(),
  lowercase: z.string().lowercase(),
  email: z.email(),
  url: z.url(),
  uuid: z.uuid(),
  uuidv4: z.uuidv4(),
  guid: z.guid(),
  hostname: z.hostname(),
  domain: z.stringFormat('domain', z.regexes.domain),
  htmlEmail: z.email({ pattern: z.regexes.html5Email }),
  mac: z.mac(),
  hex: z.hex(),
  sha256: z.hash('sha256'),
  cuid: z.cuid(),
  cuid2: z.cuid2(),
  ulid: z.ulid(),
  xid: z.xid(),
  ksuid: z.ksuid(),
  nanoid: z.nanoid(),
  base64: z.base64(),
  base64url: z.base64url(),
  e164: z.e164(),
  ipv4: z.ipv4(),
  ipv6: z.ipv6(),
  cidrv4: z.cidrv4(),
  cidrv6: z.cidrv6(),
  date: z.iso.date(),
  time: z.iso.time(),
  datetime: z.iso.datetime(),
  offset: z.iso.datetime({ offset: true }),
  duration: z.iso.duration(),
  template: z.templateLiteral(['a-', z.number(), z.enum(['px', 'em'])]),
  number: z.number(),
  int: z.int(),
  int32: z.int32(),
  gte: z.number().gte(0.5).lte(9),
  cents: z.number().min(0).multipleOf(0.01),
  fives: z.int().multipleOf(5),
  boolean: z.boolean(),
  null: z.null(),
  literal: z.literal(['a', 1, true]),
  enum: z.enum(['red', 'green']),
  nullable: z.string().nullable(),
  nullableEnum: z.enum(['red', 'green']).nullable(),
  optional: z.object({ a: z.string().optional(), b: z.number().optional() }),
  nested: z.object({ name: z.string().max(6), at: address, others: address.array().max(2) }),
  strict: z.strictObject({ a: z.boolean() }),
  loose: z.looseObject({ a: z.boolean() }),
  catchall: z.object({ a: z.boolean() }).catchall(z.int()),
  never: z.object({ a: z.boolean(), b: z.never().optional() }),
  nonempty: z.array(z.int()).nonempty().max(3),
  tuple: z.tuple([z.string(), z.int()]),
  tupleRest: z.tuple([z.boolean()], z.int()),
  record: z.record(z.string(), z.int()),
  recordEnum: z.record(z.enum(['a', 'b']), z.int()),
  partialRecord: z.partialRecord(z.enum(['a', 'b']), z.int()),
  recordRegex: z.record(z.string().regex(/^x-[a-z]+$/), z.int()),
  union: z.union([z.int(), z.boolean(), z.array(z.null())]),
  exclusive: z.xor([z.string(), z.int()]),
  discriminated: shape,
  shapes: z.object({ shapes: shape.array().max(2) }),
  intersection: z.intersection(z.object({ a: z.int() }), z.object({ b: z.boolean() })),
  tree,
  named: z.object({ a: address.meta({ id: 'Address' }).nullable(), b: z.array(z.lazy(() => address)).max(1) }),
  described: z.object({
    a: z
      .int()
      .describe('how many')
      .meta({ examples: [1], deprecated: true, 'x-order': 1 }),
  }),
  defaults: z.object({ a: z.int().default(3), b: z.string().max(3).default('x') }),
  any: z.object({ a: z.any(), b: z.unknown() }),
  many: z.object(Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`field_number_${i}`, z.string().max(3).nullish()]))),
};
/** Formats without a pattern that say more than a grammar can: read over, with a warning. */
const READ_OVER: Readonly<Record<string, z.ZodType>> = { jwt: z.jwt(), file: z.file(), emoji: z.emoji() };
/** Types of which OpenAPI 3.0 can say only a part. */
const LOSSY = new Set(['tuple', 'tupleRest', 'recordEnum', 'recordRegex', 'partialRecord', 'discriminated', 'shapes']);

const drafts = {
  'draft-7': new Ajv({ strict: false, validateFormats: false, multipleOfPrecision: 6 }),
  'draft-2020-12': new Ajv2020({ strict: false, validateFormats: false, multipleOfPrecision: 6 }),
  'openapi-3.0': undefined, // its bounds are no JSON Schema
} as const;

function replies(schema: JsonSchema): unknown[] {
  // As the server compiles it.
  const constraint = constraintOver(compileSchema(schema, { limits: SCHEMA_LIMITS }));
  const values = [1, 2, 3].flatMap((seed) => {
    const ids = drawReply(constraint, new Rng(seed), { free: 15, most: 600 });
    return ids ? [JSON.parse(textOf(constraint, ids)) as unknown] : [];
  });
  expect(values.length).toBeGreaterThan(0);
  return values;
}

describe.each(Object.keys(drafts) as (keyof typeof drafts)[])('Zod for %s', (target) => {
  it.each(Object.keys(TYPES))('%s', (name) => {
    const type = TYPES[name] as z.ZodType;
    const schema = z.toJSONSchema(type, { target, io: 'input' }) as JsonSchema;
    const validate = drafts[target]?.compile(schema);
    for (const value of replies(schema)) {
      if (validate) expect([value, validate(value), validate.errors]).toEqual([value, true, null]);
      if (target !== 'openapi-3.0' || !LOSSY.has(name)) expect([value, type.safeParse(value).error?.issues]).toEqual([value, undefined]);
    }
  });

  it('reads over what a grammar cannot promise, with a warning', () => {
    for (const [name, type] of Object.entries(READ_OVER)) {
      const schema = z.toJSONSchema(type, { target }) as JsonSchema;
      const { warnings } = compileSchema(schema);
      if (name === 'emoji')
        expect(warnings).toEqual([]); // the pattern alone decides
      else expect(warnings.map((w) => w.place)).toContain('schema #/format');
      for (const value of replies(schema)) expect(typeof value).toBe('string');
    }
  });
});
