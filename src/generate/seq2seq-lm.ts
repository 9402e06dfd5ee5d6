// Seq2SeqLm: an encoder-decoder (T5, Flan-T5; BLIP-2 over it) from a Hugging Face folder: text in, and an image where it sees; text out.

import type { Parameter, Tensor } from '../graph/index.js';
import type { ImageLimits } from '../media/index.js';
import { type Model, openModel, type SequenceMedia } from '../model/index.js';
import type { BlipProcessor } from '../networks/families/blip/processor.js';
import { Blip2Seq2Seq, type T5 } from '../networks/index.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { type ChatMessage, checkMessages, encodeChat, framedIds, mediaParts, type PromptIds, textFrame } from '../text/index.js';
import { textOf } from '../text/plain-text.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { HubOptions } from '../weights/index.js';
import { checkIds, generateIds, type IdOptions } from './ids.js';
import { type LanguageFolder, languageFolder, requireTokenizer } from './language-folder.js';
import type { ChatOptions, Content } from './mllm.js';
import type { Policy, Prompt } from './policy.js';
import type { TokenChoice } from './processors/row.js';
import { collectReply, type TextReply } from './reply.js';
import { type EncodedSource, Seq2SeqDecoder } from './seq2seq.js';
import { SourceEyes } from './seq2seq-eyes.js';
import { seq2seqPolicy } from './seq2seq-policy.js';
import { type GenerateOptions, generateTokens, type Piece } from './tokens.js';

export interface Seq2SeqLmOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  /** Most tokens of a reply. Default 512. */
  capacity?: number;
  /** Most tokens of a source, whose attention takes memory by the square of it. Default 2048. */
  maxSource?: number;
  /** Of images in sources. */
  limits?: ImageLimits;
  /** Folders of adapters in peft's layout. */
  adapters?: readonly string[];
  signal?: AbortSignal;
  /** How a model of the hub is fetched. */
  hub?: HubOptions;
}

const DEFAULT_CAPACITY = 512;
const DEFAULT_SOURCE = 2048;

/** A source in ids, and its image. */
export interface PreparedSource {
  ids: ArrayLike<number>;
  media?: readonly SequenceMedia[];
}

/** An encoder-decoder language model. Programs are compiled at the first use and freed by `dispose`. */
export class Seq2SeqLm {
  readonly dir: string;
  readonly network: T5;
  readonly values: ReadonlyMap<Parameter, HostTensor>;
  readonly folder: LanguageFolder;
  /** What sees the images of sources, where the model does. */
  private readonly eyes?: SourceEyes;
  private compiled: Promise<Seq2SeqDecoder> | undefined;
  private constructor(
    readonly model: Model,
    private readonly options: Seq2SeqLmOptions,
  ) {
    const { network } = model;
    this.dir = model.dir;
    this.values = model.values;
    this.folder = languageFolder(model);
    const sees = network instanceof Blip2Seq2Seq;
    this.network = sees ? network.language_model : (network as T5);
    if (sees) this.eyes = new SourceEyes(network, model.media as BlipProcessor, { values: model.values, ...options });
  }

  /**
   * Loads a folder, or a model of the hub (`org/name`, `org/name@revision`).
   * Errors: `model.architecture`, `model.config`, `media.config`, `weights.*`, `text.*`.
   */
  static async load(name: string, options: Seq2SeqLmOptions = {}): Promise<Seq2SeqLm> {
    const { signal, hub, limits, adapters } = options;
    const model = await openModel(name, { kinds: ['seq2seq', 'multimodal'], signal, hub, limits, adapters });
    if (model.kind !== 'seq2seq')
      throw new SensoriumError('model.architecture', 'the language model of this folder is a decoder', {
        place: model.dir,
        expected: 'an encoder-decoder',
        hint: 'Open it with Mllm.load',
      });
    return new Seq2SeqLm(model, options);
  }

  /** A model that is open already. */
  static of(model: Model, options: Seq2SeqLmOptions = {}): Seq2SeqLm {
    return new Seq2SeqLm(model, options);
  }

  /** The compiled programs. */
  decoder(): Promise<Seq2SeqDecoder> {
    const { network, values, options } = this;
    const { runtime, threads } = options;
    const { capacity } = this;
    const embed = this.eyes && ((ids: Tensor) => (this.eyes as SourceEyes).embed(ids));
    this.compiled ??= Seq2SeqDecoder.create({ network, values, runtime, threads, capacity, embed });
    return this.compiled;
  }

  /** True for a model that sees an image in its source. */
  get sees(): boolean {
    return this.eyes !== undefined;
  }

  /** Most tokens of a reply. */
  get capacity(): number {
    return this.options.capacity ?? DEFAULT_CAPACITY;
  }

  /** Most tokens of a source. */
  get maxSource(): number {
    return this.options.maxSource ?? DEFAULT_SOURCE;
  }

