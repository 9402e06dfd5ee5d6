// A constraint over tokens: states that follow a reply, and for each state the mask of tokens that may come next.

import { SensoriumError } from '../../util/errors.js';
import type { ConstraintWarning } from './errors.js';
import type { Grammar } from './grammar.js';
import type { TokenTrie } from './trie.js';
import { type Closure, type Config, type ConfigSet, type Frame, keyOf, Walker } from './walk.js';

/** Where a reply stands. Immutable: keep, share and go back to it freely. */
export interface ConstraintState {
  readonly configs: readonly Config[];
  /** True when the reply may end here. */
  readonly ends: boolean;
  /** Made by `mask` when first asked for. */
  mask?: Uint32Array;
}

/** Tokens of one configuration that stay within its frame, and trie nodes at which the frame is left with bytes to come. */
interface Walk {
  readonly bits?: Uint32Array;
  readonly tokens?: readonly number[];
  readonly exits: readonly number[];
  /** Steps, as if nothing had been known before. */
  readonly cost: number;
}

/**
 * Steps of one walk over the vocabulary; a walk that would take more follows one configuration at a time, which narrows what can be
 * written there and never spoils it.
 */
const MOST_STEPS = 600_000;
/** Steps and walks of one mask; configurations that would take more are left out of it, the first one never. */
const MOST_MASK_STEPS = 2_000_000;
const MOST_MASK_WALKS = 50_000;
/** Bytes of masks and walks that are kept; beyond it all are forgotten and made anew as they are needed. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_STATES = 4096;

/** The token-mask automaton of a grammar over a vocabulary. One serves any number of replies; it never reaches a dead end. */
export class Constraint {
  readonly start: ConstraintState;
  /** Keywords of the schema that were read over. */
  readonly warnings: readonly ConstraintWarning[];
  private readonly walker: Walker;
  /** For walks that would take too long. */
  private readonly narrow: Walker;
  /** Bytes of the longest token. */
  private readonly reach: number;
  private walked = 0;
  private readonly words: number;
  /** Whether there are arrays whose items differ. */
  private readonly distinct: boolean;
  private walks = new Map<string, Walk>();
  private states = new Map<string, ConstraintState>();
  private bytes = 0;
  private lists: readonly number[] | undefined;

  constructor(
    grammar: Grammar,
    readonly trie: TokenTrie,
  ) {
    this.walker = new Walker(grammar);
    this.narrow = new Walker(grammar, 1);
    this.reach = trie.depth.reduce((a, b) => Math.max(a, b), 0);
    this.warnings = grammar.warnings;
    this.words = Math.ceil(trie.vocabSize / 32);
    this.distinct = grammar.distinct;
    this.start = this.state(this.walker.closure([{ state: grammar.start, frame: undefined, depth: 0 }], this.distinct));
  }

  /** The state after a token; undefined when the token is not allowed. */
  advance(state: ConstraintState, id: number): ConstraintState | undefined {
    const token = this.trie.bytes[id];
    if (!token?.length) return undefined;
    this.walker.tidy();
    if (this.distinct) return this.watched(state, token);
    const configs = new Map<string, Config>();
    let ends = false;
    const seen = new Set<string>();
    const collect = (closure: Closure): void => {
      for (const c of closure.configs) configs.set(keyOf(c), c);
      ends ||= closure.exits;
    };
    const read = (from: Config, at: number): void => {
      const key = `${at}.${keyOf(from)}`;
      if (seen.has(key)) return;
      seen.add(key);
      const shift = from.depth - this.depthKey(from);
      let set: ConfigSet | null = this.alone(from);
      for (let i = at; i < token.length; i++) {
        set = this.walker.step(set, token[i] as number);
        if (!set) return;
        if (i + 1 < token.length && set.exits && from.frame) for (const c of this.walker.returned(from.frame).configs) read(c, i + 1);
      }
      collect({ configs: set.configs.map((c) => this.onto(c, from.frame, shift)), exits: false });
      if (set.exits) collect(from.frame ? this.walker.returned(from.frame) : { configs: [], exits: true });
    };
    for (const c of state.configs) read(c, 0);
    return configs.size > 0 || ends ? this.state({ configs: [...configs.values()], exits: ends }) : undefined;
  }

