// Schemas without combinators: $ref, allOf, anyOf and oneOf are multiplied out to a list of flat alternatives.

import { tooLarge } from './errors.js';
import {
  checkKeywords,
  impliedTypes,
  type JsonSchema,
  refuse,
  resolvePointer,
  type SchemaObject,
  type TypeName,
} from './schema-keywords.js';

/** A schema with values and types only. Several patterns and formats are lists: a string must satisfy all of them. */
export interface Flat {
  readonly types: readonly TypeName[];
  /** Where it came from. */
  readonly at: string;
  readonly enum?: readonly unknown[];
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
  /** Bounds and counts, as in the schema. */
  readonly bounds: Readonly<Record<string, number>>;
  readonly properties: ReadonlyMap<string, Placed>;
  readonly required: readonly string[];
  /** undefined where the schema does not say. */
  readonly additional?: Placed;
  readonly prefix: readonly Placed[];
  readonly items?: Placed;
}

/** A schema, or several that must hold at once, with its place. */
export interface Placed {
  readonly schema: JsonSchema;
  readonly at: string;
}

const MOST_ALTERNATIVES = 256;
const LOWER = ['minLength', 'minItems', 'minimum', 'exclusiveMinimum'];
const UPPER = ['maxLength', 'maxItems', 'maximum', 'exclusiveMaximum'];

/** The alternatives of a schema. `following` holds the references that are being followed, to notice circles. */
export function alternatives(root: JsonSchema, { schema, at }: Placed, following: readonly string[] = []): Flat[] {
  checkKeywords(schema, at);
  if (schema === false) return [];
  if (schema === true) return [own({}, at)];
  let flats = [own(schema, at)];
  const combine = (others: readonly Flat[]): void => {
    if (flats.length * others.length > MOST_ALTERNATIVES)
      tooLarge('alternatives of anyOf, multiplied out', MOST_ALTERNATIVES, `schema ${at}`);
    flats = flats.flatMap((a) => others.flatMap((b) => merge(a, b) ?? []));
  };
  if (schema.$ref !== undefined) {
    const ref = schema.$ref as string;
    if (following.includes(ref)) refuse(at, 'a schema refers to itself with nothing in between', { got: ref });
    combine(alternatives(root, { schema: resolvePointer(root, ref, at), at: ref }, [...following, ref]));
  }
  const parts = (key: string): Flat[][] =>
    ((schema[key] ?? []) as JsonSchema[]).map((part, i) => alternatives(root, { schema: part, at: `${at}/${key}/${i}` }, following));
  for (const part of parts('allOf')) combine(part);
  if (schema.anyOf !== undefined) combine(parts('anyOf').flat());
  if (schema.oneOf !== undefined) {
    const branches = parts('oneOf');
    assertDisjoint(root, branches, `${at}/oneOf`);
    combine(branches.flat());
  }
  return flats;
}

function own(s: SchemaObject, at: string): Flat {
  const bounds: Record<string, number> = {};
  for (const key of [...LOWER, ...UPPER]) if (s[key] !== undefined) bounds[key] = s[key] as number;
  const place = (value: unknown, path: string): Placed => ({ schema: value as JsonSchema, at: `${at}/${path}` });
  const values = [...(s.enum !== undefined ? [s.enum as unknown[]] : []), ...(s.const !== undefined ? [[s.const]] : [])];
  const combined = ['$ref', 'allOf', 'anyOf', 'oneOf'].some((k) => s[k] !== undefined);
  const types = s.type === undefined ? undefined : ([s.type].flat() as TypeName[]);
  // Where parts are merged in, what they say about the type counts; alone, the keywords do.
  const implied = combined || values.length > 0 ? impliedTypes({}) : impliedTypes(s);
  let known = types ?? implied;
  if (s.multipleOf === 1) known = known.map((t) => (t === 'number' ? 'integer' : t));
  return {
    types: known,
    at,
    ...(values.length > 0 ? { enum: values.reduce(common) } : {}),
    patterns: s.pattern === undefined ? [] : [s.pattern as string],
    formats: s.format === undefined ? [] : [s.format as string],
    bounds,
    properties: new Map(Object.entries((s.properties ?? {}) as Record<string, unknown>).map(([k, v]) => [k, place(v, `properties/${k}`)])),
    required: (s.required ?? []) as string[],
    ...(s.additionalProperties === undefined ? {} : { additional: place(s.additionalProperties, 'additionalProperties') }),
    prefix: ((s.prefixItems ?? []) as unknown[]).map((v, i) => place(v, `prefixItems/${i}`)),
    ...(s.items === undefined ? {} : { items: place(s.items, 'items') }),
  };
}

