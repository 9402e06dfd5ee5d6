// Mllm: a multimodal model ready to be asked: network, weights, tokenizer, chat template and image processor together.

import type { Parameter } from '../graph/index.js';
import type { ImageLimits, ImagePart, RgbImage, VideoPart } from '../media/index.js';
import {
  type EncodedSequence,
  type EncodeOptions,
  type GenerationConfig,
  generationOf,
  type Model,
  openModel,
  Processor,
  type SequenceMedia,
} from '../model/index.js';
import type { MultimodalNetwork } from '../networks/index.js';
import { type MultimodalProcessor, type PreparedImage, rowPositions } from '../networks/processor.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { type Box, parseBoxes } from '../text/boxes.js';
import type { Entity } from '../text/grounding.js';
import type { ChatMessage, ChatTemplate, Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { HubOptions } from '../weights/index.js';
import { type BeamOptions, type BeamSequence, beamSearch } from './beam.js';
import { Decoder } from './decoder.js';
import { decoderPolicy } from './decoder-policy.js';
import { joinRows, MediaEncoder, type Medium } from './media-encoder.js';
import type { EncodeMedia, Policy, Prompt } from './policy.js';
import { type RankedOption, rankOptions } from './rank-options.js';
import { collectReply, type TextReply, withValue } from './reply.js';
import { type GenerateOptions, generateMany, generateTokens, type ManyOptions, type Piece, type PromptOptions } from './tokens.js';

export interface LoadOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  limits?: ImageLimits;
  /**
   * Positions of prompt and reply together, for which each conversation takes memory. Default: the model's maximum, but 8192 at most;
   * 'model': all that the model has.
   */
  capacity?: number | 'model';
  /** Folders of adapters in peft's layout. */
  adapters?: readonly string[];
  signal?: AbortSignal;
  /** How a model of the hub is fetched. */
  hub?: HubOptions;
}

/** Contexts of 131,072 positions are common by now; their caches would take gigabytes. */
const DEFAULT_CAPACITY = 8192;

/** What an `Mllm` is made of. */
export interface MllmParts {
  network: MultimodalNetwork;
  values: ReadonlyMap<Parameter, HostTensor>;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  processor: MultimodalProcessor;
  /** Settings of generation_config.json, and the ids that end a reply. Default: the tokenizer's end alone. */
  generation?: GenerationConfig;
}

/** The parts of an opened model. Errors: `models.architecture` for one whose language model is an encoder-decoder. */
function mllmParts({ kind, dir, config, network, values, tokenizer, template, media, generation }: Model): MllmParts {
  if (kind === 'seq2seq')
    throw new SensoriumError('models.architecture', 'the language model of this folder is an encoder-decoder', {
      place: dir,
      expected: 'a decoder-only language model',
      got: (config as { text_config: { model_type: string } }).text_config.model_type,
      hint: 'Open it with Seq2SeqLm.load, whose sources may hold an image',
    });
  const parts = { tokenizer: tokenizer as Tokenizer, template: template as ChatTemplate, processor: media as MultimodalProcessor };
  return { network: network as MultimodalNetwork, values, ...parts, generation };
}

/** A reply of an `Mllm`. */
export interface Reply extends TextReply {
  /** Boxes written in the reply as [x0,y0,x1,y1] in 0..1 (Shikra's form). */
  boxes: Box[];
  /** What a model that grounds its phrases (Kosmos-2) names, with boxes; `text` is then without tags. */
  entities?: Entity[];
  /** With `beams`: all `returnSequences` replies, best first; `text` is that of the first. */
  sequences?: BeamSequence[];
}

/** A conversation, and what its reply is asked for with. */
export interface ChatOptions extends GenerateOptions, PromptOptions {
  messages: readonly ChatMessage[];
}

/** Content of one user message: texts and images in order. */
export type Content = readonly (string | ImagePart | VideoPart)[];

