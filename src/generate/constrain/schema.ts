// JSON Schema to a grammar: objects with their properties in order, arrays, strings and numbers as rules that call each other.

import { SensoriumError } from '../../util/errors.js';
import { automatonOf, matches } from './automaton.js';
import { type ConstraintLimits, LIMITS, tooLarge } from './errors.js';
import { type Grammar, grammarOf } from './grammar.js';
import { ANY_CHAR, INTEGER, jsonEncoder, literal, NUMBER, PLAIN_CHAR } from './json-text.js';
import { alt, bytes, call, EMPTY, isNever, type Member, NEVER, type Node, repeat, seq, star, text } from './node.js';
import { boundedNumber } from './numbers.js';
import { regex } from './regex.js';
import { checkKeywords, escapePointer, type JsonSchema, refuse, resolvePointer, type TypeName } from './schema-keywords.js';
import { alternatives, type Flat, isOfType, type Placed } from './schema-merge.js';
import { STRING_FORMATS } from './string-formats.js';

export type { JsonSchema } from './schema-keywords.js';

/** `compact`: as JSON.stringify writes. `flexible`: spaces, tabs and line ends wherever JSON allows them. */
export type Whitespace = 'compact' | 'flexible';

export interface SchemaOptions {
  /** Default 'compact'. */
  whitespace?: Whitespace;
  limits?: ConstraintLimits;
  /** Bytes that a vocabulary can write alone; see `grammarOf`. */
  spellable?: ArrayLike<number | boolean>;
}

/**
 * The grammar of JSON texts whose value satisfies the schema (a part of them: properties come in the order of the schema, and nothing
 * is added that the schema does not mention). Throws `constrain.schema` with the JSON pointer for what cannot be promised.
 */
export function compileSchema(schema: JsonSchema, o: SchemaOptions = {}): Grammar {
  return compileSchemas([{ schema, at: '#' }], ([value]) => value as Node, o);
}

/**
 * The grammar of texts with JSON values in them: `frame` puts the values together, each of which satisfies one of the schemas and refers
 * to that schema alone. `at` is how errors call the root of a schema. Throws as `compileSchema` does.
 */
export function compileSchemas(
  schemas: readonly { schema: JsonSchema; at: string }[],
  frame: (values: readonly Node[]) => Node,
  o: SchemaOptions = {},
): Grammar {
  const { whitespace = 'compact' } = o;
  if (whitespace !== 'compact' && whitespace !== 'flexible')
    throw new SensoriumError('generate.option', 'this is no way to write whitespace', {
      place: 'responseFormat.whitespace',
      expected: "'compact' or 'flexible'",
      got: String(whitespace),
    });
  const limits = { ...LIMITS, ...o.limits };
  for (const { schema } of schemas) assertShallow(schema);
  const size = schemas.reduce((sum, { schema }) => sum + (JSON.stringify(schema)?.length ?? 0), 0);
  if (size > limits.size) tooLarge('characters of the schema', limits.size);
  const rules: { node: Node; place: string }[] = [];
  const values = schemas.map(({ schema, at }) => call(new Lowering(schema, { whitespace, limits, rules }).rule({ schema, at })));
  const root = rules.length;
  rules.push({ node: frame(values), place: 'schema' });
  return grammarOf(rules, root, { spellable: o.spellable, limits });
}

const MOST_RULES = 5000;
const MOST_NESTED = 200;
/** As patterns write it: lengths and patterns of one string must agree on the spelling. */
const CANONICAL_CHAR = jsonEncoder([[0, 0x10ffff]]);
const LITERALS = { null: text('null'), boolean: alt(text('true'), text('false')) };

class Lowering {
  private readonly rules: { node: Node; place: string }[];
  private readonly limits: Required<ConstraintLimits>;
  private readonly known = new Map<string, number>();
  private readonly ws: Node;
  private readonly comma: Node;
  private nested = 0;

  constructor(
    private readonly root: JsonSchema,
    /** `rules`: where the grammar's rules are gathered; several schemas may share them. */
    { whitespace, limits, rules }: { whitespace: Whitespace; limits: Required<ConstraintLimits>; rules: { node: Node; place: string }[] },
  ) {
    this.limits = limits;
    this.rules = rules;
    this.ws = whitespace === 'flexible' ? star(bytes([[0x20, 0x20], [0x09, 0x0a], [0x0d, 0x0d]])) : EMPTY; // biome-ignore format: three ranges
    this.comma = seq(this.ws, text(','), this.ws);
  }

  /** The rule of a schema; equal schemas share one. */
  rule(placed: Placed): number {
    return this.shared(JSON.stringify(placed.schema), placed.at, () => this.lower(placed));
  }

