// The blind baseline for media of every kind: each replaced by one that holds nothing but what all have in common.

import type { Points, RgbImage, Sound } from '../media/index.js';
import { isRgbImage } from '../media/index.js';
import { type ChatMessage, type ContentPart, isImagePart, type MediaPart, mediaParts } from '../text/index.js';
import type { Row } from './benchmark.js';
import { meanImage } from './mean-image.js';

/** Frames of videos that are averaged. */
const MEAN_FRAMES = 256;

/** Replaces the media of a conversation. */
export type Blind = (messages: readonly ChatMessage[]) => ChatMessage[];

/**
 * What replaces the media of some rows: images by their mean, videos by as many frames of the mean frame as the video has, sounds by silence of
 * the mean length, clouds by as many points in the middle, with the mean of what points have beside their place. Undefined for rows without media.
 */
export async function blindFor(rows: readonly Pick<Row, 'messages'>[], signal?: AbortSignal): Promise<Blind | undefined> {
  const parts = rows.flatMap(({ messages }) => mediaParts(messages));
  if (parts.length === 0) return undefined;
  const image = await meanImage(rows, signal);
  const frame = (await meanImage(framesOf(parts), signal)) ?? image;
  const silence = meanSilence(parts);
  const middles = meanPoints(parts);
  if (!frame && !silence && !middles) return undefined; // videos in files alone, which nothing here decodes
  const blind = (part: ContentPart): ContentPart => {
    if (isImagePart(part)) return { type: 'image', source: image };
    if (part.type === 'video') {
      const { frames = [frame, frame] } = part as { frames?: readonly unknown[] };
      return { type: 'video', frames: frames.map(() => frame), ...('fps' in part ? { fps: part.fps } : {}) };
    }
    if (part.type === 'audio') return { type: 'audio', source: silence };
    if (part.type === 'points') return { type: 'points', points: middles?.((part as { points?: Points }).points) };
    return part;
  };
  return (messages) =>
    messages.map((message) => {
      const { content } = message;
      return Array.isArray(content) ? { ...message, content: (content as ContentPart[]).map(blind) } : message;
    });
}

/** Frames that are given as pixels, taken evenly, as rows of one image each. */
function framesOf(parts: readonly MediaPart[]): Pick<Row, 'messages'>[] {
  const frames = parts.flatMap((part) =>
    part.type === 'video' ? ((part.frames as unknown[] | undefined) ?? []).filter((frame): frame is RgbImage => isRgbImage(frame)) : [],
  );
  const step = Math.max(1, frames.length / MEAN_FRAMES);
  const taken = Array.from({ length: Math.floor(frames.length / step) }, (_, i) => frames[Math.floor(i * step)] as RgbImage);
  return taken.map((source) => ({ messages: [{ role: 'user', content: [{ type: 'image', source }] }] }));
}

function meanSilence(parts: readonly MediaPart[]): Sound | undefined {
  const sounds = parts.flatMap((part) => (part.type === 'audio' ? [(part.sound ?? part.source) as Partial<Sound>] : []));
  const decoded = sounds.filter((sound): sound is Sound => sound?.samples instanceof Float32Array);
  const [first] = decoded;
  if (!first) return sounds.length > 0 ? { sampleRate: 16_000, samples: new Float32Array(16_000) } : undefined;
  const seconds = decoded.reduce((sum, { samples, sampleRate }) => sum + samples.length / sampleRate, 0) / decoded.length;
  return { sampleRate: first.sampleRate, samples: new Float32Array(Math.round(seconds * first.sampleRate)) };
}

/** For a cloud, as many points as it has, all of them the mean of all points of all clouds: one for each number. */
function meanPoints(parts: readonly MediaPart[]): ((like: Points | undefined) => Points | undefined) | undefined {
  const clouds = parts.flatMap((part) => (part.type === 'points' ? [part.points as Points] : []));
  const [first] = clouds;
  if (!first) return undefined;
  const { channels } = first;
  const sum = new Float64Array(channels);
  let count = 0;
  for (const cloud of clouds) {
    if (cloud.channels !== channels) continue;
    count += cloud.points.length / channels;
    for (const [i, v] of cloud.points.entries()) sum[i % channels] = (sum[i % channels] as number) + v;
  }
  const made = new Map<number, Points>();
  return (like) => {
    const { length } = like?.points ?? first.points;
    const found = made.get(length) ?? { points: Float32Array.from({ length }, (_, i) => (sum[i % channels] as number) / count), channels };
    made.set(length, found);
    return found;
  };
}
