// Keywords one by one, and schemas as clients send them: what is allowed and what is not, replies drawn at random, warnings, refusals.

import { isIPv4, isIPv6 } from 'node:net';
import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import { compileSchema, type JsonSchema } from './schema.js';
import { constraintOver, drawReply, textOf } from './testing.js';

const options = { strict: false, validateFormats: false, multipleOfPrecision: 6, allErrors: true };
const drafts = { 7: new Ajv(options), 2019: new Ajv2019(options), 2020: new Ajv2020(options) };

/** Values of replies drawn with three seeds; each must satisfy the schema as Ajv reads it. */
function draw(schema: JsonSchema, draft: keyof typeof drafts | 'none' = 2020): unknown[] {
  const constraint = constraintOver(compileSchema(schema));
  const validate = draft === 'none' ? undefined : drafts[draft].compile(schema);
  const values = [1, 2, 3].flatMap((seed) => {
    const ids = drawReply(constraint, new Rng(seed), { free: 18, most: 800 });
    return ids ? [JSON.parse(textOf(constraint, ids)) as unknown] : [];
  });
  expect(values.length).toBeGreaterThan(0);
  if (validate) for (const value of values) expect([value, validate(value), validate.errors]).toEqual([value, true, null]);
  return values;
}

/** Which of some texts a schema allows. */
function allowed(schema: JsonSchema, ...texts: string[]): string[] {
  const constraint = constraintOver(compileSchema(schema));
  return texts.filter((text) => constraint.follow(Buffer.from(text))?.ends);
}

const warned = (schema: JsonSchema): string[] => compileSchema(schema).warnings.map((w) => w.place);

function refused(schema: JsonSchema): { code?: string; place?: string } {
  try {
    compileSchema(schema);
  } catch (error) {
    const { code, place } = error as { code: string; place: string };
    return { code, place };
  }
  return {};
}

describe('keywords that say nothing about the text', () => {
  it('are ignored, those that nobody knows with a warning', () => {
    const plain = { type: 'string', title: 'T', $comment: 'c', examples: ['a'], deprecated: true, readOnly: true, default: 'x' };
    expect(warned({ $schema: 'http://json-schema.org/draft-07/schema#', $id: 'https://a.example/x', $anchor: 'top', ...plain })).toEqual([]);
    const s = { type: 'object', properties: { 'a/b': { type: 'string', 'x-order': 1, contentEncoding: 'base64', format: 'color' } }, 'ui:order': ['a'] };
    expect(warned(s).sort()).toEqual(
      ['#/properties/a~1b/contentEncoding', '#/properties/a~1b/format', '#/properties/a~1b/x-order', '#/ui:order'].map((p) => `schema ${p}`),
    );
    draw(s);
    expect(warned({ type: 'string', format: 'starts_with', pattern: '^ab' })).toEqual([]);
    expect(warned({ type: 'object', propertyNames: { type: 'string' }, additionalProperties: true, minProperties: 0 })).toEqual([]);
    expect(warned({ type: 'array', items: { type: 'null' }, additionalItems: false })).toEqual([]);
    expect(warned({ type: 'integer', format: 'int32' })).toEqual([]);
  }); // biome-ignore format: schemas are read as lines

  it('take properties of Unicode in a pattern', () => {
    expect(allowed({ type: 'string', pattern: '^\\p{Lu}[\\p{L} -]{0,30}$' }, '"Élan vital"', '"élan"', '"Ab1"')).toEqual(['"Élan vital"']);
  });

  it('do not hide those that restrict it', () => {
    expect(refused({ type: 'array', contains: { type: 'null' } })).toEqual({ code: 'constrain.schema', place: 'schema #/contains' });
    expect(refused({ type: 'string', pattern: '^(?=a)' }).code).toBe('constrain.regex');
    expect(refused({ $ref: 'https://other.example/x' }).place).toBe('schema #/$ref');
  });
});

