// Nodes to automata with empty transitions: Thompson's construction (1968), with counted lists and copies of repeated parts.

import { type Automaton, automatonOf, minimal, product, trimmed } from './automaton.js';
import { type Budget, tooLarge } from './errors.js';
import type { Member, Node } from './node.js';

/** A nondeterministic automaton. */
export interface Nfa {
  /** For each state the states that it becomes without reading. */
  readonly empty: number[][];
  /** lo, hi, target, ... */
  readonly moves: number[][];
  /** rule, state to return to, ... */
  readonly calls: number[][];
}

/** The automaton of a node, with its first and its one last state. `limit` bounds states that are deterministic, `budget` all work. */
export function nfaOf(node: Node, limit: number, budget: Budget): { nfa: Nfa; start: number; end: number } {
  const builder = new Builder(limit, budget);
  const start = builder.state();
  return { nfa: builder.nfa, start, end: builder.into(node, start) };
}

/** Of a state, beside its transitions. */
const STATE_COST = 4;

class Builder {
  readonly nfa: Nfa = { empty: [], moves: [], calls: [] };

  constructor(
    private readonly limit: number,
    private readonly budget: Budget,
  ) {}

  state(): number {
    this.budget.spend(STATE_COST);
    if (this.nfa.empty.length >= 16 * this.limit) tooLarge('states', this.limit, this.budget.place);
    this.nfa.empty.push([]);
    this.nfa.moves.push([]);
    this.nfa.calls.push([]);
    return this.nfa.empty.length - 1;
  }

  /** Adds the paths of `node` from `from`; returns where they end, a state that nothing leads back from. */
  into(node: Node, from: number): number {
    const end = this.state();
    switch (node.kind) {
      case 'bytes':
        this.budget.spend(node.ranges.length);
        for (const [lo, hi] of node.ranges) (this.nfa.moves[from] as number[]).push(lo, hi, end);
        break;
      case 'call':
        (this.nfa.calls[from] as number[]).push(node.rule, end);
        break;
      case 'seq': {
        let at = from;
        for (const n of node.nodes) at = this.into(n, at);
        this.link(at, end);
        break;
      }
      case 'alt':
        for (const n of node.nodes) {
          const own = this.state();
          this.link(from, own);
          this.link(this.into(n, own), end);
        }
        break;
      case 'star':
        this.loop(from, end, node.node);
        break;
      case 'chain': {
        let at = from;
        // A thousand times the same: made deterministic once, then copied.
        const first = node.items[0] as Node;
        const same = node.items.length > 3 && node.items.every((item) => item === first) && !mayCall(first);
        const copied = same ? this.small(first) : undefined;
        node.items.forEach((item, i) => {
          if (i >= node.min) this.link(at, end);
          at = copied ? this.copy(copied, at) : this.into(item, at);
        });
        if (node.loop) this.loop(at, end, node.loop);
        else this.link(at, end);
        break;
      }
      case 'list':
        if (isNamed(node)) this.named(node, from, end);
        else this.list(node, from, end);
        break;
      case 'automaton':
        this.link(this.copy(node.automaton, from), end);
        break;
      case 'and':
      case 'without': {
        const { limit, budget } = this;
        const dfa = product(this.small(node.node), this.small(node.other), node.kind === 'and', { limit, budget });
        this.link(this.copy(trimmed(dfa), from), end);
        break;
      }
    }
    return end;
  }

  /** Entries are counted up to what `min` and `max` ask for; without them only whether there are any, for the separator. */
  private list(node: Extract<Node, { kind: 'list' }>, from: number, end: number): void {
    const { min = 0, max = Number.POSITIVE_INFINITY, members, separator, rest } = node;
    const top = max === Number.POSITIVE_INFINITY ? Math.max(1, min) : max;
    /** The state after so many entries; the last one may stand for more. */
    let at: (number | undefined)[] = [from];
    const add = (entry: Node, state: number, count: number): number =>
      count === 0 ? this.into(entry, state) : this.into(entry, this.into(separator, state));
    const counted = (count: number): number | undefined => (count < top ? count + 1 : max === Number.POSITIVE_INFINITY ? top : undefined);
    for (const member of members) {
      const next: (number | undefined)[] = [];
      const reach = (count: number, state: number): void => {
        next[count] ??= this.state();
        this.link(state, next[count] as number);
      };
      for (let count = 0; count < at.length; count++) {
        const state = at[count];
        if (state === undefined) continue;
        const after = counted(count);
        if (after !== undefined) reach(after, add(member.node, state, count));
        if (member.optional) reach(count, state);
      }
      at = next;
    }
    if (rest) {
      // Names of the rest may repeat and then are one: past the first they count for `max` only.
      const open = max === Number.POSITIVE_INFINITY;
      for (let count = at.length - 1; count >= 0; count--) {
        const state = at[count];
        if (state === undefined) continue;
        if (open) {
          const after = Math.min(top, count + 1);
          const hub = this.state();
          this.link(add(rest, state, count), hub);
          this.link(this.into(rest, this.into(separator, hub)), hub);
          if (after >= min) this.link(hub, end);
        } else {
          let hub = state;
          for (let more = count; more < max; more++) {
            hub = add(rest, hub, more);
            if (count + 1 >= min) this.link(hub, end);
          }
        }
      }
    }
    for (const [count, state] of at.entries()) if (state !== undefined && count >= min) this.link(state, end);
  }

