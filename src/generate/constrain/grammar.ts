// A grammar: the automata of all rules in one table, trimmed to what can be finished with the bytes that a vocabulary can spell.

import { SensoriumError } from '../../util/errors.js';
import { automatonOf } from './automaton.js';
import { type ConstraintLimits, LIMITS, tooLarge } from './errors.js';
import type { Node } from './node.js';

/** A state that reads bytes, calls rules, or ends its rule. */
export interface GrammarState {
  /** lo, hi, target, ... sorted. */
  readonly moves: readonly number[];
  readonly calls: readonly Call[];
  readonly accepts: boolean;
  /** Recursive calls that must be open at once to finish the rule from here: 0 mostly. */
  readonly need: number;
  /** The same for reading a byte first; infinite where no byte is read. */
  readonly reads: number;
  /** True where the rule may come to a recursive one, so that what may follow depends on how deep we are. */
  readonly deep: boolean;
}

/** A rule that is called: where it begins, and where to go on afterwards. */
export interface Call {
  readonly start: number;
  readonly after: number;
  /** True for a call in last place, which returns where its caller would: no frame is needed. */
  readonly last: boolean;
  /** True where a frame stays open while a rule runs that may come to call itself. */
  readonly deeper: boolean;
}

export interface Grammar {
  readonly states: readonly GrammarState[];
  readonly start: number;
  /** Recursive calls that may be open at once. */
  readonly maxDepth: number;
}

/**
 * Joins rules to a grammar that begins with `root`. `spellable[b]` tells whether byte b is a token by itself: only such bytes are
 * relied on, so that from every state that is kept there is a way to the end, token by token. Throws `constrain.empty` when nothing
 * matches, `constrain.recursion` for a rule that begins with itself, `constrain.size`.
 */
export function grammarOf(
  rules: readonly { readonly node: Node; readonly place: string }[],
  root: number,
  o: { spellable?: ArrayLike<number | boolean>; limits?: ConstraintLimits } = {},
): Grammar {
  const limits = { ...LIMITS, ...o.limits };
  const moves: number[][] = [];
  const calls: number[][] = []; // rule, after, ...
  const accepts: boolean[] = [];
  const ruleOf: number[] = [];
  const starts: number[] = [];
  for (const [r, { node, place }] of rules.entries()) {
    const base = moves.length;
    const dfa = automatonOf(node, limits.states);
    starts.push(base);
    for (const [s, accept] of dfa.accepts.entries()) {
      moves.push(
        spell(
          (dfa.moves[s] as number[]).map((v, i) => (i % 3 === 2 ? v + base : v)),
          o.spellable,
        ),
      );
      calls.push((dfa.calls[s] as number[]).map((v, i) => (i % 2 === 1 ? v + base : v)));
      accepts.push(accept);
      ruleOf.push(r);
    }
    if (moves.length > limits.states) tooLarge('states', limits.states, place);
  }
  const callees = rules.map(() => new Set<number>());
  for (const [s, list] of calls.entries())
    for (let i = 0; i < list.length; i += 2) (callees[ruleOf[s] as number] as Set<number>).add(list[i] as number);
  checkBeginnings(rules, starts, calls, accepts, callees);
  const recursive = rules.map((_, r) => reaches(callees, r).has(r));
  const isLast = (after: number): boolean =>
    (accepts[after] as boolean) && (moves[after] as number[]).length === 0 && (calls[after] as number[]).length === 0;
  const deep = rules.map((_, r) => recursive[r] || [...reaches(callees, r)].some((c) => recursive[c]));

  // The least number of recursive calls in one another with which a state can finish; infinite where it cannot.
  const need = new Float64Array(moves.length).fill(Number.POSITIVE_INFINITY);
  for (let changed = true; changed; ) {
    changed = false;
    for (let s = moves.length - 1; s >= 0; s--) {
      let least = accepts[s] ? 0 : (need[s] as number);
      const m = moves[s] as number[];
      for (let i = 2; i < m.length; i += 3) least = Math.min(least, need[m[i] as number] as number);
      const c = calls[s] as number[];
      for (let i = 0; i < c.length; i += 2) {
        const rule = c[i] as number;
        const after = c[i + 1] as number;
        const inside = (need[starts[rule] as number] as number) + (recursive[rule] && !isLast(after) ? 1 : 0);
        least = Math.min(least, Math.max(inside, need[after] as number));
      }
      if (least < (need[s] as number)) {
        need[s] = least;
        changed = true;
      }
    }
  }
  const start = starts[root] as number;
  const place = rules[root]?.place;
  if (need[start] === Number.POSITIVE_INFINITY)
    throw new SensoriumError('constrain.empty', 'nothing satisfies the constraint', {
      place,
      hint: 'Two of its demands exclude each other.',
    });
  if ((need[start] as number) > limits.depth) tooLarge('recursion that never ends sooner', limits.depth, place);
  const states = moves.map((m, s): GrammarState => {
    const finite: number[] = [];
    let reads = Number.POSITIVE_INFINITY;
    for (let i = 0; i < m.length; i += 3) {
      const after = need[m[i + 2] as number] as number;
      reads = Math.min(reads, after);
      if (after !== Number.POSITIVE_INFINITY) finite.push(m[i] as number, m[i + 1] as number, m[i + 2] as number);
    }
    const list = calls[s] as number[];
    const kept: Call[] = [];
    for (let i = 0; i < list.length; i += 2) {
      const rule = list[i] as number;
      const after = list[i + 1] as number;
      const last = isLast(after);
      kept.push({ start: starts[rule] as number, after, last, deeper: !last && (recursive[rule] as boolean) });
    }
    const own = { accepts: accepts[s] as boolean, need: need[s] as number, deep: deep[ruleOf[s] as number] as boolean };
    return { moves: finite, calls: kept, reads, ...own };
  });
  return { states, start, maxDepth: limits.depth };
}

