// The compiled programs of a model, by the kind of its network: a decoder or an encoder-decoder, and what encodes media for it.

import { input, type Parameter, type Tensor } from '../graph/index.js';
import { languageModel, type Model } from '../model/index.js';
import { type CausalDecoder, type MultimodalNetwork, type Seq2SeqLanguage, VisionNetwork, VisionSeq2Seq } from '../networks/index.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { Decoder } from './decoder.js';
import { decoderPolicy } from './decoder-policy.js';
import { checkIds } from './ids.js';
import { MediaEncoder } from './media-encoder.js';
import type { EncodeMedia, Policy, Source } from './policy.js';
import { type EncodedSource, Seq2SeqDecoder, textSource } from './seq2seq.js';
import { seq2seqPolicy } from './seq2seq-policy.js';

/** How programs are compiled. */
export interface ProgramOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  /**
   * Of decoders: positions of prompt and reply together, for which each conversation takes memory. Default: the model's maximum, but at
   * most 4096, or 8192 for a model that takes images; 'model': all that the model has.
   */
  capacity?: number | 'model';
  /** Of encoder-decoders: most tokens of a source, whose attention takes memory by the square of it. Default 2048. */
  maxSource?: number;
  /** Of encoder-decoders: most tokens of a reply. Default 512. */
  maxReply?: number;
  /** Of decoders: weights of products in four bits. */
  quantize?: 'int4';
  /**
   * Parameters whose values change while the programs are in use, such as those under training: each step reads them from the model's values.
   * Others are read when a program is compiled. Not for encoder-decoders.
   */
  changing?: ReadonlySet<Parameter>;
}

/** Contexts of 131,072 positions are common by now; their caches would take gigabytes. */
const DEFAULT_CAPACITY = { text: 4096, media: 8192 };

/** Programs of one model, each compiled at its first use. */
export class Programs {
  /** Where the network takes media. */
  readonly media: MediaEncoder | undefined;
  /** Most tokens of a source and of a reply of an encoder-decoder. */
  readonly maxSource: number;
  readonly maxReply: number;
  private compiled: Promise<Decoder> | Promise<Seq2SeqDecoder> | undefined;

  constructor(
    private readonly model: Model,
    private readonly options: ProgramOptions,
  ) {
    const { network, values, media } = model;
    const { runtime, threads, maxSource = 2048, maxReply = 512, changing } = options;
    const { max_position_embeddings: most = Number.POSITIVE_INFINITY } =
      model.kind === 'seq2seq' ? languageModel<Seq2SeqLanguage>(network).config : {};
    this.maxSource = Math.min(maxSource, most);
    this.maxReply = Math.min(maxReply, most);
    if (network instanceof VisionNetwork)
      this.media = new MediaEncoder({ network, values, joins: media?.joins, runtime, threads, changing });
  }

  /** The decoder; engines and streams share it and its weights. Errors: `model.architecture` for an encoder-decoder. */
  async decoder(): Promise<Decoder> {
    if (this.model.kind === 'seq2seq') throw this.otherKind('a decoder-only language model', 'an encoder-decoder');
    const { values } = this.model;
    const network = this.model.network as CausalDecoder | MultimodalNetwork;
    const { config } = 'language_model' in network ? network.language_model : network;
    const { runtime, threads, quantize, changing } = this.options;
    const most = config.max_position_embeddings;
    const { capacity: wanted = Math.min(most, this.media ? DEFAULT_CAPACITY.media : DEFAULT_CAPACITY.text) } = this.options;
    const capacity = wanted === 'model' ? most : wanted;
    this.compiled ??= Decoder.create({ network, values, runtime, threads, capacity, quantize, changing });
    return this.compiled as Promise<Decoder>;
  }

  /** The encoder-decoder. Errors: `model.architecture` for a decoder. */
  async seq2seq(): Promise<Seq2SeqDecoder> {
    if (this.model.kind !== 'seq2seq') throw this.otherKind('an encoder-decoder', 'a decoder-only language model');
    const { network, values } = this.model;
    const { runtime, threads } = this.options;
    const vision = network instanceof VisionSeq2Seq ? network : undefined;
    const language = vision?.language_model ?? (network as Seq2SeqLanguage);
    const states =
      vision &&
      ((ids: Tensor, mask: Tensor): Tensor => {
        const features = input('features', ['image_rows', language.width]);
        return vision.encodeSource(ids, mask, { features, at: input('image_positions', ['image_rows'], 'int32') });
      });
    this.compiled ??= Seq2SeqDecoder.create({
      ...{ network: language, source: textSource(language, states), values },
      ...{ runtime, threads, capacity: this.maxReply },
    });
    return this.compiled as Promise<Seq2SeqDecoder>;
  }

  /** Rows of media. Errors: `generate.input` for a model that takes none. */
  encodeMedia: EncodeMedia = async (media) => {
    if (this.media) return this.media.encode(media);
    throw new SensoriumError('generate.input', 'this model takes no images', { place: this.model.dir });
  };

  /** Encodes a source, alone. Errors: `generate.input`, `text.length`. */
  async encodeSource({ ids, media }: Source, encode: EncodeMedia = this.encodeMedia): Promise<EncodedSource> {
    const decoder = await this.seq2seq();
    checkIds(ids, decoder.network.config.vocab_size);
    checkSourceLength(ids.length, this.maxSource);
    const [image] = media;
    const features = image ? (await encode([image]))[0] : this.media && hostTensor('float32', [0, decoder.network.width]);
    const at = image?.at ?? new Int32Array();
    return decoder.encode([ids], features && { features, image_positions: hostTensor('int32', [at.length], at) });
  }

  /** The model as a policy. `encode`: rows of media; default: made anew each time. */
  async policy(encode: EncodeMedia = this.encodeMedia): Promise<Policy> {
    if (this.model.kind !== 'seq2seq') return decoderPolicy(await this.decoder(), { encode });
    return seq2seqPolicy(await this.seq2seq(), { encode: (source) => this.encodeSource(source, encode) });
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const [program] = await Promise.allSettled([this.compiled]);
    if (program.status === 'fulfilled') program.value?.dispose();
    this.compiled = undefined;
    await this.media?.dispose();
  }

  private otherKind(expected: string, got: string): SensoriumError {
    return new SensoriumError('model.architecture', 'the network is of another kind', { place: this.model.dir, expected, got });
  }
}

/** Throws `text.length` for a source of more than `most` tokens. */
export function checkSourceLength(length: number, most: number, hint = 'Shorten it, or load the model with a larger maxSource'): void {
  if (length > most)
    throw new SensoriumError('text.length', 'the source is too long', { expected: `at most ${most} tokens`, got: String(length), hint });
}