  /** The same where items that must differ are watched: byte by byte, with all frames. */
  private watched(state: ConstraintState, token: Uint8Array): ConstraintState | undefined {
    let at: Closure = { configs: state.configs, exits: state.ends };
    for (const byte of token) {
      at = this.walker.read(at.configs, byte);
      if (at.configs.length === 0 && !at.exits) return undefined;
    }
    return this.state(at);
  }

  /** The state after several tokens; undefined when they are not allowed. */
  follow(ids: Iterable<number>, from: ConstraintState = this.start): ConstraintState | undefined {
    let state: ConstraintState | undefined = from;
    for (const id of ids) if (state) state = this.advance(state, id);
    return state;
  }

  /** One bit a token, 32 to a word: set where the token may come next. End tokens are not in it: see `ends`. */
  mask(state: ConstraintState): Uint32Array {
    if (state.mask) return state.mask;
    const mask = new Uint32Array(this.words);
    /** Tokens that are taken only if the items they end or begin differ from those before. */
    const unsure = new Uint32Array(this.distinct ? this.words : 0);
    const seen = new Set<string>();
    let cost = 0;
    const add = (from: Config, node: number, sure: boolean): void => {
      if (cost > MOST_MASK_STEPS || seen.size > MOST_MASK_WALKS) return;
      const into = sure ? mask : unsure;
      const key = `${node}.${keyOf(from)}${sure}`;
      if (seen.has(key)) return;
      seen.add(key);
      const walk = this.walk(from, node);
      cost += walk.cost;
      if (walk.bits) for (let w = 0; w < mask.length; w++) into[w] = (into[w] as number) | (walk.bits[w] as number);
      for (const id of walk.tokens ?? []) into[id >>> 5] = (into[id >>> 5] as number) | (1 << (id & 31));
      const still = sure && from.frame?.role !== 'item';
      if (from.frame) for (const exit of walk.exits) for (const c of this.walker.returned(from.frame).configs) add(c, exit, still);
    };
    for (const c of state.configs) add(c, 0, !c.items || c.items.item !== undefined);
    if (this.distinct) this.settle(state, mask, unsure);
    if (state.configs.length > 0 && mask.every((word) => word === 0))
      throw new SensoriumError('constrain.empty', 'no token can go on', { hint: 'This is a defect of the constraint: please report it.' });
    // What follows items that must differ comes but once.
    if (state.configs.some((c) => c.items)) return mask;
    this.spend(mask.byteLength);
    state.mask = mask;
    return mask;
  }

  /** Moves tokens from `unsure` to the mask, and takes them out of it, by following them. */
  private settle(state: ConstraintState, mask: Uint32Array, unsure: Uint32Array): void {
    const { trie } = this;
    const check = (id: number): void => {
      const bit = 1 << (id & 31);
      const word = id >>> 5;
      const wanted = ((mask[word] as number) | (unsure[word] as number)) & bit;
      if (wanted === 0) return;
      if (this.advance(state, id)) mask[word] = (mask[word] as number) | bit;
      else mask[word] = (mask[word] as number) & ~bit;
    };
    // A token that begins before the array and holds several of its items.
    for (const id of this.several()) check(id);
    const near = new Set<string>();
    for (const { items } of state.configs) for (const text of items?.near ?? []) near.add(text.slice(items?.item?.length));
    for (const rest of near) {
      let node = 0;
      for (let i = 0; i < rest.length && node >= 0; i++) {
        node = below(trie, node, rest.charCodeAt(i));
        // Past the end of the item all tokens are looked at, before it those that end there.
        const last = i + 1 === rest.length ? (trie.end[Math.max(node, 0)] as number) : node + 1;
        if (node >= 0) for (let t = trie.first[node] as number; t < (trie.first[last] as number); t++) check(trie.tokens[t] as number);
      }
    }
    const whole = near.has('');
    for (let word = 0; word < mask.length; word++) {
      const open = whole ? (mask[word] as number) | (unsure[word] as number) : (unsure[word] as number) & ~(mask[word] as number);
      for (let bit = 0; open !== 0 && bit < 32; bit++) if ((open >>> bit) & 1) check(word * 32 + bit);
    }
  }

