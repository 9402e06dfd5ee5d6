// For the tests of this folder: vocabularies, and replies drawn at random from what masks allow.

import type { Rng } from '../../util/rng.js';
import { Constraint, type ConstraintState } from './constraint.js';
import type { Grammar } from './grammar.js';
import { trieOf } from './trie.js';

const encoder = new TextEncoder();

/** All bytes, then runs of them that cross every border of JSON, half characters included. */
export const TOKENS: readonly Uint8Array[] = [
  ...Array.from({ length: 256 }, (_, b) => Uint8Array.of(b)),
  ...[
    '{"', '"}', '":', '":"', '","', '",', '"]', '[]', '{}', '[[', ']]', ']}', '}}', '}]', '},{', '},{"', '":{"', '":[', '":[{"', '}]}', '"}]',
    'true', 'false', 'null', 'a', 'ab', 'abc', 'name', 'name"', '"name":', 'kind', ' ', '  ', '\n', '\n  ', ': ', ', ', '12', '100', '0.', '.5',
    '-1', 'e+', 'é', '红色', '😀', '\\"', '\\n', '\\u00', 'u0041', '\\\\', '2024', '-02-', '29', 'T1', ':00', '@a', '.com', '00Z',
  ].map((t) => encoder.encode(t)), // biome-ignore format: a table of tokens
  Uint8Array.of(0xe7, 0xba),
  Uint8Array.of(0xa2, 0x22),
  Uint8Array.of(0x98, 0x80, 0x22, 0x7d),
];

/** A constraint over `TOKENS`. */
export const constraintOver = (grammar: Grammar, tokens: readonly Uint8Array[] = TOKENS): Constraint =>
  new Constraint(grammar, trieOf(tokens));

/** Ids that a mask allows. */
export function allowedIds(constraint: Constraint, state: ConstraintState): number[] {
  const mask = constraint.mask(state);
  return constraint.trie.bytes.flatMap((_, id) => (((mask[id >>> 5] as number) >>> (id & 31)) & 1 ? [id] : []));
}

/**
 * Draws a reply: any allowed token for `free` tokens, then whatever closes soonest. Returns its tokens, or undefined when `most` were
 * not enough. Throws when a mask allows nothing where the reply may not end.
 */
export function drawReply(constraint: Constraint, rng: Rng, { free = 30, most = 2000 } = {}): number[] | undefined {
  const ids: number[] = [];
  let state = constraint.start;
  const closing = (id: number): number => {
    const token = Buffer.from(constraint.trie.bytes[id] as Uint8Array).toString('latin1');
    return /^["\]}]+$/.test(token) ? 2 : token.length === 1 && !/[,[{\s]/.test(token) ? 1 : 0;
  };
  for (;;) {
    const allowed = allowedIds(constraint, state);
    if (allowed.length === 0 && !state.ends) throw new Error('dead end');
    const hurry = ids.length >= free;
    if (state.ends && (allowed.length === 0 || hurry || rng.bool(0.1))) return ids;
    if (ids.length >= most) return undefined;
    // Half of the time only, since brackets inside a string close nothing.
    const best = hurry ? Math.max(...allowed.map(closing)) : 0;
    const least = Math.min(best, rng.bool(0.5) ? 2 : 1);
    const id = rng.pick(hurry ? allowed.filter((i) => closing(i) >= least) : allowed);
    const next = constraint.advance(state, id);
    if (!next) throw new Error(`the mask allows token ${id}, which cannot be taken`);
    ids.push(id);
    state = next;
  }
}

/** Text of token ids. Throws where the bytes are no UTF-8. */
export function textOf(constraint: Constraint, ids: readonly number[]): string {
  const bytes = Buffer.concat(ids.map((id) => constraint.trie.bytes[id] as Uint8Array));
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
