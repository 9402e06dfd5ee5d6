// Messages on a page, with pictures as pages have them, and how they go to the worker.

import { SensoriumError } from '../util/errors.js';
import type { WireMessage, WirePart } from './protocol.js';

/** A picture: a file or blob, a URL that the page may fetch (also `data:`), something that a canvas draws, or RGB pixels. */
export type PictureSource =
  | Blob
  | string
  | URL
  | ImageBitmap
  | ImageData
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement
  | HTMLVideoElement
  | { width: number; height: number; data: Uint8Array };

/** A part of a message. */
export type Part = string | { readonly type: 'image'; readonly source: PictureSource } | { readonly type: 'text'; readonly text: string };

/** A message of a conversation. */
export interface WebMessage {
  role: string;
  content: string | readonly Part[];
}

/** A picture for a message: `model.generate([image(file), 'What is this?'])`. */
export const image = (source: PictureSource): { type: 'image'; source: PictureSource } => ({ type: 'image', source });

/** Messages as they are sent. Errors: `web.picture`. */
export async function wireMessages(messages: readonly WebMessage[]): Promise<WireMessage[]> {
  const out: WireMessage[] = [];
  for (const { role, content } of messages) {
    if (typeof content === 'string') {
      out.push({ role, content });
      continue;
    }
    const parts: WirePart[] = [];
    for (const part of content)
      parts.push(
        typeof part === 'string'
          ? { type: 'text', text: part }
          : part.type === 'text'
            ? part
            : { type: 'image', source: await wirePicture(part.source) },
      );
    out.push({ role, content: parts });
  }
  return out;
}

/** The bytes of a picture's file. */
export async function pictureBytes(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

async function wirePicture(source: PictureSource): Promise<Extract<WirePart, { type: 'image' }>['source']> {
  if (source instanceof Blob) return pictureBytes(source);
  if (typeof source === 'string' || source instanceof URL) return fetched(source);
  if (source instanceof ImageData) return pixelsOf(source);
  if ('data' in source && source.data instanceof Uint8Array) return source;
  return drawn(source as CanvasImageSource);
}

async function fetched(url: string | URL): Promise<Uint8Array> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new SensoriumError('web.picture', 'the picture cannot be fetched', {
      place: String(url).slice(0, 200),
      got: (cause as Error).message,
      hint: 'A server of another origin must allow this page (CORS)',
      cause,
    });
  });
  if (!response.ok)
    throw new SensoriumError('web.picture', 'the picture cannot be fetched', {
      place: String(url).slice(0, 200),
      got: `status ${response.status}`,
    });
  return pictureBytes(await response.blob());
}

function drawn(source: CanvasImageSource): { width: number; height: number; data: Uint8Array } {
  const size = source as {
    naturalWidth?: number;
    naturalHeight?: number;
    videoWidth?: number;
    videoHeight?: number;
    width: number;
    height: number;
  };
  const width = size.naturalWidth ?? size.videoWidth ?? size.width;
  const height = size.naturalHeight ?? size.videoHeight ?? size.height;
  if (!(width > 0 && height > 0))
    throw new SensoriumError('web.picture', 'the picture has no pixels yet', { hint: 'Wait until it has loaded' });
  const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false }) as OffscreenCanvasRenderingContext2D;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return pixelsOf(context.getImageData(0, 0, width, height));
}

function pixelsOf({ width, height, data: rgba }: ImageData): { width: number; height: number; data: Uint8Array } {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    data[to++] = rgba[from] as number;
    data[to++] = rgba[from + 1] as number;
    data[to++] = rgba[from + 2] as number;
  }
  return { width, height, data };
}
