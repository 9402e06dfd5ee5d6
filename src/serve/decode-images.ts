// Images of a conversation, decoded one after the other when their request has a slot.

import { decodeImage, type ImageSource, isRgbImage, type RgbImage } from '../media/index.js';
import type { ChatMessage, ContentPart } from '../text/index.js';
import { badRequest, toApiError } from './errors.js';

/** What the images of one request may cost. */
export interface ImageBounds {
  /** Pixels of all images of one request together, checked before any is decoded. Default 50 million. */
  maxPixels?: number;
  /** Bytes of one image file. Default 20 MiB. */
  maxImageBytes?: number;
}

/** Decodes the images and frames of a conversation, one after the other, within one budget of pixels. */
export async function decodeImages(
  messages: readonly ChatMessage[],
  { maxPixels = 50e6, maxImageBytes }: ImageBounds,
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
        const image = isRgbImage(source) ? source : await decodeImage(source, limits).catch((e: unknown) => aboutPart(e, m, p));
        left -= image.width * image.height;
        return image;
      };
      if (part.type === 'image') content.push({ type: 'image', source: await open(part.source as ImageSource | RgbImage) });
      else if (part.type === 'video' && Array.isArray(part.frames)) {
        const frames: RgbImage[] = [];
        for (const frame of part.frames as (ImageSource | RgbImage)[]) frames.push(await open(frame));
        content.push({ ...part, frames });
      } else content.push(part);
    }
    out.push({ ...message, content });
  }
  return out;
}

/** Throws the error with the part that it is about as its field. */
function aboutPart(error: unknown, message: number, part: number): never {
  const { status, message: text, apiCode } = toApiError(error);
  if (status >= 500) throw error;
  throw badRequest(text, `messages[${message}].content[${part}]`, { code: apiCode ?? undefined, cause: error });
}
