// Stages over conversations: what the alignment and instruction stages do, with any model, over data sets of a user's own and scenes alike.

import { join } from 'node:path';
import type { Conversation, Dataset, MixtureData } from '../data/index.js';
import { languageModel, type Model, type Processor } from '../model/index.js';
import { MllmNetwork } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { assertMemory } from '../util/memory.js';
import { show } from '../util/show.js';
import { loadSprites } from '../world/index.js';
import { conversationSamples, type SampleOptions } from './conversation-samples.js';
import { splitRows } from './holdout.js';
import type { Objective } from './objective.js';
import { supervised } from './objectives/supervised.js';
import { optionError } from './options.js';
import type { OrderOptions } from './order.js';
import type { StageContext } from './recipe.js';
import { selectParameters } from './select.js';
import { type SampleSequences, type SequenceLoss, sequenceObjective } from './sequence-objective.js';
import { trainedModel } from './trained-model.js';
import { assertSource, type SceneSource, sceneConversations } from './world-samples.js';

/** Data of a stage: named, or open already. */
export type ConversationData = MixtureData;

/** True for data of conversations rather than scenes of the world. */
export function isConversations(data: unknown): data is ConversationData {
  if (typeof data !== 'object' || data === null) return false;
  return typeof (data as { open?: unknown }).open === 'function' || isDataset(data);
}

const isDataset = (data: object): data is Dataset<Conversation> =>
  typeof (data as Partial<Dataset<Conversation>>).get === 'function' && 'describe' in data;

/** What a stage over conversations is made from. */
export interface FineTuneOptions extends Omit<OrderOptions, 'count' | 'shuffle'> {
  train: readonly string[];
  /** Conversations, or scenes of the world. */
  data: ConversationData | SceneSource;
  /** Longest conversation in tokens; whole turns that do not fit are dropped. 0, default: as long as the model reads. */
  maxLength?: number;
  /** Share of the rows that is held out, or their number. Default 0: none. */
  holdout?: number;
  /** A seed, or true for the stage's own, for another order in every epoch. Default false: the order of the data. */
  shuffle?: boolean | number;
  seed: number;
}

/** Another loss than that of supervised fine-tuning. */
export interface LossOptions {
  loss?: SequenceLoss;
  /** Makes sequences of rows; by default one of each. */
  samples?: (data: Dataset<Conversation>, processor: Processor, options: SampleOptions) => (index: number) => Promise<SampleSequences>;
}

/** Scenes whose encoded conversations are kept; those of larger sets, which are seen once, are encoded again. */
const KEPT_SCENES = 10_000;

/**
 * The objective of a stage over conversations or scenes.
 * @example defineStage('focal', { train: ['language'], batch: 8, data }, (context) => fineTuneObjective(context, { loss: focal }))
 * Errors: `train.recipe` for a state without a model, `train.data`, `train.option`, `util.memory`.
 */
