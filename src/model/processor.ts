// Processor: from messages to a Sequence, the same ids for training and for asking (transformers' Processor classes).

import { type ImageLimits, isRgbImage, type Medium, mediaKey } from '../media/index.js';
import { type MultimodalProcessor, type PreparedImage, rowPositions } from '../networks/processor.js';
import {
  type AsideOptions,
  type ChatMessage,
  type ChatTemplate,
  type ContentPart,
  checkMessages,
  type Exceeded,
  encodeAside,
  encodeChat,
  framedIds,
  frameText,
  isImagePart,
  isLearnt,
  type MediaPart,
  mediaParts,
  type RenderOptions,
  regionsOfImages,
  type Sample,
  type Tokenizer,
  textFrame,
  type WrittenPrompt,
  writePromptAside,
} from '../text/index.js';
import { textOf } from '../text/plain-text.js';
import { exceeds } from '../text/prompt-length.js';
import { SensoriumError } from '../util/errors.js';
import { FILES } from '../util/model-files.js';
import { checkModalities, givenPixels, openMedia, prepareMedia } from './media.js';
import type { Feeds, Sequence, SequenceMedia } from './sequence.js';

/** What a processor is made of. */
export interface ProcessorParts {
  /** The model's folder, for messages. */
  dir: string;
  tokenizer?: Tokenizer;
  template?: ChatTemplate;
  media?: MultimodalProcessor;
  limits?: ImageLimits;
  /** Of encoder-decoders: the token that replies begin behind, and those that end them. */
  seq2seq?: { startId: number; endIds: readonly number[] };
}

/** How a conversation is encoded. Without `addGenerationPrompt` or `continueFinalMessage` its replies are in the loss. */
export interface EncodeOptions extends RenderOptions {
  /** Longest sequence: of training, whole turns are dropped from the end to fit it; a prompt that is longer is refused. */
  maxLength?: number;
  signal?: AbortSignal;
  /** Of a prompt: false lets its images go, which are then opened again when their pixels are needed, as in training. Default true. */
  keepImages?: boolean;
  /** Of a prompt: what `write` gave for it. */
  written?: WrittenPrompt;
}

/** A sequence to train on, with what a report of the data needs. */
export interface EncodedSequence extends Sequence {
  /** Messages that were dropped to fit. */
  readonly dropped: number;
  /** Replies without an end at which the model stops. */
  readonly unended: number;
}

/** Turns messages into sequences. */
export class Processor {
  constructor(readonly parts: ProcessorParts) {}

  /** The tokenizer. Errors: `model.tokenizer` where the folder has none. */
  get tokenizer(): Tokenizer {
    const { tokenizer, dir } = this.parts;
    if (tokenizer) return tokenizer;
    throw new SensoriumError('model.tokenizer', 'this model has no tokenizer, so it cannot read or write text', {
      place: dir,
      expected: FILES.tokenizer,
      hint: 'Add the file, or ask in token ids',
    });
  }

  /**
   * A prompt without its images, in a worker thread where it is long; undefined for models that put images and text together in a way of their
   * own. With a limit `exceeded` for what is certainly longer. Rejects as `ids` throws, and with the reason of `signal`.
   */
  async write(messages: readonly ChatMessage[], options: EncodeOptions & AsideOptions): Promise<WrittenPrompt | Exceeded | undefined> {
    const { template, media, seq2seq } = this.parts;
    const { tokenizer } = this;
    checkMessages(messages);
    checkModalities(mediaParts(messages), media, this.parts.dir);
    if (!seq2seq && !template) throw this.noTemplate();

    const { addGenerationPrompt, continueFinalMessage, variables, limit, signal } = options;
    if (template?.layout.prompt || media?.prompt) {
      const exceeded = limit === undefined ? undefined : exceeds(tokenizer, messages, { limit, variables });
      return exceeded === undefined ? undefined : { exceeded };
    }
    const aside = { limit, signal };
    if (!seq2seq) {
      const how = { tokenizer, template: template as ChatTemplate, addGenerationPrompt, continueFinalMessage, variables };
      return writePromptAside(messages, how, aside);
    }
    if (continueFinalMessage) throw cannotContinue();
    const asked = questionOf(messages, options);
    if (!template) {
      const encoded = await encodeAside(tokenizer, [textOf(asked)], aside);
      return framed(tokenizer, 'exceeded' in encoded ? encoded : (encoded[0] as ArrayLike<number>));
    }
    const written = await writePromptAside(asked, { tokenizer, template, addGenerationPrompt: true, variables }, aside);
    return framed(tokenizer, 'exceeded' in written ? written : written.ids);
  }

