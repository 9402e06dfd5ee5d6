// The stages of a multimodal model's training, as recipes name them: contrastive, pretrain (alignment), instruct.

import { languageModel } from '../model/index.js';
import { type CausalDecoder, HaclHead } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
import { show } from '../util/show.js';
import { loadSprites } from '../world/index.js';
import { contrastSamples } from './contrast-samples.js';
import { preferenceSamples } from './conversation-samples.js';
import { denseSample, PHRASE_GROUPS } from './dense-world.js';
import { type ConversationData, fineTuneObjective, isConversations } from './fine-tune.js';
import { splitRows } from './holdout.js';
import type { Objective } from './objective.js';
import { contrastiveObjective } from './objectives/contrastive.js';
import { dpo } from './objectives/dpo.js';
import { hacl } from './objectives/hacl.js';
import { optionError, type TrainOptions } from './options.js';
import { type OrderOptions, stepsPerEpoch } from './order.js';
import { defineStage, type StageContext } from './recipe.js';
import { Reference } from './reference.js';
import { PART_NAMES } from './select.js';
import { clipOf, OpenedState, type TrainedModel, trainedModel } from './trained-model.js';
import { assertSource, type SceneSource, sceneRow } from './world-samples.js';

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
  /** What learns, as `selectParameters` reads it; the rest is frozen. */
  train: readonly string[];
  /** Longest conversation in tokens, those of images included; shorter ones share rows. 0: of scenes the tokens of an image and `text` more, else what the model reads. */
  maxLength: number;
  /** Share of the rows, or their number, that is held out: their loss is reported. Default 0. */
  holdout: number;
  /** Passes over the data, where `steps` says nothing. */
  epochs: number;
}

