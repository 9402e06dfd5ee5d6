// From a plain text to ids, step by step as tokenizers does it: added tokens, normalizer, pre-tokenizer, model.

import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import { SensoriumError } from '../util/errors.js';
import { BpeEncoder } from './bpe-encode.js';
import type { AddedTokenJson, TokenizerJson } from './bpe-train.js';
import { hubParts } from './hub-parts.js';
import { Precompiled } from './precompiled.js';
import { TokenFinder } from './token-finder.js';
import { UnigramEncoder, type UnigramJson } from './unigram-encode.js';

type Normalize = (text: string) => string;

/** What a pipeline is made from. */
export interface PipelineSource {
  json: TokenizerJson;
  /** Ids of the model's own tokens. */
  ids: ReadonlyMap<string, number>;
  /** Added tokens that are not special. */
  ordinary: readonly AddedTokenJson[];
  /** Special tokens: text never becomes one of them. */
  special: ReadonlySet<string>;
  /** A byte-level model has a token for every byte; that one is missing is an error. */
  byteLevel: boolean;
  config: Readonly<Record<string, unknown>>;
  place: string;
}

/** Encodes plain texts. Throws what the library throws for parts that it does not know. */
export class EncodePipeline {
  private readonly unnormalized: TokenFinder;
  private readonly normalized: TokenFinder;
  private readonly normalize: Normalize | undefined;
  private readonly words: (text: string, section: number) => readonly string[];
  private readonly model: (words: readonly string[]) => number[];

  constructor(source: PipelineSource) {
    const { json, ordinary, place } = source;
    this.normalize = normalizer(json.normalizer, place);
    const isNormalized = (token: AddedTokenJson): boolean => token.normalized && this.normalize !== undefined;
    this.unnormalized = new TokenFinder(ordinary.filter((token) => !isNormalized(token)));
    this.normalized = new TokenFinder(ordinary.filter(isNormalized), ({ content }) => this.normalize?.(content) ?? content);
    this.words = preTokenizer(json.pre_tokenizer);
    this.model = modelOf(source);
  }

  /** Ids of a text. `isLater`: it does not begin the whole, and gets no space where only the first text gets one. */
  encode(text: string, isLater = false): number[] {
    const out: number[] = [];
    const add = (ids: readonly number[]): void => {
      for (const id of ids) out.push(id);
    };
    this.unnormalized.split(text).forEach((section, i) => {
      if (section.token) {
        out.push(section.token.id);
        return;
      }
      const normal = this.normalize ? this.normalize(section.text) : section.text;
      this.normalized.split(normal).forEach((piece, k) => {
        if (piece.token) out.push(piece.token.id);
        else add(this.model(this.words(piece.text, isLater || i > 0 || k > 0 ? 1 : 0)));
      });
    });
    return out;
  }
}

interface NormalizerJson {
  type: string;
  normalizers?: NormalizerJson[];
  precompiled_charsmap?: string | null;
}

function normalizer(json: unknown, place: string): Normalize | undefined {
  const part = json as NormalizerJson | null;
  if (!part) return undefined;
  if (part.type === 'Sequence') {
    const steps = (part.normalizers ?? []).flatMap((one) => normalizer(one, place) ?? []);
    return (text) => steps.reduce((out, step) => step(out), text);
  }
  if (part.type === 'Precompiled' && part.precompiled_charsmap) {
    const map = new Precompiled(part.precompiled_charsmap, place);
    return (text) => map.normalize(text);
  }
  const built = hubParts({ normalizer: part }).normalizer;
  return built ? (text) => built.normalize(text) : undefined;
}

interface PreTokenizerJson {
  type: string;
  replacement?: string;
  split?: boolean;
  pretokenizers?: PreTokenizerJson[];
}

function preTokenizer(json: unknown): (text: string, section: number) => readonly string[] {
  const built = hubParts({ pre_tokenizer: json }).pre_tokenizer;
  if (!built) return (text) => [text];
  const mark = splitMark(json as PreTokenizerJson);
  return (text, section_index) => {
    const words: string[] = built.pre_tokenize(text, { section_index });
    return mark === undefined ? words : words.flatMap((word) => splitBefore(word, mark));
  };
}

/** The sign before which `Metaspace` splits, which the library leaves undone. */
function splitMark(json: PreTokenizerJson): string | undefined {
  const last = json.type === 'Sequence' ? json.pretokenizers?.at(-1) : json;
  return last?.type === 'Metaspace' && last.split !== false ? (last.replacement ?? '▁') : undefined;
}

function splitBefore(word: string, mark: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = word.indexOf(mark, 1); at > 0; at = word.indexOf(mark, at + 1)) {
    parts.push(word.slice(start, at));
    start = at;
  }
  parts.push(word.slice(start));
  return parts;
}

function modelOf(source: PipelineSource): (words: readonly string[]) => number[] {
  const { json, special, byteLevel, place } = source;
  const { type } = json.model;
  const encoder =
    type === 'BPE'
      ? BpeEncoder.build(json.model, place, { lenient: !byteLevel, special, ids: source.ids })
      : type === 'Unigram'
        ? new UnigramEncoder(json.model as unknown as UnigramJson, place, special)
        : undefined;
  if (!encoder) return hubModel(source);
  return (words) => {
    const out: number[] = [];
    for (const word of words) for (const id of encoder.encode(word)) out.push(id);
    return out;
  };
}

/** Models of the library: WordPiece, WordLevel, and BPE models that need more than `BpeEncoder` has. */
function hubModel({ json, ids, special, config, place }: PipelineSource): (words: readonly string[]) => number[] {
  const none = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  const { model } = new HubTokenizer({ ...none, model: json.model }, config);
  const unknown = json.model.unk_token as string | undefined;
  const unknownId = unknown === undefined ? undefined : ids.get(unknown);
  return (words) =>
    ((model?._call([...words]) ?? []) as string[]).map((token) => {
      const id = (token !== unknown && special.has(token) ? undefined : ids.get(token)) ?? unknownId;
      // Without an unknown token there is a hole; it must not become a NaN or 0 in a tensor.
      if (id === undefined)
        throw new SensoriumError('text.unknown', 'the vocabulary cannot spell this text', { place, got: JSON.stringify(token) });
      return id;
    });
}
