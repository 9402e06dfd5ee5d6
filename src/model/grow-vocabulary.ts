// A vocabulary grown: tokens added to the tokenizer, rows to the embedding and the head, sizes to config.json.

import { join } from 'node:path';
import type { Parameter } from '../graph/index.js';
import { addAdapters, type Parts, readAdapters, readFamily } from '../networks/index.js';
import type { Module } from '../nn/index.js';
import { type AddedTokenJson, type AddedTokens, addTokens, type NewToken, Tokenizer, withAdded } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { adapterRows, FILES, type LoadedNetwork } from '../weights/index.js';
import { type FreshToken, placeRows } from './place-rows.js';

/** What a model's vocabulary has beyond that of its folder. */
export interface Vocabulary extends AddedTokens {
  /** Rows of the embedding before and now, those of padding included. */
  readonly before: number;
  readonly rows: number;
}

/** A network and its tokenizer, before any adapter is on it. */
export interface Growable {
  readonly dir: string;
  readonly loaded: LoadedNetwork;
  readonly tokenizer: Tokenizer | undefined;
}

/** The same with more tokens. */
export interface Grown extends Growable {
  readonly tokenizer: Tokenizer;
  readonly vocabulary: Vocabulary;
}

/**
 * Adds tokens (`add_tokens` and `resize_token_embeddings` of transformers). Padding of the embedding is used first; behind it, a padded
 * vocabulary grows to the same multiple and others by what is needed. Rows of new tokens, and new padding, are the mean of the rows that
 * have tokens (Hewitt 2021, "Initializing new word embeddings for pretrained language models"; transformers' `mean_resizing` without its
 * noise of 1e-9 of the covariance). Errors: `weights.quantized`, `text.tokens`, `model.tokenizer`.
 */
export function growVocabulary({ dir, loaded, tokenizer }: Growable, tokens: readonly (string | NewToken)[]): Grown {
  const base = assertGrowable({ dir, loaded, tokenizer });
  const places = new Map(tokens.flatMap((token) => (typeof token !== 'string' && token.at ? [[token.content, token.at]] : [])));
  return withTokens(dir, loaded, addTokens(base, tokens), { had: base.vocabSize, places });
}

/**
 * Adds the tokens that an adapter was trained with: those of the tokenizer in its folder that the base does not have, under the ids that
 * they have there, and as many rows as its embedding has. The same where there are none. Errors: `adapter.base` for ids that the base has
 * given to other tokens, and those of `growVocabulary`.
 */
export async function growForAdapter({ dir, loaded, tokenizer }: Growable, adapter: string): Promise<Growable | Grown> {
  if (!tokenizer) return { dir, loaded, tokenizer };
  const { added, place } = await tokensOfAdapter(tokenizer, adapter);
  if (added.length === 0) return { dir, loaded, tokenizer };
  assertGrowable({ dir, loaded, tokenizer });
  const rows = await adapterRows(adapter, loaded, vocabularyOf(loaded.network));
  const known = added.flatMap(({ content }) => (tokenizer.tokenId(content) === undefined ? [] : [content]));
  const taken = added.find(({ id, content }) => tokenizer.token(id) !== undefined && tokenizer.token(id) !== content);
  if (taken)
    throw new SensoriumError('adapter.base', 'the adapter has tokens whose ids are those of other tokens in this base', {
      place,
      expected: `${JSON.stringify(tokenizer.token(taken.id))} as id ${taken.id}`,
      got: JSON.stringify(taken.content),
      hint: 'Load the base that the adapter was trained on (base_model_name_or_path in adapter_config.json)',
    });
  return withTokens(dir, loaded, { ...withAdded(tokenizer, added), known }, { had: tokenizer.vocabSize, wanted: rows });
}

/** Added tokens of the tokenizer in an adapter's folder that the base does not have; none where there is no tokenizer. */
export async function tokensOfAdapter(base: Tokenizer, adapter: string): Promise<{ added: readonly AddedTokenJson[]; place: string }> {
  const theirs = await ifThere(() => Tokenizer.fromFolder(adapter));
  const has = new Set(base.json.added_tokens.map(({ content }) => content));
  return { added: theirs?.json.added_tokens.filter(({ content }) => !has.has(content)) ?? [], place: theirs?.place ?? adapter };
}

