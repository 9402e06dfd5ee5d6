// A question about a long film: frames into a memory under a budget of tokens, those that the question is about by likeness, then the model.

import type { Responder } from '../../evaluate/responder.js';
import type { RgbImage } from '../../media/index.js';
import type { ChatMessage, ContentPart } from '../../text/index.js';
import { throwIfAborted } from '../../util/errors.js';
import { FrameMemory, framesWithin, type MemoryRule, type Span } from './memory.js';

/** Unit vectors of images and texts in one space. */
export interface LongEmbedder {
  images(images: readonly RgbImage[], signal?: AbortSignal): Promise<{ vectors: readonly Float32Array[] }>;
  texts(texts: readonly string[], signal?: AbortSignal): Promise<{ vectors: readonly Float32Array[] }>;
}

export interface FilmOptions {
  embedder: LongEmbedder;
  /** Tokens that the frames in memory may take together. Default 4,000. */
  tokens?: number;
  /** Tokens of a frame in the model's sequence. */
  frameTokens: number;
  rule?: MemoryRule;
  signal?: AbortSignal;
}

/** Frames that are embedded at once. */
const AT_ONCE = 16;

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

/** Reads a film into a memory; it holds as many frames as the budget has room for, however long the film is. */
export async function rememberFilm(frames: AsyncIterable<RgbImage> | Iterable<RgbImage>, o: FilmOptions): Promise<FrameMemory<RgbImage>> {
  const { embedder, tokens = 4000, frameTokens, rule, signal } = o;
  const memory = new FrameMemory<RgbImage>(framesWithin({ tokens, each: frameTokens }), rule);
  let waiting: RgbImage[] = [];
  const take = async (): Promise<void> => {
    const { vectors } = await embedder.images(waiting, signal);
    for (const [i, frame] of waiting.entries()) memory.push(vectors[i] as Float32Array, frame);
    waiting = [];
  };
  for await (const frame of frames) {
    throwIfAborted(signal);
    waiting.push(frame);
    if (waiting.length === AT_ONCE) await take();
  }
  if (waiting.length > 0) await take();
  return memory;
}

/** The spans that are most like a text, `most` of them, in order of time. */
export async function spansAbout<T>(
  memory: FrameMemory<T>,
  text: string,
  embedder: LongEmbedder,
  most: number,
  signal?: AbortSignal,
): Promise<Span<T>[]> {
  const [wanted] = (await embedder.texts([text], signal)).vectors;
  const ranked = memory.spans.map((span, i) => ({
    span,
    i,
    like: dot(span.vector, wanted as Float32Array) / Math.sqrt(dot(span.vector, span.vector) || 1),
  }));
  return ranked
    .sort((a, b) => b.like - a.like)
    .slice(0, most)
    .sort((a, b) => a.i - b.i)
    .map(({ span }) => span);
}

/**
 * Answers a question from what is remembered. `most`: frames that the model is shown, by likeness to `about` (default the question); without it all that
 * are in memory, in order.
 */
export async function askFilm(
  memory: FrameMemory<RgbImage>,
  question: string,
  o: { responder: Responder; embedder: LongEmbedder; most?: number; about?: string; maxTokens?: number; signal?: AbortSignal },
): Promise<{ answer: string; spans: readonly Span<RgbImage>[] }> {
  const { responder, embedder, most, about = question, maxTokens = 64, signal } = o;
  const spans = most === undefined ? memory.spans : await spansAbout(memory, about, embedder, most, signal);
  const content: ContentPart[] = [
    ...spans.map(({ frame }) => ({ type: 'image' as const, source: frame })),
    { type: 'text', text: question },
  ];
  const [answer = ''] = await responder.replies([[{ role: 'user', content } as ChatMessage]], { maxTokens, signal });
  return { answer, spans };
}
