// generation_config.json: the ids that end a reply and the defaults of generation, checked and in this package's names.

import { join } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../networks/index.js';
import type { MultimodalProcessor } from '../networks/processor.js';
import type { Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { FILES, readConfig } from '../weights/index.js';

/** Settings that change logits, of greedy and drawn replies; as the options of the same names. */
export interface LogitSettings {
  readonly sequenceBias?: readonly (readonly [sequence: readonly number[], bias: number])[];
  readonly repetitionPenalty?: number;
  readonly noRepeatNgramSize?: number;
  readonly badWordsIds?: readonly (readonly number[])[];
  readonly suppressTokens?: readonly number[];
  readonly beginSuppressTokens?: readonly number[];
  readonly minNewTokens?: number;
}

/** Settings of drawn replies. */
export interface SamplingSettings {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly typicalP?: number;
}

/** Settings of beam searches. */
export interface BeamSettings {
  readonly lengthPenalty?: number;
  readonly earlyStopping?: boolean | 'never';
}

/** Settings of a model folder that apply to every reply unless a request says otherwise. */
export interface GenerationConfig {
  /** Ids that end a reply. */
  readonly endIds: readonly number[];
  /** The token that replies of an encoder-decoder begin behind. */
  readonly startId?: number;
  /** Penalties, bans and forced tokens: they apply to greedy and drawn replies. */
  readonly processors: LogitSettings;
  /** Applies to drawn replies alone. */
  readonly sampling: SamplingSettings;
  /** Applies to beam searches alone. */
  readonly beams: BeamSettings;
  /** Texts that end a reply. */
  readonly stop: readonly string[];
  /** Most tokens of a reply. */
  readonly maxNewTokens?: number;
  /** Most and fewest tokens of prompt and reply together. */
  readonly maxLength?: number;
  readonly minLength?: number;
  /** First token of a reply, where the prompt is a single token (encoder-decoders). */
  readonly forcedStart?: number;
  /** Last token of a reply that would be cut at its limit. */
  readonly forcedEnd?: number;
  /** Ids that no reply holds, whatever a request says: codes of images. */
  readonly unwritten?: readonly number[];
  /** Ids that no drawn reply holds: placeholders of media, which stand for nothing there. */
  readonly placeholders?: readonly number[];
  /** Keys of the file that change replies in transformers and are not applied here. */
  readonly ignored: readonly string[];
}

/** Settings that change nothing. */
export function plainGeneration(endIds: readonly number[] = []): GenerationConfig {
  return { endIds, processors: {}, sampling: {}, beams: {}, stop: [], ignored: [] };
}

/** The settings of a model that has a tokenizer and no folder. */
export function generationOf(tokenizer: Tokenizer | undefined): GenerationConfig {
  const end = tokenizer?.specialIds.eos;
  return plainGeneration(end === undefined ? [] : [end]);
}

/** Settings of a model that takes media: its placeholders, and what else it does not write, are in no reply. */
export function withoutPlaceholders(config: GenerationConfig, media: MultimodalProcessor | undefined): GenerationConfig {
  if (!media) return config;
  const { imageTokenId, videoTokenId, unwritten } = media;
  const placeholders = [imageTokenId, ...(videoTokenId === undefined || videoTokenId === imageTokenId ? [] : [videoTokenId])];
  return { ...config, placeholders, ...(unwritten ? { unwritten } : {}) };
}

const id = z.number().int().nonnegative();
const ids = z.array(id);
const oneOrMore = z.union([id, ids]);
const count = z.number().int().nonnegative();
const sequence = ids.min(1);

const schema = z.object({
  eos_token_id: oneOrMore.nullish(),
  decoder_start_token_id: oneOrMore.nullish(),
  forced_bos_token_id: id.nullish(),
  forced_eos_token_id: oneOrMore.nullish(),
  repetition_penalty: z.number().positive().nullish(),
  no_repeat_ngram_size: count.nullish(),
  bad_words_ids: z.array(sequence).nullish(),
  sequence_bias: z.union([z.array(z.tuple([sequence, z.number()])), z.record(z.string(), z.number())]).nullish(),
  suppress_tokens: z.array(z.number().int()).nullish(),
  begin_suppress_tokens: z.array(z.number().int()).nullish(),
  min_new_tokens: count.nullish(),
  min_length: count.nullish(),
  max_new_tokens: count.nullish(),
  max_length: count.nullish(),
  stop_strings: z.union([z.string(), z.array(z.string())]).nullish(),
  temperature: z.number().nonnegative().nullish(),
  top_k: count.nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  typical_p: z.number().min(0).max(1).nullish(),
  length_penalty: z.number().nullish(),
  early_stopping: z.union([z.boolean(), z.literal('never')]).nullish(),
});

type File = z.infer<typeof schema>;

/** Keys that are not applied, with the values at which they change nothing. */
const NOT_APPLIED: Readonly<Record<string, readonly unknown[]>> = {
  num_beams: [1],
  num_beam_groups: [1],
  diversity_penalty: [0],
  penalty_alpha: [0],
  guidance_scale: [1],
  encoder_repetition_penalty: [1],
  encoder_no_repeat_ngram_size: [0],
  exponential_decay_length_penalty: [],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  top_h: [],
};

/** max_length of a file that says nothing of it (transformers 4 writes it nevertheless): a default of the class, not of the model. */
const CLASS_MAX_LENGTH = 20;

/** What the settings of a folder are read for. */
export interface GenerationSource {
  dir: string;
  tokenizer?: Tokenizer;
  /** Rows of the output layer. */
  vocabSize: number;
}

/**
 * Reads generation_config.json; a folder without one has the keys in config.json, where those of `text_config` come second. End ids are
 * those of the first place that has any: generation_config.json, config.json, its text_config, the tokenizer.
 * Errors: `model.config`, naming the file and the key of a value of a wrong type or a token beyond the vocabulary.
 */
export async function readGenerationConfig({ dir, tokenizer, vocabSize }: GenerationSource): Promise<GenerationConfig> {
  const own = join(dir, FILES.generation);
  const raw = await ifThere(() => readJson(own));
  const model = await readConfig(dir);
  const text = model.text_config;
  const whole = { ...(isObject(text) ? present(text) : {}), ...present(model) };
  const inModel = join(dir, FILES.config);
  const place = raw === undefined ? inModel : own;
  const file = parseConfig(schema, raw ?? whole, place);
  const config = raw === undefined ? file : parseConfig(schema, { eos_token_id: whole.eos_token_id }, inModel);

  const ends = (
    [
      [file, place],
      [config, inModel],
    ] as const
  ).map(([from, where]) => {
    const found = [from.eos_token_id ?? []].flat();
    return { found, where };
  });
  const first = ends.find(({ found }) => found.length > 0);
  if (first) for (const end of first.found) inVocabulary(end, vocabSize, first.where, 'eos_token_id');
  const endIds = first?.found ?? generationOf(tokenizer).endIds;

  for (const key of ['decoder_start_token_id', 'forced_bos_token_id', 'forced_eos_token_id'] as const)
    for (const token of [file[key] ?? []].flat()) inVocabulary(token, vocabSize, place, key);
  return { ...settings(file, endIds), ignored: ignoredKeys(raw ?? whole) };
}

function settings(file: File, endIds: readonly number[]): Omit<GenerationConfig, 'ignored'> {
  const isEnd = (words: readonly number[]): boolean => words.length === 1 && endIds.includes(words[0] as number);
  const { max_length: most } = file;
  return defined({
    endIds: [...new Set(endIds)],
    startId: [file.decoder_start_token_id ?? []].flat()[0],
    processors: defined({
      sequenceBias: biases(file.sequence_bias),
      repetitionPenalty: unless(file.repetition_penalty, 1),
      noRepeatNgramSize: unless(file.no_repeat_ngram_size, 0),
      // As in transformers: the end cannot be a bad word.
      badWordsIds: file.bad_words_ids?.filter((words) => !isEnd(words)),
      // Older Whisper files have -1 for "none".
      suppressTokens: file.suppress_tokens?.filter((token) => token >= 0),
      beginSuppressTokens: file.begin_suppress_tokens?.filter((token) => token >= 0),
      minNewTokens: unless(file.min_new_tokens, 0),
    }),
    sampling: defined({
      temperature: unless(file.temperature, 0),
      topK: unless(file.top_k, 0),
      topP: unless(file.top_p, 0),
      minP: file.min_p ?? undefined,
      typicalP: unless(file.typical_p, 0),
    }),
    beams: defined({ lengthPenalty: file.length_penalty ?? undefined, earlyStopping: file.early_stopping ?? undefined }),
    stop: [file.stop_strings ?? []].flat().filter((text) => text !== ''),
    maxNewTokens: unless(file.max_new_tokens, 0),
    maxLength: most === CLASS_MAX_LENGTH ? undefined : unless(most, 0),
    minLength: unless(file.min_length, 0),
    forcedStart: file.forced_bos_token_id ?? undefined,
    // Of several the first in the order of ids, as in transformers, which makes them equally probable.
    forcedEnd: file.forced_eos_token_id === null ? undefined : [file.forced_eos_token_id ?? []].flat().sort((a, b) => a - b)[0],
  });
}

/** Pairs as JSON has them; transformers also takes an object from "(1, 2)" to a bias. */
function biases(given: File['sequence_bias']): LogitSettings['sequenceBias'] {
  if (!given || Array.isArray(given)) return given ?? undefined;
  return Object.entries(given).map(([key, bias]) => [(key.match(/\d+/g) ?? []).map(Number), bias] as const);
}

function inVocabulary(token: number, vocabSize: number, place: string, key: string): void {
  if (token < vocabSize) return;
  throw new SensoriumError('model.config', 'a token is outside the vocabulary', {
    place: `${place}: ${key}`,
    expected: `0 to ${vocabSize - 1}`,
    got: String(token),
    hint: 'The file may belong to another model',
  });
}

function ignoredKeys(raw: unknown): string[] {
  const file = isObject(raw) ? present(raw) : {};
  return Object.keys(NOT_APPLIED).filter((key) => file[key] !== undefined && !NOT_APPLIED[key]?.includes(file[key]));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The keys that have a value other than null. */
const present = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null));

const unless = <T>(value: T | null | undefined, neutral: T): T | undefined => (value === null || value === neutral ? undefined : value);

/** Without the keys that are undefined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