  /** Tokens of a conversation from the sizes of its images alone. */
  measure(messages: readonly ChatMessage[], options: EncodeOptions = {}): number {
    return this.ids(messages, options).length;
  }

  /**
   * Ids of a conversation, of an encoder-decoder those of its source, from the sizes of its images alone: those of `encode`, but that an image
   * that is not given as pixels, where sizes matter, is one token.
   */
  ids(messages: readonly ChatMessage[], options: EncodeOptions = {}): Int32Array {
    const { media } = this.parts;
    checkMessages(messages);
    const parts = mediaParts(messages);
    checkModalities(parts, media, this.parts.dir);
    const sameForAll = this.sameForAll(parts);
    if (!media || sameForAll || parts.length === 0) return this.sample(messages, options, sameForAll).ids;
    const given = parts.map(givenPixels);
    const all = given.filter((m): m is Medium => m !== undefined);
    const ids =
      all.length === parts.length
        ? prepareMedia(media, all, messages).map((m) => m.ids)
        : parts.map(({ type }) => [(type === 'video' ? media.videoTokenId : undefined) ?? media.imageTokenId]);
    return this.sample(messages, options, ids).ids;
  }

  /**
   * Encodes a conversation. Images are opened for their sizes and keys; their pixels are processed when `feeds` is called.
   * Errors: `text.*`, `model.modality`, `model.images`, `media.source`, `model.video`, `media.*`, and `text.length` for what does not fit.
   */
  async encode(messages: readonly ChatMessage[], options: EncodeOptions = {}): Promise<EncodedSequence> {
    checkMessages(messages);
    const { media, seq2seq } = this.parts;
    const parts = mediaParts(messages);
    const sameForAll = this.sameForAll(parts);
    checkModalities(parts, media, this.parts.dir);
    const written = isPrompt(options) ? (options.written ?? (await this.write(messages, options))) : undefined;
    const own = { ...options, written: written as WrittenPrompt | undefined };
    // Where an image's tokens are known without it, a prompt that is too long is refused before any image is read.
    const early = sameForAll && this.sample(messages, own, sameForAll);
    const opened: Medium[] = [];
    for (const part of parts) opened.push(await this.open(part, options.signal));
    // What a Q-Former reads of the conversation ends where the reply to learn begins.
    const asked = seq2seq || media?.prompt ? questionOf(messages, options) : messages;
    const ready = media ? prepareMedia(media, opened, asked) : [];
    const sample = early ?? this.sample(messages, own, media && ready.map((r) => r.ids));
    const kept = sample.imageRuns.length;
    const placed = ready.slice(0, kept).map((prepared, i) => ({ prepared, start: (sample.imageRuns[i] as [number, number])[0] }));
    const regions = media?.region ? regionPositions(sample.ids, messages.slice(0, sample.messages), media.region) : [];
    const found: SequenceMedia[] = placed.map(({ prepared, start }, i) =>
      this.sequenceMedia(prepared, start, {
        index: i,
        regions: regions[i] ?? [],
        image: opened[i] as Medium,
        parts,
        asked,
        keep: (isPrompt(options) && options.keepImages !== false) || parts.every((part) => givenPixels(part) !== undefined),
      }),
    );
    const { ids, mask, ends, unended = 0, messages: count } = sample;
    const learnt = isPrompt(options) ? -1 : mask.indexOf(1);
    const positions = placed.length > 0 ? media?.tokenPositions?.(ids.length, placed, learnt < 0 ? ids.length : learnt) : undefined;
    const about = { dropped: messages.length - count, unended };
    if (seq2seq) {
      const source = { ids, positions, media: found };
      const reply = isPrompt(options) ? { ids: Int32Array.of(seq2seq.startId) } : this.reply(messages, seq2seq);
      return { ...about, ...reply, media: [], source };
    }
    const weights = isPrompt(options) ? undefined : Float32Array.from(mask);
    return { ids, ...(weights ? { weights } : {}), ...(ends ? { ends } : {}), ...(positions ? { positions } : {}), media: found, ...about };
  }

