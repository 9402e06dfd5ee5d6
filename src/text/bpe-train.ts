// Trains a byte-level BPE tokenizer and returns it as a Hugging Face tokenizer.json: word counts first, then merges with incremental pair counts.

import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { BYTE_TO_CHAR } from './bytes.js';

/** An entry of `added_tokens`: matched as a whole before the model sees the text. */
export interface AddedTokenJson {
  id: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

/** The parts of Hugging Face's tokenizer.json that we write; others are carried along. */
export interface TokenizerJson {
  version: string;
  truncation: null;
  padding: null;
  added_tokens: AddedTokenJson[];
  normalizer: unknown;
  pre_tokenizer: unknown;
  post_processor: unknown;
  decoder: unknown;
  model: { type: string; vocab: Record<string, number>; merges: string[]; [key: string]: unknown };
}

export interface TrainBpeOptions {
  /** Upper bound of the vocabulary, special tokens and the 256 bytes included. */
  vocabSize: number;
  /** Take ids 0, 1, …, in this order. */
  specialTokens: readonly string[];
  /** Pairs seen fewer times are not merged; training then ends below `vocabSize`. Default 2. */
  minFrequency?: number;
  /**
   * No token ends or begins inside a character, unless it is a part of that one alone. Bytes are otherwise merged across characters
   * (the end of one with the first byte of the next, where that is frequent), and a Chinese word has another spelling in every context.
   */
  wholeCharacters?: boolean;
  signal?: AbortSignal;
}

/**
 * GPT-2's pre-tokenisation with every digit on its own, so that numbers have one spelling.
 * Written for Oniguruma, as tokenizer.json wants it; `\s` there is Unicode white space, hence `splitter` below.
 */
export const PRE_TOKENIZE = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const splitter = new RegExp(
  PRE_TOKENIZE.replace('[^\\s', '[^\\p{White_Space}').replaceAll('\\s', '\\p{White_Space}').replace('\\S', '\\P{White_Space}'),
  'gu',
);

/** Splits text into the pieces inside which merges may happen. Concatenated they are the text. */
export function preTokenize(text: string): string[] {
  return text.match(splitter) ?? [];
}

/** Keeps vocabSize ** 2 exact. */
const MOST = 2 ** 26;

/** Max-heap over (count, then smaller key) with lazy deletion: an entry is stale when its count is no longer the pair's. */
class PairHeap {
  private readonly keys: number[] = [];
  private readonly counts: number[] = [];

  get size(): number {
    return this.keys.length;
  }

  private before(i: number, j: number): boolean {
    const a = this.counts[i] as number;
    const b = this.counts[j] as number;
    return a > b || (a === b && (this.keys[i] as number) < (this.keys[j] as number));
  }

  private swap(i: number, j: number): void {
    const { keys, counts } = this;
    [keys[i], keys[j]] = [keys[j] as number, keys[i] as number];
    [counts[i], counts[j]] = [counts[j] as number, counts[i] as number];
  }

  push(key: number, count: number): void {
    let i = this.keys.push(key) - 1;
    this.counts.push(count);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.before(i, parent)) break;
      this.swap(i, parent);
      i = parent;
    }
  }

  pop(): [key: number, count: number] {
    const top: [number, number] = [this.keys[0] as number, this.counts[0] as number];
    this.swap(0, this.keys.length - 1);
    this.keys.pop();
    this.counts.pop();
    for (let i = 0; ; ) {
      let best = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < this.keys.length && this.before(child, best)) best = child;
      if (best === i) return top;
      this.swap(i, best);
      i = best;
    }
  }
}

/** Distinct pieces of the corpus with their counts, as arrays of symbol ids. */
function countWords(texts: Iterable<string>, byteId: readonly number[], signal?: AbortSignal): { words: number[][]; counts: number[] } {
  const tally = new Map<string, number>();
  let seen = 0;
  for (const text of texts) {
    if ((seen++ & 255) === 0) throwIfAborted(signal);
    for (const piece of preTokenize(text)) tally.set(piece, (tally.get(piece) ?? 0) + 1);
  }
  const encoder = new TextEncoder();
  const words: number[][] = [];
  const counts: number[] = [];
  for (const [piece, count] of tally) {
    words.push(Array.from(encoder.encode(piece), (b) => byteId[b] as number));
    counts.push(count);
  }
  return { words, counts };
}

/**
 * Trains byte-level BPE (Sennrich et al. 2016; bytes after Radford et al. 2019) and returns a complete tokenizer.json.
 * Deterministic: of equally frequent pairs the one with the smaller (left id, right id) is merged first.
 * Throws `text.vocab` when `vocabSize` cannot hold the special tokens and the 256 bytes.
 */