/** Both at once; undefined where no value can be both. */
function merge(a: Flat, b: Flat): Flat | undefined {
  const types = bothTypes(a.types, b.types);
  const values = a.enum && b.enum ? common(a.enum, b.enum) : (a.enum ?? b.enum);
  if (types.length === 0 || values?.length === 0) return undefined;
  const bounds = { ...a.bounds };
  for (const [key, value] of Object.entries(b.bounds)) {
    const before = bounds[key];
    bounds[key] = before === undefined ? value : LOWER.includes(key) ? Math.max(before, value) : Math.min(before, value);
  }
  const properties = new Map<string, Placed>();
  for (const name of new Set([...a.properties.keys(), ...b.properties.keys()])) {
    const both = all(a.properties.get(name) ?? a.additional, b.properties.get(name) ?? b.additional);
    if (both) properties.set(name, both);
  }
  const prefix = Array.from({ length: Math.max(a.prefix.length, b.prefix.length) }, (_, i) =>
    all(a.prefix[i] ?? a.items, b.prefix[i] ?? b.items),
  );
  const additional = all(a.additional, b.additional);
  const items = all(a.items, b.items);
  return {
    types,
    at: a.at,
    ...(values ? { enum: values } : {}),
    patterns: [...new Set([...a.patterns, ...b.patterns])],
    formats: [...new Set([...a.formats, ...b.formats])],
    bounds,
    properties,
    required: [...new Set([...a.required, ...b.required])],
    ...(additional ? { additional } : {}),
    prefix: prefix as Placed[],
    ...(items ? { items } : {}),
  };
}

function all(a: Placed | undefined, b: Placed | undefined): Placed | undefined {
  if (!a || !b) return a ?? b;
  if (a.schema === false || b.schema === true) return a;
  if (b.schema === false || a.schema === true) return b;
  const parts = new Map([...conjuncts(a.schema), ...conjuncts(b.schema)].map((part) => [JSON.stringify(part), part]));
  return parts.size === 1 ? a : { schema: { allOf: [...parts.values()] }, at: a.at };
}

/** The parts of a schema that is nothing but an allOf: joined without nesting, recursive schemas stay finite. */
const conjuncts = (schema: JsonSchema): JsonSchema[] =>
  typeof schema === 'object' && Array.isArray(schema.allOf) && Object.keys(schema).length === 1
    ? (schema.allOf as JsonSchema[]).flatMap(conjuncts)
    : [schema];

function bothTypes(a: readonly TypeName[], b: readonly TypeName[]): TypeName[] {
  const has = (list: readonly TypeName[], t: TypeName): boolean => list.includes(t) || (t === 'integer' && list.includes('number'));
  return [...new Set([...a, ...b])].filter((t) => has(a, t) && has(b, t));
}

/** A value as text, equal for equal values: keys sorted. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => (x < y ? -1 : 1)))
      : v,
  );
}

function common(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  const texts = new Set(b.map(canonical));
  return a.filter((v) => texts.has(canonical(v)));
}

/** `oneOf` can be promised only where no value satisfies two branches: other types, other values, or a property that tells them apart. */
function assertDisjoint(root: JsonSchema, branches: readonly Flat[][], at: string): void {
  for (const [i, left] of branches.entries())
    for (const right of branches.slice(i + 1))
      for (const a of left)
        for (const b of right)
          if (!disjoint(root, a, b))
            refuse(at, 'two branches of oneOf may hold at once', {
              expected: 'different types, different constants, or a required property with different constants',
              got: `${a.at} and ${b.at}`,
              hint: 'Use anyOf where it does not matter.',
            });
}

function disjoint(root: JsonSchema, a: Flat, b: Flat): boolean {
  const types = bothTypes(typesOf(a), typesOf(b));
  if (types.length === 0 || (a.enum && b.enum && common(a.enum, b.enum).length === 0)) return true;
  if (types.some((t) => t !== 'object')) return false;
  return a.required.some((name) => {
    const [x, y] = [a.properties.get(name), b.properties.get(name)];
    if (!x || !y || !b.required.includes(name)) return false;
    const [left, right] = [simple(root, x), simple(root, y)];
    return left !== undefined && right !== undefined && left.every((p) => right.every((q) => tellApart(p, q)));
  });
}

/** The alternatives of a property, where they are scalars: nested objects are not looked into. */
function simple(root: JsonSchema, placed: Placed): Flat[] | undefined {
  const flats = alternatives(root, placed);
  return flats.some((f) => typesOf(f).includes('object') && !f.enum) ? undefined : flats;
}
const tellApart = (p: Flat, q: Flat): boolean =>
  bothTypes(typesOf(p), typesOf(q)).length === 0 || (p.enum !== undefined && q.enum !== undefined && common(p.enum, q.enum).length === 0);

/** Types that values can really have. */
function typesOf(f: Flat): readonly TypeName[] {
  return f.enum ? f.types.filter((t) => f.enum?.some((v) => isOfType(v, t))) : f.types;
}

/** True when a value is of a type of JSON Schema; 1.0 is an integer. */
export function isOfType(value: unknown, type: TypeName): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
