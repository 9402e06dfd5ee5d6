// The language of constraints: regular expressions over bytes that may also call rules. Everything else is lowered to these nodes.

import type { Automaton } from './automaton.js';

/** Inclusive range of bytes or code points. */
export type Range = readonly [lo: number, hi: number];

/** A set of byte strings. A grammar is a list of rules, each a node; `call` names one by its index and is what recursion needs. */
export type Node =
  | { readonly kind: 'bytes'; readonly ranges: readonly Range[] }
  | { readonly kind: 'seq'; readonly nodes: readonly Node[] }
  | { readonly kind: 'alt'; readonly nodes: readonly Node[] }
  | { readonly kind: 'star'; readonly node: Node }
  /** `items` one after another; it may end after any number of them from `min` on. After all of them `loop` may follow, again and again. */
  | { readonly kind: 'chain'; readonly items: readonly Node[]; readonly min: number; readonly loop?: Node }
  /**
   * Members in order, optional ones may be left out, `separator` between those that are there; then `rest`, again and again. At least
   * `min` of them (`rest` counts once) and at most `max` (`rest` counts every time).
   */
  | {
      readonly kind: 'list';
      readonly members: readonly Member[];
      readonly separator: Node;
      readonly rest?: Node;
      readonly min?: number;
      readonly max?: number;
    }
  /** The strings that an automaton without calls accepts. */
  | { readonly kind: 'automaton'; readonly automaton: Automaton }
  /** Strings of `node` that `other` has too (`and`), or has not (`without`). Neither may call. */
  | { readonly kind: 'and' | 'without'; readonly node: Node; readonly other: Node }
  | { readonly kind: 'call'; readonly rule: number };

/** A member of a list. */
export interface Member {
  readonly node: Node;
  readonly optional: boolean;
  /** The bytes that `node` begins with, and what follows them: no member's bytes begin another's. */
  readonly name?: { readonly bytes: Uint8Array; readonly after: Node };
}

/** The empty string. */
export const EMPTY: Node = { kind: 'seq', nodes: [] };
/** No string at all. */
export const NEVER: Node = { kind: 'alt', nodes: [] };

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export const text = (value: string): Node => seq(...[...encoder.encode(value)].map((b) => bytes([[b, b]])));
/** One byte. */
export const bytes = (ranges: readonly Range[]): Node => ({ kind: 'bytes', ranges });
/** One ASCII character of a set written as its members. */
export const oneOf = (chars: string): Node => bytes([...chars].map((c) => [c.charCodeAt(0), c.charCodeAt(0)] as const));
/** One after another. */
export const seq = (...nodes: Node[]): Node => (nodes.length === 1 ? (nodes[0] as Node) : { kind: 'seq', nodes });
/** Any of these. */
export const alt = (...nodes: Node[]): Node => {
  const possible = nodes.filter((n) => !isNever(n));
  return possible.length === 1 ? (possible[0] as Node) : { kind: 'alt', nodes: possible };
};
/** Any number of times. */
export const star = (node: Node): Node => ({ kind: 'star', node });
/** Once or not at all. */
export const optional = (node: Node): Node => alt(EMPTY, node);
/** From `min` to `max` times. */
export const repeat = (node: Node, min: number, max: number): Node =>
  max === Number.POSITIVE_INFINITY
    ? { kind: 'chain', items: new Array<Node>(min).fill(node), min, loop: node }
    : { kind: 'chain', items: new Array<Node>(max).fill(node), min };
/** A rule by its index. */
export const call = (rule: number): Node => ({ kind: 'call', rule });
/** True for a node that is written as matching nothing. */
export const isNever = (node: Node): boolean =>
  (node.kind === 'alt' && node.nodes.length === 0) || (node.kind === 'seq' && node.nodes.some(isNever));
