// Mllm: a multimodal model ready to be asked: network, weights, tokenizer, chat template and image processor together.

import type { Parameter } from '../graph/index.js';
import { type Frames, type ImageLimits, type ImagePart, mediaKey, type RgbImage, type VideoPart } from '../media/index.js';
import {
  type GenerationConfig,
  generationOf,
  givenPixels,
  type Model,
  openMedia,
  openModel,
  Processor,
  prepareMedia,
  type SequenceMedia,
} from '../model/index.js';
import type { MultimodalNetwork } from '../networks/index.js';
import { type MultimodalProcessor, type PreparedImage, rowPositions } from '../networks/processor.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { type Box, parseBoxes } from '../text/boxes.js';
import type { Entity } from '../text/grounding.js';
import {
  type ChatMessage,
  type ChatTemplate,
  checkMessages,
  encodeChat,
  mediaParts,
  type PromptIds,
  type Tokenizer,
} from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import type { HubOptions } from '../weights/index.js';
import { type BeamOptions, type BeamSequence, beamSearch } from './beam.js';
import { Decoder } from './decoder.js';
import { decoderPolicy } from './decoder-policy.js';
import type { Policy } from './policy.js';
import { type PromptOptions, renderOptions } from './prompt-options.js';
import { type RankedOption, rankOptions } from './rank-options.js';
import { collectReply, type TextReply, withValue } from './reply.js';
import { type GenerateOptions, generateMany, generateTokens, type ManyOptions, type Piece, type Prompt } from './tokens.js';

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

