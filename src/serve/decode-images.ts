// Images of a conversation, decoded once for all replies of a request when the first of them has a slot, and given up when all are encoded.

import { decodingBytes, type ImageSource, isRgbImage, openImage, type RgbImage } from '../media/index.js';
import { type ChatMessage, type ContentPart, mediaParts } from '../text/index.js';
import { isAbort } from '../util/errors.js';
import { poolSize } from '../util/jobs.js';
import { badRequest, toApiError } from './errors.js';
import { isClosedMask, openMask, pixelsOf } from './regions.js';
import { Turns } from './turns.js';

/** What the images of one request may cost. */
export interface ImageBounds {
  /** Pixels of all images of one request together, checked before any is decoded. Default 50 million. */
  maxPixels?: number;
  /** Bytes of one image file. Default 20 MiB. */
  maxImageBytes?: number;
}

/** Requests whose pixels are in memory at the same time: one for each worker thread, and the next one. */
export const pixelTurns = new Turns(Math.min(4, poolSize() + 1));

let decoded = 0;

/** Bytes of the pixels that are in memory, of all requests of this process. */
export function pixelBytes(): number {
  return decoded;
}

/** Images of one request that are decoded, and the replies that still need them. */
interface Opened {
  readonly messages: Promise<ChatMessage[]>;
  users: number;
  /** Gives the place among those whose pixels are in memory back. */
  leave: () => void;
}

/** Messages with pixels in them; `release` when they are encoded. */
export interface OpenedMessages {
  readonly messages: readonly ChatMessage[];
  release(): void;
}

/** The images of requests that are being encoded. */
export class RequestImages {
  private readonly opened = new WeakMap<object, Opened>();

  constructor(private readonly bounds: ImageBounds) {}

  /**
   * Decodes the images of `messages`, once for all replies of the same `request`; owners take turns. Throws `ApiError` 400 with the field,
   * and the reason of `signal`.
   */
  async open(request: object, messages: readonly ChatMessage[], signal: AbortSignal, owner = ''): Promise<OpenedMessages> {
    if (mediaParts(messages).length === 0) return { messages, release: () => {} };
    const known = this.opened.get(request) ?? this.begin(messages, signal, owner);
    this.opened.set(request, known);
    known.users++;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      known.users--;
      if (known.users > 0) return;
      this.opened.delete(request);
      known.leave();
      // Whoever still holds the messages, for as long as a reply is written, holds no pixels.
      known.messages.then(dropPixels, () => {}); // where decoding failed there are none
    };
    try {
      return { messages: await known.messages, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  private begin(messages: readonly ChatMessage[], signal: AbortSignal, owner: string): Opened {
    const turn = placesOf(messages).then((places) => pixelTurns.take(signal, owner, places));
    const opened: Opened = {
      messages: turn.then(() => decodeImages(messages, this.bounds, signal)).then(counted),
      users: 0,
      leave: () => {},
    };
    opened.leave = () =>
      void turn.then(
        (leave) => leave(),
        () => {},
      );
    return opened;
  }
}

/** Bytes for the pixels of one request that others may be beside: those of 25 megapixels. */
const SHARED_BYTES = 75e6;

/** The places that the images of a request take: all of them where decoding takes very much by what the headers say. */
async function placesOf(messages: readonly ChatMessage[]): Promise<number> {
  let bytes = 0;
  for (const { content } of messages)
    for (const part of Array.isArray(content) ? (content as ContentPart[]) : [])
      for (const source of [...picturesOf(part), ...masksOf(part)])
        if (isRgbImage(source)) bytes += 3 * source.width * source.height;
        else if (source instanceof Uint8Array) bytes += await decodingBytes(source);
        else if (isClosedMask(source)) bytes += 'runs' in source ? (pixelsOf(source) ?? 0) : await decodingBytes(source.file);
  return bytes > SHARED_BYTES ? pixelTurns.total : 1;
}

/** The images of a part, and the frames of a video. */
function picturesOf(part: ContentPart): readonly unknown[] {
  if (part.type === 'image') return [part.source];
  return part.type === 'video' && Array.isArray(part.frames) ? part.frames : [];
}

const masksOf = (part: ContentPart): readonly unknown[] => (part.type === 'region' && part.mask ? [part.mask] : []);

/** Adds the pixels of messages to those that are in memory, until `dropPixels` takes them off again. */
function counted(messages: ChatMessage[]): ChatMessage[] {
  decoded += bytesOf(messages);
  return messages;
}

function bytesOf(messages: readonly ChatMessage[]): number {
  let bytes = 0;
  for (const { content } of messages)
    for (const part of Array.isArray(content) ? (content as ContentPart[]) : [])
      for (const image of [...picturesOf(part), ...masksOf(part)] as readonly RgbImage[]) bytes += image.data.byteLength;
  return bytes;
}

function dropPixels(messages: readonly ChatMessage[]): void {
  decoded -= bytesOf(messages);
  for (const { content } of messages)
    for (const part of Array.isArray(content) ? (content as ContentPart[]) : []) {
      if (part.type === 'image') delete (part as { source?: unknown }).source;
      if (part.type === 'video') delete (part as { frames?: unknown }).frames;
      if (part.type === 'region') delete (part as { mask?: unknown }).mask;
    }
}

/** Decodes the images and frames of a conversation, one after the other, within one budget of pixels. */
async function decodeImages(
  messages: readonly ChatMessage[],
  { maxPixels = 50e6, maxImageBytes }: ImageBounds,
  signal: AbortSignal,
): Promise<ChatMessage[]> {
  let left = maxPixels;
  const out: ChatMessage[] = [];
  for (const [m, message] of messages.entries()) {
    if (!Array.isArray(message.content)) {
      out.push(message);
      continue;
    }
    const content: ContentPart[] = [];
    for (const [p, part] of (message.content as ContentPart[]).entries()) {
      const open = async (source: ImageSource | RgbImage): Promise<RgbImage> => {
        const limits = { maxPixels: Math.max(0, left), maxBytes: maxImageBytes };
        const image = isRgbImage(source) ? source : await openImage(source, limits, signal).catch((e: unknown) => aboutPart(e, m, p));
        left -= image.width * image.height;
        return image;
      };
      if (part.type === 'image') content.push({ type: 'image', source: await open(part.source as ImageSource | RgbImage) });
      else if (part.type === 'video' && Array.isArray(part.frames)) {
        const frames: RgbImage[] = [];
        for (const frame of part.frames as (ImageSource | RgbImage)[]) frames.push(await open(frame));
        content.push({ ...part, frames });
      } else if (part.type === 'region' && isClosedMask(part.mask)) {
        const limits = { maxPixels: Math.max(0, left), maxBytes: maxImageBytes };
        const mask = await openMask(part.mask, limits, signal).catch((e: unknown) => aboutPart(e, m, p));
        left -= mask.width * mask.height;
        content.push({ ...part, mask });
      } else content.push(part);
    }
    out.push({ ...message, content });
  }
  return out;
}

/** Throws the error with the part that it is about as its field. */
function aboutPart(error: unknown, message: number, part: number): never {
  if (isAbort(error)) throw error;
  const { status, message: text, apiCode } = toApiError(error);
  if (status >= 500) throw error;
  throw badRequest(text, `messages[${message}].content[${part}]`, { code: apiCode ?? undefined, cause: error });
}
