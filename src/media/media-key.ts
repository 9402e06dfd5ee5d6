// The name of a medium by its content: equal pixels, samples and points have equal names.

import { createHash } from 'node:crypto';
import { defineJob, runJob } from '../util/jobs.js';
import { DrawnImage, DrawnSound } from './drawn-image.js';
import type { RgbImage } from './image.js';
import { copyPixels, isLarge } from './large-image.js';
import type { Points } from './points.js';
import type { Sound } from './sound.js';
import type { Frames } from './video.js';

/** What encoders take: an image, a video, a sound, a cloud of points. */
export type Medium = RgbImage | Frames | Sound | Points;

/** Names of media whose pixels nobody can change any more, for they were opened for a model. */
const known = new WeakMap<RgbImage | Frames, string>();

/** Hash of the size and pixels of an image, of all frames of a video, of samples, of points; drawn ones have their own. */
export function mediaKey(media: Medium): string {
  if (media instanceof DrawnImage || media instanceof DrawnSound) return media.key;
  if ('frames' in media && media.frames.every((frame) => frame instanceof DrawnImage)) return media.frames.map(({ key }) => key).join(' ');
  if ('samples' in media) return hashNumbers(`sound ${media.sampleRate} `, media.samples);
  if ('points' in media) return hashNumbers(`points ${media.channels} `, media.points);
  return known.get(media) ?? hashPixels(media);
}

const hashNumbers = (heading: string, { buffer, byteOffset, byteLength }: Float32Array): string =>
  createHash('sha256')
    .update(heading)
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('base64');

const imagesOf = (media: RgbImage | Frames): readonly RgbImage[] => ('frames' in media ? media.frames : [media]);

/** What is hashed before the bytes of an image. */
const heading = ({ width, height }: { width: number; height: number }): string => `${width}x${height} `;

/** The name of an image or of all frames of a video, computed. */
export function hashPixels(media: RgbImage | Frames): string {
  const hash = createHash('sha256');
  for (const { width, height, data } of imagesOf(media)) hash.update(heading({ width, height })).update(data);
  return hash.digest('base64');
}

/** Bytes that are copied and hashed at a time: they stay in the cache between both. */
const SLICE = 2 ** 18;

/** A copy of an image in memory of this thread, with its name if it is wanted. */
export function copyNamed({ width, height, data }: RgbImage, { named: isNamed = false } = {}): { image: RgbImage; key?: string } {
  const copy = new Uint8Array(data.length);
  const hash = isNamed ? createHash('sha256').update(heading({ width, height })) : undefined;
  for (let at = 0; at < data.length; at += SLICE) {
    copy.set(data.subarray(at, at + SLICE), at);
    hash?.update(copy.subarray(at, at + SLICE));
  }
  const image = { width, height, data: copy };
  return hash ? { image, key: hash.digest('base64') } : { image };
}

/** Gives images back with the name of all of them: they are moved here and there. */
export function hashMoved<M extends RgbImage | Frames>(media: M): { media: M; key: string } {
  return { media, key: hashPixels(media) };
}

const job = defineJob(import.meta.url, hashMoved<RgbImage | Frames>);

/** Keeps the name of media that were opened for a model, and returns them. */
export function named<M extends RgbImage | Frames>(media: M, key: string): M {
  known.set(media, key);
  return media;
}

/**
 * Media for a model, which nobody else can change: large ones are copied, and their names are found in a worker thread; small ones are
 * given back as they are, and so are those that have been here before.
 */
export async function ownMedia<M extends RgbImage | Frames>(media: M, signal?: AbortSignal): Promise<M> {
  const images = imagesOf(media);
  if (media instanceof DrawnImage || known.has(media) || !isLarge(...images)) return media;
  const copies: RgbImage[] = [];
  for (const image of images) copies.push(await copyPixels(image));
  const own = 'frames' in media ? { ...media, frames: copies } : copies[0];
  const { media: back, key } = await runJob(job, own as RgbImage | Frames, { signal, move: true });
  return named(back as M, key);
}
