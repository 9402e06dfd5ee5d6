// A schema without combinators, and what holds when two of them hold at once.

import { escapePointer, impliedTypes, type JsonSchema, type SchemaContext, type SchemaObject, type TypeName } from './schema-keywords.js';

/** A schema, or several that must hold at once, with its place. */
export interface Placed {
  readonly schema: JsonSchema;
  readonly at: string;
}

/** A schema with values and types only. Several patterns and formats are lists: a string must satisfy all of them. */
export interface Flat {
  /** Types that are written. */
  readonly types: readonly TypeName[];
  /** Types that are valid: without `type` all are, whatever the keywords are about. */
  readonly valid: readonly TypeName[];
  /** Where it came from. */
  readonly at: string;
  readonly enum?: readonly unknown[];
  /** Values that it may not be. */
  readonly excluded: readonly unknown[];
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
  /** What a number is a multiple of. */
  readonly multiples: readonly number[];
  /** Bounds and counts, as in the schema. */
  readonly bounds: Readonly<Record<string, number>>;
  readonly properties: ReadonlyMap<string, Placed>;
  readonly required: readonly string[];
  /** Values of names that a pattern is found in. */
  readonly named: readonly (Placed & { readonly pattern: string })[];
  /** What all names satisfy. */
  readonly names?: Placed;
  /** undefined where the schema does not say. */
  readonly additional?: Placed;
  /** Stands in for `additional` where nothing that is merged in says. */
  readonly unevaluated?: Placed;
  readonly prefix: readonly Placed[];
  readonly items?: Placed;
  readonly unevaluatedItems?: Placed;
  /** Items differ. */
  readonly unique: boolean;
}

const LOWER = ['minLength', 'minItems', 'minProperties', 'minimum', 'exclusiveMinimum'];
const UPPER = ['maxLength', 'maxItems', 'maxProperties', 'maximum', 'exclusiveMaximum'];
/** Formats of numbers that OpenAPI defines. */
const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
};

/** The keywords of one schema itself. `anyType`: without `type` it is meant for all, whatever its keywords are about. */
export function ownFlat(s: SchemaObject, at: string, anyType = false): Flat {
  const bounds = boundsOf(s);
  const place = (value: unknown, path: string): Placed => ({ schema: value as JsonSchema, at: `${at}/${path}` });
  const maybe = (key: string): Placed | undefined => (s[key] === undefined ? undefined : place(s[key], key));
  const entries = (key: string): [string, Placed][] =>
    Object.entries((s[key] ?? {}) as Record<string, unknown>).map(([k, v]) => [k, place(v, `${key}/${escapePointer(k)}`)]);
  const values = [...(s.enum !== undefined ? [s.enum as unknown[]] : []), ...(s.const !== undefined ? [[s.const]] : [])];
  const combined = anyType || ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if'].some((k) => s[k] !== undefined);
  // Where parts are merged in, what they say about the type counts; alone, the keywords do.
  const types = s.type === undefined ? impliedTypes(combined || values.length > 0 ? {} : s) : ([s.type].flat() as TypeName[]);
  // Draft 7 writes tuples as a list of items, and what follows them as additionalItems.
  const tuple = Array.isArray(s.items) ? 'items' : 'prefixItems';
  const items = tuple === 'items' ? maybe('additionalItems') : maybe('items');
  const integers = INTEGERS[s.format as string];
  if (integers && types.some((t) => t === 'integer' || t === 'number')) {
    bounds.minimum = Math.max(bounds.minimum ?? integers[0], integers[0]);
    bounds.maximum = Math.min(bounds.maximum ?? integers[1], integers[1]);
  }
  const [names, additional, unevaluated, unevaluatedItems] = ['propertyNames', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems'].map(maybe); // biome-ignore format: one line
  return {
    types,
    valid: s.type === undefined ? impliedTypes({}) : types,
    at,
    ...(values.length > 0 ? { enum: values.reduce(common) } : {}),
    excluded: [],
    patterns: s.pattern === undefined ? [] : [s.pattern as string],
    formats: s.format === undefined ? [] : [s.format as string],
    multiples: s.multipleOf === undefined ? [] : [s.multipleOf as number],
    bounds,
    properties: new Map(entries('properties')),
    required: [...new Set((s.required ?? []) as string[])],
    named: entries('patternProperties').map(([pattern, placed]) => ({ pattern, ...placed })),
    ...(names ? { names } : {}),
    ...(additional ? { additional } : {}),
    ...(unevaluated ? { unevaluated } : {}),
    prefix: ((s[tuple] ?? []) as unknown[]).map((v, i) => place(v, `${tuple}/${i}`)),
    ...(items ? { items } : {}),
    ...(unevaluatedItems ? { unevaluatedItems } : {}),
    unique: s.uniqueItems === true,
  };
}

/** Draft 4 writes exclusive bounds as `true` beside the bound. */
function boundsOf(s: SchemaObject): Record<string, number> {
  const bounds: Record<string, number> = {};
  for (const key of [...LOWER, ...UPPER]) if (typeof s[key] === 'number') bounds[key] = s[key] as number;
  for (const [flag, bound] of [['exclusiveMinimum', 'minimum'], ['exclusiveMaximum', 'maximum']] as const) // biome-ignore format: pairs
    if (s[flag] === true && bounds[bound] !== undefined) {
      bounds[flag] = bounds[bound];
      delete bounds[bound];
    }
  return bounds;
}

/** Both at once; undefined where no value can be both. */
export function merge(a: Flat, b: Flat, context: SchemaContext): Flat | undefined {
  context.budget.spend(4 + a.properties.size + b.properties.size + a.required.length + b.required.length + (a.enum?.length ?? 0));
  const types = bothTypes(a.types, b.types);
  const values = a.enum && b.enum ? common(a.enum, b.enum) : (a.enum ?? b.enum);
  if (types.length === 0 || values?.length === 0) return undefined;
  const bounds = { ...a.bounds };
  for (const [key, value] of Object.entries(b.bounds)) {
    const before = bounds[key];
    bounds[key] = before === undefined ? value : LOWER.includes(key) ? Math.max(before, value) : Math.min(before, value);
  }
  const both = (x: Placed | undefined, y: Placed | undefined): Placed | undefined => all(x, y, context);
  const properties = new Map<string, Placed>();
  for (const name of new Set([...a.properties.keys(), ...b.properties.keys()])) {
    const value = both(propertyOf(a, name, context), propertyOf(b, name, context));
    if (value) properties.set(name, value);
  }
  const named = [
    ...a.named.map(({ pattern, ...own }) => ({ pattern, ...(both(own, b.additional) as Placed) })),
    ...b.named.map(({ pattern, ...own }) => ({ pattern, ...(both(own, a.additional) as Placed) })),
  ];
  const prefix = Array.from({ length: Math.max(a.prefix.length, b.prefix.length) }, (_, i) =>
    both(a.prefix[i] ?? a.items, b.prefix[i] ?? b.items),
  );
  const optional = {
    enum: values,
    additional: both(a.additional, b.additional),
    names: both(a.names, b.names),
    unevaluated: both(a.unevaluated, b.unevaluated),
    items: both(a.items, b.items),
    unevaluatedItems: both(a.unevaluatedItems, b.unevaluatedItems),
  };
  const merged = {
    types,
    valid: bothTypes(a.valid, b.valid),
    at: a.at,
    excluded: [...a.excluded, ...b.excluded],
    patterns: [...new Set([...a.patterns, ...b.patterns])],
    formats: [...new Set([...a.formats, ...b.formats])],
    multiples: [...new Set([...a.multiples, ...b.multiples])],
    bounds,
    properties,
    required: [...new Set([...a.required, ...b.required])],
    named,
    prefix: prefix as Placed[],
    unique: a.unique || b.unique,
  };
  return Object.assign(merged, Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined))) as Flat;
}

