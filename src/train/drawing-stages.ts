// `stage.signals` and `stage.latents`: a language model learns to ask a generator for images, by signal tokens (NExT-GPT) or by rows that it regresses (Emu).

import type { Conversation, Dataset } from '../data/index.js';
import { ImageGenerator, MediaEncoder } from '../generate/index.js';
import type { Processor, Sequence, SequenceMedia } from '../model/index.js';
import { type EndAdapter, endAdapter, LatentHead, SignalProjector, VisionNetwork } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { show } from '../util/show.js';
import { conversationSamples, type SampleOptions } from './conversation-samples.js';
import { fineTuneObjective } from './fine-tune.js';
import { latentRegression, withLatents } from './objectives/latents.js';
import { signalAlignment } from './objectives/signals.js';
import { optionError, type TrainOptions } from './options.js';
import { defineStage } from './recipe.js';
import type { SampleSequences } from './sequence-objective.js';
import { allPasses, type ConversationStage, checkConversations, ORDER, withLength } from './stage-options.js';
import { type TrainedModel, trainedModel } from './trained-model.js';

/** The key of a row that holds what its reply draws. */
export const DRAWING_KEY = 'drawing';

/** Options of both stages. */
export interface DrawingStage extends ConversationStage {
  /** Of what leads to images, beside the loss of language. */
  weight: number;
}

/** Options of `stage.signals`. */
export interface SignalStage extends DrawingStage {
  /** Folder of the generator whose conditions are aligned with. */
  generator: string;
}

/** Tokens that a request and its reply need. */
const TEXT = 64;

/** The head of a class in a model. Errors: `train.recipe` for a model without one. */
function headOf<A extends EndAdapter>({ model }: TrainedModel, of: new (...args: never[]) => A, o: { stage: string; adapter: string }): A {
  const head = endAdapter(model.network, of);
  if (head) return head;
  throw new SensoriumError('train.recipe', 'the model has nothing that leads to images', {
    place: `stage ${o.stage}`,
    expected: `open('folder or hub id', { adapters: [${o.adapter}], tokens: […] })`,
    got: 'a model without it',
  });
}

/** Throws for options that cannot be. */
function check(options: TrainOptions & DrawingStage, place: string): void {
  checkConversations(options, place);
  const { weight } = options;
  if (!(weight >= 0 && Number.isFinite(weight)))
    throw optionError('weight', { place, expected: 'a number of at least 0', got: show(weight) });
}

/** Samples of conversations; `each` is given every row with its sequence, and may give another sequence in its place. */
function withRows(each: (sequence: Sequence, row: Conversation) => Sequence) {
  return (data: Dataset<Conversation>, processor: Processor, options: SampleOptions): ((index: number) => Promise<SampleSequences>) => {
    const plain = conversationSamples(data, processor, options);
    return async (index) => {
      const sample = await plain(index);
      return { ...sample, sequences: [each(sample.sequence, await data.get(index))] };
    };
  };
}

const DEFAULTS = { data: undefined, batch: 16, maxLength: 0, holdout: 0, epochs: 1, weight: 1, ...ORDER };

/** NExT-GPT's alignment on the side of the decoder. A model that it trains is opened with `adapters: [signals({ … })]` and the tokens. */
export const signalStage = defineStage<SignalStage>(
  'signals',
  { train: ['adapters', 'language'], generator: '', ...DEFAULTS },
  async (context) => {
    const { options, state, stage, runtime, signal } = context;
    const trained = trainedModel(state, stage.name);
    const projector = headOf(trained, SignalProjector, { stage: stage.name, adapter: 'signals({ … })' });
    const { tokenizer } = trained.model.processor;
    const ids = projector.tokens.map((token) => {
      const id = tokenizer.tokenId(token);
      if (id !== undefined) return id;
      throw new SensoriumError('train.recipe', 'the model lacks a signal token', {
        place: `stage ${stage.name}`,
        expected: `open(…, { tokens: ${JSON.stringify(projector.tokens)} })`,
        got: `no ${token}`,
      });
    });
    const generator = await ImageGenerator.load(options.generator, { runtime, signal });
    const texts = new WeakMap<Sequence, string>();
    const known = new Map<string, Float32Array>();
    const { rows, size } = projector.options;
    const loss = signalAlignment({
      projector,
      ids,
      weight: options.weight,
      textOf: (sequence) => texts.get(sequence),
      conditions: async (wanted) => {
        const fresh = [...new Set(wanted)].filter((text) => !known.has(text));
        const made = await generator.condition(fresh);
        for (const [i, text] of fresh.entries()) known.set(text, made.data.slice(i * rows * size, (i + 1) * rows * size));
        const data = Float32Array.from(wanted.flatMap((text) => [...(known.get(text) as Float32Array)]));
        return { dtype: 'float32', shape: [wanted.length, rows, size], data };
      },
      dispose: () => generator.dispose(),
    });
    const samples = withRows((sequence, { extra }) => {
      const text = extra?.[DRAWING_KEY];
      if (typeof text === 'string') texts.set(sequence, text);
      return sequence;
    });
    return fineTuneObjective({ ...context, options: withLength(context, TEXT) }, { loss, samples });
  },
  {
    steps: allPasses,
    check: (options, place) => {
      check(options, place);
      if (options.generator === '') throw optionError('generator', { place, expected: 'the folder of a generator', got: 'nothing' });
    },
  },
);

/** Emu's one objective. A model that it trains is opened with `adapters: [latents({ … })]` and the tokens; its vision and connector stay as they are. */
export const latentStage = defineStage<DrawingStage>(
  'latents',
  { train: ['adapters', 'language'], ...DEFAULTS },
  async (context) => {
    const { options, state, stage, runtime } = context;
    const trained = trainedModel(state, stage.name);
    const head = headOf(trained, LatentHead, { stage: stage.name, adapter: 'latents({ … })' });
    const { network, media, values } = trained.model;
    const wrong = options.train.find((part) => ['all', 'vision', 'connector'].includes(part));
    if (wrong !== undefined)
      throw optionError('train', {
        place: `stage ${stage.name}`,
        expected: 'adapters, language or parts of it: rows that moved while they are regressed would all become the same',
        got: wrong,
      });
    if (!(network instanceof VisionNetwork) || !media)
      throw new SensoriumError('train.recipe', 'rows of images are regressed by a model that takes images', {
        place: `stage ${stage.name}`,
      });
    const encoder = new MediaEncoder({ network, values, joins: media.joins, runtime });
    const known = new Map<string, HostTensor<'float32'>>();
    const rowsOf = async (one: SequenceMedia): Promise<HostTensor<'float32'>> => {
      const [made] = known.has(one.key) ? [known.get(one.key)] : await encoder.encode([one]);
      if (known.size < KEPT) known.set(one.key, made as HostTensor<'float32'>);
      return made as HostTensor<'float32'>;
    };
    const loss = latentRegression({
      head,
      imageId: media.imageTokenId,
      width: (network.language_model as { rowWidth: number }).rowWidth,
      rowsOf,
      weight: options.weight,
      dispose: () => encoder.dispose(),
    });
    // An image stands in a reply where the token before it is to be predicted.
    const samples = withRows((sequence) => {
      const own = sequence.media.filter(({ at }) => sequence.weights?.[(at[0] as number) - 1]);
      return own.length === 0
        ? sequence
        : withLatents(
            sequence,
            own.flatMap(({ at }) => [...at]),
          );
    });
    return fineTuneObjective({ ...context, options: withLength(context, TEXT + head.options.rows) }, { loss, samples });
  },
  { steps: allPasses, check },
);

/** Images whose rows are kept. */
const KEPT = 20_000;
