// Images that stand in a request as data: URLs of many bytes: decoded where its body is read, and named in it by short marks.

import { isDataUrl, readDataUrl } from '../media/data-url.js';
import { type Refusal, refusalOf, toApiError } from './errors.js';

/** What a URL holds, or what is wrong with it. */
export type Media = { readonly bytes: Uint8Array; readonly mimeType: string } | { readonly refused: Refusal };

/** Images of a request, by the marks that stand for them in it. */
export type Attached = ReadonlyMap<string, Media>;

/** Characters from which an image is taken out. */
const LONG = 16 * 1024;

/** A mark is a data: URL, so it may stand where one may. */
const markOf = (mark: string, index: number): string => `data:,${mark}.${index}`;

/** Takes the long images out of a request and puts marks in their places. */
export function attachMedia(request: unknown, mark: string): Media[] {
  const media: Media[] = [];
  for (const [holder, key] of placesOf(request)) {
    const url = holder[key];
    if (typeof url !== 'string' || url.length < LONG || !isDataUrl(url)) continue;
    holder[key] = markOf(mark, media.length);
    media.push(readMedia(url));
  }
  return media;
}

/** The images by their marks. */
export function attachedBy(media: readonly Media[], mark: string): Attached {
  return new Map(media.map((one, i) => [markOf(mark, i), one]));
}

/** The same items with their images in them, as they may be kept. */
export function withMedia<T>(items: readonly T[], attached: Attached): readonly T[] {
  if (attached.size === 0) return items;
  const copy = structuredClone(items) as T[];
  for (const [holder, key] of placesOf({ input: copy })) {
    const known = attached.get(String(holder[key]));
    if (known && 'bytes' in known) holder[key] = `data:${known.mimeType};base64,${Buffer.from(known.bytes.buffer).toString('base64')}`;
  }
  return copy;
}

/** Reads a data: URL. */
export function readMedia(url: string): Media {
  try {
    const { bytes, mimeType } = readDataUrl(url);
    // Of its own memory: a view would be sent with all that it is a view of.
    return { bytes: bytes.length === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes), mimeType };
  } catch (error) {
    return { refused: refusalOf(toApiError(error)) };
  }
}

type Holder = Record<PropertyKey, unknown>;

/** Where the URLs of images stand: in parts of messages, in items and their parts. Nothing else that a client sends is looked at. */
function* placesOf(request: unknown): Generator<[holder: Holder, key: PropertyKey]> {
  const { messages, input, sensorium } = request as { messages?: unknown; input?: unknown; sensorium?: { regions?: unknown } | null };
  for (const region of holders(sensorium?.regions)) yield [region, 'mask'];
  for (const message of [...holders(messages), ...holders(input)])
    for (const part of [message, ...holders(message.content), ...holders(message.output)]) {
      const { image_url: image, file, video } = part;
      if (isHolder(image)) yield [image, 'url'];
      else yield [part, 'image_url'];
      yield [isHolder(file) ? file : part, 'file_data'];
      yield [part, 'file_url'];
      if (part.type === 'region') yield [part, 'mask'];
      if (Array.isArray(video)) for (const i of video.keys()) yield [video as unknown as Holder, i];
    }
}

const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null;

const holders = (list: unknown): Holder[] => (Array.isArray(list) ? list.filter((one) => isHolder(one) && !Array.isArray(one)) : []);