/** A multimodal model that can be asked. Programs are compiled at the first use and freed by `dispose`. */
export class Mllm {
  private readonly processor: Processor;
  private readonly vision: MediaEncoder;
  private compiled: Promise<Decoder> | undefined;
  private constructor(
    readonly parts: MllmParts,
    private readonly options: LoadOptions,
    /** The folder, for a model that was opened from one. */
    readonly model?: Model,
  ) {
    const { network, values, tokenizer, template, processor: media } = parts;
    const { runtime, threads, limits } = options;
    this.processor = model?.processor ?? new Processor({ dir: tokenizer.place, tokenizer, template, media, limits });
    this.vision = new MediaEncoder({ network, values, joins: media.joins, runtime, threads });
  }

  static from(parts: MllmParts, options: LoadOptions = {}): Mllm {
    return new Mllm(parts, options);
  }

  /** A model that is open already. Errors: `models.architecture` for one whose language model is an encoder-decoder. */
  static of(model: Model, options: LoadOptions = {}): Mllm {
    return new Mllm(mllmParts(model), options, model);
  }

  /** Loads a folder in Hugging Face layout, or a model of the hub (`org/name`, `org/name@revision`). Errors name the file and what is wrong. */
  static async load(name: string, options: LoadOptions = {}): Promise<Mllm> {
    const { signal, hub, limits, adapters } = options;
    const model = await openModel(name, { kinds: ['multimodal'], signal, hub, limits, adapters });
    return new Mllm(mllmParts(model), options, model);
  }

  /** Settings of the model's generation_config.json, and the ids that end a reply. */
  get generation(): GenerationConfig {
    return this.parts.generation ?? generationOf(this.parts.tokenizer);
  }

  /** Answers one message. @example (await model.generate([image('kitchen.png'), 'What is left of the cup?'])).text */
  async generate(content: Content | string, options: GenerateOptions & BeamOptions = {}): Promise<Reply> {
    const messages = [userMessage(content)];
    const { processor } = this.parts;
    if (options.beams === undefined)
      return complete({ boxes: [], ...(await collectReply(this.stream({ messages, ...options }), options)) }, options, processor);
    const prompt = await this.encode(messages, { signal: options.signal });
    const sequences = await beamSearch(await this.policy(), this.parts.tokenizer, prompt, options, this.generation);
    return complete({ boxes: [], ...pickReply(sequences), sequences }, options, processor);
  }

  /** Streams the reply to a conversation (messages as in the OpenAI chat API). */
  async *stream({ messages, variables, continueFinalMessage, ...options }: ChatOptions): AsyncGenerator<Piece> {
    const prompt = await this.encode(messages, { variables, continueFinalMessage, signal: options.signal });
    yield* generateTokens(await this.policy(), this.parts.tokenizer, prompt, options, this.generation);
  }

  /**
   * Options as replies to one message, the most probable first: multiple choice without generating. `normalize`: 'mean' divides by the number
   * of tokens. @example (await model.rank([image('cup.png'), 'What color is it?'], ['red', 'blue']))[0].index
   */
  async rank(content: Content | string, options: readonly string[], o: { normalize?: 'sum' | 'mean' } = {}): Promise<RankedOption[]> {
    const { tokenizer } = this.parts;
    const prompt = await this.encode([userMessage(content)]);
    return rankOptions(
      await this.policy(),
      prompt,
      options.map((option) => tokenizer.encode(option)),
      o,
    );
  }