  /** A text as it is, all of it in the loss: pretraining. */
  encodeText(text: string): Sequence {
    const { tokenizer } = this;
    const ids = framedIds(tokenizer, text);
    const { eos } = tokenizer.specialIds;
    const whole = eos === undefined || ids.at(-1) === eos ? ids : Int32Array.from([...ids, eos]);
    return { ids: whole, weights: new Float32Array(whole.length).fill(1), media: [] };
  }

  /** Ids of each medium where they are known without it: of images that all have the same. */
  private sameForAll(parts: readonly MediaPart[]): (readonly number[])[] | undefined {
    const { everyImage } = this.parts.media ?? {};
    return everyImage && parts.every(isImagePart) ? parts.map(() => everyImage) : undefined;
  }

  private open(part: MediaPart, signal: AbortSignal | undefined): Promise<Medium> {
    const { limits, media: processor } = this.parts;
    return openMedia(part, { limits, processor, signal });
  }

  /** What stands for image `index`. Training keeps no pixels: they are opened again where no cache has the rows, all of a prompt together. */
  private sequenceMedia(
    prepared: PreparedImage,
    start: number,
    o: {
      index: number;
      image: Medium;
      parts: readonly MediaPart[];
      asked: readonly ChatMessage[];
      regions: readonly number[];
      keep: boolean;
    },
  ): SequenceMedia {
    const key = mediaKey(o.image) + (prepared.variant ?? '');
    const at = Int32Array.from([...rowPositions(prepared, start), ...o.regions]);
    const { parts, asked, index } = o;
    const size = isRgbImage(o.image) ? { size: { width: o.image.width, height: o.image.height } } : {};
    if (o.keep) return { at, key, ...size, feeds: (names) => prepared.feeds(names) };
    const again = async (names?: readonly string[]): Promise<Feeds> => {
      const opened: Medium[] = [];
      for (const part of parts) opened.push(await this.open(part, undefined));
      return (prepareMedia(this.parts.media as MultimodalProcessor, opened, asked)[index] as PreparedImage).feeds(names);
    };
    return { at, key, ...size, feeds: again };
  }

  private sample(
    messages: readonly ChatMessage[],
    options: EncodeOptions,
    imageTokens: readonly (readonly number[])[] | undefined,
  ): Sample & { ids: Int32Array } {
    const { template, media, seq2seq } = this.parts;
    const { tokenizer } = this;
    const { signal: _, ...render } = options;
    checkModalities(mediaParts(messages), media, this.parts.dir);
    if (!seq2seq) {
      if (!template) throw this.noTemplate();
      return encodeChat(messages, { tokenizer, template, imageTokens, ...render });
    }
    if (options.continueFinalMessage) throw cannotContinue();
    const asked = questionOf(messages, options);
    const { maxLength, variables } = render;
    const whole = media?.prompt
      ? media.prompt(asked, imageTokens ?? [])
      : { ids: options.written?.ids ?? this.sourceIds(asked, template, variables), imageRuns: [] as [number, number][] };
    if (maxLength !== undefined && whole.ids.length > maxLength)
      throw new SensoriumError('text.length', 'the source is too long', {
        expected: `at most ${maxLength} tokens`,
        got: String(whole.ids.length),
        hint: isPrompt(options) ? 'Shorten it, or load the model with a larger maxSource' : 'Shorten it, or leave this conversation out',
      });
    return { ...whole, mask: new Uint8Array(whole.ids.length), lossTokens: 0, messages: messages.length };
  }

