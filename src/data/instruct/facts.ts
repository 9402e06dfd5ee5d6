// What is known of an image before a teacher writes about it: captions, objects with boxes, and the questions and answers that a row has already.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { throwIfAborted } from '../../util/errors.js';
import { mapIoError } from '../../util/fs.js';
import {
  caption,
  type Language,
  loadSprites,
  makeScene,
  nameOf,
  renderScene,
  type Scene,
  sceneWidth,
  type WorldOptions,
} from '../../world/index.js';
import { type Conversation, type ConversationSet, mediaOf } from '../dataset.js';
import { type Marked, markedThings } from '../lrv-rows.js';

/** A question and its answer. */
export interface Pair {
  question: string;
  answer: string;
}

/** An image, or a row, and what is known of it. */
export interface ImageFacts {
  id: string;
  /** The path of the image file or its bytes; undefined for a row of text. */
  image?: string | Uint8Array;
  /** Of files: a folder that holds it. */
  root?: string;
  /** SHA-256 of the image file; of a row of text, the empty text. */
  hash: string;
  size?: { width: number; height: number };
  captions: readonly string[];
  objects: readonly Marked[];
  pairs: readonly Pair[];
  /** The exact truth, of an image of the scene world. */
  scene?: Scene;
}

/** Options of `sceneInstructFacts`. */
export interface SceneFactsOptions extends WorldOptions {
  scenes?: number;
  language?: Language;
  signal?: AbortSignal;
}

/** The facts of scenes, drawn as PNG files. */
export async function* sceneInstructFacts({
  scenes = 100,
  language = 'en',
  signal,
  ...world
}: SceneFactsOptions): AsyncGenerator<ImageFacts> {
  const sprites = await loadSprites();
  for (let i = 0; i < scenes; i++) {
    throwIfAborted(signal);
    const scene = makeScene(i, world);
    const raw = { width: sceneWidth(scene), height: scene.size, channels: 3 as const };
    const image = await sharp(renderScene(scene, sprites), { raw }).png({ compressionLevel: 6 }).toBuffer();
    yield {
      id: `${scene.split}-${String(scene.index).padStart(7, '0')}`,
      image,
      hash: sha256(image),
      size: { width: sceneWidth(scene), height: scene.size },
      captions: (['short', 'long'] as const).map((detail) => caption(scene, { language, detail })),
      objects: scene.objects.map(({ category, box }) => ({ label: nameOf(category, language), box: box.map(Math.round) })),
      pairs: [],
      scene,
    };
  }
}

/**
 * The facts of the images of a data set, in the order of their first rows: replies of captions are taken as captions where rows have no other
 * text, objects as `markedThings` finds them. `by: row` gives every row by itself, rows of text among them, with its questions and answers.
 */
export async function* rowInstructFacts(
  data: ConversationSet,
  { by = 'image', signal }: { by?: 'image' | 'row'; signal?: AbortSignal } = {},
): AsyncGenerator<ImageFacts> {
  const rows = new Map<string, number[]>();
  for (let i = 0; i < data.length; i++) {
    throwIfAborted(signal);
    const media = mediaOf(await data.get(i));
    const [first] = media;
    const key = by === 'row' || typeof first?.source !== 'string' ? `row ${i}` : first.source;
    // What is written is about one image; rows with several, or with none, are taken only where they are rewritten.
    if (by === 'image' && (media.length !== 1 || first?.type !== 'image')) continue;
    if (media.length <= 1) rows.set(key, [...(rows.get(key) ?? []), i]);
  }
  for (const own of rows.values()) {
    throwIfAborted(signal);
    const read = await Promise.all(own.map((i) => data.get(i)));
    yield factsOf(read);
  }
}

async function factsOf(rows: readonly Conversation[]): Promise<ImageFacts> {
  const [first] = rows as [Conversation, ...Conversation[]];
  const image = mediaOf(first)[0]?.source;
  const bytes =
    typeof image === 'string' ? await readFile(image).catch((error: unknown) => Promise.reject(mapIoError(error, image))) : image;
  const objects = rows.flatMap((row) => markedThings(row));
  const pairs = rows.flatMap(pairsOf);
  const boxed = new Set(objects.map(({ label }) => label));
  const info = bytes ? await sharp(bytes).metadata() : undefined;
  return {
    id: first.id,
    ...(image === undefined ? {} : { image }),
    ...(typeof image === 'string' ? { root: dirname(image) } : {}),
    hash: sha256(bytes ?? new Uint8Array()),
    ...(info?.width && info.height ? { size: { width: info.width, height: info.height } } : {}),
    captions: pairs.map(({ answer }) => answer).filter((text) => !boxed.has(text.split(' [')[0] as string)),
    objects,
    pairs,
  };
}

/** Questions and answers of a row, without its image. */
export function pairsOf({ messages }: Pick<Conversation, 'messages'>): Pair[] {
  const text = (content: unknown): string =>
    typeof content === 'string'
      ? content.trim()
      : ((content ?? []) as { type: string; text?: string }[])
          .flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : []))
          .join(' ')
          .trim();
  return messages.flatMap(({ role, content }, i) => {
    const next = messages[i + 1];
    return role === 'user' && next?.role === 'assistant' ? [{ question: text(content), answer: text(next.content) }] : [];
  });
}

/** The hash of bytes or text, in hex. */
export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