/** The parts of an opened model. Errors: `model.architecture` for one whose language model is an encoder-decoder. */
function mllmParts({ kind, dir, config, network, values, tokenizer, template, media, generation }: Model): MllmParts {
  if (kind === 'seq2seq')
    throw new SensoriumError('model.architecture', 'the language model of this folder is an encoder-decoder', {
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
  /** More variables for the chat template, such as `tools`. */
  variables?: Readonly<Record<string, unknown>>;
}

/** Content of one user message: texts and images in order. */
export type Content = readonly (string | ImagePart | VideoPart)[];

/** What `Mllm.prepare` makes of a conversation. */
export interface PreparedChat {
  ids: Int32Array;
  /** Images and videos in order; `run` is where the ids that stand for one are in `ids`, `prepared` what the network sees of it. */
  images: { image: RgbImage | Frames; run: readonly [start: number, length: number]; prepared: PreparedImage }[];
  /** [kinds, ids], where tokens have several positions that do not just count on. */
  positions?: Int32Array;
}

/** A multimodal model that can be asked. Programs are compiled at the first use and freed by `dispose`. */
export class Mllm {
  private vision: Promise<Program> | undefined;
  private decoder: Promise<Decoder> | undefined;
  private constructor(
    readonly parts: MllmParts,
    private readonly options: LoadOptions,
    /** The folder, for a model that was opened from one. */
    readonly model?: Model,
  ) {}

  static from(parts: MllmParts, options: LoadOptions = {}): Mllm {
    return new Mllm(parts, options);
  }

  /** A model that is open already. Errors: `model.architecture` for one whose language model is an encoder-decoder. */
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
    const parts = typeof content === 'string' ? [content] : content;
    const messages: ChatMessage[] = [
      { role: 'user', content: parts.map((p) => (typeof p === 'string' ? { type: 'text', text: p } : { ...p })) },
    ];
    if (options.beams !== undefined) {
      const prompt = await this.prompt(messages, undefined, options.signal);
      const sequences = await beamSearch(await this.policy(), this.parts.tokenizer, prompt, options, this.generation);
      return complete({ boxes: [], ...pickReply(sequences), sequences }, options, this.parts.processor);
    }
    return complete({ boxes: [], ...(await collectReply(this.stream({ messages, ...options }), options)) }, options, this.parts.processor);
  }

  /** Streams the reply to a conversation (messages as in the OpenAI chat API). */
  async *stream({ messages, variables, continueFinalMessage, ...options }: ChatOptions): AsyncGenerator<Piece> {
    const prompt = await this.prompt(messages, variables, options.signal, { continueFinalMessage });
    yield* generateTokens(await this.policy(), this.parts.tokenizer, prompt, options, this.generation);
  }

  /**
   * Options as replies to one message, the most probable first: multiple choice without generating. `normalize`: 'mean' divides by the number
   * of tokens. @example (await model.rank([image('cup.png'), 'What color is it?'], ['red', 'blue']))[0].index
   */
  async rank(content: Content | string, options: readonly string[], o: { normalize?: 'sum' | 'mean' } = {}): Promise<RankedOption[]> {
    const { tokenizer, template, processor: media } = this.parts;
    const parts = typeof content === 'string' ? [content] : content;
    const message = parts.map((p) => (typeof p === 'string' ? { type: 'text' as const, text: p } : { ...p }));
    const processor = new Processor({ dir: tokenizer.place, tokenizer, template, media, limits: this.options.limits });
    const prompt = await processor.encode([{ role: 'user', content: message }], { addGenerationPrompt: true });
    return rankOptions(
      await this.policy(),
      prompt,
      options.map((option) => tokenizer.encode(option)),
      o,
    );
  }

  /** Replies to many single questions, batched. `image` is RGB at any size; the same object is encoded once. */
  async answer(questions: readonly { image: RgbImage; question: string }[], options: ManyOptions = {}): Promise<string[]> {
    const { processor } = this.parts;
    const numbers = new Map<RgbImage, number>();
    for (const { image } of questions) if (!numbers.has(image)) numbers.set(image, numbers.size);
    // Questions that see the same of an image share its rows.
    const features = new Map<string, HostTensor<'float32'>>();
    const waiting = new Map<string, PreparedImage>();
    const encode = async (): Promise<void> => {
      options.signal?.throwIfAborted();
      const rows = await this.encodeImages([...waiting.values()]);
      const width = rows.shape[1] as number;
      let at = 0;
      for (const [name, prepared] of waiting) {
        const count = rowPositions(prepared, 0).length;
        features.set(name, { dtype: 'float32', shape: [count, width], data: rows.data.subarray(at * width, (at + count) * width) });
        at += count;
      }
      waiting.clear();
    };
    const asked: { name: string; prompt: Prompt }[] = [];
    for (const { image, question } of questions) {
      const messages: ChatMessage[] = [{ role: 'user', content: [{ type: 'image' }, { type: 'text', text: question }] }];
      const [prepared] = processor.prepare([image], messages) as [PreparedImage];
      const name = `${numbers.get(image)} ${prepared.variant ?? ''}`;
      const { ids, imageRuns } = this.encode(messages, { ids: [prepared.ids] });
      const imagePositions = positionsOf([prepared], imageRuns);
      const media = [{ at: imagePositions, key: name, feeds: prepared.feeds }];
      asked.push({ name, prompt: { ids, imagePositions, media, positions: this.positions(ids.length, [prepared], imageRuns) } });
      if (!features.has(name)) waiting.set(name, prepared);
      if (waiting.size === 32) await encode(); // pixels of thousands of questions are not kept
    }
    if (waiting.size > 0) await encode();
    const prompts = asked.map(({ name, prompt }) => ({ ...prompt, features: features.get(name) }));
    return generateMany(await this.policy(), this.parts.tokenizer, prompts, options, this.generation);
  }

  /** Image rows for the language model, [rows, width], those of each image after those of the one before. */
  async encodeImages(images: readonly (RgbImage | PreparedImage)[]): Promise<HostTensor<'float32'>> {
    const { processor } = this.parts;
    const ready = images.map((im) => ('feeds' in im ? im : (processor.prepare([im], [])[0] as PreparedImage)));
    const program = await this.seeing();
    const batches = processor.joins ? [joinFeeds(ready)] : ready.map((r) => r.feeds());
    const parts: HostTensor<'float32'>[] = [];
    for (const feeds of batches) parts.push((await program.run({ ...feeds })).features as HostTensor<'float32'>);
    return joinRows(parts);
  }

  /**
   * Tokens of a conversation's prompt, its images included. Throws what `stream` would for messages that it cannot take. Where images
   * differ in their number of tokens, one that is not given as pixels counts as a single token.
   */
  countTokens(messages: readonly ChatMessage[], variables?: ChatOptions['variables'], options: PromptOptions = {}): number {
    const { processor } = this.parts;
    if (processor.everyImage) return this.encode(messages, { ...options, variables }).ids.length;
    checkMessages(messages);
    const parts = mediaParts(messages);
    const given = parts.map(givenPixels);
    const isGiven = (m: RgbImage | Frames | undefined): m is RgbImage | Frames => m !== undefined;
    const ids = given.every(isGiven)
      ? prepareMedia(processor, given, messages).map((r) => r.ids)
      : parts.map(({ type }) => [(type === 'video' ? processor.videoTokenId : undefined) ?? processor.imageTokenId]);
    return this.encode(messages, { ...options, variables, ids }).ids.length;
  }

  /** Ids of a conversation opened for a reply; `ids` stand for its images. */
  private encode(
    messages: readonly ChatMessage[],
    { variables, ids, ...options }: { variables?: ChatOptions['variables']; ids?: readonly (readonly number[])[] } & PromptOptions,
  ): PromptIds {
    const { tokenizer, template, processor, network } = this.parts;
    checkMessages(messages);
    const imageTokens = ids ?? (processor.everyImage && mediaParts(messages).map(() => processor.everyImage as readonly number[]));
    const maxLength = network.language_model.config.max_position_embeddings - 1;
    return encodeChat(messages, { tokenizer, template, imageTokens, maxLength, ...renderOptions(variables, options) });
  }

  /** A conversation as the decoder will see it: ids with a place for every image token, and the images, read but not encoded. */
  async prepare(
    messages: readonly ChatMessage[],
    variables?: ChatOptions['variables'],
    signal?: AbortSignal,
    options: PromptOptions = {},
  ): Promise<PreparedChat> {
    const { processor } = this.parts;
    // Where an image's tokens are known without it, a prompt that is too long is refused before any image is read.
    const early = processor.everyImage ? this.encode(messages, { ...options, variables }) : undefined;
    checkMessages(messages);
    const images: (RgbImage | Frames)[] = [];
    for (const part of mediaParts(messages)) images.push(await openMedia(part, { limits: this.options.limits, processor, signal }));
    const ready = prepareMedia(processor, images, messages);
    const { ids, imageRuns } = early ?? this.encode(messages, { ...options, variables, ids: ready.map((r) => r.ids) });
    return {
      ids,
      positions: this.positions(ids.length, ready, imageRuns),
      images: images.map((image, i) => ({ image, run: imageRuns[i] as [number, number], prepared: ready[i] as PreparedImage })),
    };
  }

  private positions(n: number, images: readonly PreparedImage[], runs: readonly (readonly [number, number])[]): Int32Array | undefined {
    if (images.length === 0) return undefined;
    const placed = images.map((prepared, i) => ({ prepared, start: (runs[i] as readonly [number, number])[0] }));
    return this.parts.processor.tokenPositions?.(n, placed);
  }

  private async prompt(...args: Parameters<Mllm['prepare']>): Promise<Prompt> {
    const { ids, images, positions } = await this.prepare(...args);
    if (images.length === 0) return { ids };
    const prepared = images.map((i) => i.prepared);
    return {
      ids,
      positions,
      media: sequenceMedia(images),
      features: await this.encodeImages(prepared),
      imagePositions: positionsOf(
        prepared,
        images.map((i) => i.run),
      ),
    };
  }

  /** The model as a policy: media are encoded anew each time. */
  async policy(): Promise<Policy> {
    const encode = async (media: SequenceMedia): Promise<HostTensor<'float32'>> => {
      const program = await this.seeing();
      return (await program.run({ ...(await media.feeds()) })).features as HostTensor<'float32'>;
    };
    return decoderPolicy(await this.decoding(), { encode });
  }

  private seeing(): Promise<Program> {
    const { network, values } = this.parts;
    this.vision ??= compile({ features: network.see() }, { ...this.compileOptions(), frozen: values, name: 'vision' });
    return this.vision;
  }
  /** The decoder, compiled when first asked for and kept until `dispose`: engines and streams share it and its weights. */
  decoding(): Promise<Decoder> {
    const { network, values } = this.parts;
    const most = network.language_model.config.max_position_embeddings;
    const { capacity: asked = Math.min(most, DEFAULT_CAPACITY) } = this.options;
    const capacity = asked === 'model' ? most : asked;
    this.decoder ??= Decoder.create({ network, values, capacity, ...this.compileOptions() });
    return this.decoder;
  }
  private compileOptions() {
    return { runtime: this.options.runtime, threads: this.options.threads };
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const programs = await Promise.allSettled([this.vision, this.decoder]);
    for (const p of programs) if (p.status === 'fulfilled') p.value?.dispose();
    this.vision = undefined;
    this.decoder = undefined;
  }
}

function positionsOf(images: readonly PreparedImage[], runs: readonly (readonly [number, number])[]): Int32Array {
  return Int32Array.from(images.flatMap((image, i) => rowPositions(image, (runs[i] as readonly [number, number])[0])));
}

/** Images as those of a sequence. */
export function sequenceMedia(images: PreparedChat['images']): SequenceMedia[] {
  return images.map(({ image, run, prepared }) => ({
    at: Int32Array.from(rowPositions(prepared, run[0])),
    key: mediaKey(image) + (prepared.variant ?? ''),
    feeds: prepared.feeds,
  }));
}

/** Feeds of several images as one batch. */
function joinFeeds(images: readonly PreparedImage[]): Record<string, HostTensor> {
  const [first, ...others] = images.map((i) => i.feeds());
  if (!first || others.length === 0) return { ...first };
  return Object.fromEntries(
    Object.keys(first).map((name) => [name, joinRows([first, ...others].map((f) => f[name] as HostTensor<'float32'>))]),
  );
}

/** Tensors one after the other along the first axis. */
function joinRows(parts: readonly HostTensor<'float32'>[]): HostTensor<'float32'> {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const shape = [parts.reduce((n, p) => n + (p.shape[0] as number), 0), ...(first?.shape.slice(1) ?? [])];
  const out = hostTensor('float32', shape);
  let at = 0;
  for (const p of parts) {
    out.data.set(p.data, at);
    at += p.data.length;
  }
  return out;
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
