// A prompt as ids with a place for each image: written once, before anyone knows how many tokens its images take.

import { SensoriumError } from '../util/errors.js';
import type { ChatTemplate, RenderedChat, RenderOptions } from './chat.js';
import { type ChatLayout, NO_FRAME, type PromptIds, type TextFrame, textFrame } from './layout.js';
import { type ChatMessage, mediaParts } from './messages.js';
import { renderChat } from './replies.js';
import type { Tokenizer } from './tokenizer.js';

/** A prompt without its images. */
export interface WrittenPrompt {
  /** Each image or video is one id. */
  readonly ids: Int32Array;
  /** Of each image or video, in the order of the messages, the index of its id. */
  readonly places: Int32Array;
  /** One for those that begin with the last id of the image before (`ChatLayout.sharesImageEdges`). */
  readonly shares: Uint8Array;
}

/** How a prompt is written. */
export interface WriteOptions extends RenderOptions {
  tokenizer: Tokenizer;
  template: ChatTemplate;
  /** Ids around the whole. Default: those of the template's layout. */
  frame?: TextFrame;
}

/**
 * Writes a conversation that is to be answered (`addGenerationPrompt`) or continued (`continueFinalMessage`). Throws what the template and the
 * tokenizer throw, and `text.images` for a template that does not write one placeholder for each image.
 */
export function writePrompt(messages: readonly ChatMessage[], options: WriteOptions): WrittenPrompt {
  const { tokenizer, template } = options;
  const rendered = renderChat(messages, options);
  checkPlaceholders(messages, rendered, template);
  // A prompt has no loss, so its tokens need no places: tokenizers that rewrite text (NFC) can encode any.
  const { ids } = tokenizer.encodePieces(rendered.pieces);
  const { before, after } = options.frame ?? frameOf(tokenizer, template.layout);
  const framed = isFramed(ids, before);
  const next = mediaOrder(messages, options);
  const count = mediaParts(messages).length;
  const [places, shares] = [new Int32Array(count), new Uint8Array(count)];
  for (const [i, id] of ids.entries()) {
    const m = next(id);
    if (m === undefined) continue;
    places[m] = i + (framed ? before.length : 0);
    shares[m] = Number(template.layout.sharesImageEdges === true && ids[i - 1] === id);
  }
  const whole = [...(framed ? before : []), ...ids, ...(framed || before.length === 0 ? after : [])];
  return { ids: Int32Array.from(whole), places, shares };
}

/** Puts the ids of each image or video in its place. */
export function placeMedia({ ids, places, shares }: WrittenPrompt, runs: readonly (readonly number[])[]): PromptIds {
  const all = runs.reduce((sum, run, m) => sum + run.length - (shares[m] as number) - 1, ids.length);
  const out = new Int32Array(all);
  const imageRuns: [start: number, length: number][] = [];
  let [from, at] = [0, 0];
  for (const m of [...places.keys()].sort((a, b) => (places[a] as number) - (places[b] as number))) {
    const [place, run, shared] = [places[m] as number, runs[m] as readonly number[], shares[m] as number];
    out.set(ids.subarray(from, place), at);
    at += place - from;
    // The run keeps its length: an edge that it shares is the last id before it.
    imageRuns[m] = [at - shared, run.length];
    out.set(shared === 0 ? run : run.slice(shared), at);
    at += run.length - shared;
    from = place + 1;
  }
  out.set(ids.subarray(from), at);
  return { ids: out, imageRuns };
}

/** Which image or video an id stands for, asked for each id in order. Templates may write images before videos. */
export function mediaOrder(
  messages: readonly ChatMessage[],
  o: Pick<WriteOptions, 'tokenizer' | 'template'>,
): (id: number) => number | undefined {
  const idsOf = mediaIds(messages, o);
  const waiting = new Map([...new Set(idsOf)].map((id) => [id, [...idsOf.keys()].filter((m) => idsOf[m] === id)]));
  return (id) => waiting.get(id)?.shift();
}

/** The placeholder of each image or video. */
export function mediaIds(
  messages: readonly ChatMessage[],
  { tokenizer, template }: Pick<WriteOptions, 'tokenizer' | 'template'>,
): number[] {
  const imageId = tokenizer.specialTokens.get(template.imageToken);
  const videoId = template.videoToken === undefined ? imageId : tokenizer.specialTokens.get(template.videoToken);
  return mediaParts(messages).map(({ type }) => (type === 'video' ? videoId : imageId) as number);
}

/** True for ids that get the frame: as in transformers, a template that writes the beginning itself is not given another one. */
export const isFramed = (ids: readonly number[], before: readonly number[]): boolean => before.length > 0 && ids[0] !== before[0];

/** Ids around a prompt where its options have none. */
export function frameOf(tokenizer: Tokenizer, layout: ChatLayout): TextFrame {
  return layout.frame ?? (tokenizer.specialIds.image === undefined ? NO_FRAME : textFrame(tokenizer));
}

/** Throws `text.images` for a template that does not write one placeholder for each image and video. */
export function checkPlaceholders(messages: readonly ChatMessage[], rendered: RenderedChat, template: ChatTemplate): void {
  const media = mediaParts(messages);
  const images = media.filter(({ type }) => type !== 'video' || template.videoToken === undefined).length;
  const wrong = rendered.images !== images ? 'image' : rendered.videos !== media.length - images ? 'video' : undefined;
  if (wrong)
    throw new SensoriumError('text.images', `the template does not write one placeholder per ${wrong}`, {
      expected: wrong === 'image' ? `${images} of ${template.imageToken}` : `${media.length - images} of ${template.videoToken}`,
      got: String(wrong === 'image' ? rendered.images : rendered.videos),
      hint: 'Correct the chat template of the model',
    });
}
