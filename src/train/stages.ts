// The stages of a multimodal model's training, as recipes name them: contrastive, pretrain (alignment), instruct.

import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
import { show } from '../util/show.js';
import { loadSprites } from '../world/index.js';
import { clipOf, mllmState } from './assembly.js';
import { denseSample, PHRASE_GROUPS } from './dense-world.js';
import { type ConversationData, fineTuneObjective, isConversations } from './fine-tune.js';
import { splitRows } from './holdout.js';
import type { Objective } from './objective.js';
import { contrastiveObjective } from './objectives/contrastive.js';
import { dpo } from './objectives/dpo.js';
import { instructObjective, type Part } from './objectives/instruct.js';
import { OpenedState } from './opened-state.js';
import { optionError, type TrainOptions } from './options.js';
import { type OrderOptions, stepsPerEpoch } from './order.js';
import { defineStage, type StageContext } from './recipe.js';
import { Reference } from './reference.js';
import { assertSource, imageSamples, type SceneSource, sceneRow } from './world-samples.js';

/** What every stage over rows takes. */
interface DataStage {
  data: SceneSource | ConversationData | undefined;
  /** Rows of a batch. */
  batch: number;
  /** A seed, or true for the stage's own, for another order in every epoch. Default false: the order of the data. */
  shuffle: boolean | number;
  /** The last batch of an epoch holds what is left (`short`, default), or goes on with the first rows of the next (`wrap`). */
  lastBatch: 'short' | 'wrap';
}

interface ConversationStage extends DataStage {
  /** Parts that learn; the others are frozen. Of a model that was opened: see `selectParameters`. */
  train: readonly string[];
  /** Tokens in a row, image tokens included: the longest conversation; shorter ones share rows. 0: the tokens of an image and `text` more. */
  maxLength: number;
  /** Share of the rows, or their number, that is held out: their loss is reported. Of conversations alone. Default 0. */
  holdout: number;
  /** Passes over the data, where `steps` says nothing. */
  epochs: number;
}

type Options<O> = TrainOptions & O;

const ORDER = { shuffle: false as boolean | number, lastBatch: 'short' as const };

function orderOf({ batch, accumulate, shuffle, lastBatch, seed }: Options<DataStage>, { length }: { length: number }): OrderOptions {
  const number = typeof shuffle === 'number' ? shuffle : shuffle ? seed : undefined;
  return { count: length, batch, accumulate, lastBatch, ...(number === undefined ? {} : { shuffle: number }) };
}

/** Steps of all passes over the data; undefined where there are no rows, which the check reports, or where they are not counted yet. */
function allPasses(options: Options<DataStage & Partial<Pick<ConversationStage, 'holdout' | 'epochs'>>>): number | undefined {
  const { holdout = 0, epochs = 1, seed } = options;
  const length = (options.data as { length?: number } | undefined)?.length;
  if (length === undefined || !Number.isSafeInteger(length) || length <= 0) return undefined;
  const rows = holdout > 0 ? splitRows(length, { share: holdout, seed }).train.length : length;
  return Math.ceil(epochs * stepsPerEpoch(orderOf(options, { length: rows })));
}

/** Throws `train.option` or `train.data` for what no common check can know. `parts`: what the stage can train. */
function checkStage(options: Options<DataStage & { train: readonly string[] }>, place: string, parts: readonly string[]): void {
  const { train, data } = options;
  checkParts(train, place, parts);
  checkOrder(options, place);
  if (data !== undefined && data !== null && !isConversations(data)) assertSource(data, place);
}