  /** A source as the encoder takes it. Errors: those of `prepareChat`. */
  async prepare(source: string | Content): Promise<PreparedSource> {
    const parts = typeof source === 'string' ? [source] : source;
    return this.prepareChat([
      { role: 'user', content: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : { ...part })) },
    ]);
  }

  /**
   * A conversation as the encoder takes it: by the chat template where the folder has one, else its texts one after another.
   * Errors: `model.images` for an image where the model sees none and for a second one, `generate.context` for a question that is
   * longer than a Q-Former reads, `text.length` for a source that is too long, `media.*` for files that are no images.
   */
  async prepareChat(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>): Promise<PreparedSource> {
    const prompt = this.encode(messages, variables);
    checkSourceLength(prompt.ids.length, this.maxSource); // before an image is read
    return this.eyes ? this.eyes.prepare(messages, prompt) : { ids: prompt.ids };
  }

  /** Tokens of a conversation's source, its image included. Throws what `prepareChat` would for messages that it cannot take. */
  countTokens(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>): number {
    return this.encode(messages, variables).ids.length;
  }

  private encode(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>): PromptIds {
    const tokenizer = requireTokenizer(this.folder, this.dir);
    checkMessages(messages);
    if (this.eyes) return this.eyes.prompt(messages);
    if (mediaParts(messages).length > 0)
      throw new SensoriumError('model.images', 'this model sees no images', { place: this.dir, expected: 'text', got: 'an image' });
    const { template } = this.folder;
    if (!template) return { ids: framedIds(tokenizer, textOf(messages)), imageRuns: [] };
    const { before, after } = textFrame(tokenizer);
    const { ids } = encodeChat(messages, { tokenizer, template, addGenerationPrompt: true, variables });
    return { ids: Int32Array.from([...before, ...ids, ...after]), imageRuns: [] };
  }

  /** The reply to a source, token by token, until an end token (which is yielded) or the limit. Bare ids are a source of text. */
  async *replyIds(source: ArrayLike<number> | PreparedSource, options: IdOptions = {}): AsyncGenerator<TokenChoice> {
    const prompt = this.prompt('ids' in source ? source : { ids: source });
    const { tokenizer, generation: config } = this.folder;
    yield* generateIds(await this.policy(), { prompt, config, tokenizer }, options);
  }

  /** Streams the reply to a text, or to texts and an image. */
  async *stream(source: string | Content, options: GenerateOptions = {}): AsyncGenerator<Piece> {
    yield* this.reply(await this.prepare(source), options);
  }

  /** Streams the reply to a conversation (messages as in the OpenAI chat API). */
  async *chat({ messages, variables, continueFinalMessage, ...options }: ChatOptions): AsyncGenerator<Piece> {
    if (continueFinalMessage)
      throw new SensoriumError('generate.option', 'an encoder-decoder cannot continue a message of its source', {
        place: 'continueFinalMessage',
        hint: 'Leave the option out',
      });
    yield* this.reply(await this.prepareChat(messages, variables), options);
  }

  /** Encodes a source. Errors: `generate.input`, `text.length`. */
  async encodeSource({ ids, media = [] }: PreparedSource): Promise<EncodedSource> {
    this.checkSource(ids);
    const decoder = await this.decoder();
    return decoder.encode([ids], await this.eyes?.feeds(media));
  }

  /** The model as a policy over sources. */
  async policy(): Promise<Policy> {
    return seq2seqPolicy(await this.decoder(), { encode: (source) => this.encodeSource(source) });
  }

  /** What a reply begins with: as in transformers, only what the decoder is given counts as generated before. Errors: as `encodeSource`. */
  private prompt({ ids, media = [] }: PreparedSource): Prompt {
    this.checkSource(ids);
    return { ids: Int32Array.of(this.startId), source: { ids: Int32Array.from(ids), media } };
  }

  private checkSource(ids: ArrayLike<number>): void {
    checkIds(ids, this.network.config.vocab_size);
    checkSourceLength(ids.length, this.maxSource);
  }

  private async *reply(source: PreparedSource, options: GenerateOptions): AsyncGenerator<Piece> {
    const tokenizer = requireTokenizer(this.folder, this.dir);
    yield* generateTokens(await this.policy(), tokenizer, this.prompt(source), options, this.folder.generation);
  }

  /** The token that every reply begins behind. */
  get startId(): number {
    const { decoder_start_token_id, pad_token_id } = this.network.config;
    return this.folder.generation.startId ?? decoder_start_token_id ?? pad_token_id ?? 0;
  }

  /** The reply to a source. @example (await lm.generate('Translate to German: How are you?')).text */
  async generate(source: string | Content, options: GenerateOptions = {}): Promise<TextReply> {
    return collectReply(this.stream(source, options), options);
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const [decoder] = await Promise.allSettled([this.compiled]);
    if (decoder.status === 'fulfilled') decoder.value?.dispose();
    this.compiled = undefined;
    await this.eyes?.dispose();
  }
}

/** Throws `text.length` for a source of more than `most` tokens. */
export function checkSourceLength(length: number, most: number, hint = 'Shorten it, or load the model with a larger maxSource'): void {
  if (length > most)
    throw new SensoriumError('text.length', 'the source is too long', { expected: `at most ${most} tokens`, got: String(length), hint });
}