describe('keywords', () => {
  it('nullable adds null to a type, a reference and a combination', () => {
    expect(allowed({ type: 'string', nullable: true, maxLength: 3 }, 'null', '"a"')).toEqual(['null', '"a"']);
    const $defs = { a: { type: 'integer' } };
    expect(allowed({ $defs, allOf: [{ $ref: '#/$defs/a' }], nullable: true }, 'null', '1', '"a"')).toEqual(['null', '1']);
    expect(allowed({ $defs, $ref: '#/$defs/a', nullable: true }, 'null', '1')).toEqual(['null', '1']);
    expect(allowed({ type: 'string', nullable: true, enum: ['a', null] }, 'null', '"a"', '"b"')).toEqual(['null', '"a"']);
    // Whether an enum beside it must name null, readers do not agree: it may be written.
    for (const s of [
      { type: 'string', enum: ['a'] },
      { enum: ['a'] },
      { type: 'string', const: 'a' },
      { type: 'string', allOf: [{ enum: ['a'] }] },
    ])
      expect(allowed({ ...s, nullable: true }, 'null', '"a"', '"b"')).toEqual(['null', '"a"']);
    expect(allowed({ type: 'integer', nullable: false }, 'null', '1')).toEqual(['1']);
    draw({ type: 'string', nullable: true, maxLength: 3 }, 7);
  });

  it('tuples of every draft', () => {
    const items = [{ type: 'integer' }, { type: 'string' }];
    const texts = ['[]', '[1]', '[1,"a"]', '[1,"a",null]', '["a"]'];
    expect(allowed({ type: 'array', items, additionalItems: false }, ...texts)).toEqual(['[]', '[1]', '[1,"a"]']);
    expect(allowed({ type: 'array', items, additionalItems: { type: 'null' }, minItems: 2 }, ...texts)).toEqual([
      '[1,"a"]',
      '[1,"a",null]',
    ]);
    draw({ type: 'array', items, additionalItems: false, minItems: 2, maxItems: 2 }, 7);
    draw({ type: 'array', prefixItems: items, items: { type: 'null' }, minItems: 4, maxItems: 5 });
    draw({ type: 'array', prefixItems: items, unevaluatedItems: false, minItems: 2 });
    draw({ type: 'array', prefixItems: [], maxItems: 0 }, 'none');
  });

  it('multiples, exactly', () => {
    const cents = { type: 'number', multipleOf: 0.01, minimum: 0, maximum: 3 };
    expect(allowed(cents, '0.07', '0.070', '1.1', '2', '3', '0.005', '3.01')).toEqual(['0.07', '1.1', '2', '3']);
    expect(allowed({ type: 'integer', multipleOf: 7 }, '0', '7', '-14', '15', '700', '7.0')).toEqual(['0', '7', '-14', '700']);
    expect(allowed({ type: 'number', multipleOf: 0.25 }, '0.25', '0.5', '1.75', '2', '0.3')).toEqual(['0.25', '0.5', '1.75', '2']);
    expect(allowed({ type: 'integer', multipleOf: 1000 }, '0', '1000', '-42000', '100', '1001')).toEqual(['0', '1000', '-42000']);
    expect(allowed({ type: 'integer', allOf: [{ multipleOf: 4 }, { multipleOf: 6 }] }, '12', '8', '24')).toEqual(['12', '24']);
    expect(allowed({ enum: [0.3, 0.35], multipleOf: 0.1 }, '0.3', '0.35')).toEqual(['0.3']);
    for (const multipleOf of [0.01, 0.1, 0.25, 2.5, 3, 60, 86_400, 1e6]) draw({ type: 'number', multipleOf });
    for (const multipleOf of [0.5, 3, 12]) draw({ type: 'integer', multipleOf, minimum: -50, exclusiveMaximum: 99 });
  });

  it('items that differ', () => {
    const colors = { type: 'array', items: { enum: ['r', 'g', 'b'] }, uniqueItems: true };
    expect(allowed(colors, '[]', '["b","r"]', '["r","g","b"]', '["r","r"]')).toEqual(['[]', '["b","r"]', '["r","g","b"]']);
    const letters = { type: 'array', items: { enum: [...'abcdefghij'] }, uniqueItems: true, minItems: 2, maxItems: 3 };
    expect(allowed(letters, '["a"]', '["a","c"]', '["a","a"]', '["a","b","j"]', '["a","b","c","d"]')).toEqual([
      '["a","c"]',
      '["a","b","j"]',
    ]);
    for (const schema of [
      colors,
      letters,
      { type: 'array', items: { type: 'integer', minimum: 1, maximum: 40 }, uniqueItems: true, minItems: 3 },
      { type: 'array', items: { type: ['boolean', 'null'] }, uniqueItems: true, minItems: 3 },
      { type: 'array', items: { type: 'string' }, uniqueItems: true, maxItems: 1 },
    ])
      draw(schema);
    expect(refused({ ...colors, minItems: 4 }).code).toBe('constrain.empty');
  });

  it('names of properties', () => {
    const type = 'object';
    const value = { type: 'integer' };
    expect(allowed({ type, propertyNames: { pattern: '^x' }, additionalProperties: value }, '{}', '{"x1":1}', '{"y":1}')).toEqual(['{}', '{"x1":1}']);
    expect(allowed({ type, propertyNames: { enum: ['a', 'b'] }, additionalProperties: value }, '{"a":1}', '{"c":1}')).toEqual(['{"a":1}']);
    expect(allowed({ type, propertyNames: { maxLength: 2 }, additionalProperties: value }, '{"ab":1}', '{"abc":1}')).toEqual(['{"ab":1}']);
    const patterns = { type, properties: { a: value }, patternProperties: { '^s-': { type: 'string' } }, additionalProperties: false };
    expect(allowed(patterns, '{"a":1,"s-x":"y"}', '{"s-x":1}', '{"b":1}')).toEqual(['{"a":1,"s-x":"y"}']);
    const both = { type, patternProperties: { '^a': { type: 'integer' }, 'z$': { maximum: 5 } }, properties: { az: {} }, required: ['az'] };
    expect(allowed(both, '{"az":3}', '{"az":7}', '{"az":"x"}')).toEqual(['{"az":3}']);
    for (const s of [patterns, both, { type, propertyNames: { format: 'uuid' }, additionalProperties: value }]) draw(s);
    expect(refused({ type, properties: { b: value }, required: ['b'], propertyNames: { pattern: '^x' } }).code).toBe('constrain.empty');
  }); // biome-ignore format: schemas are read as lines

  it('numbers of properties', () => {
    const properties = { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'null' } };
    const texts = ['{}', '{"a":null}', '{"a":null,"c":null}', '{"a":null,"b":null,"c":null}'];
    expect(allowed({ type: 'object', properties, minProperties: 2 }, ...texts)).toEqual(texts.slice(2));
    expect(allowed({ type: 'object', properties, minProperties: 1, required: ['a'] }, ...texts)).toEqual(texts.slice(1));
    expect(allowed({ type: 'object', properties, maxProperties: 1 }, ...texts)).toEqual(texts.slice(0, 2));
    const map = { type: 'object', additionalProperties: { type: 'null' } };
    expect(allowed({ ...map, minProperties: 1, maxProperties: 2 }, ...texts)).toEqual(texts.slice(1, 3));
    for (const s of [
      { type: 'object', properties, minProperties: 2 },
      { ...map, minProperties: 1, maxProperties: 2 },
    ])
      draw(s);
    expect(refused({ ...map, minProperties: 2 }).place).toBe('schema #/minProperties');
    const closed = { allOf: [{ properties: { a: {} } }, { properties: { b: {} } }], type: 'object', unevaluatedProperties: false };
    expect(allowed(closed, '{"a":1,"b":2}', '{"c":1}')).toEqual(['{"a":1,"b":2}']);
    draw(closed);
  });

  it('opposites, conditions and dependencies', () => {
    expect(allowed({ type: 'string', not: { enum: ['a', 'b'] } }, '"a"', '"c"', '"ab"')).toEqual(['"c"', '"ab"']);
    expect(allowed({ type: 'integer', not: { const: 3 } }, '3', '30', '4')).toEqual(['30', '4']);
    expect(allowed({ type: ['integer', 'null'], not: { type: 'null' } }, 'null', '1')).toEqual(['1']);
    expect(allowed({ type: 'integer', not: { minimum: 5 } }, '4', '5')).toEqual(['4']);
    const two = { a: { type: 'integer' }, b: { type: 'integer' } };
    expect(allowed({ type: 'object', properties: two, not: { required: ['a', 'b'] } }, '{"a":1}', '{"a":1,"b":2}', '{}')).toEqual(['{"a":1}', '{}']);
    for (const key of ['dependentRequired', 'dependencies'])
      expect(allowed({ type: 'object', properties: two, [key]: { a: ['b'] } }, '{"a":1}', '{"b":1}', '{"a":1,"b":2}')).toEqual(['{"b":1}', '{"a":1,"b":2}']);
    const conditional = JSON.parse(`{"type":"object","required":["kind"],"properties":{"kind":{"enum":["card","cash","free"]},"number":{"type":"string","maxLength":4}},
      "if":{"properties":{"kind":{"const":"card"}},"required":["kind"]},"then":{"required":["number"]},"else":{"properties":{"number":false}}}`) as JsonSchema;
    expect(allowed(conditional, '{"kind":"card"}', '{"kind":"card","number":"1"}', '{"kind":"cash"}', '{"kind":"cash","number":"1"}')).toEqual(
      ['{"kind":"card","number":"1"}', '{"kind":"cash"}'],
    );
    for (const s of [conditional, { type: 'string', not: { const: '' } }, { type: 'object', properties: two, dependentRequired: { a: ['b'] } }]) draw(s);
  }); // biome-ignore format: schemas are read as lines

  it('branches of oneOf that are told apart by what is written', () => {
    const tagged = (tag: string) => ({ type: 'object', properties: { tag: { const: tag, default: tag }, n: { type: 'integer' } } });
    const defaults = { oneOf: [tagged('a'), tagged('b')], discriminator: { propertyName: 'tag' } };
    expect(allowed(defaults, '{"tag":"a","n":1}', '{"n":1}', '{"tag":"b"}')).toEqual(['{"tag":"a","n":1}', '{"tag":"b"}']);
    const needs = (name: string) => ({ type: 'object', properties: { [name]: { type: 'string', maxLength: 3 } }, required: [name] });
    const contact = { oneOf: [needs('email'), needs('phone')] };
    const beside = { type: 'object', properties: { a: { type: 'null' }, b: { type: 'null' } }, oneOf: [{ required: ['a'] }, { required: ['b'] }] };
    expect(allowed(beside, '{"a":null}', '{"b":null}', '{"a":null,"b":null}', '{}')).toEqual(['{"a":null}', '{"b":null}']);
    const ranges = { oneOf: [{ type: 'integer', maximum: 3 }, { type: 'integer', exclusiveMinimum: 3 }] };
    for (const s of [defaults, contact, beside, ranges]) draw(s);
    const nested: JsonSchema = { $defs: { e: { oneOf: [{ type: 'object', properties: { op: { const: 'n' }, of: { $ref: '#/$defs/e' } } }, { type: 'object', properties: { op: { const: 'v' } } }] } }, $ref: '#/$defs/e' };
    draw(nested);
    expect(refused({ oneOf: [{ type: 'integer' }, { type: 'number' }] }).place).toBe('schema #/oneOf');
    expect(refused({ oneOf: [{ type: 'string' }, { type: 'string', maxLength: 3 }] }).code).toBe('constrain.schema');
    // A number satisfies both: what speaks of arrays allows all that are none.
    expect(refused({ oneOf: [{ maxItems: 1 }, { multipleOf: 2 }] }).code).toBe('constrain.schema');
  }); // biome-ignore format: schemas are read as lines

  it('an alternative that cannot be promised is left out where another can', () => {
    const odd = { type: 'string', pattern: '^(?!a)' };
    expect(allowed({ anyOf: [odd, { type: 'integer' }] }, '1', '"b"')).toEqual(['1']);
    expect(warned({ anyOf: [odd, { type: 'integer' }] })).toEqual(['schema #/anyOf/0']);
    expect(refused({ anyOf: [odd, { type: 'null' }] }).code).toBe('constrain.regex');
  });

  it('references by pointer, name and address', () => {
    const integer = { type: 'integer' };
    const to = ($ref: string, a: object): JsonSchema => ({ $id: 'https://a.example/root', type: 'object', properties: { v: { $ref } }, required: ['v'], $defs: { a } });
    for (const [ref, target] of [
      ['#/$defs/a', integer],
      ['#n', { ...integer, $anchor: 'n' }],
      ['#n', { ...integer, $id: '#n' }],
      ['item', { ...integer, $id: 'item' }],
      ['https://a.example/item', { ...integer, $id: 'item' }],
      ['https://a.example/root#/$defs/a', integer],
      ['item#/$defs/b', { $id: 'item', $defs: { b: integer } }],
      ['item#n', { $id: 'item', $defs: { b: { ...integer, $anchor: 'n' } } }],
      ['item', { $id: 'item', $ref: '#/$defs/b', $defs: { b: integer } }],
      ['#/$defs/a/x~1y/%25', { 'x/y': { '%': integer } }],
    ] as const)
      expect([ref, allowed(to(ref, target), '{"v":1}', '{"v":"a"}')]).toEqual([ref, ['{"v":1}']]);
    expect(refused(to('#nobody', integer)).place).toBe('schema #/properties/v/$ref');
    const tree: JsonSchema = { $id: 'https://a.example/tree', type: 'object', properties: { children: { type: 'array', items: { $ref: 'tree' } } }, required: ['children'] };
    draw(tree);
    // Data is not a schema.
    expect(allowed({ enum: [{ $ref: '#x', $id: 'y' }] }, '{"$ref":"#x","$id":"y"}')).toHaveLength(1);
  }); // biome-ignore format: schemas are read as lines

  it('bounds of draft 4 and OpenAPI', () => {
    expect(allowed({ type: 'integer', minimum: 0, exclusiveMinimum: true, maximum: 2 }, '0', '1', '2')).toEqual(['1', '2']);
    expect(allowed({ type: 'integer', maximum: 2, exclusiveMaximum: false, minimum: 1 }, '2', '3')).toEqual(['2']);
    expect(allowed({ type: 'integer', format: 'int32' }, '2147483647', '2147483648')).toEqual(['2147483647']);
  });

  it('lengths, far from their bounds and at them', () => {
    const exact = { type: 'string', minLength: 299, maxLength: 300 };
    const text = (n: number): string => JSON.stringify('é"x'.repeat(200).slice(0, n));
    expect([298, 299, 300, 301].map((n) => allowed(exact, text(n)).length)).toEqual([0, 1, 1, 0]);
    const even = { type: 'string', pattern: '^(ab|c\\n)*$', minLength: 101, maxLength: 103 };
    const pairs = (n: number): string => JSON.stringify('abc\n'.repeat(60).slice(0, n));
    expect([100, 101, 102, 103, 104].map((n) => allowed(even, pairs(n)).length)).toEqual([0, 0, 1, 0, 0]);
    expect(allowed({ type: 'string', pattern: '^a{2,4}$', minLength: 3 }, '"aa"', '"aaa"', '"aaaaa"')).toEqual(['"aaa"']);
    expect(refused({ type: 'string', pattern: '^a{2,4}$', minLength: 5 }).code).toBe('constrain.empty');
    for (const s of [exact, even, { type: 'string', minLength: 3 }, { type: 'string', format: 'email', maxLength: 20 }]) draw(s);
  });
});

