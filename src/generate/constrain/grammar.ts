// A compiled grammar: the automata of its rules in one table, whose states are read as they are needed.

import { type Count, Counted } from './counted.js';
import type { ConstraintWarning } from './errors.js';
import type { Node } from './node.js';
import { listAt, type PackedGrammar } from './packed.js';

/** A state that reads bytes, calls rules, or ends its rule. */
export interface GrammarState {
  /** lo, hi, target, ... sorted. */
  readonly moves: ArrayLike<number>;
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
  /** Of the rule that is called. */
  readonly role: Role | undefined;
}

/** Rules that are watched: an array whose items differ, and such an item. */
export type Role = 'array' | 'item';

/** A rule of a grammar. */
export interface Rule {
  /** What it matches; with `count` the content of a string in quotes, all strings without it. */
  readonly node: Node | undefined;
  /** For errors. */
  readonly place: string;
  readonly count?: Count;
  readonly role?: Role;
  /** Texts that there must be. */
  readonly least?: number;
}

/** Bits of `PackedGrammar`: of states, and of calls. */
export const FLAGS = { accepts: 1, deep: 2, last: 1, deeper: 2, array: 4, item: 8 } as const;

/** The automata of all rules. States are numbers; they are read from their arrays, or made, when they are asked for. */
export class Grammar {
  private readonly table: (GrammarState | undefined)[];
  private readonly made = new Map<number, GrammarState>();
  private readonly counted: readonly { readonly base: number; readonly rule: Counted }[];

  constructor(readonly packed: PackedGrammar) {
    this.table = new Array(packed.flags.length);
    this.counted = packed.counted.map(({ base, rule }) => ({ base, rule: new Counted(rule) }));
  }

  get start(): number {
    return this.packed.start;
  }
  /** Recursive calls that may be open at once. */
  get maxDepth(): number {
    return this.packed.maxDepth;
  }
  /** What compiling left out: see `ConstraintWarning`. */
  get warnings(): readonly ConstraintWarning[] {
    return this.packed.warnings;
  }
  /** Where each rule begins. */
  get starts(): readonly number[] {
    return this.packed.starts;
  }
  /** Whether there are arrays whose items differ. */
  get distinct(): boolean {
    return this.packed.distinct;
  }

  /** A state by its number. */
  at(id: number): GrammarState {
    const { table } = this;
    if (id < table.length) {
      let state = table[id];
      if (!state) {
        state = this.read(id);
        table[id] = state;
      }
      return state;
    }
    const state = this.made.get(id);
    if (state) return state;
    const { base, rule } = this.ruleOf(id);
    const moves = rule.moves(id - base, base);
    const reads = moves.length > 0 ? 0 : Number.POSITIVE_INFINITY;
    const made = { moves, calls: [], accepts: rule.accepts(id - base), need: 0, reads, deep: false };
    if (this.made.size >= MOST_MADE) this.made.clear();
    this.made.set(id, made);
    return made;
  }

  /** The depth that what may follow a configuration depends on: none where no recursive rule can come. */
  depthKey({ state, depth }: { readonly state: number; readonly depth: number }): number {
    return this.at(state).deep ? depth : 0;
  }

  /** A state in place of this one for tokens of at most `reach` bytes: lengths far from their bounds are alike. */
  like(id: number, reach: number): number {
    if (id < this.table.length) return id;
    const { base, rule } = this.ruleOf(id);
    return base + rule.like(id - base, reach);
  }

  private read(id: number): GrammarState {
    const { moves, calls: lists, flags, need, reads } = this.packed;
    const list = listAt(lists, id);
    const calls: Call[] = [];
    for (let i = 0; i < list.length; i += 3) {
      const flag = list[i + 2] as number;
      const role = flag & FLAGS.array ? 'array' : flag & FLAGS.item ? 'item' : undefined;
      calls.push({
        start: list[i] as number,
        after: list[i + 1] as number,
        last: (flag & FLAGS.last) !== 0,
        deeper: (flag & FLAGS.deeper) !== 0,
        role,
      });
    }
    const flag = flags[id] as number;
    return {
      moves: listAt(moves, id),
      calls,
      accepts: (flag & FLAGS.accepts) !== 0,
      need: need[id] as number,
      reads: reads[id] as number,
      deep: (flag & FLAGS.deep) !== 0,
    };
  }

  private ruleOf(id: number): { base: number; rule: Counted } {
    let [lo, hi] = [0, this.counted.length - 1];
    while (lo < hi) {
      const middle = (lo + hi + 1) >> 1;
      if ((this.counted[middle] as { base: number }).base <= id) lo = middle;
      else hi = middle - 1;
    }
    return this.counted[lo] as { base: number; rule: Counted };
  }
}

const MOST_MADE = 20_000;
