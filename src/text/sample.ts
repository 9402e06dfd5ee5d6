// From conversations and documents to training samples: token ids, loss mask and image runs, made in one pass over the rendered pieces.

import { SensoriumError } from '../util/errors.js';
import { utf8Length } from './bytes.js';
import type { ChatTemplate, RenderedChat, RenderOptions } from './chat.js';
import { type ChatMessage, countImages, mediaParts } from './messages.js';
import type { Tokenizer } from './tokenizer.js';

/** One sequence to train on, or a prompt. */
export interface Sample {
  ids: Int32Array;
  /** 1 where the token is to be predicted. Image tokens are never. */
  mask: Uint8Array;
  /** Where the tokens of each image or video stand, in their order in the messages. */
  imageRuns: [start: number, length: number][];
  /** Tokens with mask 1 that have a token before them: what `packBatch` gives weight. */
  lossTokens: number;
  /** Messages that are in the sample; fewer than given when turns were dropped to fit. */
  messages: number;
}

export interface EncodeChatOptions extends RenderOptions {
  tokenizer: Tokenizer;
  template: ChatTemplate;
  /** Tokens that the connector emits for each image or video, or for all alike; or the ids themselves that stand for each. */
  imageTokens?: number | readonly (number | readonly number[])[];
  /** Longest sequence. Whole turns are dropped from the end to fit it. Default: no limit. */
  maxLength?: number;
}

/**
 * Encodes a conversation. Each image placeholder becomes exactly as many image tokens as the connector emits; the loss
 * covers the assistant's replies with their end-of-turn tokens.
 * A prompt (`addGenerationPrompt` or `continueFinalMessage`) has a mask of zeros.
 * With `maxLength`, whole turns are dropped from the end (never part of an image or of a reply); with
 * a prompt nothing is dropped. Throws `text.length` when that does not fit, `text.images` when images
 * and placeholders differ in number.
 */
export function encodeChat(messages: readonly ChatMessage[], options: EncodeChatOptions): Sample {
  const { maxLength = Number.POSITIVE_INFINITY, imageTokens } = options;
  const isPrompt = options.addGenerationPrompt === true || Boolean(options.continueFinalMessage);
  const whole = encodeOnce(messages, options);
  if (whole.ids.length <= maxLength) return whole;
  if (!isPrompt)
    for (let n = messages.length - 1; n > 0; n--) {
      if (messages[n - 1]?.role !== 'assistant') continue;
      const kept = messages.slice(0, n);
      // Dropped turns take their images with them.
      const lengths = typeof imageTokens === 'object' ? imageTokens.slice(0, mediaParts(kept).length) : imageTokens;
      const sample = encodeOnce(kept, { ...options, imageTokens: lengths });
      if (sample.ids.length <= maxLength && sample.lossTokens > 0) return sample;
    }
  throw new SensoriumError('text.length', isPrompt ? 'the prompt is too long' : 'not even the first turn fits', {
    expected: `at most ${maxLength} tokens`,
    got: `${whole.ids.length} (${whole.imageRuns.length} images)`,
    hint: isPrompt ? 'Send fewer messages or images' : 'Raise the maximum length, or leave this conversation out',
  });
}

function encodeOnce(messages: readonly ChatMessage[], options: EncodeChatOptions): Sample {
  const { tokenizer, template, imageTokens } = options;
  const rendered = template.render(messages, options);
  const media = mediaParts(messages);
  const images = countImages(messages);
  const wrong = rendered.images !== images ? 'image' : rendered.videos !== media.length - images ? 'video' : undefined;
  if (wrong)
    throw new SensoriumError('text.images', `the template does not write one placeholder per ${wrong}`, {
      expected: wrong === 'image' ? `${images} of ${template.imageToken}` : `${media.length - images} of ${template.videoToken}`,
      got: String(wrong === 'image' ? rendered.images : rendered.videos),
      hint: 'Correct the chat template of the model',
    });
  const imageId = tokenizer.specialTokens.get(template.imageToken);
  const videoId = template.videoToken === undefined ? undefined : tokenizer.specialTokens.get(template.videoToken);
  const idsOf = media.map(({ type }) => (type === 'video' ? videoId : imageId) as number);
  const runs = runIds(imageTokens, idsOf);
  // Templates may write images before videos: the next placeholder of a kind is for the next part of that kind.
  const waiting = new Map([imageId, videoId].map((id) => [id, [...idsOf.keys()].filter((m) => idsOf[m] === id)]));
  // A prompt has no loss, so its tokens need no places: tokenizers that rewrite text (NFC) can encode any.
  const isPrompt = options.addGenerationPrompt === true || Boolean(options.continueFinalMessage);
  const { ids: compact, offsets } = tokenizer.encodePieces(rendered.pieces, !isPrompt);
  const inLoss = lossFilter(rendered);
  const ids: number[] = [];
  const mask: number[] = [];
  const imageRuns: [number, number][] = [];
  compact.forEach((id, i) => {
    const m = waiting.get(id)?.shift();
    if (m !== undefined) {
      const run = runs[m] as readonly number[];
      imageRuns[m] = [ids.length, run.length];
      for (const imageToken of run) {
        ids.push(imageToken);
        mask.push(0);
      }
    } else {
      ids.push(id);
      mask.push(isPrompt || !inLoss(...(offsets[i] as [number, number])) ? 0 : 1);
    }
  });
  return finish(ids, mask, imageRuns, messages.length);
}