describe('formats', () => {
  const valid: Readonly<Record<string, (text: string) => boolean>> = {
    ipv4: isIPv4,
    ipv6: isIPv6,
    ipvanyaddress: (t) => isIPv4(t) || isIPv6(t),
    uri: URL.canParse,
    url: URL.canParse,
    iri: URL.canParse,
    'uri-reference': (t) => URL.canParse(t, 'https://a.example/b/'),
    duration: (t) => /^P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?)$/.test(t) && !/Y\d+D|H\d+S/.test(t),
    'json-pointer': (t) => /^(\/([^~/]|~0|~1)*)*$/.test(t),
    base64: (t) => Buffer.from(t, 'base64').toString('base64') === t || /=/.test(t),
    byte: (t) => t.length % 4 === 0,
    uuid4: (t) => /^[0-9a-f-]{14}4[0-9a-f]{3}-[89ab]/.test(t),
    regex: (t) => new RegExp(t, 'u') instanceof RegExp,
    hostname: (t) => URL.canParse(`http://a.${t}x/`) && t.length < 254,
    email: (t) => /^[^@\s]+@[^@\s]+\.[a-z]+$/i.test(t),
  };
  it.each(Object.keys(valid))('%s', (format) => {
    for (const value of draw({ type: 'string', format })) expect([value, valid[format]?.(value as string)]).toEqual([value, true]);
  });

  it('take what people write', () => {
    const examples: Readonly<Record<string, readonly string[]>> = {
      ipv6: ['::', '::1', '2001:db8::ff00:42:8329', 'fe80::1', '1:2:3:4:5:6:7:8'],
      uri: ['https://example.com', 'http://localhost:8080/a?b=c#d', 'https://a.b.example.com/x/y.html', 'mailto:a@b.example', 'http://127.0.0.1/', 'ftp://x.example/f'],
      duration: ['P1D', 'PT5M', 'P3Y6M4DT12H30M5S', 'P2W', 'PT36H'],
      'date-time': ['2024-02-29T12:00:00Z', '2023-01-01T00:00:00.5+02:00'],
      email: ['a@b.example', 'first.last+tag@sub.example.com'],
    }; // biome-ignore format: a table
    for (const [format, texts] of Object.entries(examples)) {
      const quoted = texts.map((t) => JSON.stringify(t));
      expect(allowed({ type: 'string', format }, ...quoted)).toEqual(quoted);
    }
    expect(allowed({ type: 'string', format: 'ipv6' }, '":::"', '"1:2"', '"g::"', '"1::2::3"')).toEqual([]);
    expect(allowed({ type: 'string', format: 'duration' }, '"P"', '"PT"', '"P1H"', '"1D"')).toEqual([]);
  });
});

