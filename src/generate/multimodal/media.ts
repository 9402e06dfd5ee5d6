// The images and videos of messages: read, and made ready by the model's processor.

import { decodeImage, type Frames, type ImageLimits, isRgbImage, type RgbImage } from '../../media/index.js';
import type { ChatMessage, MediaPart } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { MultimodalProcessor, PreparedImage } from './processor.js';

/** What an image part holds: `source`, or the URL of an `image_url`. */
function sourceOf(part: MediaPart): unknown {
  const url = part.image_url as string | { url?: string } | undefined;
  return part.source ?? (typeof url === 'object' ? url?.url : url);
}

/** The frames of a video part. Errors: `generate.video`. */
function framesOf({ frames }: MediaPart): readonly unknown[] {
  if (Array.isArray(frames) && frames.length > 0) return frames;
  throw new SensoriumError('generate.video', 'a video part has no frames', {
    expected: "frames, a list of images: { type: 'video', frames: ['1.png', '2.png'] }",
    got: Array.isArray(frames) ? 'an empty list' : typeof frames,
    hint: 'Take frames out of the file first, such as two a second',
  });
}

/** An image or a video whose pixels are given; undefined for one that has to be read. */
export function givenPixels(part: MediaPart): RgbImage | Frames | undefined {
  if (part.type !== 'video') {
    const source = sourceOf(part);
    return isRgbImage(source) ? source : undefined;
  }
  const frames = framesOf(part);
  return frames.every(isRgbImage) ? { frames } : undefined;
}

/** Reads `{type:'image', source}` as `image()` makes, an `image_url` part holding a data URL or a path, or the frames of a video. */
export async function openMedia(part: MediaPart, limits: ImageLimits | undefined): Promise<RgbImage | Frames> {
  if (part.type !== 'video') return openImage(sourceOf(part), limits);
  const frames: RgbImage[] = [];
  for (const frame of framesOf(part)) frames.push(await openImage(frame, limits));
  return { frames };
}

async function openImage(source: unknown, limits: ImageLimits | undefined): Promise<RgbImage> {
  if (isRgbImage(source)) return source;
  if (typeof source !== 'string' && !(source instanceof Uint8Array) && !(source instanceof URL))
    throw new SensoriumError('generate.image', 'an image part has no source', {
      expected: 'a path, bytes or a data URL',
      got: typeof source,
    });
  return decodeImage(source, limits);
}

/** All images and videos of a prompt made ready, in order. Errors: `generate.video` for a model that sees none. */
export function prepareMedia(
  processor: MultimodalProcessor,
  media: readonly (RgbImage | Frames)[],
  messages: readonly ChatMessage[],
): PreparedImage[] {
  const images = media.filter((m): m is RgbImage => !('frames' in m));
  const ready = images.length > 0 ? processor.prepare(images, messages) : [];
  let next = 0;
  return media.map((m) => {
    if (!('frames' in m)) return ready[next++] as PreparedImage;
    if (processor.prepareVideo) return processor.prepareVideo(m.frames);
    throw new SensoriumError('generate.video', 'this model takes no videos', { hint: 'Send frames as images' });
  });
}
