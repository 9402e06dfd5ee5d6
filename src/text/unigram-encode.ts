// Encodes words with a unigram model: the segmentation with the largest sum of scores, found in one pass over a trie (Kudo 2018).

import { SensoriumError } from '../util/errors.js';
import { byteIds, bytesOf } from './bpe-encode.js';
import { PairTable } from './pair-table.js';

/** What an unknown character costs beyond the least probable token, as in sentencepiece. */
const UNKNOWN_PENALTY = 10;
const CACHED_WORDS = 50_000;
const CACHED_LENGTH = 64;

/** A unigram model of tokenizer.json. */
export interface UnigramJson {
  /** Tokens with their log-probabilities, in the order of ids. */
  vocab: readonly (readonly [token: string, score: number])[];
  unk_id?: number | null;
  byte_fallback?: boolean;
}

/** Equal to tokenizers' Unigram model, in time linear in the text. */
export class UnigramEncoder {
  private readonly edges: PairTable;
  /** Of each node of the trie, the token that ends there, or -1. */
  private readonly ends: number[] = [-1];
  private readonly scores: Float64Array;
  private readonly unknownScore: number;
  private readonly unknown: number | undefined;
  private readonly bytes: readonly (number | undefined)[] | undefined;
  private readonly ids: ReadonlyMap<string, number>;
  private cache = new Map<string, readonly number[]>();

  /** `special`: tokens that text never becomes. */
  constructor(
    { vocab, unk_id, byte_fallback }: UnigramJson,
    private readonly place: string,
    special: ReadonlySet<string> = new Set(),
  ) {
    this.scores = Float64Array.from(vocab, ([, score]) => score);
    this.ids = new Map(vocab.map(([token], id) => [token, id]));
    this.edges = new PairTable(vocab.reduce((n, [token]) => n + token.length, 0));
    for (const [token, id] of this.ids) if (!special.has(token) && token !== '') this.insert(token, id);
    this.unknownScore = this.scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - UNKNOWN_PENALTY;
    this.unknown = unk_id ?? undefined;
    this.bytes = byte_fallback ? byteIds(this.ids) : undefined;
  }

  /** Ids of one word. Throws `text.unknown` for a character without a token where the model has no unknown token either. */
  encode(word: string): readonly number[] {
    const known = this.cache.get(word);
    if (known !== undefined) return known;
    const result = this.best(word);
    if (word.length <= CACHED_LENGTH) {
      if (this.cache.size >= CACHED_WORDS) this.cache = new Map();
      this.cache.set(word, result);
    }
    return result;
  }

  private insert(token: string, id: number): void {
    let node = 0;
    for (let i = 0; i < token.length; i++) {
      const code = token.charCodeAt(i);
      let next = this.edges.get(node, code);
      if (next < 0) {
        next = this.ends.push(-1) - 1;
        this.edges.set(node, code, next);
      }
      node = next;
    }
    this.ends[node] = id;
  }

  /** The best path that ends at each position; of equals the one whose last token begins first. */
  private best(word: string): number[] {
    const n = word.length;
    const scores = new Float64Array(n + 1);
    const starts = new Int32Array(n + 1).fill(-1);
    const tokens = new Int32Array(n + 1);
    const reach = (to: number, from: number, score: number, id: number): void => {
      if (starts[to] !== -1 && score <= (scores[to] as number)) return;
      scores[to] = score;
      starts[to] = from;
      tokens[to] = id;
    };
    for (let from = 0, length = 0; from < n; from += length) {
      length = (word.codePointAt(from) as number) > 0xffff ? 2 : 1;
      const before = scores[from] as number;
      let single = false;
      let node = 0;
      for (let to = from; to < n; ) {
        node = this.edges.get(node, word.charCodeAt(to++));
        if (node < 0) break;
        const id = this.ends[node] as number;
        if (id < 0) continue;
        reach(to, from, before + (this.scores[id] as number), id);
        single ||= to - from === length;
      }
      if (!single) reach(from + length, from, before + this.unknownScore, this.unknown ?? -1);
    }
    return this.path(word, starts, tokens);
  }

  private path(word: string, starts: Int32Array, tokens: Int32Array): number[] {
    const parts: [start: number, end: number, id: number][] = [];
    for (let end = word.length; end > 0; ) {
      const start = starts[end] as number;
      const id = tokens[end] as number;
      const last = parts.at(-1);
      // A run of unknown characters is one unknown token.
      if (this.isUnknown(id) && last && this.isUnknown(last[2])) last[0] = start;
      else parts.push([start, end, id]);
      end = start;
    }
    return parts.reverse().flatMap(([start, end, id]) => (this.isUnknown(id) ? this.spell(word.slice(start, end)) : [id]));
  }

  private isUnknown(id: number): boolean {
    return id === -1 || id === this.unknown;
  }

  private spell(text: string): number[] {
    const bytes = this.bytes && bytesOf(text, this.bytes);
    if (bytes) return bytes;
    if (this.unknown !== undefined) return [this.unknown];
    throw new SensoriumError('text.unknown', 'the vocabulary cannot spell this text', { place: this.place, got: JSON.stringify(text) });
  }
}