  /**
   * A list of named members that is not counted: for each place in it a tree of the names that may come next. A tree shares all branches with
   * the one behind it but that of its own name, so that hundreds of optional members stay cheap.
   */
  private named({ members, separator, rest, min = 0 }: Extract<Node, { kind: 'list' }>, from: number, end: number): void {
    const hub = rest && this.state();
    if (rest && hub !== undefined) {
      const after = this.into(rest, hub);
      this.link(after, end);
      this.link(this.into(separator, after), hub);
    }
    const states = new Map<NameTree, number>();
    const open: NameTree[] = [];
    const placed = (tree: NameTree): number => {
      let state = states.get(tree);
      if (state === undefined) {
        state = tree.value ?? this.state();
        states.set(tree, state);
        open.push(tree);
      }
      return state;
    };
    const stateOf = (tree: NameTree): number => {
      const root = placed(tree);
      for (let next = open.pop(); next; next = open.pop())
        for (const [byte, below] of next.branches) {
          this.budget.spend(1);
          (this.nfa.moves[placed(next)] as number[]).push(byte, byte, placed(below));
        }
      return root;
    };
    let tree: NameTree = { branches: new Map() };
    /** Whether nothing more is needed, from a member on. */
    let free = true;
    /** Goes on from a state to the members of `tree`. */
    const enter = (state: number): void => {
      if (tree.branches.size > 0) this.link(state, stateOf(tree));
      if (free && hub !== undefined) this.link(state, hub);
    };
    for (let i = members.length - 1; i >= 0; i--) {
      const { name, optional } = members[i] as Member & { name: NonNullable<Member['name']> };
      const value = this.state();
      const after = this.into(name.after, value);
      if (free) this.link(after, end);
      if (tree.branches.size > 0 || (free && hub !== undefined)) enter(this.into(separator, after));
      tree = planted(optional ? tree : { branches: new Map() }, name.bytes, value, this.budget);
      free &&= optional;
    }
    enter(from);
    if (free && min === 0) this.link(from, end);
  }

  private link(a: number, b: number): void {
    this.budget.spend(1);
    (this.nfa.empty[a] as number[]).push(b);
  }

  private small(node: Node): Automaton {
    return minimal(automatonOf(node, this.limit, this.budget), this.budget);
  }

  /** Copies an automaton without calls; returns its one end. */
  private copy(dfa: Automaton, at: number): number {
    const own = dfa.accepts.map(() => this.state());
    const last = this.state();
    this.link(at, own[0] as number);
    for (const [s, accept] of dfa.accepts.entries()) {
      const moves = dfa.moves[s] as number[];
      this.budget.spend(moves.length / 3);
      const out = this.nfa.moves[own[s] as number] as number[];
      for (let i = 0; i < moves.length; i += 3) out.push(moves[i] as number, moves[i + 1] as number, own[moves[i + 2] as number] as number);
      if (accept) this.link(own[s] as number, last);
    }
    return last;
  }

  private loop(at: number, end: number, body: Node): void {
    const hub = this.state();
    this.link(at, hub);
    this.link(this.into(body, hub), hub);
    this.link(hub, end);
  }
}

/** Whether a list is of named members that need not be counted. */
const isNamed = ({ members, min = 0, max }: Extract<Node, { kind: 'list' }>): boolean =>
  min <= 1 && max === undefined && members.length > 0 && members.every((m) => m.name);

/** Names by their bytes; a leaf holds the state behind its name. */
interface NameTree {
  readonly branches: ReadonlyMap<number, NameTree>;
  readonly value?: number;
}

/** The tree with one more name; what the name does not touch is shared. */
function planted(tree: NameTree, name: Uint8Array, value: number, budget: Budget): NameTree {
  const path: NameTree[] = [tree];
  for (const byte of name.subarray(0, -1)) path.push(path.at(-1)?.branches.get(byte) ?? { branches: new Map() });
  let below: NameTree = { branches: new Map(), value };
  for (let i = name.length - 1; i >= 0; i--) {
    const { branches } = path[i] as NameTree;
    budget.spend(8 + 4 * branches.size);
    below = { branches: new Map([...branches, [name[i] as number, below]]) };
  }
  return below;
}

/** Nodes are shared, so each is looked into once. */
const callers = new WeakMap<Node, boolean>();

function mayCall(node: Node): boolean {
  let found = callers.get(node);
  if (found === undefined) {
    found = parts(node).some(mayCall);
    callers.set(node, found || node.kind === 'call' || node.kind === 'list');
  }
  return callers.get(node) as boolean;
}

function parts(node: Node): readonly Node[] {
  if (node.kind === 'seq' || node.kind === 'alt') return node.nodes;
  if (node.kind === 'star') return [node.node];
  if (node.kind === 'chain') return node.loop ? [...new Set(node.items), node.loop] : [...new Set(node.items)];
  return [];
}
