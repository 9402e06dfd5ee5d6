// Arrays of a schema: tuples, counted items, and items that differ where there are finitely many.

import { tooLarge } from './errors.js';
import type { Lowering } from './lowering.js';
import { alt, call, EMPTY, isNever, NEVER, type Node, seq, text } from './node.js';
import { canonical, type Flat, isOfType, type Placed } from './schema-flat.js';
import { refuse } from './schema-keywords.js';
import { alternatives } from './schema-merge.js';
import { literals } from './strings.js';

/** Values whose every order is tried; with more of them they come in the order of the schema. */
const MOST_ORDERED = 6;
/** Integers of a range that are taken one by one. */
const MOST_VALUES = 256;

/** An array. */
export function arrayNode(f: Flat, low: Lowering): Node {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = f.bounds;
  if (maxItems < minItems) return NEVER;
  if (f.unique && maxItems > 1) return differing(f, low, minItems, maxItems);
  // Items nobody describes are left out, as far as the number of items allows.
  const described = f.items ?? f.unevaluatedItems;
  const undescribed = described === undefined && f.prefix.length > 0;
  const rest = low.value(described ?? { schema: true, at: f.at });
  const most = undescribed ? Math.min(maxItems, Math.max(f.prefix.length, minItems)) : maxItems;
  const counted = most === Number.POSITIVE_INFINITY ? Math.max(f.prefix.length, minItems, 1) : most;
  if (counted > low.context.states) tooLarge('items that are counted', low.context.states, `schema ${f.at}`);
  low.context.budget.spend(counted);
  const next = seq(low.comma, rest);
  const items: Node[] = [];
  for (let i = 0; i < counted; i++) {
    const placed = f.prefix[i];
    const item = placed ? low.value(placed) : rest;
    if (isNever(item)) {
      if (i < minItems) return NEVER;
      break;
    }
    items.push(i === 0 ? item : placed ? seq(low.comma, item) : next);
  }
  const loop = most === Number.POSITIVE_INFINITY && items.length === counted && !isNever(rest) ? next : undefined;
  // With a loop behind it the chain must have run to its end, which it may do from `minItems` on.
  return seq(text('['), low.ws, { kind: 'chain', items, min: minItems, ...(loop ? { loop } : {}) }, low.ws, text(']'));
}

/** Items that differ, of finitely many values. */
function differing(f: Flat, low: Lowering, min: number, max: number): Node {
  const items = f.items ?? f.unevaluatedItems ?? { schema: true, at: f.at };
  const values = f.prefix.length === 0 ? valuesOf(items, low) : undefined;
  if (!values)
    refuse(`${f.at}/uniqueItems`, 'that items differ cannot be promised here', {
      expected: `items of finitely many values (enum, const, boolean, null, an integer range of at most ${MOST_VALUES}), or maxItems 1`,
      got: true,
    });
  if (values.length < min) return NEVER;
  const close = seq(low.ws, text(']'));
  const open = seq(text('['), low.ws);
  if (values.length > MOST_ORDERED) {
    const members = values.map((v) => ({ node: literals([v], low.context), optional: true }));
    return seq(open, { kind: 'list', members, separator: low.comma, min, max: Math.min(max, values.length) }, close);
  }
  // One rule for each set of values that are written: it writes another one and goes on.
  const key = `${canonical(values)}${min},${max}`;
  const after = (used: number, count: number): Node =>
    call(
      low.shared(`(differing${used}${key})`, f.at, () => ({
        node: alt(
          ...values.flatMap((v, i) => {
            if (used & (1 << i)) return [];
            const written = count + 1;
            const more = written < Math.min(max, values.length) ? seq(low.comma, after(used | (1 << i), written)) : NEVER;
            return [seq(literals([v], low.context), alt(written >= min ? close : NEVER, more))];
          }),
        ),
      })),
    );
  return seq(open, alt(min === 0 ? close : NEVER, values.length > 0 && max > 0 ? after(0, 0) : NEVER), EMPTY);
}

/** All values of a schema, where there are not many. */
function valuesOf(placed: Placed, low: Lowering): unknown[] | undefined {
  const out = new Map<string, unknown>();
  for (const f of alternatives(low.context, placed)) {
    const add = (values: readonly unknown[]): void => {
      for (const v of values) out.set(canonical(v), v);
    };
    if (f.enum) {
      add(low.constants(f));
      continue;
    }
    for (const type of f.types) {
      if (type === 'null') add([null]);
      else if (type === 'boolean') add([true, false]);
      else {
        const { minimum, maximum, exclusiveMinimum = Number.NEGATIVE_INFINITY, exclusiveMaximum = Number.POSITIVE_INFINITY } = f.bounds;
        const lo = Math.max(Math.ceil(minimum ?? Number.NEGATIVE_INFINITY), Math.floor(exclusiveMinimum) + 1);
        const hi = Math.min(Math.floor(maximum ?? Number.POSITIVE_INFINITY), Math.ceil(exclusiveMaximum) - 1);
        if (type !== 'integer' || !(hi - lo < MOST_VALUES)) return undefined;
        const range = Array.from({ length: Math.max(0, hi - lo + 1) }, (_, i) => lo + i);
        add(low.constants({ ...f, enum: range }));
      }
    }
    if (f.excluded.some((v) => [...out.values()].some((w) => isOfType(w, 'boolean') && canonical(v) === canonical(w)))) return undefined;
  }
  return [...out.values()];
}
