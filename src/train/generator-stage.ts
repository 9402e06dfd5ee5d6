// `stage.generator`: a generator of images learns from images and the texts that they are asked for with.

import type { Conversation } from '../data/index.js';
import { ClipImageProcessor, type RgbImage } from '../media/index.js';
import { openMedia } from '../model/index.js';
import type { SensoriumGenerator } from '../networks/index.js';
import type { MediaPart, Tokenizer } from '../text/index.js';
import { textOf } from '../text/plain-text.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { placeOf } from './conversation-samples.js';
import { type ConversationData, isConversations } from './fine-tune.js';
import { type ConditionSource, type DrawingSample, flowMatchingObjective } from './objectives/flow-matching.js';
import { optionError, type TrainOptions } from './options.js';
import { defineStage } from './recipe.js';
import { allPasses, checkOrder, type DataStage, ORDER, orderOf } from './stage-options.js';
import { ModelState, type StateOptions } from './state.js';

/** Options of the stage. */
export interface GeneratorStage extends DataStage {
  /** Share of the texts that are left out, for guidance. */
  unconditional: number;
  /** Whether the text tower learns, too. */
  text: boolean;
  /** Conditions of another origin than texts. */
  conditions: ConditionSource | undefined;
}

/** The state of a generator with the tokenizer of its texts. */
export class GeneratorState extends ModelState {
  constructor(
    readonly generator: SensoriumGenerator,
    /** Undefined for a generator that reads no text. */
    readonly tokenizer: Tokenizer | undefined,
    options: StateOptions,
  ) {
    super(generator.parameters(), options);
  }
}

/** How images become the values that a generator draws: shortest side to its size, the middle of it, -1 to 1. */
export const generatorProcessor = (size: number): ClipImageProcessor =>
  ClipImageProcessor.fromConfig({
    size: { shortest_edge: size },
    crop_size: { height: size, width: size },
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  });

/** The first image of a conversation and the last reply. Errors: `train.data` for a row that lacks one. */
async function drawingSample(row: Conversation, signal?: AbortSignal): Promise<DrawingSample> {
  const parts = row.messages.flatMap(({ content }) => (Array.isArray(content) ? content : [])) as MediaPart[];
  const part = parts.find(({ type }) => type === 'image');
  const last = row.messages.at(-1);
  if (!part || last?.role !== 'assistant')
    throw new SensoriumError('train.data', 'a row is not an image with a text', {
      place: placeOf(row),
      expected: 'a message with an image, and a reply that tells what it shows',
      got: part ? 'no reply' : 'no image',
    });
  return { image: (await openMedia(part, { signal })) as RgbImage, text: textOf([last]) };
}

/** Throws for options that cannot be. */
function check({ unconditional, data, ...options }: TrainOptions & GeneratorStage, place: string): void {
  checkOrder({ ...options, data }, place);
  if (!(unconditional >= 0 && unconditional < 1))
    throw optionError('unconditional', { place, expected: 'a share of at least 0 and below 1', got: show(unconditional) });
  if (data !== undefined && !isConversations(data))
    throw new SensoriumError('train.data', 'a generator learns from images with texts', {
      place: `${place}: data`,
      expected: "drawings({ … }), or conversations('captions.json')",
      got: show(data),
    });
}

/** The stage. Its recipe's `state` makes a `GeneratorState`. */
export const generatorStage = defineStage<GeneratorStage>(
  'generator',
  { data: undefined, batch: 32, unconditional: 0.1, text: true, conditions: undefined, ...ORDER },
  async ({ state, options, stage: { name }, signal }) => {
    if (!(state instanceof GeneratorState))
      throw new SensoriumError('train.recipe', `the stage '${name}' needs a generator`, {
        place: `stage ${name}`,
        expected: 'a recipe whose state is new GeneratorState(generator, tokenizer, { seed })',
        got: state.constructor.name,
      });
    const { generator, tokenizer } = state;
    if (options.data === undefined) throw new SensoriumError('train.data', 'the stage has no data', { place: `stage ${name}: data` });
    const given = options.data as ConversationData;
    const data = 'get' in given ? given : await given.open(signal);
    return flowMatchingObjective({
      ...orderOf(options, data),
      network: generator,
      state,
      tokenizer,
      processor: generatorProcessor(generator.config.image_size),
      sample: async (index) => drawingSample(await data.get(index), signal),
      seed: options.seed,
      unconditional: options.unconditional,
      text: options.text,
      ...(options.conditions ? { conditions: options.conditions } : {}),
      describe: { data: data.describe },
    });
  },
  { steps: allPasses, check },
);