function assertGrowable({ dir, loaded, tokenizer }: Growable): Tokenizer {
  if (loaded.quantized)
    throw new SensoriumError('weights.quantized', 'the vocabulary of a model whose weights are stored in fewer bits cannot grow', {
      place: dir,
      hint: 'Add the tokens to the folder that it was quantized from, and quantize the result',
    });
  if (tokenizer) return tokenizer;
  throw new SensoriumError('model.tokenizer', 'this model has no tokenizer to add tokens to', { place: dir, expected: FILES.tokenizer });
}

/** Embedding and head: the parameters that have a row for each token. */
export const vocabularyOf = (network: Module): readonly Parameter[] => (network as Module & { parts(): Parts }).parts().embeddings;

/** Largest multiple that a padded vocabulary is kept at; transformers' `pad_to_multiple_of` advises no larger one. */
const MULTIPLE = 128;

/** Rows for `tokens` tokens: those of now where they suffice; else to the largest power of two that these, being padded, are a multiple of. */
export function grownRows(rows: number, { had, tokens }: { had: number; tokens: number }): number {
  if (tokens <= rows) return rows;
  if (rows <= had) return tokens;
  let multiple = 1;
  while (multiple < MULTIPLE && rows % (multiple * 2) === 0) multiple *= 2;
  return Math.ceil(tokens / multiple) * multiple;
}

/** `had`: ids that the tokenizer had before; `wanted`: rows of the embedding. */
function withTokens(
  dir: string,
  loaded: LoadedNetwork,
  tokens: AddedTokens,
  { had, wanted, places }: { had: number; wanted?: number; places?: ReadonlyMap<string, readonly number[]> },
): Grown {
  const { tokenizer, added } = tokens;
  const old = vocabularyOf(loaded.network);
  const before = (old[0] as Parameter).dims[0] as number;
  const fresh = added.filter(({ content }) => !tokens.known.includes(content)).map(({ id, content }) => ({ id, at: places?.get(content) }));
  const rows = wanted ?? grownRows(before, { had, tokens: tokenizer.vocabSize });
  const vocabulary = { ...tokens, before, rows };
  if (fresh.length === 0 && rows === before) return { dir, loaded, tokenizer, vocabulary };
  const raw = rows === before ? loaded.raw : withSize(loaded.raw, before, rows);
  const place = join(dir, FILES.config);
  const { family, config } = readFamily(raw, place);
  const network = family.build(config);
  addAdapters(network, readAdapters(raw), place);
  network.nameParameters();
  const own = new Map([...loaded.values].map(([p, value]) => [p.name, value]));
  const growing = new Set(vocabularyOf(network));
  const values = new Map(
    network.parameters().map((p) => {
      const value = own.get(p.name) as HostTensor;
      return [p, growing.has(p) ? grownValue(value, { rows, had: Math.min(had, before), fresh }) : value];
    }),
  );
  return { dir, loaded: { ...loaded, raw, config, network, values }, tokenizer, vocabulary };
}

/** A matrix or vector with other rows: what it has, then, and for the tokens `fresh`, the mean of its first `had` rows, moved where they stand for places. */
function grownValue({ shape, data }: HostTensor, o: { rows: number; had: number; fresh: readonly FreshToken[] }): HostTensor {
  const [before = 0, ...rest] = shape;
  const width = rest.reduce((n, d) => n * d, 1);
  const out = hostTensor('float32', [o.rows, ...rest]);
  out.data.set((data as Float32Array).subarray(0, Math.min(before, o.rows) * width));
  const sums = new Float64Array(width);
  for (let i = 0; i < o.had * width; i++) sums[i % width] = (sums[i % width] as number) + (data[i] as number);
  const mean = Float32Array.from(sums, (sum) => sum / o.had);
  for (let row = before; row < o.rows; row++) out.data.set(mean, row * width);
  for (const { id } of o.fresh) out.data.set(mean, id * width);
  placeRows(out, o);
  return out;
}

/** config.json with another `vocab_size`: that of the language part, and of the whole where it has the same. */
function withSize(raw: Readonly<Record<string, unknown>>, before: number, rows: number): Record<string, unknown> {
  const text = raw.text_config;
  if (typeof text !== 'object' || text === null) return { ...raw, vocab_size: rows };
  return { ...raw, ...(raw.vocab_size === before ? { vocab_size: rows } : {}), text_config: { ...text, vocab_size: rows } };
}
