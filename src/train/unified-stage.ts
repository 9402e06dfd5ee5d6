// `stage.unified`: a decoder over words and codes of images learns whole conversations, the images of replies code by code.

import type { Conversation, Dataset } from '../data/index.js';
import { cast, greater, input, maximum } from '../graph/index.js';
import type { Processor, Sequence, SequenceMedia } from '../model/index.js';
import { UnifiedNetwork } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import { mediaParts } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { show } from '../util/show.js';
import { conversationSamples, type SampleOptions } from './conversation-samples.js';
import { fineTuneObjective } from './fine-tune.js';
import { optionError } from './options.js';
import { defineStage } from './recipe.js';
import type { SampleSequences, SequenceLoss } from './sequence-objective.js';
import { allPasses, type ConversationStage, checkConversations, ORDER, withLength } from './stage-options.js';
import { trainedModel } from './trained-model.js';

/** Options of the stage. */
export interface UnifiedStage extends ConversationStage {
  /** Of a code in the loss, beside a token of a text. */
  codeWeight: number;
}

/** Codes of images that are kept. */
const KEPT = 200_000;

/** Places of images in replies, by their number in the conversation. */
function inReplies({ messages }: Conversation): boolean[] {
  return messages.flatMap((message) => mediaParts([message]).map(() => message.role === 'assistant' && message.weight !== 0));
}

/**
 * A sequence in which every image is its codes, begin and end included: those of replies are in the loss with `weight`. `codes`: of each image.
 */
export function withCodes(
  sequence: Sequence,
  codes: readonly ArrayLike<number>[],
  o: { first: number; learnt: readonly boolean[]; weight: number },
): Sequence {
  const ids = sequence.ids.slice();
  const weights = sequence.weights?.slice() ?? new Float32Array(ids.length);
  for (const [i, { at }] of sequence.media.entries()) {
    at.forEach((place, k) => {
      ids[place] = o.first + (codes[i]?.[k] as number);
    });
    if (!o.learnt[i]) continue;
    for (const place of at) weights[place] = o.weight;
    weights[(at[0] as number) - 1] = 1;
    weights[(at.at(-1) as number) + 1] = o.weight;
  }
  return { ...sequence, ids, weights, media: [] };
}

/** Next-token prediction over words and codes (Sheng et al. 2023), each kind reported by itself. */
function nextToken(first: number): SequenceLoss {
  return {
    name: 'unified',
    over: 'tokens',
    loss: ({ logProbs, weights, targets }) => {
      const isCode = cast(greater(targets, first - 1), 'float32');
      const codes = weights.mul(isCode);
      const words = weights.sub(codes);
      const mean = (w: typeof weights) => logProbs.neg().mul(w).sum().div(maximum(w.sum(), 1e-6));
      return { loss: mean(weights), metrics: { words: mean(words), codes: mean(codes) } };
    },
  };
}

/** The stage. The tokenizer of images stays as it is; what learns is the decoder and its adapters. */
export const unifiedStage = defineStage<UnifiedStage>(
  'unified',
  { train: ['adapters', 'language'], data: undefined, batch: 16, maxLength: 0, holdout: 0, epochs: 1, codeWeight: 1, ...ORDER },
  async (context) => {
    const { options, state, stage, runtime } = context;
    const { network, values } = trainedModel(state, stage.name).model;
    if (!(network instanceof UnifiedNetwork))
      throw new SensoriumError('train.recipe', 'the model has no tokens of images', {
        place: `stage ${stage.name}`,
        expected: 'a model of unifyModel (model_type sensorium_unified)',
        got: network.constructor.name,
      });
    const wrong = options.train.find((part) => ['all', 'vision', 'connector'].includes(part));
    if (wrong !== undefined)
      throw optionError('train', {
        place: `stage ${stage.name}`,
        expected: 'adapters, language or parts of it: codes must mean the same throughout',
        got: wrong,
      });
    const { image_tokenizer: vq, config } = network;
    const { image_size: size } = config.vq_config;
    const program = await compile(
      { codes: vq.encode(input('pixels', ['images', 3, size, size])) },
      { frozen: new Map(vq.parameters().map((p) => [p, values.get(p) as HostTensor])), runtime, name: 'codes' },
    );
    const known = new Map<string, Int32Array>();
    const codesOf = async (media: readonly SequenceMedia[]): Promise<Int32Array[]> => {
      const fresh = media.filter(({ key }, i) => !known.has(key) && media.findIndex((other) => other.key === key) === i);
      const made = new Map<string, Int32Array>();
      if (fresh.length > 0) {
        const pixels = hostTensor('float32', [fresh.length, 3, size, size]);
        const each = 3 * size * size;
        for (const [i, one] of fresh.entries()) pixels.data.set((await one.feeds(['pixels'])).pixels?.data as Float32Array, i * each);
        const { codes } = await program.run({ pixels });
        for (const [i, { key }] of fresh.entries())
          made.set(key, Int32Array.from((codes as HostTensor<'int64'>).data.slice(i * vq.codes, (i + 1) * vq.codes), Number));
      }
      for (const [key, codes] of made) if (known.size < KEPT) known.set(key, codes);
      return media.map(({ key }) => (known.get(key) ?? made.get(key)) as Int32Array);
    };
    const { first_code_index: first } = config;
    const samples = (data: Dataset<Conversation>, processor: Processor, how: SampleOptions) => {
      const plain = conversationSamples(data, processor, how);
      return async (index: number): Promise<SampleSequences> => {
        const { sequence, ...sample } = await plain(index);
        const learnt = inReplies(await data.get(index));
        const codes = await codesOf(sequence.media);
        return { ...sample, sequences: [withCodes(sequence, codes, { first, learnt, weight: options.codeWeight })] };
      };
    };
    const loss = { ...nextToken(first), describe: { codeWeight: options.codeWeight }, dispose: async () => program.dispose() };
    return fineTuneObjective({ ...context, options: withLength(context, 64 + vq.codes) }, { loss, samples });
  },
  {
    steps: allPasses,
    check: (options, place) => {
      checkConversations(options, place);
      const { codeWeight } = options;
      if (!(codeWeight >= 0 && Number.isFinite(codeWeight)))
        throw optionError('codeWeight', { place, expected: 'a number of at least 0', got: show(codeWeight) });
    },
  },
);
