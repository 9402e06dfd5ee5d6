// The start of stages that learn from completions: their data opened, rows held out, prompts encoded and their order.

import type { Conversation, Dataset } from '../../data/index.js';
import type { Model } from '../../model/index.js';
import { SensoriumError } from '../../util/errors.js';
import { show } from '../../util/show.js';
import { assertLength, type ConversationData, defaultLength, openData } from '../fine-tune.js';
import { splitRows } from '../holdout.js';
import { optionError, type TrainOptions } from '../options.js';
import { rowOrder } from '../order.js';
import { type ConversationStage, orderOf } from '../stage-options.js';
import { type PromptRow, promptRows } from './prompts.js';
import type { Reward } from './reward.js';

/** Prompts of a stage. */
export interface StagePrompts {
  data: Dataset<Conversation>;
  /** Tokens of prompt and completion together. */
  maxLength: number;
  /** Numbers of the rows that learn and that are held out; undefined where none are. */
  rows: ReturnType<typeof splitRows> | undefined;
  /** The prompt of a row, which every reward has checked. */
  prompt(index: number): Promise<PromptRow>;
  /** Rows of the batch at an index. */
  rowsOf(index: number): number[];
}

/**
 * Opens the data of a stage. Errors: those of the data; `train.data` for a set without rows, `train.option` for a length that the model does not
 * read, or that leaves no room for `maxTokens`; of `prompt` those of `promptRows` and of the rewards' checks.
 */
export async function stagePrompts(
  model: Model,
  options: TrainOptions & ConversationStage & { maxTokens: number },
  { place, rewards, signal }: { place: string; rewards: readonly Reward[]; signal?: AbortSignal },
): Promise<StagePrompts> {
  const { maxTokens, holdout, seed } = options;
  const data = await openData(options.data as ConversationData, model, place, signal);
  if (data.length === 0)
    throw new SensoriumError('train.data', 'the data set has no rows', { place: `${place}: data`, got: show(data.describe) });
  const maxLength = options.maxLength || defaultLength(model.network);
  assertLength(model.network, maxLength, place);
  if (maxTokens >= maxLength)
    throw optionError('maxTokens', { place, expected: `fewer than the ${maxLength} tokens that the model reads`, got: String(maxTokens) });
  const rows = holdout > 0 ? splitRows(data.length, { share: holdout, seed }) : undefined;
  const encoded = promptRows(data, model.processor, { maxPrompt: maxLength - maxTokens });
  const order = rowOrder(orderOf(options, { length: rows?.train.length ?? data.length }));
  return {
    data,
    maxLength,
    rows,
    prompt: async (index) => {
      const made = await encoded(index);
      for (const reward of rewards) reward.check?.(made.row);
      return made;
    },
    rowsOf: (index) => order(index).map((at) => rows?.train[at] ?? at),
  };
}
