// The images and videos of messages: read, and made ready by the model's processor.

import {
  decodeVideo,
  type Frames,
  type ImageLimits,
  isRgbImage,
  type MediaSource,
  nameMedia,
  openImage,
  type RgbImage,
  shareFrames,
} from '../media/index.js';
import type { MultimodalProcessor, PreparedImage } from '../networks/processor.js';
import type { ChatMessage, MediaPart } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';

/** What an image part holds: `source`, or the URL of an `image_url`. */
function sourceOf(part: MediaPart): unknown {
  const url = part.image_url as string | { url?: string } | undefined;
  return part.source ?? (typeof url === 'object' ? url?.url : url);
}

/** The frames of a video part, or undefined where it names a file. Errors: `model.video`. */
function framesOf({ frames, source }: MediaPart): readonly unknown[] | undefined {
  if (Array.isArray(frames) && frames.length > 0) return frames;
  if (frames === undefined && isSource(source)) return undefined;
  throw new SensoriumError('model.video', 'a video part has no frames', {
    expected: "a file, { type: 'video', source: 'clip.mp4' }, or frames, a list of images: { type: 'video', frames: ['1.png', '2.png'] }",
    got: Array.isArray(frames) ? 'an empty list' : typeof frames,
    hint: 'video(…) makes such a part',
  });
}

/** A number that a video part may hold. Errors: `model.video`. */
function numberOf(part: MediaPart, key: 'fps' | 'maxFrames'): number | undefined {
  const value = part[key] ?? undefined;
  if (value === undefined || (typeof value === 'number' && value > 0 && Number.isFinite(value))) return value;
  throw new SensoriumError('model.video', 'a video part cannot be read', {
    place: key,
    expected: 'a number above 0',
    got: JSON.stringify(value),
  });
}

/** An image or a video whose pixels are given; undefined for one that has to be read. */
export function givenPixels(part: MediaPart): RgbImage | Frames | undefined {
  if (part.type !== 'video') {
    const source = sourceOf(part);
    return isRgbImage(source) ? source : undefined;
  }
  const frames = framesOf(part);
  return frames?.every(isRgbImage) ? { frames, fps: numberOf(part, 'fps') } : undefined;
}

/** How media are opened. */
export interface OpenOptions {
  limits?: ImageLimits;
  /** Where given, a video is refused before it is read when the model takes none. */
  processor?: MultimodalProcessor;
  signal?: AbortSignal;
}

/**
 * Reads `{type:'image', source}` as `image()` makes, an `image_url` part holding a data URL or a path, or a video as `video()` makes, by its
 * frames or a file. Errors: `model.video`, `media.source`, `media.*`.
 */
export async function openMedia(part: MediaPart, { limits, processor, signal }: OpenOptions): Promise<RgbImage | Frames> {
  if (part.type !== 'video') return readImage(sourceOf(part), limits, signal);
  if (processor && !processor.prepareVideo) throw noVideos();
  const [given, fps] = [framesOf(part), numberOf(part, 'fps')];
  if (!given)
    return nameMedia(
      shareFrames(await decodeVideo(part.source as MediaSource, { fps, maxFrames: numberOf(part, 'maxFrames'), signal })),
      signal,
    );
  const frames: RgbImage[] = [];
  for (const frame of given) frames.push(await readImage(frame, limits, signal));
  return nameMedia(shareFrames({ frames, fps }), signal);
}

const isSource = (source: unknown): source is MediaSource =>
  typeof source === 'string' || source instanceof Uint8Array || source instanceof URL;

const noVideos = (): SensoriumError => new SensoriumError('model.video', 'this model takes no videos', { hint: 'Send frames as images' });

async function readImage(source: unknown, limits: ImageLimits | undefined, signal: AbortSignal | undefined): Promise<RgbImage> {
  if (!isRgbImage(source) && !isSource(source))
    throw new SensoriumError('media.source', 'an image part has no source', {
      expected: 'a path, bytes or a data URL',
      got: typeof source,
    });
  return openImage(source, limits, signal);
}

/** All images and videos of a prompt made ready, in order. Errors: `model.video` for a model that sees none. */
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
    if (processor.prepareVideo) return processor.prepareVideo(m.frames, m.fps);
    throw noVideos();
  });
}