  private shared(key: string, place: string, make: () => Node): number {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const index = this.rules.length;
    if (index >= MOST_RULES) tooLarge('different schemas inside one another', MOST_RULES, place);
    if (++this.nested > MOST_NESTED) tooLarge('schemas inside one another', MOST_NESTED, place);
    this.known.set(key, index);
    const rule = { node: NEVER, place: `schema ${place}` };
    this.rules.push(rule);
    rule.node = make();
    this.nested--;
    return index;
  }

  private lower({ schema, at }: Placed): Node {
    checkKeywords(schema, at);
    if (typeof schema === 'object') {
      const keywords = Object.keys(schema).filter(
        (k) => schema[k] !== undefined && !['$schema', '$id', '$defs', 'definitions'].includes(k),
      );
      const only = keywords.filter((k) => !['title', 'description', 'default', 'examples', '$comment'].includes(k));
      // Kept as calls: alternatives that are merged with nothing need not be multiplied out.
      if (only.length === 1 && only[0] === '$ref') {
        const ref = schema.$ref as string;
        return call(this.rule({ schema: resolvePointer(this.root, ref, at), at: ref }));
      }
      if (only.length === 1 && only[0] === 'anyOf')
        return alt(...(schema.anyOf as JsonSchema[]).map((s, i) => this.lower({ schema: s, at: `${at}/anyOf/${i}` })));
    }
    return alt(...alternatives(this.root, { schema, at }).map((flat) => this.flat(flat)));
  }

  /** A value inside an object or array. */
  private value(placed: Placed): Node {
    return placed.schema === false ? NEVER : call(this.rule(placed));
  }

  private flat(f: Flat): Node {
    if (f.enum) return alt(...f.enum.filter((v) => this.allows(f, v)).map(literal));
    const types = f.types.filter((t) => t !== 'integer' || !f.types.includes('number'));
    return alt(...types.map((t) => this.typed(f, t)));
  }

  private typed(f: Flat, type: TypeName): Node {
    switch (type) {
      case 'null':
      case 'boolean':
        return LITERALS[type];
      case 'integer':
      case 'number': {
        const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = f.bounds;
        const bounds = { minimum, maximum, exclusiveMinimum, exclusiveMaximum };
        const free = Object.values(bounds).every((b) => b === undefined);
        const key = free ? '' : JSON.stringify(bounds);
        return call(
          this.shared(`(${type}${key})`, f.at, () => {
            if (free) return type === 'integer' ? INTEGER : NUMBER;
            const node = boundedNumber(bounds, type === 'integer');
            if (isNever(node))
              refuse(f.at, `no ${type} of at most 15 digits lies within the bounds`, {
                expected: 'bounds with a number of at most 15 digits between them',
                got: bounds,
              });
            return node;
          }),
        );
      }
      case 'string':
        return call(this.string(f));
      case 'array':
        return this.array(f);
      case 'object':
        return this.object(f);
    }
  }

  private string(f: Flat): number {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = f.bounds;
    const key = `(string${minLength},${maxLength},${JSON.stringify([f.patterns, f.formats])})`;
    return this.shared(key, f.at, () => {
      const bounded = f.bounds.minLength !== undefined || f.bounds.maxLength !== undefined;
      if (maxLength < minLength) refuse(f.at, 'no string is so long and so short', { got: { minLength, maxLength } });
      const largest = maxLength === Number.POSITIVE_INFINITY ? minLength : maxLength;
      const conditions: Node[] = [];
      for (const pattern of f.patterns)
        conditions.push(regex(pattern, { encode: jsonEncoder, search: true, place: `schema ${f.at}/pattern` }));
      for (const format of f.formats) conditions.push(regex(formatPattern(f, format), { encode: jsonEncoder, search: true }));
      if (largest > this.limits.states) tooLarge('characters that are counted', this.limits.states, `schema ${f.at}`);
      if (bounded) conditions.push(repeat(conditions.length > 0 ? CANONICAL_CHAR : ANY_CHAR, minLength, maxLength));
      const [first = star(ANY_CHAR), ...others] = conditions;
      return seq(
        text('"'),
        others.reduce<Node>((node, other) => ({ kind: 'and', node, other }), first),
        text('"'),
      );
    });
  }