  private sourceIds(
    messages: readonly ChatMessage[],
    template: ChatTemplate | undefined,
    variables: RenderOptions['variables'],
  ): Int32Array {
    const { tokenizer } = this;
    if (!template) return framedIds(tokenizer, textOf(messages));
    const { before, after } = textFrame(tokenizer);
    const { ids } = encodeChat(messages, { tokenizer, template, addGenerationPrompt: true, variables });
    return Int32Array.from([...before, ...ids, ...after]);
  }

  /** The last reply behind the decoder's start token, with its end. Errors: `text.messages` where there is none. */
  private reply(messages: readonly ChatMessage[], { startId, endIds }: NonNullable<ProcessorParts['seq2seq']>) {
    const last = messages.at(-1) as ChatMessage;
    if (last.role !== 'assistant')
      throw new SensoriumError('text.messages', 'there is no reply to learn', {
        expected: 'an assistant message at the end',
        got: last.role,
      });
    // A BART's replies begin with <s>, behind the start token; a T5's texts have nothing before them.
    const { before } = textFrame(this.tokenizer);
    const words = [...before, ...this.tokenizer.encode(textOf([last]))];
    const end = endIds[0] ?? this.tokenizer.specialIds.eos;
    const ids = Int32Array.from([startId, ...words, ...(end === undefined ? [] : [end])]);
    const learnt = isLearnt(last);
    const weights = new Float32Array(ids.length).fill(learnt ? 1 : 0);
    weights[0] = 0;
    return { ids, weights, unended: learnt && end === undefined ? 1 : 0 };
  }

  private noTemplate(): SensoriumError {
    return new SensoriumError('model.template', 'this model has no chat template', {
      place: this.parts.dir,
      expected: 'chat_template.jinja, or chat_template in tokenizer_config.json',
      hint: 'Give a text to continue instead of messages',
    });
  }
}

/** For each image, the positions of the tokens of its regions, in order. Only the template makes such a token. */
function regionPositions(
  ids: Int32Array,
  messages: readonly ChatMessage[],
  { tokenId, rows }: NonNullable<MultimodalProcessor['region']>,
): number[][] {
  const positions = [...ids.keys()].filter((i) => ids[i] === tokenId);
  const images = regionsOfImages(messages);
  // Regions stand in the prompt in the order of the parts, whichever image each is of.
  const order = messages.flatMap(({ content }) =>
    Array.isArray(content) ? (content as ContentPart[]).filter(({ type }) => type === 'region') : [],
  );
  return images.map((regions) =>
    regions.flatMap((region) => {
      const k = order.indexOf(region);
      return positions.slice(k * rows, (k + 1) * rows);
    }),
  );
}

/** True where the ids are to be continued, so that nothing is in the loss. */
function isPrompt({ addGenerationPrompt, continueFinalMessage }: RenderOptions): boolean {
  return addGenerationPrompt === true || Boolean(continueFinalMessage);
}

/** What an encoder reads of a conversation: all but the reply to learn. */
function questionOf(messages: readonly ChatMessage[], options: RenderOptions): readonly ChatMessage[] {
  return !isPrompt(options) && messages.at(-1)?.role === 'assistant' ? messages.slice(0, -1) : messages;
}

function cannotContinue(): SensoriumError {
  return new SensoriumError('generate.option', 'an encoder-decoder cannot continue a message of its source', {
    place: 'continueFinalMessage',
    hint: 'Leave the option out',
  });
}

/** Ids of a text in the frame that the tokenizer gives texts. */
function framed(tokenizer: Tokenizer, ids: ArrayLike<number> | Exceeded): WrittenPrompt | Exceeded {
  if ('exceeded' in ids) return ids;
  return { ids: frameText(tokenizer, ids), places: new Int32Array(), shares: new Uint8Array() };
}
