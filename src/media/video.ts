// Videos for messages: by their frames, or as files of which frames are taken. Containers are read by ffmpeg, animated images by sharp.

import { open, readFile } from 'node:fs/promises';
import { SensoriumError } from '../util/errors.js';
import { animationFrames } from './animation.js';
import { isDataUrl } from './data-url.js';
import { withFile } from './ffmpeg.js';
import { describeFile, FILE_HEAD, fileType } from './file-type.js';
import type { ImageSource, RgbImage } from './image.js';
import type { ChooseFrames, FrameSampling } from './sample-frames.js';
import { checkedPath, givenBytes, type MediaSource } from './source.js';
import { fileFrames } from './video-file.js';
import type { VideoBounds, VideoLimits } from './video-limits.js';

/** Frames of a video, decoded. */
export interface Frames {
  readonly frames: readonly RgbImage[];
  /** How many of them are of one second. Default 2. */
  readonly fps?: number;
  /** Seconds from the beginning to each frame, and length of the video, where they are known. Default: evenly, by `fps`. */
  readonly times?: readonly number[];
  readonly seconds?: number;
}

/** Frames of a video that was read. */
export type VideoFrames = Frames & Required<Pick<Frames, 'fps'>>;

/** The video part of a message: its frames in order, as many as are to be seen, or a file to take them from. */
export interface VideoPart extends FrameSampling {
  readonly type: 'video';
  readonly frames?: readonly (ImageSource | RgbImage)[];
  readonly source?: MediaSource;
}

/**
 * A video for a message: a file, or its frames and how many of them are of one second (2 unless `fps` says otherwise). Nothing is read yet.
 * @example model.generate([video('clip.mp4', { fps: 1, maxFrames: 8 }), 'What happens?'])
 */
export function video(given: MediaSource | readonly (ImageSource | RgbImage)[], sampling: FrameSampling = {}): VideoPart {
  const isSource = typeof given === 'string' || given instanceof Uint8Array || given instanceof URL;
  return { type: 'video', ...(isSource ? { source: given } : { frames: given }), ...sampling };
}

const EXPECTED = 'an MP4, QuickTime, WebM, Matroska or AVI video, or an animated GIF or WebP';

/**
 * Takes frames out of a video file: MP4, QuickTime, WebM, Matroska and AVI with the program ffmpeg, animated GIF and WebP without it. The
 * content tells the format. Which frames: `sampleCount` and `sampleIndices`, or as `choose` says. Everything that the file states about itself is checked before a
 * frame is decoded. Errors: `media.file`, `media.limit`, `media.format`, `media.damaged`, `media.program` without ffmpeg.
 */
export async function decodeVideo(
  source: MediaSource,
  options: FrameSampling & VideoLimits & { choose?: ChooseFrames } = {},
): Promise<VideoFrames> {
  const { fps, maxFrames, maxBytes = 512 * 2 ** 20, maxSeconds = 3600, maxPixels = 200e6, maxTime = 300, choose, signal } = options;
  const bounds: VideoBounds = { sampling: { fps, maxFrames }, choose, maxSeconds, maxPixels, maxTime, signal };
  checkSampling(bounds.sampling);
  const reading = { kind: 'video', expected: EXPECTED, maxBytes, smaller: 'Cut it' } as const;
  const given = givenBytes(source, reading);
  const path = given ? undefined : await checkedPath(source as string | URL, reading);
  const place = given?.place ?? (path as string);
  const head = given?.bytes.subarray(0, FILE_HEAD) ?? (await readHead(path as string));
  signal?.throwIfAborted();
  if (head.length === 0)
    throw new SensoriumError('media.format', 'the video is empty', {
      place,
      expected: EXPECTED,
      got: '0 bytes',
      hint: 'Download or export it again',
    });
  const type = fileType(head);
  if (type?.name === 'a GIF image' || type?.name === 'a WebP image')
    return animationFrames(given?.bytes ?? (await readFile(path as string)), { ...bounds, place });
  const format = type?.kind === 'video' ? type.container : undefined;
  if (!format)
    throw new SensoriumError('media.format', type?.kind === 'video' ? 'this kind of video is not read' : 'this is not a video', {
      place,
      expected: EXPECTED,
      got: describeFile(head),
      hint: type?.hint ?? (type?.kind === 'image' ? 'Send it as an image' : 'Convert it to MP4 first'),
    });
  const read = (file: string) => fileFrames({ file, format, place }, bounds);
  return path === undefined ? withFile((given as { bytes: Uint8Array }).bytes, read) : read(path);
}

/** Whether a source is a video by its content; false for one that cannot be read. Of a `data:` URL that says it is a video its word is taken. */
export const isVideo = async (source: MediaSource): Promise<boolean> => (await mediaKind(source)) === 'video';

/** What a source is by its content; undefined for one that cannot be read or is not known. Of a `data:` URL that says it is a video its word is taken. */
export async function mediaKind(source: MediaSource): Promise<'image' | 'video' | 'sound' | 'other' | undefined> {
  if (typeof source === 'string' && isDataUrl(source) && /^\s*data:video\//i.test(source)) return 'video';
  const reading = { kind: 'video', expected: EXPECTED, maxBytes: Number.POSITIVE_INFINITY, smaller: 'Cut it' } as const;
  try {
    const given = givenBytes(source, reading);
    const head = given?.bytes ?? (await readHead(await checkedPath(source as string | URL, reading)));
    return fileType(head)?.kind;
  } catch {
    return undefined; // whoever reads it next names what is wrong
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_HEAD), 0, FILE_HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function checkSampling({ fps = 1, maxFrames = 1 }: FrameSampling): void {
  const checks = [
    [fps > 0 && Number.isFinite(fps), { place: 'fps', expected: 'a number above 0', got: String(fps) }],
    [Number.isInteger(maxFrames) && maxFrames > 0, { place: 'maxFrames', expected: 'a whole number above 0', got: String(maxFrames) }],
  ] as const;
  for (const [good, details] of checks)
    if (!good) throw new SensoriumError('media.sampling', 'frames cannot be taken in this way', details);
}
