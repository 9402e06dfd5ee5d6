// Seq2SeqLm: an encoder-decoder (T5, Flan-T5; BLIP-2 over it) from a Hugging Face folder: text in, and an image where it sees; text out.

import type { Parameter, Tensor } from '../graph/index.js';
import type { ImageLimits } from '../media/index.js';
import { Blip2Seq2Seq, type T5 } from '../models/index.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { type HubOptions, loadNetwork, modelFolder } from '../weights/index.js';
import type { TextReply } from './causal-lm.js';
import { checkIds, generateIds, type IdOptions } from './ids.js';
import { framedIds, type LanguageFolder, readLanguageFolder, requireTokenizer } from './language-folder.js';
import type { Content } from './mllm.js';
import type { Choice } from './sampling.js';
import { Seq2SeqDecoder } from './seq2seq.js';
import { SourceEyes } from './seq2seq-eyes.js';
import type { Piece } from './tokens.js';

export interface Seq2SeqLmOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  /** Most tokens of a reply. Default 512. */
  capacity?: number;
  /** Of images in sources. */
  limits?: ImageLimits;
  signal?: AbortSignal;
  /** How a model of the hub is fetched. */
  hub?: HubOptions;
}

/** A source in ids, and what the encoder is fed beside them. */
export interface PreparedSource {
  ids: ArrayLike<number>;
  feeds?: Readonly<Record<string, HostTensor>>;
}

/** An encoder-decoder language model. Programs are compiled at the first use and freed by `dispose`. */
export class Seq2SeqLm {
  private compiled: Promise<Seq2SeqDecoder> | undefined;
  private constructor(
    readonly dir: string,
    readonly network: T5,
    readonly values: ReadonlyMap<Parameter, HostTensor>,
    readonly folder: LanguageFolder,
    private readonly options: Seq2SeqLmOptions,
    /** What sees the images of sources, where the model does. */
    private readonly eyes?: SourceEyes,
  ) {}

  /**
   * Loads a folder, or a model of the hub (`org/name`, `org/name@revision`).
   * Errors: `models.architecture`, `models.config`, `media.config`, `weights.*`, `text.*`.
   */
  static async load(name: string, options: Seq2SeqLmOptions = {}): Promise<Seq2SeqLm> {
    const dir = await modelFolder(name, { signal: options.signal, ...options.hub });
    const { network, values } = await loadNetwork(dir, { kinds: ['seq2seq', 'multimodal'], signal: options.signal });
    const sees = network instanceof Blip2Seq2Seq;
    if (!sees && 'language_model' in network)
      throw new SensoriumError('models.architecture', 'the language model of this folder is a decoder', {
        place: dir,
        expected: 'an encoder-decoder',
        hint: 'Open it with Mllm.load',
      });
    const t5 = sees ? network.language_model : (network as T5);
    const folder = await readLanguageFolder(dir, t5.config.eos_token_id);
    const eyes = sees ? await SourceEyes.open(network, { dir, values, tokenizer: requireTokenizer(folder, dir), ...options }) : undefined;
    return new Seq2SeqLm(dir, t5, values, folder, options, eyes);
  }

  /** The compiled programs. */
  decoder(): Promise<Seq2SeqDecoder> {
    const { network, values, options } = this;
    const { runtime, threads, capacity } = options;
    const embed = this.eyes && ((ids: Tensor) => (this.eyes as SourceEyes).embed(ids));
    this.compiled ??= Seq2SeqDecoder.create({ network, values, runtime, threads, capacity, embed });
    return this.compiled;
  }

  /**
   * A source as the encoder takes it. Errors: `generate.input` for an image where the model sees none, `generate.images` for several,
   * `media.*` for files that are no images.
   */
  async prepare(source: string | Content): Promise<PreparedSource> {
    const tokenizer = requireTokenizer(this.folder, this.dir);
    if (this.eyes) return this.eyes.prepare(typeof source === 'string' ? [source] : source);
    if (typeof source === 'string') return { ids: framedIds(tokenizer, source) };
    if (source.some((part) => typeof part !== 'string'))
      throw new SensoriumError('generate.input', 'this model sees no images', { place: this.dir, expected: 'text', got: 'an image' });
    return { ids: framedIds(tokenizer, source.join('')) };
  }

  /** The reply to a source, token by token, until an end token (which is yielded) or the limit. Bare ids are a source of text. */
  async *replyIds(source: ArrayLike<number> | PreparedSource, options: IdOptions = {}): AsyncGenerator<Choice> {
    const { vocab_size, decoder_start_token_id, pad_token_id } = this.network.config;
    const { ids, feeds }: PreparedSource = 'ids' in source ? source : { ids: source };
    checkIds(ids, vocab_size);
    const decoder = await this.decoder();
    options.signal?.throwIfAborted();
    const state = await decoder.begin([ids], feeds ?? this.eyes?.closed);
    const model = {
      room: decoder.capacity,
      first: () => decoder.step(state, [[decoder_start_token_id ?? pad_token_id ?? 0]]),
      next: (id: number) => decoder.step(state, [[id]]),
    };
    yield* generateIds(model, { endIds: this.folder.endIds, ...options });
  }

  /** Streams the reply to a text, or to texts and an image. */
  async *stream(source: string | Content, options: Omit<IdOptions, 'endIds'> = {}): AsyncGenerator<Piece> {
    const tokenizer = requireTokenizer(this.folder, this.dir);
    const text = tokenizer.stream({ skipSpecial: true });
    for await (const token of this.replyIds(await this.prepare(source), options)) {
      if (this.folder.endIds.includes(token.id)) {
        yield { text: text.end(), token, finish: 'stop' };
        return;
      }
      yield { text: text.push(token.id), token };
    }
    yield { text: text.end(), finish: 'length' };
  }

  /** The reply to a source. @example (await lm.generate('Translate to German: How are you?')).text */
  async generate(source: string | Content, options: Omit<IdOptions, 'endIds'> = {}): Promise<TextReply> {
    const reply: TextReply = { text: '', tokens: [], finish: 'stop' };
    for await (const piece of this.stream(source, options)) {
      reply.text += piece.text;
      if (piece.token) reply.tokens.push({ id: piece.token.id, logProb: piece.token.logProb });
      if (piece.finish) reply.finish = piece.finish;
    }
    return reply;
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const [decoder] = await Promise.allSettled([this.compiled]);
    if (decoder.status === 'fulfilled') decoder.value?.dispose();
    this.compiled = undefined;
    await this.eyes?.dispose();
  }
}
