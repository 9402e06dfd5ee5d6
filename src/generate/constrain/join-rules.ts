// Rules joined to a grammar: their automata in one table, trimmed to what can be finished with the bytes that a vocabulary can spell.

import { SensoriumError } from '../../util/errors.js';
import { automatonOf } from './automaton.js';
import { Counted } from './counted.js';
import { Budget, type ConstraintLimits, type ConstraintWarning, LIMITS, tooLarge } from './errors.js';
import { FLAGS, Grammar, type Rule } from './grammar.js';
import type { Node } from './node.js';
import { packLists } from './packed.js';

/**
 * Joins rules to a grammar that begins with `root`. `spellable[b]` tells whether byte b is a token by itself: only such bytes are
 * relied on, so that from every state that is kept there is a way to the end, token by token. Throws `constrain.empty` when nothing
 * matches, `constrain.recursion` for a rule that begins with itself, `constrain.size`.
 */
export function grammarOf(
  rules: readonly Rule[],
  root: number,
  o: {
    spellable?: ArrayLike<number | boolean>;
    limits?: ConstraintLimits;
    budget?: Budget;
    warnings?: readonly ConstraintWarning[];
  } = {},
): Grammar {
  const limits = { ...LIMITS, ...o.limits };
  const budget = o.budget ?? new Budget(limits.work);
  const moves: number[][] = [];
  const calls: number[][] = []; // rule, after, ...
  const accepts: boolean[] = [];
  const ruleOf: number[] = [];
  const starts: number[] = [];
  const counted = new Map<number, Counted>();
  for (const [r, { node, place, count }] of rules.entries()) {
    budget.place = place;
    const base = moves.length;
    starts.push(base);
    if (count) {
      counted.set(
        r,
        Counted.of(node, count, (m) => spell(m, o.spellable), limits.states, budget),
      );
      continue;
    }
    const dfa = automatonOf(node as Node, limits.states, budget);
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
  const lengths: { base: number; rule: Counted }[] = [];
  let next = moves.length;
  for (const [r, rule] of counted) {
    starts[r] = next;
    lengths.push({ base: next, rule });
    next += rule.size;
    if (next > Number.MAX_SAFE_INTEGER) tooLarge('characters that are counted', 2 ** 31, rules[r]?.place);
  }
  const callees = rules.map(() => new Set<number>());
  for (const [s, list] of calls.entries())
    for (let i = 0; i < list.length; i += 2) (callees[ruleOf[s] as number] as Set<number>).add(list[i] as number);
  checkBeginnings(rules, starts, calls, accepts, callees);
  const { recursive, deep } = recursion(callees);
  const isLast = (after: number, rule: number): boolean =>
    !rules[rule]?.role && (accepts[after] as boolean) && (moves[after] as number[]).length === 0 && (calls[after] as number[]).length === 0;

  const need = needs({ moves, calls, accepts, starts, recursive, isLast, counted, budget });
  const needOf = (s: number, r: number): number => {
    const rule = counted.get(r);
    return rule ? (rule.alive(0) ? 0 : Number.POSITIVE_INFINITY) : (need[s] as number);
  };
  const start = starts[root] as number;
  const place = rules[root]?.place;
  const rootNeed = needOf(start, root);
  if (rootNeed === Number.POSITIVE_INFINITY)
    throw new SensoriumError('constrain.empty', 'nothing satisfies the constraint', {
      place,
      hint: 'Two of its demands exclude each other.',
    });
  if (rootNeed > limits.depth) tooLarge('recursion that never ends sooner', limits.depth, place);
  const flags = new Uint8Array(moves.length);
  const reads = new Float64Array(moves.length).fill(Number.POSITIVE_INFINITY);
  const finite = moves.map((m, s) => {
    const kept: number[] = [];
    for (let i = 0; i < m.length; i += 3) {
      const after = need[m[i + 2] as number] as number;
      reads[s] = Math.min(reads[s] as number, after);
      if (after !== Number.POSITIVE_INFINITY) kept.push(m[i] as number, m[i + 1] as number, m[i + 2] as number);
    }
    flags[s] = (accepts[s] ? FLAGS.accepts : 0) | (deep[ruleOf[s] as number] ? FLAGS.deep : 0);
    return kept;
  });
  const open = calls.map((list) => {
    const kept: number[] = [];
    for (let i = 0; i < list.length; i += 2) {
      const rule = list[i] as number;
      const after = list[i + 1] as number;
      if (needOf(starts[rule] as number, rule) === Number.POSITIVE_INFINITY) continue;
      const last = isLast(after, rule);
      const { role } = rules[rule] as Rule;
      const deeper = !last && recursive[rule];
      const flag =
        (last ? FLAGS.last : 0) | (deeper ? FLAGS.deeper : 0) | (role === 'array' ? FLAGS.array : role === 'item' ? FLAGS.item : 0);
      kept.push(starts[rule] as number, after, flag);
    }
    return kept;
  });
  return new Grammar({
    moves: packLists(finite),
    calls: packLists(open, true),
    flags,
    need,
    reads,
    counted: lengths.map(({ base, rule }) => ({ base, rule: rule.packed })),
    start,
    maxDepth: limits.depth,
    warnings: o.warnings ?? [],
    starts,
    distinct: rules.some((rule) => rule.role),
  });
}

/** The least number of recursive calls in one another with which each state can finish; infinite where it cannot. */
function needs(g: {
  moves: readonly number[][];
  calls: readonly number[][];
  accepts: readonly boolean[];
  starts: readonly number[];
  recursive: readonly boolean[];
  isLast: (after: number, rule: number) => boolean;
  counted: ReadonlyMap<number, Counted>;
  budget: Budget;
}): Float64Array {
  const { moves, calls, accepts, starts, recursive, isLast, counted, budget } = g;
  const need = new Float64Array(moves.length).fill(Number.POSITIVE_INFINITY);
  for (let changed = true; changed; ) {
    changed = false;
    budget.spend(moves.length);
    for (let s = moves.length - 1; s >= 0; s--) {
      let least = accepts[s] ? 0 : (need[s] as number);
      if (least === 0) {
        changed ||= need[s] !== 0;
        need[s] = 0;
        continue;
      }
      const m = moves[s] as number[];
      for (let i = 2; i < m.length; i += 3) least = Math.min(least, need[m[i] as number] as number);
      const c = calls[s] as number[];
      for (let i = 0; i < c.length; i += 2) {
        const rule = c[i] as number;
        const after = c[i + 1] as number;
        const string = counted.get(rule);
        const first = string ? (string.alive(0) ? 0 : Number.POSITIVE_INFINITY) : (need[starts[rule] as number] as number);
        const inside = first + (recursive[rule] && !isLast(after, rule) ? 1 : 0);
        least = Math.min(least, Math.max(inside, need[after] as number));
      }
      if (least < (need[s] as number)) {
        need[s] = least;
        changed = true;
      }
    }
  }
  return need;
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
  const first = rules.map((_, r) => new Set((calls[starts[r] as number] ?? []).filter((_, i) => i % 2 === 0)));
  const circular = recursion(first).recursive.indexOf(true);
  if (circular >= 0)
    throw new SensoriumError('constrain.recursion', 'a schema refers to itself with nothing in between', {
      place: rules[circular]?.place,
      expected: 'an object or an array around the reference',
    });
  for (const called of callees)
    for (const c of called)
      if (accepts[starts[c] as number])
        throw new SensoriumError('constrain.empty', 'a rule that is called matches the empty text', { place: rules[c]?.place });
}

/** Rules that may come to call themselves, and rules that may come to call one of those (Tarjan 1972, without the recursion). */
function recursion(edges: readonly ReadonlySet<number>[]): { recursive: boolean[]; deep: boolean[] } {
  const n = edges.length;
  const recursive = new Array<boolean>(n).fill(false);
  const deep = new Array<boolean>(n).fill(false);
  const index = new Int32Array(n).fill(-1);
  const low = new Int32Array(n);
  const open = new Uint8Array(n);
  const stack: number[] = [];
  let time = 0;
  for (let root = 0; root < n; root++) {
    if (index[root] !== -1) continue;
    const path: { r: number; rest: Iterator<number> }[] = [];
    const enter = (r: number): void => {
      index[r] = low[r] = time++;
      stack.push(r);
      open[r] = 1;
      path.push({ r, rest: (edges[r] as ReadonlySet<number>).values() });
    };
    enter(root);
    while (path.length > 0) {
      const { r, rest } = path.at(-1) as (typeof path)[0];
      const { done, value } = rest.next();
      if (!done) {
        if (index[value] === -1) enter(value);
        else if (open[value]) low[r] = Math.min(low[r] as number, index[value] as number);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above) low[above.r] = Math.min(low[above.r] as number, low[r] as number);
      if (low[r] !== index[r]) continue;
      const members = stack.splice(stack.indexOf(r));
      const circle = members.length > 1 || (edges[r] as ReadonlySet<number>).has(r);
      // What is called from here is settled: components close from the inside out.
      const below = members.some((m) => [...(edges[m] as ReadonlySet<number>)].some((c) => deep[c]));
      for (const m of members) {
        open[m] = 0;
        recursive[m] = circle;
        deep[m] = circle || below;
      }
    }
  }
  return { recursive, deep };
}