/** Drops bytes that no token spells alone. */
function spell(moves: readonly number[], spellable?: ArrayLike<number | boolean>): number[] {
  if (!spellable) return [...moves];
  const out: number[] = [];
  for (let i = 0; i < moves.length; i += 3) {
    let from = -1;
    for (let b = moves[i] as number; b <= (moves[i + 1] as number) + 1; b++) {
      const ok = b <= (moves[i + 1] as number) && Boolean(spellable[b]);
      if (ok && from < 0) from = b;
      if (!ok && from >= 0) {
        out.push(from, b - 1, moves[i + 2] as number);
        from = -1;
      }
    }
  }
  return out;
}

/** A called rule must read something, and must not begin with itself: then every byte has finitely many ways to be read. */
function checkBeginnings(
  rules: readonly { readonly place: string }[],
  starts: readonly number[],
  calls: readonly number[][],
  accepts: readonly boolean[],
  callees: readonly ReadonlySet<number>[],
): void {
  const first = rules.map((_, r) => new Set((calls[starts[r] as number] as number[]).filter((_, i) => i % 2 === 0)));
  for (const r of rules.keys()) {
    if (reaches(first, r).has(r))
      throw new SensoriumError('constrain.recursion', 'a schema refers to itself with nothing in between', {
        place: rules[r]?.place,
        expected: 'an object or an array around the reference',
      });
    for (const c of callees[r] as ReadonlySet<number>)
      if (accepts[starts[c] as number])
        throw new SensoriumError('constrain.empty', 'a rule that is called matches the empty text', { place: rules[c]?.place });
  }
}

function reaches(edges: readonly ReadonlySet<number>[], from: number): Set<number> {
  const found = new Set<number>();
  const stack = [...(edges[from] as ReadonlySet<number>)];
  while (stack.length > 0) {
    const r = stack.pop() as number;
    if (found.has(r)) continue;
    found.add(r);
    stack.push(...(edges[r] as ReadonlySet<number>));
  }
  return found;
}