export function trainByteLevelBpe(texts: Iterable<string>, options: TrainBpeOptions): TokenizerJson {
  const { vocabSize, specialTokens, minFrequency = 2, wholeCharacters = false, signal } = options;
  const base = specialTokens.length + 256;
  if (!Number.isInteger(vocabSize) || vocabSize < base || vocabSize > MOST)
    throw new SensoriumError('text.vocab', 'vocabulary size does not work', {
      expected: `an integer from ${base} (${specialTokens.length} special tokens and 256 bytes) to ${MOST}`,
      got: String(vocabSize),
    });
  if (new Set(specialTokens).size !== specialTokens.length || specialTokens.includes(''))
    throw new SensoriumError('text.vocab', 'special tokens must be distinct and not empty', { got: JSON.stringify(specialTokens) });

  const vocab: string[] = [...specialTokens];
  const ids = new Map(vocab.map((token, id) => [token, id]));
  const byteId: number[] = [];
  for (const char of [...BYTE_TO_CHAR].sort()) {
    if (ids.has(char)) throw new SensoriumError('text.vocab', 'a special token is a single byte', { got: JSON.stringify(char) });
    const id = vocab.push(char) - 1;
    byteId[BYTE_TO_CHAR.indexOf(char)] = id;
    ids.set(char, id);
  }

  const { words, counts } = countWords(texts, byteId, signal);
  // Pairs are keyed left * vocabSize + right: small integers, which Map hashes fast, and in the order of the tie-break.
  const pairCount = new Map<number, number>();
  const pairWords = new Map<number, number[]>(); // words that held the pair at some time; a superset of those that hold it now
  const delta = new Map<number, number>();
  const change = (left: number, right: number, weight: number, w: number): void => {
    const key = left * vocabSize + right;
    delta.set(key, (delta.get(key) ?? 0) + weight);
    if (weight < 0) return;
    const list = pairWords.get(key);
    if (list === undefined) pairWords.set(key, [w]);
    else if (list[list.length - 1] !== w) list.push(w);
  };
  const heap = new PairHeap();
  const settle = (): void => {
    for (const [key, by] of delta) {
      if (by === 0) continue;
      const now = (pairCount.get(key) ?? 0) + by;
      if (now > 0) {
        pairCount.set(key, now);
        heap.push(key, now);
      } else {
        pairCount.delete(key);
        pairWords.delete(key);
      }
    }
    delta.clear();
  };
  words.forEach((word, w) => {
    for (let i = 0; i + 1 < word.length; i++) change(word[i] as number, word[i + 1] as number, counts[w] as number, w);
  });
  settle();

  const merges: string[] = [];
  const special = new Set(specialTokens);
  while (vocab.length < vocabSize && heap.size > 0) {
    if ((merges.length & 15) === 0) throwIfAborted(signal);
    const [key, count] = heap.pop();
    if (pairCount.get(key) !== count) continue;
    if (count < minFrequency) break;
    const left = Math.floor(key / vocabSize);
    const right = key % vocabSize;
    const merged = `${vocab[left]}${vocab[right]}`;
    // Text that spells a special token must not become that token.
    if (special.has(merged) || (wholeCharacters && !keepsCharacters(merged))) {
      pairCount.delete(key);
      continue;
    }
    const known = ids.get(merged); // the same string by another route keeps its id
    const id = known ?? vocab.push(merged) - 1;
    ids.set(merged, id);
    merges.push(`${vocab[left]} ${vocab[right]}`);
    const holders = pairWords.get(key) as number[];
    pairWords.delete(key); // the merges below may list the pair anew, where it overlaps itself
    for (const w of new Set(holders))
      mergePair(words[w] as number[], left, right, id, (l, r, sign) => change(l, r, sign * (counts[w] as number), w));
    settle();
  }
  return tokenizerJson(vocab, merges, specialTokens);
}

/** True for whole characters, and for the beginning of a single one. `token` is written in byte-level characters. */
function keepsCharacters(token: string): boolean {
  const bytes = Array.from(token, (c) => BYTE_TO_CHAR.indexOf(c));
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i] as number;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    if (length === 0) return false;
    if (i + length > bytes.length) return i === 0;
    i += length;
  }
  return true;
}

/**
 * Replaces left,right by `id` in place, from the left, reporting each pair that goes (-1) or comes (+1). Each step is exact
 * for the word as it stands then, so overlaps (aaaa) need no special case.
 */
function mergePair(
  word: number[],
  left: number,
  right: number,
  id: number,
  change: (left: number, right: number, sign: 1 | -1) => void,
): void {
  let out = 0;
  for (let i = 0; i < word.length; i++) {
    const symbol = word[i] as number;
    if (symbol !== left || word[i + 1] !== right) {
      word[out++] = symbol;
      continue;
    }
    change(left, right, -1);
    const previous = out > 0 ? word[out - 1] : undefined;
    const next = word[i + 2];
    if (previous !== undefined) {
      change(previous, left, -1);
      change(previous, id, 1);
    }
    if (next !== undefined) {
      change(right, next, -1);
      change(id, next, 1);
    }
    word[out++] = id;
    i++;
  }
  word.length = out;
}

/** Assembles the file: byte-level BPE without a normaliser, so that decoding gives the text back exactly. */
function tokenizerJson(vocab: readonly string[], merges: string[], specialTokens: readonly string[]): TokenizerJson {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PRE_TOKENIZE }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocab.map((token, id) => [token, id])),
      merges,
    },
  };
}