function checkParts(train: readonly string[], place: string, parts: readonly string[]): void {
  const wrong = train.find((part) => !parts.includes(part));
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

function checkOrder({ batch, shuffle, lastBatch }: Options<DataStage>, place: string): void {
  if (!Number.isSafeInteger(batch) || batch < 1)
    throw optionError('batch', { place, expected: 'a whole number of at least 1', got: show(batch) });
  if (typeof shuffle !== 'boolean' && !Number.isSafeInteger(shuffle))
    throw optionError('shuffle', { place, expected: 'true, false or a seed (a whole number)', got: show(shuffle) });
  if (lastBatch !== 'short' && lastBatch !== 'wrap')
    throw optionError('lastBatch', { place, expected: "'short' or 'wrap'", got: show(lastBatch) });
}

function didYouMean(word: unknown, valid: readonly string[]): string | undefined {
  const near = typeof word === 'string' ? nearest(word, valid) : undefined;
  return near ? `Did you mean '${near}'?` : undefined;
}

const PARTS: readonly Part[] = ['vision', 'connector', 'language'];

/** A stage over conversations, whose model was opened. Errors: `train.recipe` for another state. */
async function fineTune(
  context: StageContext<ConversationStage>,
  data: ConversationData,
  how: Parameters<typeof fineTuneObjective>[3] = {},
): Promise<Objective> {
  const { options } = context;
  const { shuffle, seed } = options;
  const order = typeof shuffle === 'number' ? shuffle : shuffle ? seed : undefined;
  return fineTuneObjective(context, openedState(context), { ...options, data, shuffle: order }, how);
}

/** The state of a model that was opened. Errors: `train.recipe` for another state. */
function openedState({ state, stage }: Pick<StageContext, 'state' | 'stage'>): OpenedState {
  if (state instanceof OpenedState) return state;
  throw new SensoriumError('train.recipe', 'conversations train a model that was opened', {
    place: `stage ${stage.name}: data`,
    expected: "defineRecipe({ model: open('folder or hub id'), … })",
    got: 'mllm({…}), or a state of your own',
  });
}

/** Throws for options of a stage over conversations that cannot be. */
function checkConversations(options: Options<ConversationStage>, place: string): void {
  checkOrder(options, place);
  const { maxLength, epochs, holdout } = options;
  if (!Number.isSafeInteger(maxLength) || maxLength < 0)
    throw optionError('maxLength', { place, expected: 'a whole number of at least 0', got: show(maxLength) });
  if (!(epochs > 0 && Number.isFinite(epochs))) throw optionError('epochs', { place, expected: 'a number above 0', got: show(epochs) });
  if (!(holdout >= 0)) throw optionError('holdout', { place, expected: 'a share below 1, or a number of rows', got: show(holdout) });
}

/** `text`: tokens that the longest conversations of this kind need beside the image. */
function conversations(kind: 'pretrain' | 'instruct', defaults: ConversationStage, text: number) {
  const make = async (context: StageContext<ConversationStage>): Promise<Objective> => {
    const { state, options, runtime, stage } = context;
    const place = `stage ${stage.name}`;
    const { data } = options;
    if (isConversations(data)) return fineTune(context, data);
    assertSource(data, place);
    const own = mllmState(state, stage.name);
    checkParts(options.train, place, PARTS);
    const train = options.train as readonly Part[];
    const { network, processor, tokenizer } = own.parts;
    const sprites = await loadSprites();
    const length = options.maxLength || network.imageTokens + text;
    if (length <= network.imageTokens)
      throw optionError('maxLength', { place, expected: `more than the ${network.imageTokens} tokens of an image`, got: String(length) });
    return instructObjective({
      name: stage.name,
      network,
      state: own,
      processor,
      train,
      length,
      pad: tokenizer.specialIds.pad ?? 0,
      ...orderOf(options, data),
      sample: imageSamples(data, own.parts, sprites, length, place),
      runtime,
      describe: { data: data.description, train: [...train] },
    });
  };
  const check = (options: Options<ConversationStage>, place: string): void => {
    if (!isConversations(options.data)) checkStage(options, place, PARTS);
    checkConversations(options, place);
  };
  return defineStage<ConversationStage>(kind, defaults, make, { steps: allPasses, check });
}

/** `stage.contrastive(…)`, `stage.pretrain(…)`, `stage.instruct(…)`: what a recipe lists. Without `steps` each takes one pass over its data. */
export const stage = {
  /** CLIP's objective on the vision tower, with dense phrases; the text tower is thrown away afterwards. */
  contrastive: defineStage<DataStage & { train: readonly ['vision'] }>(
    'contrastive',
    { train: ['vision'], data: undefined, batch: 64, ...ORDER },
    async ({ state, options, stage: { name } }) => {
      const place = `stage ${name}`;
      const { batch, data } = options;
      assertSource(data, place);
      const own = mllmState(state, name);
      const { network, tokenizer, processor } = own.parts;
      const sprites = await loadSprites();
      const grid = Math.sqrt(network.vision.tokenCount);
      return contrastiveObjective({
        network: clipOf(own, name),
        tokenizer,
        processor,
        batchSize: batch,
        order: orderOf(options, data),
        sample: (index) => denseSample(sceneRow(data, index, place).scene, sprites, grid),
        groups: PHRASE_GROUPS,
        describe: { data: data.description },
      });
    },
    {
      steps: allPasses,
      check: (options, place) => {
        checkStage(options, place, ['vision']);
        if (options.batch < 2)
          throw optionError('batch', { place, expected: 'at least 2: each image is told from the others', got: String(options.batch) });
        if (isConversations(options.data)) assertSource(options.data, place);
        else if (options.data && options.data.length < 2)
          throw new SensoriumError('train.data', 'a contrastive stage needs at least two rows', {
            place: `${place}: data`,
            got: String(options.data.length),
          });
      },
    },
  ),
  /** Alignment: captions, usually with the connector alone. */
  pretrain: conversations(
    'pretrain',
    { train: ['connector'], data: undefined, batch: 32, maxLength: 0, holdout: 0, epochs: 1, ...ORDER },
    96,
  ),
  /** Preferences: conversations whose rows also have the reply that was not preferred (`rejected_response`). */
  dpo: defineStage<ConversationStage & { beta: number }>(
    'dpo',
    { train: ['adapters'], data: undefined, batch: 8, maxLength: 0, holdout: 0, epochs: 1, beta: 0.1, ...ORDER },
    async (context) => {
      const { data, beta } = context.options;
      // The reference is what was opened: behind another stage that is not where this one began.
      if (context.stage.index > 0)
        throw new SensoriumError('train.recipe', 'a stage of preferences is the first of its recipe', {
          place: `stage ${context.stage.name}`,
          hint: 'Train the other stages in a run of their own, and open the model that it saved',
        });
      const { model } = openedState(context);
      const reference = new Reference({ model, values: model.values, maxLength: 0, pad: model.tokenizer?.specialIds.pad ?? 0 });
      const loss = dpo({ beta, reference: (sequences) => reference.logProbs(sequences) });
      return fineTune(context, data as ConversationData, { loss: { ...loss, dispose: () => reference.dispose() }, pairs: true });
    },
    { steps: allPasses, check: checkConversations },
  ),
  /** Instruction tuning: conversations of several turns over one image. */
  instruct: conversations(
    'instruct',
    { train: ['connector', 'language'], data: undefined, batch: 16, maxLength: 0, holdout: 0, epochs: 1, ...ORDER },
    144,
  ),
};