  /** Tokens that open an array and have more than one item in them. */
  private several(): readonly number[] {
    this.lists ??= this.trie.bytes.flatMap((token, id) => {
      const from = token?.indexOf(0x5b) ?? -1;
      return from >= 0 && token?.includes(0x2c, from) ? [id] : [];
    });
    return this.lists;
  }

  /** Everything below `node` that a configuration reads. Made once for each state of the grammar, whatever calls are open. */
  private walk(from: Config, node: number): Walk {
    const state = this.walker.grammar.like(from.state, this.reach);
    const key = `${node}.${state}.${this.depthKey(from)}`;
    const known = this.walks.get(key);
    if (known) return known;
    const alone: Config = { state, frame: undefined, depth: this.depthKey(from) };
    const walk = this.walkWith(this.walker, alone, node, MOST_STEPS) ?? this.walkWith(this.narrow, alone, node, Number.POSITIVE_INFINITY);
    this.spend(64 + ((walk as Walk).bits?.byteLength ?? 0) + 8 * ((walk as Walk).tokens?.length ?? 0) + 8 * (walk as Walk).exits.length);
    this.walks.set(key, walk as Walk);
    return walk as Walk;
  }

  /** A walk that takes at most `most` steps, or undefined. */
  private walkWith(walker: Walker, from: Config, node: number, most: number): Walk | undefined {
    walker.tidy();
    const { byte, depth, end, first, tokens } = this.trie;
    const stop = end[node] as number;
    const base = depth[node] as number;
    const bits = node === 0 ? new Uint32Array(this.words) : undefined;
    const list: number[] = [];
    const exits: number[] = [];
    const path: ConfigSet[] = [walker.set({ configs: [from], exits: false })];
    const number = ++this.walked;
    let cost = 0;
    for (let n = node + 1; n < stop; ) {
      const at = (depth[n] as number) - base;
      const before = path[at - 1] as ConfigSet;
      cost += walker.charge(before, byte[n] as number, number);
      if (cost > most) return undefined;
      const set = walker.step(before, byte[n] as number);
      if (set === null) {
        n = end[n] as number;
        continue;
      }
      path[at] = set;
      const until = first[n + 1] as number;
      // Tokens of this node itself: its first child, the next node, was made by the token after them.
      for (let t = first[n] as number; t < until; t++) {
        const id = tokens[t] as number;
        if (bits) bits[id >>> 5] = (bits[id >>> 5] as number) | (1 << (id & 31));
        else list.push(id);
      }
      if (set.exits && (end[n] as number) > n + 1) exits.push(n);
      n++;
    }
    return { bits, tokens: list, exits, cost };
  }

  /** The set of one configuration by itself, its frame forgotten. */
  private alone(from: Config): ConfigSet {
    return this.walker.set({ configs: [{ state: from.state, frame: undefined, depth: this.depthKey(from) }], exits: false });
  }

  private depthKey(c: Config): number {
    return this.walker.grammar.at(c.state).deep ? c.depth : 0;
  }

  /** Puts a configuration that was found without its frames back onto them. */
  private onto(c: Config, base: Frame | undefined, shift: number): Config {
    const rebase = (frame: Frame | undefined): Frame | undefined =>
      frame ? this.walker.frame(frame.after, rebase(frame.parent), frame.depth + shift, frame.role) : base;
    return { state: c.state, frame: rebase(c.frame), depth: c.depth + shift };
  }

  private state({ configs, exits }: Closure): ConstraintState {
    const kept = configs.slice(0, MOST_KEPT);
    if (kept.some((c) => c.items)) return { configs: kept, ends: exits };
    const key = `${exits ? '!' : ''}${kept.map(keyOf).join()}`;
    let state = this.states.get(key);
    if (!state) {
      if (this.states.size >= MOST_STATES) this.states = new Map();
      state = { configs: kept, ends: exits };
      this.states.set(key, state);
    }
    return state;
  }

  private spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= MOST_BYTES) return;
    this.bytes = bytes;
    this.walks = new Map();
    this.states = new Map();
  }
}

/** The child of a trie node by its byte, or -1. */
function below(trie: TokenTrie, node: number, byte: number): number {
  for (let n = node + 1; n < (trie.end[node] as number); n = trie.end[n] as number) if (trie.byte[n] === byte) return n;
  return -1;
}

/** Configurations that a state keeps; as in `Walker`, what is dropped narrows the language and never spoils it. */
const MOST_KEPT = 128;