/** Schemas in the manner of the tools and packages that send them. */
const CLIENTS: Readonly<Record<string, JsonSchema>> = {
  'OpenAI strict': { type: 'object', properties: { steps: { type: 'array', items: { $ref: '#/$defs/step' } }, answer: { type: 'string', maxLength: 9 } }, $defs: { step: { type: 'object', properties: { explanation: { type: 'string', maxLength: 9 }, output: { type: ['string', 'null'], maxLength: 4 } }, required: ['explanation', 'output'], additionalProperties: false } }, required: ['steps', 'answer'], additionalProperties: false },
  'MCP file system': { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { path: { type: 'string', maxLength: 9 }, edits: { type: 'array', items: { type: 'object', properties: { oldText: { type: 'string', maxLength: 9 }, newText: { type: 'string', maxLength: 9 } }, required: ['oldText', 'newText'], additionalProperties: false } }, dryRun: { type: 'boolean', default: false, description: 'Preview' } }, required: ['path', 'edits'], additionalProperties: false },
  'MCP fetch': { title: 'Fetch', type: 'object', description: 'Parameters', properties: { url: { description: 'URL to fetch', format: 'uri', minLength: 1, title: 'Url', type: 'string' }, max_length: { default: 5000, exclusiveMaximum: 1000000, exclusiveMinimum: 0, title: 'Max Length', type: 'integer' }, raw: { default: false, type: 'boolean' } }, required: ['url'] },
  'MCP without properties': { type: 'object' },
  'an editor, with x- keys': { type: 'object', 'x-tool': true, properties: { query: { type: 'string', 'x-google-identifier': 'q', maxLength: 9 }, at: { type: 'string', format: 'google-datetime' } }, required: ['query'] },
  'LangChain': { title: 'search', description: 'd', type: 'object', properties: { query: { title: 'Query', type: 'string', maxLength: 9 }, k: { title: 'K', default: 4, type: 'integer', minimum: 1, maximum: 20 }, filter: { anyOf: [{ type: 'object', additionalProperties: true }, { type: 'null' }], default: null, title: 'Filter' } }, required: ['query'] },
  'instructor': { description: 'Correctly extracted', properties: { name: { type: 'string', maxLength: 9 }, role: { allOf: [{ $ref: '#/$defs/Role' }], default: 'user' }, tags: { items: { type: 'string', maxLength: 5 }, type: 'array', maxItems: 3 } }, required: ['name'], type: 'object', $defs: { Role: { enum: ['user', 'admin'], title: 'Role', type: 'string' } } },
  'the AI SDK': { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { elements: { type: 'array', items: { type: 'object', properties: { m: { type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: 'number' } } }, required: ['m'], additionalProperties: false } } }, required: ['elements'], additionalProperties: false },
  'an enum of objects': { enum: [{ a: 1 }, { b: [2] }, 'c'] },
  'OpenAPI': { type: 'object', properties: { id: { type: 'integer', format: 'int64', example: 1, readOnly: true }, tag: { type: 'string', nullable: true, maxLength: 4, xml: { attribute: true } }, at: { type: 'string', format: 'date-time' }, photo: { type: 'string', format: 'binary', maxLength: 4 } }, required: ['id', 'at'], externalDocs: { url: 'https://a.example' } },
}; // biome-ignore format: one client a line

describe('clients', () => {
  it.each(Object.keys(CLIENTS))('%s', (name) => {
    draw(CLIENTS[name] as JsonSchema, 7);
  });
});