export async function fineTuneObjective(
  { state: given, options, runtime, dir, stage, signal }: FineTuneContext,
  { loss = supervised(), samples = conversationSamples }: LossOptions = {},
): Promise<Objective> {
  const place = `stage ${stage.name}`;
  const state = trainedModel(given, stage.name);
  const { model } = state;
  const { train, holdout = 0, seed, batch, accumulate, lastBatch, shuffle } = options;
  const scenes = !isConversations(options.data);
  const data = await openData(options.data, model, place, signal);
  if (data.length === 0)
    throw new SensoriumError('train.data', 'the data set has no rows', { place: `${place}: data`, got: show(data.describe) });
  const maxLength = options.maxLength || defaultLength(model.network);
  const kept = scenes && data.length > KEPT_SCENES ? { most: 0 } : {};
  const sample = samples(data, model.processor, { maxLength, ...kept });
  const rows = holdout > 0 ? splitRows(data.length, { share: holdout, seed }) : undefined;
  const network = model.network as Parameters<typeof selectParameters>[0];
  const trained = selectParameters(network, train, place);
  const count = rows?.train.length ?? data.length;
  assertBatch(model, { batch: lastBatch === 'wrap' ? batch : Math.min(batch, count), place, scenes });
  const shared = {
    model,
    state,
    loss,
    trained,
    maxLength,
    pad: model.tokenizer?.specialIds.pad ?? 0,
    runtime,
    // Scenes are drawn as fast as files are read, and there are as many as one likes.
    ...(scenes ? {} : { cacheDir: join(dir, 'cache', stage.name) }),
    name: stage.name,
  };
  const from = (own: Int32Array | undefined) => {
    const at = (index: number): number => (own ? (own[index] as number) : index);
    return { sample: (index: number) => sample(at(index)), rowOf: (index: number) => data.at?.(at(index)).row ?? at(index) };
  };
  const seeded = typeof shuffle === 'number' ? shuffle : shuffle ? seed : undefined;
  const objective = sequenceObjective({
    ...shared,
    ...{ batch, accumulate, lastBatch, shuffle: seeded, count },
    ...from(rows?.train),
    describe: { data: data.describe, train: [...train], holdout },
  });
  const out = rows?.held ?? new Int32Array();
  const held = out.length === 0 ? undefined : sequenceObjective({ ...shared, ...from(out), measured: true, count: out.length, batch });
  return {
    ...objective,
    ...(held ? { held: { batches: Math.ceil(out.length / batch), objective: held } } : {}),
    dispose: () => {
      objective.dispose?.();
      held?.dispose?.();
      if (data !== options.data) data.dispose?.(); // one that was given stays its owner's
    },
  };
}

/** What `fineTuneObjective` takes of a stage. */
export interface FineTuneContext extends Pick<StageContext, 'state' | 'runtime' | 'dir' | 'stage' | 'signal'> {
  readonly options: FineTuneOptions;
}

/** The data of a stage as conversations. Errors: `train.data`. */
export async function openData(
  data: FineTuneOptions['data'],
  { network }: Model,
  place: string,
  signal?: AbortSignal,
): Promise<Dataset<Conversation>> {
  if (isConversations(data)) return isDataset(data) ? data : data.open(signal);
  assertSource(data, place);
  const side = network instanceof MllmNetwork ? network.config.vision_config.image_size : undefined;
  return sceneConversations(data, { sprites: await loadSprites(), place: `${place}: data`, side });
}

/** Throws `util.memory` where the images and the embeddings of a batch alone cannot be held. Scenes have an image each. */
function assertBatch({ network, media }: Model, { batch, place, scenes }: { batch: number; place: string; scenes: boolean }): void {
  const { width, config } = languageModel(network) as unknown as { width: number; config: { num_hidden_layers?: number } };
  const image = scenes && network instanceof MllmNetwork ? 3 * network.config.vision_config.image_size ** 2 : 0;
  const row = (config.num_hidden_layers ?? 1) * width * ((scenes && media?.everyImage?.length) || 1);
  assertMemory(4 * batch * (image + row), {
    place: `${place}: batches of ${batch} conversations`,
    hint: 'Lower batch; accumulate makes up for it',
  });
}

/** Longest conversations where nothing is said: longer contexts cost memory by the square. */
const DEFAULT_LENGTH = 2048;

interface Lengths {
  max_position_embeddings?: number;
  n_positions?: number;
}

const lengthsOf = (network: object): Lengths =>
  (((network as { language_model?: object }).language_model ?? network) as { config?: Lengths }).config ?? {};

/** Longest conversation in tokens where nothing is said: what the model has positions for, within a bound. */
export function defaultLength(network: object): number {
  const { max_position_embeddings, n_positions } = lengthsOf(network);
  return Math.min(max_position_embeddings ?? n_positions ?? DEFAULT_LENGTH, DEFAULT_LENGTH);
}

/** Throws `train.option` for conversations longer than the model has positions for. Relative positions (T5) have no end. */
export function assertLength(network: object, maxLength: number, place: string): void {
  const { max_position_embeddings: most = Number.POSITIVE_INFINITY } = lengthsOf(network);
  if (maxLength <= most) return;
  throw optionError('maxLength', {
    place,
    expected: `at most ${most} tokens, for which the model has positions`,
    got: String(maxLength),
    hint: 'Shorten the conversations, or take a model that reads more',
  });
}
