// Nodes to deterministic automata: Thompson's construction, subsets, products. Transitions read byte ranges or call rules.

import { LIMITS, tooLarge } from './errors.js';
import type { Node } from './node.js';

/** A deterministic automaton; state 0 is the start. */
export interface Automaton {
  /** For each state its transitions on bytes, flat: lo, hi, target, lo, hi, target, ... sorted. */
  readonly moves: number[][];
  /** For each state its calls, flat: rule, state to return to, ... */
  readonly calls: number[][];
  readonly accepts: boolean[];
}

interface Nfa {
  empty: number[][];
  moves: number[][];
  calls: number[][];
}

/** Builds the automaton of one node. `states` bounds its size; beyond it `constrain.size`. */
export function automatonOf(node: Node, states = LIMITS.states): Automaton {
  const nfa: Nfa = { empty: [], moves: [], calls: [] };
  const start = state(nfa);
  const end = build(nfa, node, start, states);
  return subsets(nfa, start, end, states);
}

function state(nfa: Nfa): number {
  nfa.empty.push([]);
  nfa.moves.push([]);
  nfa.calls.push([]);
  return nfa.empty.length - 1;
}

/** Adds the paths of `node` from `from`; returns where they end, a state that nothing leads back from. */
function build(nfa: Nfa, node: Node, from: number, limit: number): number {
  if (nfa.empty.length > 8 * limit) tooLarge('states', limit);
  const link = (a: number, b: number): void => {
    (nfa.empty[a] as number[]).push(b);
  };
  const into = (n: Node, at: number): number => build(nfa, n, at, limit);
  const end = state(nfa);
  switch (node.kind) {
    case 'bytes':
      for (const [lo, hi] of node.ranges) (nfa.moves[from] as number[]).push(lo, hi, end);
      break;
    case 'call':
      (nfa.calls[from] as number[]).push(node.rule, end);
      break;
    case 'seq': {
      let at = from;
      for (const n of node.nodes) at = into(n, at);
      link(at, end);
      break;
    }
    case 'alt':
      for (const n of node.nodes) {
        const own = state(nfa);
        link(from, own);
        link(into(n, own), end);
      }
      break;
    case 'star':
      loop(from, node.node);
      break;
    case 'chain': {
      let at = from;
      // A thousand times the same: made deterministic once, then copied.
      const same = node.items.length > 3 && new Set(node.items).size === 1 && !mayCall(node.items[0] as Node);
      const copied = same ? minimal(automatonOf(node.items[0] as Node, limit)) : undefined;
      node.items.forEach((item, i) => {
        if (i >= node.min) link(at, end);
        at = copied ? copy(copied, at) : into(item, at);
      });
      if (node.loop) loop(at, node.loop);
      else link(at, end);
      break;
    }
    case 'list': {
      // Two tracks: nothing written yet, or something, so that the separator is due.
      let fresh: number | undefined = from;
      let begun = state(nfa);
      for (const member of node.members) {
        const after = state(nfa);
        if (fresh !== undefined) link(into(member.node, fresh), after);
        link(into(member.node, into(node.separator, begun)), after);
        if (member.optional) link(begun, after);
        if (!member.optional) fresh = undefined;
        else if (fresh !== undefined) {
          const skipped = state(nfa);
          link(fresh, skipped);
          fresh = skipped;
        }
        begun = after;
      }
      if (node.rest) {
        const hub = state(nfa);
        if (fresh !== undefined) link(into(node.rest, fresh), hub);
        link(begun, hub);
        link(into(node.rest, into(node.separator, hub)), hub);
        begun = hub;
      }
      if (fresh !== undefined) link(fresh, end);
      link(begun, end);
      break;
    }
    case 'and':
    case 'without': {
      const dfa = product(minimal(automatonOf(node.node, limit)), minimal(automatonOf(node.other, limit)), node.kind === 'and', limit);
      link(copy(dfa, from), end);
      break;
    }
  }
  return end;

  /** Copies an automaton without calls; returns its one end. */
  function copy(dfa: Automaton, at: number): number {
    if (nfa.empty.length + dfa.accepts.length > 8 * limit) tooLarge('states', limit);
    const own = dfa.accepts.map(() => state(nfa));
    const last = state(nfa);
    link(at, own[0] as number);
    for (const [s, accept] of dfa.accepts.entries()) {
      const moves = dfa.moves[s] as number[];
      for (let i = 0; i < moves.length; i += 3)
        (nfa.moves[own[s] as number] as number[]).push(moves[i] as number, moves[i + 1] as number, own[moves[i + 2] as number] as number);
      if (accept) link(own[s] as number, last);
    }
    return last;
  }

  function loop(at: number, body: Node): void {
    const hub = state(nfa);
    link(at, hub);
    link(into(body, hub), hub);
    link(hub, end);
  }
}