  /** Replies to many single questions, batched. `image` is RGB at any size; equal images are encoded once. */
  async answer(questions: readonly { image: RgbImage; question: string }[], options: ManyOptions = {}): Promise<string[]> {
    const known = new Map<string, HostTensor<'float32'>>();
    const encode: EncodeMedia = async (media) => {
      const fresh = media.filter(({ key }) => !known.has(key));
      for (const [i, rows] of (await this.vision.encode(fresh)).entries()) known.set((fresh[i] as SequenceMedia).key, rows);
      return media.map(({ key }) => known.get(key) as HostTensor<'float32'>);
    };
    const prompts: Prompt[] = [];
    for (const { image, question } of questions) {
      options.signal?.throwIfAborted();
      prompts.push(
        await this.encode([
          {
            role: 'user',
            content: [
              { type: 'image', source: image },
              { type: 'text', text: question },
            ],
          },
        ]),
      );
    }
    const policy = decoderPolicy(await this.decoding(), { encode });
    return generateMany(policy, this.parts.tokenizer, prompts, options, this.generation);
  }

  /** Image rows for the language model, [rows, width], those of each image after those of the one before. */
  async encodeImages(images: readonly (RgbImage | Medium)[]): Promise<HostTensor<'float32'>> {
    const { processor } = this.parts;
    const media = images.map((image): Medium => {
      if ('feeds' in image) return image;
      const prepared = processor.prepare([image], [])[0] as PreparedImage;
      return { at: Int32Array.from(rowPositions(prepared, 0)), feeds: prepared.feeds };
    });
    return joinRows(await this.vision.encode(media));
  }

  /**
   * Tokens of a conversation's prompt, its images included. Throws what `stream` would for messages that it cannot take. Where images
   * differ in their number of tokens, one that is not given as pixels counts as a single token.
   */
  countTokens(messages: readonly ChatMessage[], options: PromptOptions = {}): number {
    return this.processor.measure(messages, this.asked(options));
  }

  /** A conversation opened for a reply: ids with a place for every image token, and the images, read but not encoded. */
  encode(messages: readonly ChatMessage[], options: PromptOptions & { signal?: AbortSignal } = {}): Promise<EncodedSequence> {
    return this.processor.encode(messages, this.asked(options));
  }

  private asked(options: PromptOptions & { signal?: AbortSignal }): EncodeOptions {
    const maxLength = this.parts.network.language_model.config.max_position_embeddings - 1;
    return { ...options, addGenerationPrompt: !options.continueFinalMessage, maxLength };
  }

  /** The model as a policy: media are encoded anew each time. */
  async policy(): Promise<Policy> {
    return decoderPolicy(await this.decoding(), { encode: (media) => this.vision.encode(media) });
  }

  /** The decoder, compiled when first asked for and kept until `dispose`: engines and streams share it and its weights. */
  decoding(): Promise<Decoder> {
    const { network, values } = this.parts;
    const { runtime, threads } = this.options;
    const most = network.language_model.config.max_position_embeddings;
    const { capacity: asked = Math.min(most, DEFAULT_CAPACITY) } = this.options;
    const capacity = asked === 'model' ? most : asked;
    this.compiled ??= Decoder.create({ network, values, capacity, runtime, threads });
    return this.compiled;
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const [decoder] = await Promise.allSettled([this.compiled]);
    if (decoder.status === 'fulfilled') decoder.value?.dispose();
    this.compiled = undefined;
    await this.vision.dispose();
  }
}

/** Content as the message of a user. */
function userMessage(content: Content | string): ChatMessage {
  const parts = typeof content === 'string' ? [content] : content;
  return { role: 'user', content: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : { ...part })) };
}

function pickReply([first]: readonly BeamSequence[]): Pick<Reply, 'text' | 'tokens' | 'finish'> {
  const { text, tokens, finish } = first as BeamSequence;
  return { text, tokens, finish };
}

/** Reads what is written in the text: boxes, and the value of a JSON reply. */
function complete(reply: Reply, options: GenerateOptions, processor: MultimodalProcessor): Reply {
  const grounded = processor.readReply?.(reply.text);
  if (grounded) Object.assign(reply, grounded);
  reply.boxes = grounded ? grounded.entities.flatMap((e) => e.boxes) : parseBoxes(reply.text);
  return withValue(reply, options);
}