interface ContrastStage extends ConversationStage {
  /** Of the contrastive term beside the loss of language. */
  weight: number;
  /** Features of captions and images before, that are kept to compare with. */
  queue: number;
  /** Hallucinated captions of each row. */
  negatives: number;
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

/** Throws `train.option` for parts that no model has; patterns over the names of parameters are looked up when the stage begins. */
function checkParts(train: readonly string[], place: string, parts: readonly string[]): void {
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

/** The state of a model that was opened, which still has the values it began with. Errors: `train.recipe` for another state. */
function openedState({ state, stage }: Pick<StageContext, 'state' | 'stage'>): OpenedState {
  if (state instanceof OpenedState && state.keeps) return state;
  throw new SensoriumError('train.recipe', 'preferences train a model that was opened', {
    place: `stage ${stage.name}`,
    expected: "defineRecipe({ model: open('folder or hub id'), … })",
    got: 'mllm({…}), or a state without the values that it began with',
  });
}

/** Throws for options of a stage over conversations that cannot be. */
function checkConversations(options: Options<ConversationStage>, place: string): void {
  checkOrder(options, place);
  const { data, maxLength, epochs, holdout } = options;
  if (!isConversations(data)) {
    checkParts(options.train, place, PART_NAMES);
    if (data !== undefined && data !== null) assertSource(data, place);
  }
  if (!Number.isSafeInteger(maxLength) || maxLength < 0)
    throw optionError('maxLength', { place, expected: 'a whole number of at least 0', got: show(maxLength) });
  if (!(epochs > 0 && Number.isFinite(epochs))) throw optionError('epochs', { place, expected: 'a number above 0', got: show(epochs) });
  if (!(holdout >= 0)) throw optionError('holdout', { place, expected: 'a share below 1, or a number of rows', got: show(holdout) });
}

/** The options of a stage with its data, and a length for those of scenes. `text`: tokens that the longest need beside their image. */
function withLength<O extends ConversationStage>({ options, stage, state }: StageContext<O>, text: number) {
  const { data, maxLength } = options;
  if (isConversations(data)) return { ...options, data };
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

/** `text`: tokens that the longest conversations over a scene need beside its image. */
function conversations(kind: 'pretrain' | 'instruct', defaults: ConversationStage, text: number) {
  const make = (context: StageContext<ConversationStage>): Promise<Objective> =>
    fineTuneObjective({ ...context, options: withLength(context, text) });
  return defineStage<ConversationStage>(kind, defaults, make, { steps: allPasses, check: checkConversations });
}

/** The head of HACL in a model. Errors: `train.recipe` for a model without one. */
function haclHead({ model }: TrainedModel, stage: string): HaclHead {
  const { model: body } = languageModel<CausalDecoder>(model.network);
  const head = body?.adapters?.find((adapter) => adapter instanceof HaclHead);
  if (head) return head;
  throw new SensoriumError('train.recipe', 'the model has no head for contrasts', {
    place: `stage ${stage}`,
    expected: "open('folder or hub id', { adapters: [hacl()] })",
    got: 'a model without hacl() in its adapters',
  });
}

/** Throws for options of a stage of contrasts that cannot be. */
function checkContrasts(options: Options<ContrastStage>, place: string): void {
  checkConversations(options, place);
  const { weight, queue, negatives } = options;
  if (!(weight >= 0 && Number.isFinite(weight)))
    throw optionError('weight', { place, expected: 'a number of at least 0', got: show(weight) });
  for (const [key, value] of Object.entries({ queue, negatives }))
    if (!Number.isSafeInteger(value) || value < 1 || value > 2 ** 20)
      throw optionError(key, { place, expected: 'a whole number from 1 to 1048576', got: show(value) });
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
      const clip = clipOf(trainedModel(state, name), name);
      const sprites = await loadSprites();
      const grid = Math.sqrt(clip.network.vision_model.tokenCount);
      return contrastiveObjective({
        ...clip,
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
        checkParts(options.train, place, ['vision']);
        checkOrder(options, place);
        if (options.batch < 2)
          throw optionError('batch', { place, expected: 'at least 2: each image is told from the others', got: String(options.batch) });
        const { data } = options;
        if (data === undefined || data === null) return;
        assertSource(data, place);
        if (data.length < 2)
          throw new SensoriumError('train.data', 'a contrastive stage needs at least two rows', {
            place: `${place}: data`,
            got: String(data.length),
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
      const { options } = context;
      // The reference is what was opened: behind another stage that is not where this one began.
      if (context.stage.index > 0)
        throw new SensoriumError('train.recipe', 'a stage of preferences is the first of its recipe', {
          place: `stage ${context.stage.name}`,
          hint: 'Train the other stages in a run of their own, and open the model that it saved',
        });
      const { model } = openedState(context);
      const reference = new Reference({ model, values: model.values, maxLength: 0, pad: model.tokenizer?.specialIds.pad ?? 0 });
      const loss = dpo({ beta: options.beta, reference: (sequences) => reference.logProbs(sequences) });
      return fineTuneObjective(
        { ...context, options: { ...options, data: options.data as ConversationData } },
        { loss: { ...loss, dispose: () => reference.dispose() }, samples: preferenceSamples },
      );
    },
    { steps: allPasses, check: checkConversations, reference: true },
  ),
  /** Hallucination-augmented contrastive learning: rows also have `hallucinated` captions, which their images are kept away from. */
  hacl: defineStage<ContrastStage>(
    'hacl',
    {
      train: ['adapters', 'connector', 'language'],
      data: undefined,
      batch: 16,
      maxLength: 0,
      holdout: 0,
      epochs: 1,
      weight: 1,
      queue: 2048,
      negatives: 1,
      ...ORDER,
    },
    (context) => {
      const { options, state, stage: at } = context;
      const trained = trainedModel(state, at.name);
      const { weight, queue, negatives } = options;
      const end = trained.model.generation.endIds[0] ?? trained.model.processor.tokenizer.specialIds.eos ?? 0;
      return fineTuneObjective(
        { ...context, options: withLength(context, 144) },
        {
          loss: hacl({ head: haclHead(trained, at.name), weight, queue, negatives }),
          samples: (data, processor, o) => contrastSamples(data, processor, { ...o, negatives, end }),
        },
      );
    },
    { steps: allPasses, check: checkContrasts },
  ),
  /** Instruction tuning: conversations of several turns over one image. */
  instruct: conversations(
    'instruct',
    { train: ['connector', 'language'], data: undefined, batch: 16, maxLength: 0, holdout: 0, epochs: 1, ...ORDER },
    144,
  ),
};