function mayCall(node: Node): boolean {
  switch (node.kind) {
    case 'call':
    case 'list':
      return true;
    case 'bytes':
      return false;
    case 'seq':
    case 'alt':
      return node.nodes.some(mayCall);
    case 'star':
      return mayCall(node.node);
    case 'chain':
      return node.items.some(mayCall) || (node.loop !== undefined && mayCall(node.loop));
    case 'and':
    case 'without':
      return false;
  }
}

function subsets(nfa: Nfa, start: number, end: number, limit: number): Automaton {
  const out: Automaton = { moves: [], calls: [], accepts: [] };
  const known = new Map<string, number>();
  const members: number[][] = [];
  const mark = new Int32Array(nfa.empty.length).fill(-1);
  let stamp = 0;
  const enter = (seeds: readonly number[]): number => {
    const all: number[] = [];
    stamp++;
    const stack = [...seeds];
    while (stack.length > 0) {
      const s = stack.pop() as number;
      if (mark[s] === stamp) continue;
      mark[s] = stamp;
      all.push(s);
      stack.push(...(nfa.empty[s] as number[]));
    }
    // Only states that read, call or end tell subsets apart.
    const kept = all.filter((s) => s === end || (nfa.moves[s] as number[]).length > 0 || (nfa.calls[s] as number[]).length > 0);
    kept.sort((a, b) => a - b);
    const key = kept.join();
    let id = known.get(key);
    if (id === undefined) {
      id = members.length;
      if (id >= limit) tooLarge('states', limit);
      known.set(key, id);
      members.push(kept);
      out.accepts.push(kept.includes(end));
    }
    return id;
  };
  enter([start]);
  for (let id = 0; id < members.length; id++) {
    const own = members[id] as number[];
    const moves = own.flatMap((s) => nfa.moves[s] as number[]);
    out.moves.push(deterministic(moves, enter));
    const byRule = new Map<number, number[]>();
    for (const s of own) {
      const calls = nfa.calls[s] as number[];
      for (let i = 0; i < calls.length; i += 2) {
        const targets = byRule.get(calls[i] as number) ?? [];
        targets.push(calls[i + 1] as number);
        byRule.set(calls[i] as number, targets);
      }
    }
    out.calls.push([...byRule].flatMap(([rule, targets]) => [rule, enter(targets)]));
  }
  return out;
}

/** Cuts overlapping ranges at each other's borders; equal neighbours are joined again. */
function deterministic(moves: readonly number[], enter: (targets: number[]) => number): number[] {
  const cuts = new Set<number>();
  for (let i = 0; i < moves.length; i += 3) {
    cuts.add(moves[i] as number);
    cuts.add((moves[i + 1] as number) + 1);
  }
  const borders = [...cuts].sort((a, b) => a - b);
  const out: number[] = [];
  for (let k = 0; k + 1 < borders.length; k++) {
    const lo = borders[k] as number;
    const hi = (borders[k + 1] as number) - 1;
    const targets: number[] = [];
    for (let i = 0; i < moves.length; i += 3)
      if ((moves[i] as number) <= lo && hi <= (moves[i + 1] as number)) targets.push(moves[i + 2] as number);
    if (targets.length === 0) continue;
    const target = enter(targets);
    const last = out.length - 3;
    if (last >= 0 && out[last + 2] === target && out[last + 1] === lo - 1) out[last + 1] = hi;
    else out.push(lo, hi, target);
  }
  return out;
}

