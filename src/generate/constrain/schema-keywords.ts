// JSON Schema as it comes in: which keywords there are, checked one by one, with the JSON pointer in every complaint.

import { SensoriumError } from '../../util/errors.js';

export type JsonSchema = boolean | { readonly [keyword: string]: unknown };
export type SchemaObject = { readonly [keyword: string]: unknown };

export const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const;
export type TypeName = (typeof TYPES)[number];

/** Keywords that say nothing about values. */
const ANNOTATIONS = new Set([
  '$schema', '$id', '$comment', '$defs', 'definitions', 'title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly',
  'discriminator',
]); // biome-ignore format: one list
const STRING = ['minLength', 'maxLength', 'pattern', 'format'];
const NUMERIC = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const ARRAY = ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'];
const OBJECT = ['properties', 'required', 'additionalProperties'];
const GENERAL = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref'];
const KNOWN = new Set([...STRING, ...NUMERIC, ...ARRAY, ...OBJECT, ...GENERAL]);

/** Types that a schema without `type` is meant for, by its keywords; all where it has none of any type. */
export function impliedTypes(schema: SchemaObject): TypeName[] {
  const has = (keywords: readonly string[]): boolean => keywords.some((k) => schema[k] !== undefined);
  const types: TypeName[] = [];
  if (has(STRING)) types.push('string');
  if (has(NUMERIC)) types.push('number');
  if (has(ARRAY)) types.push('array');
  if (has(OBJECT)) types.push('object');
  return types.length > 0 ? types : ['null', 'boolean', 'number', 'string', 'array', 'object'];
}

/** Throws `constrain.schema`. */
export function refuse(pointer: string, summary: string, details: { expected?: string; got?: unknown; hint?: string } = {}): never {
  const { got, ...rest } = details;
  throw new SensoriumError('constrain.schema', summary, {
    place: `schema ${pointer}`,
    ...rest,
    ...(got === undefined ? {} : { got: (JSON.stringify(got) ?? String(got)).slice(0, 120) }),
  });
}

/** Checks one schema, not those inside it: known keywords, each with a value of its kind. Throws `constrain.schema`. */
export function checkKeywords(schema: unknown, at: string): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    refuse(at, 'this is no schema', { expected: 'an object or a boolean', got: schema });
  const s = schema as SchemaObject;
  for (const key of Object.keys(s)) {
    if (s[key] === undefined || ANNOTATIONS.has(key) || KNOWN.has(key)) continue;
    refuse(`${at}/${escapePointer(key)}`, 'this keyword is not supported', { expected: [...KNOWN].join(', '), got: key });
  }
  const check = (key: string, ok: (v: unknown) => boolean, expected: string): void => {
    if (s[key] !== undefined && !ok(s[key])) refuse(`${at}/${key}`, `${key} cannot be this`, { expected, got: s[key] });
  };
  const count = (v: unknown): boolean => Number.isInteger(v) && (v as number) >= 0;
  const strings = (v: unknown): boolean => Array.isArray(v) && v.every((x) => typeof x === 'string');
  const schemas = (v: unknown): boolean => Array.isArray(v) && v.length > 0;
  const isType = (v: unknown): boolean => TYPES.includes(v as TypeName);
  check('type', (v) => isType(v) || (Array.isArray(v) && v.length > 0 && v.every(isType)), `one of ${TYPES.join(', ')}, or a list of them`);
  check('enum', (v) => Array.isArray(v) && v.length > 0, 'a list that is not empty');
  for (const key of ['minLength', 'maxLength', 'minItems', 'maxItems']) check(key, count, 'an integer of at least 0');
  for (const key of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']) check(key, Number.isFinite, 'a number');
  check('multipleOf', (v) => v === 1, '1, or integer as the type: no other multiples are supported');
  check('uniqueItems', (v) => v === false, 'false: that items differ cannot be promised');
  check('pattern', (v) => typeof v === 'string', 'a string');
  check('format', (v) => typeof v === 'string', 'a string');
  check('properties', (v) => typeof v === 'object' && v !== null && !Array.isArray(v), 'an object of schemas');
  check('required', strings, 'a list of strings');
  check('items', (v) => !Array.isArray(v), 'a schema (lists of schemas are prefixItems)');
  for (const key of ['prefixItems', 'anyOf', 'oneOf', 'allOf']) check(key, schemas, 'a list of schemas that is not empty');
  check('$ref', (v) => typeof v === 'string' && /^#(\/|$)/.test(v), 'a pointer into this document, such as #/$defs/name');
  if (s.$id !== undefined && at !== '#') refuse(`${at}/$id`, 'only the whole schema may have an $id', { got: s.$id });
  return s;
}

/** What a local `$ref` points to. Throws `constrain.schema`. */
export function resolvePointer(root: JsonSchema, ref: string, at: string): JsonSchema {
  let value: unknown = root;
  for (const part of decodeURIComponent(ref).split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    if (!inside) refuse(`${at}/$ref`, 'the reference leads nowhere', { got: ref });
    value = (value as Record<string, unknown>)[key];
  }
  return checkKeywords(value, ref);
}

/** A key as a part of a JSON pointer. */
export const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
