// Stages over conversations of a user's own: what the alignment and instruction stages do with a model that was opened.

import { join } from 'node:path';
import type { Conversation, DataSource, Dataset } from '../data/index.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { conversationSamples, preferenceSamples } from './conversation-samples.js';
import { splitRows } from './holdout.js';
import type { Objective } from './objective.js';
import { supervised } from './objectives/supervised.js';
import type { OpenedState } from './opened-state.js';
import type { OrderOptions } from './order.js';
import type { StageContext } from './recipe.js';
import { selectParameters } from './select.js';
import { type SequenceLoss, sequenceObjective } from './sequence-objective.js';

/** Data of a stage: named, or open already. */
export type ConversationData = DataSource | Dataset<Conversation>;

/** True for data of conversations rather than scenes of the world. */
export function isConversations(data: unknown): data is ConversationData {
  if (typeof data !== 'object' || data === null) return false;
  return typeof (data as Partial<DataSource>).open === 'function' || isDataset(data);
}

const isDataset = (data: object): data is Dataset<Conversation> =>
  typeof (data as Partial<Dataset<Conversation>>).get === 'function' && 'describe' in data;

/** What a stage over conversations is made from. */
export interface FineTuneOptions extends Omit<OrderOptions, 'count'> {
  train: readonly string[];
  data: ConversationData;
  /** Longest conversation in tokens; whole turns that do not fit are dropped. 0: as long as the model reads. */
  maxLength: number;
  /** Share of the rows that is held out, or their number; 0 for none. */
  holdout: number;
  seed: number;
}

/** The objective of a stage over conversations. Errors: `train.data`, `train.option`. */
export async function fineTuneObjective(
  { runtime, dir, stage, signal }: Pick<StageContext, 'runtime' | 'dir' | 'stage' | 'signal'>,
  state: OpenedState,
  options: FineTuneOptions,
  { loss = supervised(), pairs = false }: { loss?: SequenceLoss /** Rows are preferences: two sequences each. */; pairs?: boolean } = {},
): Promise<Objective> {
  const place = `stage ${stage.name}`;
  const { train, holdout, seed, ...order } = options;
  const data = isDataset(options.data) ? options.data : await options.data.open(signal);
  if (data.length === 0)
    throw new SensoriumError('train.data', 'the data set has no rows', { place: `${place}: data`, got: show(data.describe) });
  const { model } = state;
  const maxLength = options.maxLength || defaultLength(model.network);
  const sample = (pairs ? preferenceSamples : conversationSamples)(data, model.processor, { maxLength });
  const rowOf = (index: number): number => data.at?.(index).row ?? index;
  const rows = splitRows(data.length, { share: holdout, seed });
  const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], train, place);
  const shared = {
    model,
    state,
    loss,
    trained,
    maxLength,
    pad: model.tokenizer?.specialIds.pad ?? 0,
    runtime,
    cacheDir: join(dir, 'cache', stage.name),
    name: stage.name,
  };
  const objective = sequenceObjective({
    ...shared,
    ...order,
    count: rows.train.length,
    sample: (index) => sample(rows.train[index] as number),
    rowOf: (index) => rowOf(rows.train[index] as number),
    describe: { data: data.describe, train: [...train], holdout },
  });
  const held =
    rows.held.length === 0
      ? undefined
      : sequenceObjective({
          ...shared,
          measured: true,
          count: rows.held.length,
          batch: order.batch,
          sample: (index) => sample(rows.held[index] as number),
          rowOf: (index) => rowOf(rows.held[index] as number),
        });
  return {
    ...objective,
    ...(held ? { held: { batches: Math.ceil(rows.held.length / order.batch), objective: held } } : {}),
    dispose: () => {
      objective.dispose?.();
      held?.dispose?.();
      if (data !== options.data) data.dispose?.(); // one that was given stays its owner's
    },
  };
}

/** Longest conversations where nothing is said: longer contexts cost memory by the square. */
const DEFAULT_LENGTH = 2048;

/** Longest conversation in tokens where nothing is said: what the model has positions for, within a bound. */
export function defaultLength(network: object): number {
  const language = (network as { language_model?: object }).language_model ?? network;
  const { config } = language as { config?: { max_position_embeddings?: number; n_positions?: number } };
  return Math.min(config?.max_position_embeddings ?? config?.n_positions ?? DEFAULT_LENGTH, DEFAULT_LENGTH);
}
