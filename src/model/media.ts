// The media of messages: read, and made ready by the model's processor.

import {
  decodeSound,
  decodeVideo,
  type ImageLimits,
  isPoints,
  isRgbImage,
  isSound,
  type MediaSource,
  type Medium,
  openImage,
  ownMedia,
  pointCount,
  type RgbImage,
} from '../media/index.js';
import { type MultimodalProcessor, modalitiesOf, type PreparedImage } from '../networks/processor.js';
import { type ChatMessage, type MediaPart, mediaParts, modalityOf, notTaken } from '../text/index.js';
import { textOf } from '../text/plain-text.js';
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

/** A medium that is given decoded; undefined for one that has to be read. Errors: `media.points`, `model.video`. */
export function givenPixels(part: MediaPart): Medium | undefined {
  if (part.type === 'audio') return isSound(part.sound) ? part.sound : isSound(part.source) ? part.source : undefined;
  if (part.type === 'points') return cloudOf(part);
  if (part.type !== 'video') {
    const source = sourceOf(part);
    return isRgbImage(source) ? source : undefined;
  }
  const frames = framesOf(part);
  return frames?.every(isRgbImage) ? { frames, fps: numberOf(part, 'fps') } : undefined;
}

/** The cloud of a points part. Errors: `media.points`. */
function cloudOf({ points, channels = 3 }: MediaPart): Medium {
  const cloud = points instanceof Float32Array ? { points, channels } : points;
  if (isPoints(cloud)) {
    pointCount(cloud);
    return cloud;
  }
  throw new SensoriumError('media.points', 'a points part has no points', {
    expected: "{ type: 'points', points: { points: Float32Array, channels: 3 } }",
    got: typeof points,
  });
}

/** How media are opened. */
export interface OpenOptions {
  limits?: ImageLimits;
  /** Where given, a medium of a kind that the model does not take is refused before it is read, and which frames of videos are seen is its own rule. */
  processor?: MultimodalProcessor;
  signal?: AbortSignal;
}

/**
 * Reads `{type:'image', source}` as `image()` makes, an `image_url` part holding a data URL or a path, a video as `video()` makes, by its
 * frames or a file, `{type:'audio', source}`, or `{type:'points', points}`. Errors: `model.modality`, `model.video`, `media.source`, `media.*`.
 */
export async function openMedia(part: MediaPart, { limits, processor, signal }: OpenOptions): Promise<Medium> {
  if (processor) checkModalities([part], processor);
  if (part.type === 'points') return cloudOf(part);
  if (part.type === 'audio') {
    const given = givenPixels(part);
    if (given) return given;
    if (!isSource(part.source)) throw noSource('an audio part', part.source);
    return decodeSound(part.source, { signal });
  }
  if (part.type !== 'video') return readImage(sourceOf(part), limits, signal);
  const [given, fps] = [framesOf(part), numberOf(part, 'fps')];
  if (!given)
    return ownMedia(
      await decodeVideo(part.source as MediaSource, {
        fps,
        maxFrames: numberOf(part, 'maxFrames'),
        choose: processor?.chooseFrames?.bind(processor),
        signal,
      }),
      signal,
    );
  const frames: RgbImage[] = [];
  for (const frame of given) frames.push(await readImage(frame, limits, signal));
  return ownMedia({ frames, fps }, signal);
}

const isSource = (source: unknown): source is MediaSource =>
  typeof source === 'string' || source instanceof Uint8Array || source instanceof URL;

const noSource = (what: string, source: unknown): SensoriumError =>
  new SensoriumError('media.source', `${what} has no source`, { expected: 'a path, bytes or a data URL', got: typeof source });

async function readImage(source: unknown, limits: ImageLimits | undefined, signal: AbortSignal | undefined): Promise<RgbImage> {
  if (!isRgbImage(source) && !isSource(source)) throw noSource('an image part', source);
  return openImage(source, limits, signal);
}

/** Errors: `model.modality` for a part of a kind that a model does not take; without a processor it takes none. */
export function checkModalities(parts: readonly MediaPart[], processor: MultimodalProcessor | undefined, place?: string): void {
  const takes = modalitiesOf(processor);
  for (const kind of parts.map(modalityOf)) if (!takes.includes(kind)) throw notTaken(kind, { place, takes });
}

/** All media of a prompt made ready, in order. Errors: `model.modality` for a kind that the model does not take, those of its processor. */
export function prepareMedia(processor: MultimodalProcessor, media: readonly Medium[], messages: readonly ChatMessage[]): PreparedImage[] {
  const images = media.filter(isImage);
  const ready = images.length > 0 ? processor.prepare(images, messages) : [];
  const edges = messages.flatMap((message) => mediaParts([message]).map((part) => edgesOf(part, message)));
  const other = (m: Exclude<Medium, RgbImage>, i: number): PreparedImage => {
    if ('frames' in m) {
      if (processor.prepareVideo) return processor.prepareVideo(m.frames, m.fps, { times: m.times, seconds: m.seconds, ...edges[i] });
      throw notTaken('videos', { takes: modalitiesOf(processor) });
    }
    const prepared = 'samples' in m ? processor.prepareSound?.(m) : processor.preparePoints?.(m);
    if (prepared) return prepared;
    throw notTaken('samples' in m ? 'sounds' : 'points', { takes: modalitiesOf(processor) });
  };
  const texts = messages.flatMap((message) => mediaParts([message]).map(() => message));
  let next = 0;
  return media.map((m, i) => {
    if (isImage(m)) return ready[next++] as PreparedImage;
    const prepared = other(m, i);
    return processor.about?.(prepared, textOf(texts.slice(i, i + 1)).trim()) ?? prepared;
  });
}

/** Whether a part is the first and the last of its message. */
function edgesOf(part: MediaPart, { content }: ChatMessage): { first: boolean; last: boolean } {
  const parts: readonly unknown[] = Array.isArray(content) ? content : [part];
  return { first: parts[0] === part, last: parts.at(-1) === part };
}

const isImage = (m: Medium): m is RgbImage => !('frames' in m || 'samples' in m || 'points' in m);