/** What the value of a name must satisfy; undefined where the schema does not say. */
export function propertyOf(f: Flat, name: string, context: SchemaContext): Placed | undefined {
  let value = f.properties.get(name);
  for (const { pattern, ...own } of f.named) if (context.matches(pattern, name, `schema ${own.at}`)) value = all(value, own, context);
  return value ?? f.additional;
}

/** Two schemas at once. */
export function all(a: Placed | undefined, b: Placed | undefined, context: SchemaContext): Placed | undefined {
  if (!a || !b) return a ?? b;
  if (a.schema === false || b.schema === true) return a;
  if (b.schema === false || a.schema === true) return b;
  const parts = new Map<string, JsonSchema>();
  for (const part of [...conjuncts(a.schema), ...conjuncts(b.schema)]) {
    const key = JSON.stringify(part);
    context.budget.spend(1 + (key.length >> 3));
    parts.set(key, part);
  }
  return parts.size === 1 ? a : { schema: { allOf: [...parts.values()] }, at: a.at };
}

/** The parts of a schema that is nothing but an allOf: joined without nesting, recursive schemas stay finite. */
const conjuncts = (schema: JsonSchema): JsonSchema[] =>
  typeof schema === 'object' && Array.isArray(schema.allOf) && Object.keys(schema).length === 1
    ? (schema.allOf as JsonSchema[]).flatMap(conjuncts)
    : [schema];

/** Types of both; integers are numbers. */
export function bothTypes(a: readonly TypeName[], b: readonly TypeName[]): TypeName[] {
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

/** Values of both lists. */
export function common(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  const texts = new Set(b.map(canonical));
  return a.filter((v) => texts.has(canonical(v)));
}

/** Types that values can really have: those that are written, or those that are `valid`. */
export function typesOf(f: Flat, types: readonly TypeName[] = f.types): readonly TypeName[] {
  return f.enum ? types.filter((t) => f.enum?.some((v) => isOfType(v, t))) : types;
}

/** True when a value is of a type of JSON Schema; 1.0 is an integer. */
export function isOfType(value: unknown, type: TypeName): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
