// Tokens added to a tokenizer: add_tokens of transformers.

import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import type { AddedTokenJson } from './bpe-train.js';
import { Tokenizer } from './tokenizer.js';

/** A token to add. */
export interface NewToken {
  content: string;
  /** Only templates write it, and decoding can leave it out. Default false: text that spells it becomes the token. */
  special?: boolean;
  /** What it stands for, as coordinates in 0..1: tokens of near places then begin with near rows of the embedding. Without: the mean of all rows, as transformers has it. */
  at?: readonly number[];
}

/** A tokenizer with tokens added. */
export interface AddedTokens {
  readonly tokenizer: Tokenizer;
  /** The entries that were added to tokenizer.json, ids included. */
  readonly added: readonly AddedTokenJson[];
  /** Tokens that were there already. */
  readonly known: readonly string[];
}

/** Tokens that may be added at once. */
const MOST = 100_000;

/**
 * Adds tokens behind the last id. Each is one token wherever a text spells it, whatever the normalizer does (`normalized: false`). A word
 * of the model's own vocabulary keeps its id and becomes such a token; one that was added before is left as it is. Errors: `text.tokens`.
 */
export function addTokens(tokenizer: Tokenizer, tokens: readonly (string | NewToken)[]): AddedTokens {
  const fail = (summary: string, expected: string, got: string): SensoriumError =>
    new SensoriumError('text.tokens', summary, { place: tokenizer.place, expected, got });
  if (tokens.length > MOST) throw fail('too many tokens to add', `at most ${MOST}`, String(tokens.length));
  const before = new Set(tokenizer.json.added_tokens.map(({ content }) => content));
  const added = new Map<string, AddedTokenJson>();
  const known = new Set<string>();
  let next = tokenizer.vocabSize;
  for (const [i, token] of tokens.entries()) {
    const { content, special = false, at }: Partial<NewToken> = typeof token === 'string' ? { content: token } : (token ?? {});
    if (typeof content !== 'string' || content === '')
      throw fail(
        'a token to add is empty',
        'text of at least one character',
        `${JSON.stringify(content)} as token ${i + 1} of ${tokens.length}`,
      );
    if (at !== undefined && !(Array.isArray(at) && at.every((v) => v >= 0 && v <= 1)))
      throw fail('a token to add stands for no place', 'coordinates in 0..1', `${show(at)} for ${content}`);
    const other = added.get(content);
    if (other && other.special !== special) throw fail('a token is to be both special and ordinary', 'one of the two', content);
    if (other) continue;
    const id = tokenizer.tokenId(content);
    if (id !== undefined) known.add(content);
    if (before.has(content)) continue;
    added.set(content, { id: id ?? next++, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special });
  }
  return { ...withAdded(tokenizer, [...added.values()]), known: [...known] };
}

/** A tokenizer with entries of `added_tokens`, ids as they are given. Throws `text.tokenizer` for ids that other tokens have. */
export function withAdded(tokenizer: Tokenizer, added: readonly AddedTokenJson[]): Omit<AddedTokens, 'known'> {
  if (added.length === 0) return { tokenizer, added };
  const json = { ...tokenizer.json, added_tokens: [...tokenizer.json.added_tokens, ...added] };
  return { tokenizer: Tokenizer.fromJson(json, tokenizer.config, tokenizer.place), added };
}

/** A tokenizer whose special tokens that match are ordinary ones: text may spell them, and decoding keeps them. */
export function withOrdinary(tokenizer: Tokenizer, pattern: RegExp): Tokenizer {
  const of = (token: AddedTokenJson): boolean => token.special && pattern.test(token.content);
  const { added_tokens: all } = tokenizer.json;
  if (!all.some(of)) return tokenizer;
  const added_tokens = all.map((token) => (of(token) ? { ...token, special: false, normalized: false } : token));
  return Tokenizer.fromJson({ ...tokenizer.json, added_tokens }, tokenizer.config, tokenizer.place);
}
