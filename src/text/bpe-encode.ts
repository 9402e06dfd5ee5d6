// Applies the merges of a BPE model to one word: what tokenizers computes, on ids instead of strings and in n log n however long the word.

import { SensoriumError } from '../util/errors.js';
import type { TokenizerJson } from './bpe-train.js';
import { PairTable } from './pair-table.js';

/** Words up to this many symbols are searched linearly for the next merge; longer ones are kept in a heap. */
const SHORT = 48;
const CACHED_WORDS = 50_000;
const CACHED_LENGTH = 64;

/** Stands for a space in sentence pieces. */
const SPACE = '▁';

/** The parts of a BPE model beside its merges. */
interface BpeParts {
  /** Tokens of the vocabulary. */
  ids: ReadonlyMap<string, number>;
  /** left, right -> rank */
  ranks: PairTable;
  /** rank -> id of the merged token */
  merged: readonly number[];
  /** Words that are tokens, taken whole (`ignore_merges`). */
  whole: ReadonlyMap<string, number> | undefined;
  /** Ids of `<0x00>` to `<0xFF>`, for characters without a token (`byte_fallback`). */
  bytes: readonly (number | undefined)[] | undefined;
  /** For characters without a token. */
  unknown: number | undefined;
  /** A run of unknown characters is one unknown token (`fuse_unk`). */
  fuse: boolean;
  /** Before all characters but the first, and behind the last. */
  prefix: string;
  suffix: string;
  /** Characters that nothing can spell are left out, as tokenizers does; without it they are errors. */
  lenient: boolean;
  /** No token holds a space behind another character, so no merge crosses such a place and words can be encoded apart. */
  splits: boolean;
  place: string;
}

/** How a model is built. */
export interface BuildOptions {
  /** Leave characters out that nothing can spell. Default true. */
  lenient?: boolean;
  /** Tokens that a word never becomes as a whole. */
  special?: ReadonlySet<string>;
  /** The vocabulary as a map, where there is one already. */
  ids?: ReadonlyMap<string, number>;
}

const encoder = new TextEncoder();

/** Encodes words, of byte-level models in the byte alphabet. Words seen before come from a cache. */
export class BpeEncoder {
  private cache = new Map<string, readonly number[]>();

  private constructor(private readonly parts: BpeParts) {}

  /** A byte-level model. undefined for models that need more than merges: dropout, affixes, unknown tokens, merges to strings without an id. */
  static from(model: TokenizerJson['model'], place: string): BpeEncoder | undefined {
    if (model.continuing_subword_prefix || model.end_of_word_suffix || model.unk_token || model.byte_fallback) return undefined;
    return BpeEncoder.build(model, place, { lenient: false });
  }

  /**
   * Any BPE model but those with dropout or with merges to strings without an id: undefined for these.
   */
  static build(
    model: TokenizerJson['model'],
    place: string,
    { lenient = true, special, ids = new Map(Object.entries(model.vocab)) }: BuildOptions = {},
  ): BpeEncoder | undefined {
    if (model.dropout) return undefined;
    const prefix = (model.continuing_subword_prefix as string | null | undefined) ?? '';
    const merges = model.merges as (string | [string, string])[];
    const ranks = new PairTable(merges.length);
    const merged: number[] = [];
    let splits = ids.has(SPACE) && prefix === '' && !model.end_of_word_suffix;
    for (const merge of merges) {
      const [left, right] = typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge;
      const token = left + right.slice(prefix.length);
      const id = ids.get(token);
      if (id === undefined) return undefined;
      splits &&= !(right.startsWith(SPACE) && !left.endsWith(SPACE));
      ranks.set(ids.get(left) as number, ids.get(right) as number, merged.push(id) - 1);
    }
    const unknown = typeof model.unk_token === 'string' ? ids.get(model.unk_token) : undefined;
    return new BpeEncoder({
      ids,
      ranks,
      merged,
      whole: model.ignore_merges ? (special ? new Map([...ids].filter(([token]) => !special.has(token))) : ids) : undefined,
      bytes: model.byte_fallback ? byteIds(ids) : undefined,
      unknown,
      fuse: Boolean(model.fuse_unk),
      prefix,
      suffix: (model.end_of_word_suffix as string | null | undefined) ?? '',
      lenient,
      splits,
      place,
    });
  }

  /** Ids of one word. Throws `text.unknown` when a byte has no token. */
  encode(word: string): readonly number[] {
    const whole = this.parts.whole?.get(word);
    if (whole !== undefined) return [whole];
    if (!this.parts.splits || word.length <= CACHED_LENGTH) return this.word(word);
    const ids: number[] = [];
    let start = 0;
    for (let i = word.indexOf(SPACE, 1); i > 0; i = word.indexOf(SPACE, i + 1)) {
      if (word[i - 1] === SPACE) continue;
      for (const id of this.word(word.slice(start, i))) ids.push(id);
      start = i;
    }
    for (const id of this.word(word.slice(start))) ids.push(id);
    return ids;
  }

  private word(word: string): readonly number[] {
    const known = this.cache.get(word);
    if (known !== undefined) return known;
    const result = this.merge(word);
    if (word.length <= CACHED_LENGTH) {
      // Starting over is cheaper than keeping an order of use, and frequent words are back at once.
      if (this.cache.size >= CACHED_WORDS) this.cache = new Map();
      this.cache.set(word, result);
    }
    return result;
  }