/** What the placeholder of each image or video becomes; `ids` are the placeholders. */
function runIds(tokens: EncodeChatOptions['imageTokens'], ids: readonly number[]): readonly (readonly number[])[] {
  const images = ids.length;
  if (images === 0 && (tokens === undefined || typeof tokens === 'number')) return [];
  if (tokens === undefined)
    throw new SensoriumError('text.images', 'the messages have images, the number of tokens for each is missing', { place: 'imageTokens' });
  const each = typeof tokens === 'number' ? new Array<number>(images).fill(tokens) : tokens;
  if (each.length !== images)
    throw new SensoriumError(
      'text.images',
      each.length < images ? 'more image placeholders than images' : 'more token counts than images',
      {
        place: 'imageTokens',
        expected: `${images} token counts`,
        got: String(each.length),
      },
    );
  return each.map((one, m) => {
    const length = typeof one === 'number' ? one : one.length;
    if (!Number.isInteger(length) || length < 1)
      throw new SensoriumError('text.images', 'an image needs a positive number of tokens', { place: 'imageTokens', got: String(length) });
    return typeof one === 'number' ? new Array<number>(one).fill(ids[m] as number) : one;
  });
}

/** Tells whether a token, given by its bytes in the text, holds any of a reply. Tokens must be asked for in order. */
function lossFilter({ text, spans }: RenderedChat): (start: number, end: number) => boolean {
  let at = 0;
  let bytes = 0;
  const byteAt = (index: number): number => {
    bytes += utf8Length(text, at, index);
    at = index;
    return bytes;
  };
  const byteSpans = spans.map(([start, end]) => [byteAt(start), byteAt(end)] as const);
  let next = 0;
  return (start, end) => {
    while (next < byteSpans.length && (byteSpans[next]?.[1] as number) <= start) next++;
    const span = byteSpans[next];
    return span !== undefined && end > span[0] && start < span[1];
  };
}

function finish(ids: number[], mask: number[], imageRuns: [number, number][], messages: number): Sample {
  let lossTokens = 0;
  for (let i = 1; i < mask.length; i++) lossTokens += mask[i] as number;
  return { ids: Int32Array.from(ids), mask: Uint8Array.from(mask), imageRuns, lossTokens, messages };
}

export interface EncodeDocumentOptions {
  tokenizer: Tokenizer;
  /** Longest sequence; the document is cut there. Default: no limit. */
  maxLength?: number;
}

/** Encodes plain text, all of it in the loss: `<|text|>` (else the tokenizer's bos, if any), the text, eos. */
export function encodeDocument(text: string, options: EncodeDocumentOptions): Sample {
  return documentSamples(text, options, 1)[0] as Sample;
}

/** Encodes plain text into as many samples of at most `maxLength` tokens as it takes; only the last ends with eos. */
export function encodeDocumentChunks(text: string, options: EncodeDocumentOptions): Sample[] {
  return documentSamples(text, options, Number.POSITIVE_INFINITY);
}

function documentSamples(text: string, { tokenizer, maxLength = Number.POSITIVE_INFINITY }: EncodeDocumentOptions, most: number): Sample[] {
  const { bos, eos } = tokenizer.specialIds;
  const begin = tokenizer.specialTokens.get('<|text|>') ?? bos;
  const prefix = begin === undefined ? [] : [begin];
  const room = maxLength - prefix.length;
  if (room < 1)
    throw new SensoriumError('text.length', 'no room for text', {
      place: 'maxLength',
      expected: `more than ${prefix.length}`,
      got: String(maxLength),
    });
  const body = tokenizer.encode(text);
  if (eos !== undefined) body.push(eos);
  const samples: Sample[] = [];
  for (let i = 0; (i < body.length || i === 0) && samples.length < most; i += room) {
    const ids = [...prefix, ...body.slice(i, i + room)];
    samples.push(finish(ids, new Array<number>(ids.length).fill(1), [], 0));
  }
  return samples;
}
