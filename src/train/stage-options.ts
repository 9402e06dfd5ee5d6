// Shared by stages over rows: their options, how many steps they take, and what their options cannot be.

import { nearest } from '../util/nearest.js';
import { show } from '../util/show.js';
import { type ConversationData, isConversations, isMade, type MadeData } from './fine-tune.js';
import { splitRows } from './holdout.js';
import { optionError, type TrainOptions } from './options.js';
import { type OrderOptions, stepsPerEpoch } from './order.js';
import type { StageContext } from './recipe.js';
import { PART_NAMES } from './select.js';
import { trainedModel } from './trained-model.js';
import { assertSource, type SceneSource } from './world-samples.js';

/** What every stage over rows takes. */
export interface DataStage {
  data: SceneSource | ConversationData | MadeData | undefined;
  /** Rows of a batch. */
  batch: number;
  /** A seed, or true for the stage's own, for another order in every epoch. Default false: the order of the data. */
  shuffle: boolean | number;
  /** The last batch of an epoch holds what is left (`short`, default), or goes on with the first rows of the next (`wrap`). */
  lastBatch: 'short' | 'wrap';
}

/** What every stage over conversations takes. */
export interface ConversationStage extends DataStage {
  /** What learns, as `selectParameters` reads it; the rest is frozen. */
  train: readonly string[];
  /** Longest conversation in tokens, those of images included; shorter ones share rows. 0: of scenes the tokens of an image and `text` more, else what the model reads. */
  maxLength: number;
  /** Share of the rows, or their number, that is held out: their loss is reported. Default 0. */
  holdout: number;
  /** Passes over the data, where `steps` says nothing. */
  epochs: number;
}

/** A stage's own options beside those of every stage. */
export type Options<O> = TrainOptions & O;

/** The order of rows where nothing is said. */
export const ORDER = { shuffle: false as boolean | number, lastBatch: 'short' as const };

/** The order in which a stage takes its rows. */
export function orderOf({ batch, accumulate, shuffle, lastBatch, seed }: Options<DataStage>, { length }: { length: number }): OrderOptions {
  const number = typeof shuffle === 'number' ? shuffle : shuffle ? seed : undefined;
  return { count: length, batch, accumulate, lastBatch, ...(number === undefined ? {} : { shuffle: number }) };
}

/** Steps of all passes over the data; undefined where there are no rows, which the check reports, or where they are not counted yet. */
export function allPasses(options: Options<DataStage & Partial<Pick<ConversationStage, 'holdout' | 'epochs'>>>): number | undefined {
  const { holdout = 0, epochs = 1, seed } = options;
  const length = (options.data as { length?: number } | undefined)?.length;
  if (length === undefined || !Number.isSafeInteger(length) || length <= 0) return undefined;
  const rows = holdout > 0 ? splitRows(length, { share: holdout, seed }).train.length : length;
  return Math.ceil(epochs * stepsPerEpoch(orderOf(options, { length: rows })));
}

/** Throws `train.option` for parts that no model has; patterns over the names of parameters are looked up when the stage begins. */
export function checkParts(train: readonly string[], place: string, parts: readonly string[]): void {
  const wrong = train.find((part) => !parts.includes(part) && !(parts === PART_NAMES && /[.*]/.test(part)));
  if (train.length === 0 || wrong !== undefined)
    throw optionError('train', {
      place,
      expected: `one or more of ${parts.join(', ')}`,
      got: show(train),
      hint: wrong === undefined ? undefined : didYouMean(wrong, parts),
    });
  const twice = train.find((part, i) => train.indexOf(part) !== i);
  if (twice !== undefined) throw optionError('train', { place, expected: 'each part once', got: show(train) });
}

/** Throws `train.option` for an order that cannot be. */
export function checkOrder({ batch, shuffle, lastBatch }: Options<DataStage>, place: string): void {
  if (!Number.isSafeInteger(batch) || batch < 1)
    throw optionError('batch', { place, expected: 'a whole number of at least 1', got: show(batch) });
  if (typeof shuffle !== 'boolean' && !Number.isSafeInteger(shuffle))
    throw optionError('shuffle', { place, expected: 'true, false or a seed (a whole number)', got: show(shuffle) });
  if (lastBatch !== 'short' && lastBatch !== 'wrap')
    throw optionError('lastBatch', { place, expected: "'short' or 'wrap'", got: show(lastBatch) });
}

/** A hint at the nearest of some words. */
export function didYouMean(word: unknown, valid: readonly string[]): string | undefined {
  const near = typeof word === 'string' ? nearest(word, valid) : undefined;
  return near ? `Did you mean '${near}'?` : undefined;
}

/** Throws for options of a stage over conversations that cannot be. */
export function checkConversations(options: Options<ConversationStage>, place: string): void {
  checkOrder(options, place);
  const { data, maxLength, epochs, holdout } = options;
  if (!isConversations(data)) {
    checkParts(options.train, place, PART_NAMES);
    if (data !== undefined && data !== null && !isMade(data)) assertSource(data, place);
  }
  if (!Number.isSafeInteger(maxLength) || maxLength < 0)
    throw optionError('maxLength', { place, expected: 'a whole number of at least 0', got: show(maxLength) });
  if (!(epochs > 0 && Number.isFinite(epochs))) throw optionError('epochs', { place, expected: 'a number above 0', got: show(epochs) });
  if (!(holdout >= 0)) throw optionError('holdout', { place, expected: 'a share below 1, or a number of rows', got: show(holdout) });
}

/** The options of a stage with its data, and a length for those of scenes. `text`: tokens that the longest need beside their image. */
export function withLength<O extends ConversationStage>(
  { options, stage, state }: Pick<StageContext<O>, 'options' | 'stage' | 'state'>,
  text: number,
) {
  const { data, maxLength } = options;
  if (isConversations(data) || isMade(data)) return { ...options, data };
  assertSource(data, `stage ${stage.name}`);
  const image = trainedModel(state, stage.name).model.media?.everyImage?.length;
  if (image !== undefined && maxLength > 0 && maxLength <= image)
    throw optionError('maxLength', {
      place: `stage ${stage.name}`,
      expected: `more than the ${image} tokens of an image`,
      got: String(maxLength),
    });
  return { ...options, data, maxLength: maxLength || (image === undefined ? 0 : image + text) };
}