const MOST_MINIMISED = 500;

/** The same language with the fewest states (Moore 1956), for automata that will be copied or multiplied; large ones stay as they are. */
export function minimal(dfa: Automaton): Automaton {
  if (dfa.accepts.length > MOST_MINIMISED || dfa.calls.some((c) => c.length > 0)) return dfa;
  let groups = dfa.accepts.map(Number);
  let count = 0;
  const moved = (s: number): number[] => {
    const out: number[] = [];
    const moves = dfa.moves[s] as number[];
    for (let i = 0; i < moves.length; i += 3) {
      const group = groups[moves[i + 2] as number] as number;
      const last = out.length - 3;
      if (last >= 0 && out[last + 2] === group && out[last + 1] === (moves[i] as number) - 1) out[last + 1] = moves[i + 1] as number;
      else out.push(moves[i] as number, moves[i + 1] as number, group);
    }
    return out;
  };
  for (;;) {
    const names = new Map<string, number>();
    const next = groups.map((group, s) => {
      const name = `${group}:${moved(s).join()}`;
      const known = names.get(name) ?? names.size;
      names.set(name, known);
      return known;
    });
    groups = next; // state 0 is in group 0, for it comes first
    if (names.size === count) break;
    count = names.size;
  }
  const members = Array.from({ length: count }, (_, g) => groups.indexOf(g));
  return { moves: members.map(moved), calls: members.map(() => []), accepts: members.map((s) => dfa.accepts[s] as boolean) };
}

/** The target of a byte, or -1. */
export function moveOn(moves: readonly number[], byte: number): number {
  for (let i = 0; i < moves.length; i += 3) {
    if (byte < (moves[i] as number)) return -1;
    if (byte <= (moves[i + 1] as number)) return moves[i + 2] as number;
  }
  return -1;
}

/** Strings that both accept (`both`), or the first and not the second. */
function product(a: Automaton, b: Automaton, both: boolean, limit: number): Automaton {
  const out: Automaton = { moves: [], calls: [], accepts: [] };
  const known = new Map<number, number>();
  const pairs: [number, number][] = [];
  const DEAD = b.accepts.length;
  const enter = (s: number, t: number): number => {
    const key = s * (DEAD + 1) + t;
    let id = known.get(key);
    if (id === undefined) {
      id = pairs.length;
      if (id >= limit) tooLarge('states', limit);
      known.set(key, id);
      pairs.push([s, t]);
      const second = t !== DEAD && (b.accepts[t] as boolean);
      out.accepts.push((a.accepts[s] as boolean) && second === both);
    }
    return id;
  };
  enter(0, 0);
  for (let id = 0; id < pairs.length; id++) {
    const [s, t] = pairs[id] as [number, number];
    const moves: number[] = [];
    const other = t === DEAD ? [] : (b.moves[t] as number[]);
    const own = a.moves[s] as number[];
    for (let i = 0; i < own.length; i += 3) {
      const [lo, hi, target] = [own[i] as number, own[i + 1] as number, own[i + 2] as number];
      let from = lo;
      for (let k = 0; k < other.length && from <= hi; k += 3) {
        const [lo2, hi2] = [Math.max(other[k] as number, from), Math.min(other[k + 1] as number, hi)];
        if (lo2 > hi2) continue;
        if (!both && from < lo2) moves.push(from, lo2 - 1, enter(target, DEAD));
        moves.push(lo2, hi2, enter(target, other[k + 2] as number));
        from = hi2 + 1;
      }
      if (!both && from <= hi) moves.push(from, hi, enter(target, DEAD));
    }
    out.moves.push(moves);
    out.calls.push([]);
  }
  return out;
}

/** Whether an automaton without calls accepts a text. */
export function matches(dfa: Automaton, value: string): boolean {
  let state = 0;
  for (const byte of new TextEncoder().encode(value)) {
    state = moveOn(dfa.moves[state] as number[], byte);
    if (state < 0) return false;
  }
  return dfa.accepts[state] as boolean;
}