  private array(f: Flat): Node {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = f.bounds;
    if (maxItems < minItems) return NEVER;
    // Items nobody describes are left out, as far as the number of items allows.
    const undescribed = f.items === undefined && f.prefix.length > 0;
    const rest = this.value(f.items ?? { schema: true, at: f.at });
    const most = undescribed ? Math.min(maxItems, Math.max(f.prefix.length, minItems)) : maxItems;
    const counted = most === Number.POSITIVE_INFINITY ? Math.max(f.prefix.length, minItems, 1) : most;
    if (counted > this.limits.states) tooLarge('items that are counted', this.limits.states, `schema ${f.at}`);
    const items: Node[] = [];
    for (let i = 0; i < counted; i++) {
      const placed = f.prefix[i];
      const item = placed ? this.value(placed) : rest;
      if (isNever(item)) {
        if (i < minItems) return NEVER;
        break;
      }
      items.push(i === 0 ? item : seq(this.comma, item));
    }
    const loop = most === Number.POSITIVE_INFINITY && items.length === counted && !isNever(rest) ? seq(this.comma, rest) : undefined;
    // With a loop behind it the chain must have run to its end, which it may do from `minItems` on.
    return seq(text('['), this.ws, { kind: 'chain', items, min: minItems, ...(loop ? { loop } : {}) }, this.ws, text(']'));
  }

  private object(f: Flat): Node {
    const members: Member[] = [];
    const entry = (name: string, placed: Placed): Node => seq(literal(name), this.ws, text(':'), this.ws, this.value(placed));
    for (const [name, placed] of f.properties) {
      const optional = !f.required.includes(name);
      if (placed.schema === false && optional) continue;
      members.push({ node: entry(name, placed), optional });
    }
    for (const name of f.required)
      if (!f.properties.has(name)) members.push({ node: entry(name, f.additional ?? { schema: true, at: f.at }), optional: false });
    const names = [...new Set([...f.properties.keys(), ...f.required])];
    // An object that is not described at all is any object.
    const open = f.additional ?? (names.length === 0 ? { schema: true, at: f.at } : { schema: false, at: f.at });
    const rest = open.schema === false ? undefined : seq(this.otherName(names), this.ws, text(':'), this.ws, this.value(open));
    return seq(text('{'), this.ws, { kind: 'list', members, separator: this.comma, ...(rest ? { rest } : {}) }, this.ws, text('}'));
  }

  /** Any name but these: a name twice would hide the first value, which was promised. Written without escapes, so that each has one spelling. */
  private otherName(names: readonly string[]): Node {
    const quoted = seq(text('"'), star(PLAIN_CHAR), text('"'));
    if (names.length === 0) return call(this.shared('(name)', '#', () => quoted));
    return call(
      this.shared(`(name${JSON.stringify(names)})`, '#', () => ({ kind: 'without', node: quoted, other: alt(...names.map(literal)) })),
    );
  }

  /** Whether a constant satisfies the other keywords beside it. */
  private allows(f: Flat, value: unknown): boolean {
    if (!f.types.some((t) => isOfType(value, t))) return false;
    if (typeof value === 'number') {
      const b = f.bounds;
      return (
        value >= (b.minimum ?? value) &&
        value <= (b.maximum ?? value) &&
        (b.exclusiveMinimum === undefined || value > b.exclusiveMinimum) &&
        (b.exclusiveMaximum === undefined || value < b.exclusiveMaximum)
      );
    }
    if (typeof value === 'string') {
      const length = [...value].length;
      if (length < (f.bounds.minLength ?? 0) || length > (f.bounds.maxLength ?? length)) return false;
      const place = `schema ${f.at}/pattern`;
      const patterns = [...f.patterns, ...f.formats.map((name) => formatPattern(f, name))];
      // Not RegExp: a pattern of a stranger may take it forever.
      return patterns.every((pattern) => matches(automatonOf(regex(pattern, { search: true, place }), this.limits.states), value));
    }
    const described = f.properties.size > 0 || f.required.length > 0 || f.additional || f.prefix.length > 0 || f.items;
    const isContainer = typeof value === 'object' && value !== null;
    if (isContainer && (described || f.bounds.minItems !== undefined || f.bounds.maxItems !== undefined))
      refuse(`${f.at}/enum`, 'objects and arrays as constants cannot stand beside keywords about their contents', {
        hint: `Leave out the others, or the value, at ${escapePointer(f.at)}.`,
      });
    return true;
  }
}

function formatPattern(f: Flat, name: string): string {
  const pattern = Object.hasOwn(STRING_FORMATS, name) ? STRING_FORMATS[name] : undefined;
  return (
    pattern ?? refuse(`${f.at}/format`, 'this format is not supported', { expected: Object.keys(STRING_FORMATS).join(', '), got: name })
  );
}

/** Throws `constrain.size` for a schema that is nested too deeply to be read, or that contains itself as an object. */
export function assertShallow(schema: unknown): void {
  let level: unknown[] = [schema];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > 2 * MOST_NESTED || level.length > LIMITS.size) tooLarge('levels of the schema', 2 * MOST_NESTED);
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? Object.values(v) : []));
  }
}