  private merge(word: string): number[] {
    const symbols = this.symbols(word);
    return symbols.length <= SHORT ? this.mergeShort(symbols) : this.mergeLong(symbols);
  }

  /** Ids of the characters, or of their bytes, or of the unknown token. */
  private symbols(word: string): number[] {
    const { ids, prefix, suffix, bytes, unknown, fuse, lenient, place } = this.parts;
    const plain = prefix === '' && suffix === '';
    const symbols: number[] = [];
    let at = 0;
    let inUnknown = false;
    for (const char of word) {
      at += char.length;
      const first = at === char.length;
      const symbol = plain ? char : (first ? '' : prefix) + char + (at === word.length ? suffix : '');
      const id = ids.get(symbol);
      if (id !== undefined) {
        symbols.push(id);
        inUnknown = false;
        continue;
      }
      const spelled = bytes && bytesOf(symbol, bytes);
      if (spelled) {
        symbols.push(...spelled);
        inUnknown = false;
      } else if (unknown !== undefined) {
        if (!(inUnknown && fuse)) symbols.push(unknown);
        inUnknown = true;
      } else if (!lenient)
        throw new SensoriumError('text.unknown', 'the vocabulary cannot spell this text', { place, got: JSON.stringify(char) });
    }
    return symbols;
  }

  /** -1 where the pair is not merged. */
  private rank(left: number, right: number): number {
    return this.parts.ranks.get(left, right);
  }

  /** Lowest rank first, leftmost of equals; quadratic. */
  private mergeShort(symbols: number[]): number[] {
    const ranks: number[] = [];
    for (let i = 0; i + 1 < symbols.length; i++) ranks.push(this.rank(symbols[i] as number, symbols[i + 1] as number));
    for (;;) {
      let best = Number.POSITIVE_INFINITY;
      let at = -1;
      for (let i = 0; i < ranks.length; i++)
        if ((ranks[i] as number) >= 0 && (ranks[i] as number) < best) {
          best = ranks[i] as number;
          at = i;
        }
      if (at < 0) return symbols;
      const id = this.parts.merged[best] as number;
      symbols.splice(at, 2, id);
      ranks.splice(at, 1);
      if (at > 0) ranks[at - 1] = this.rank(symbols[at - 1] as number, id);
      if (at < ranks.length) ranks[at] = this.rank(id, symbols[at + 1] as number);
    }
  }

  /** The same with a linked list and a heap of (rank, position); n log n. */
  private mergeLong(symbols: number[]): number[] {
    const n = symbols.length;
    const next = Int32Array.from(symbols, (_, i) => i + 1);
    const previous = Int32Array.from(symbols, (_, i) => i - 1);
    const heap: number[] = []; // rank * n + position, so that numbers order them
    const push = (at: number): void => {
      const right = next[at] as number;
      if (right >= n) return;
      const rank = this.rank(symbols[at] as number, symbols[right] as number);
      if (rank >= 0) heapPush(heap, rank * n + at);
    };
    for (let i = 0; i + 1 < n; i++) push(i);
    while (heap.length > 0) {
      const entry = heapPop(heap);
      const at = entry % n;
      const rank = (entry - at) / n;
      const right = next[at] as number;
      // Out of date: the symbol was merged away, or it or its neighbour has changed since.
      if ((symbols[at] as number) < 0 || right >= n || this.rank(symbols[at] as number, symbols[right] as number) !== rank) continue;
      symbols[at] = this.parts.merged[rank] as number;
      symbols[right] = -1;
      const after = next[right] as number;
      next[at] = after;
      if (after < n) previous[after] = at;
      if ((previous[at] as number) >= 0) push(previous[at] as number);
      push(at);
    }
    return symbols.filter((id) => id >= 0);
  }
}

/** Ids of `<0x00>` to `<0xFF>`. */
export function byteIds(ids: ReadonlyMap<string, number>): (number | undefined)[] {
  return Array.from({ length: 256 }, (_, byte) => ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`));
}

/** Ids of the bytes of a text; undefined where one has none. */
export function bytesOf(text: string, bytes: readonly (number | undefined)[]): number[] | undefined {
  const out: number[] = [];
  for (const byte of encoder.encode(text)) {
    const id = bytes[byte];
    if (id === undefined) return undefined;
    out.push(id);
  }
  return out;
}

function heapPush(heap: number[], value: number): void {
  let i = heap.push(value) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if ((heap[parent] as number) <= value) break;
    heap[i] = heap[parent] as number;
    i = parent;
  }
  heap[i] = value;
}

function heapPop(heap: number[]): number {
  const top = heap[0] as number;
  const last = heap.pop() as number;
  const n = heap.length;
  if (n === 0) return top;
  let i = 0;
  for (let child = 1; child < n; child = 2 * i + 1) {
    if (child + 1 < n && (heap[child + 1] as number) < (heap[child] as number)) child++;
    if ((heap[child] as number) >= last) break;
    heap[i] = heap[child] as number;
    i = child;
  }
  heap[i] = last;
  return top;
}
