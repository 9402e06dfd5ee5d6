// Demonstrations and queries as unit vectors of a CLIP: of their images, and of their words.

import type { CurateEmbedder } from '../../curate/options.js';
import { type ImageSource, isRgbImage, type Medium, mediaKey, openImage, type RgbImage } from '../../media/index.js';
import type { MediaPart } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type Demo, mediaIn } from './demo.js';

/** A CLIP by its name: `ClipEmbedder` is one. */
export type DemoEmbedder = CurateEmbedder;

/** What is known of one demo or query. */
export interface DemoVectors {
  /** Mean of the unit vectors of its images, as a unit vector; undefined without images. */
  image?: Float32Array;
  /** Of its words. */
  text?: Float32Array;
  /** A hash of the pixels of its images; empty without. */
  key: string;
}

/** Scales to length 1, in place; a vector of zeros stays. */
export function normalize(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * scale;
  return vector;
}

/** Mean of unit vectors, as one. */
function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array((vectors[0] as Float32Array).length);
  for (const vector of vectors) for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) + (vector[i] as number);
  return normalize(mean);
}

/** The words by which a demo is found: its question, or its answer where nothing is asked, as captions. */
export const wordsOf = ({ question, answer }: Pick<Demo, 'question' | 'answer'>): string => question || answer;

/** The pixels of the still images of some media. Videos have no vectors. */
async function pixelsOf(media: readonly MediaPart[], signal?: AbortSignal): Promise<RgbImage[]> {
  const images: RgbImage[] = [];
  for (const part of media) {
    if (part.type !== 'image' && part.type !== 'image_url' && part.type !== 'input_image') continue;
    const source = part.source as ImageSource | RgbImage | undefined;
    if (source === undefined)
      throw new SensoriumError('demos.option', 'an image of a question has no pixels', {
        place: 'image',
        expected: 'a file, bytes or pixels',
      });
    images.push(isRgbImage(source) ? source : await openImage(source, {}, signal));
  }
  return images;
}

/** A hash of the pixels of all images. */
const keyOf = (images: readonly RgbImage[]): string => images.map((image) => mediaKey(image as Medium)).join(' ');

/** The hash of the pixels of the images in some content; empty without images. Errors: those of the images, with their file. */
export const keyOfContent = async (content: Demo['content'], signal?: AbortSignal): Promise<string> =>
  keyOf(await pixelsOf(mediaIn(content), signal));

/** What of demos is embedded. */
export interface EmbedWishes {
  images: boolean;
  texts: boolean;
  signal?: AbortSignal;
}

/** Vectors of several demos: their images together, their words together. Errors: those of the images, with their file. */
export async function embedDemos(
  demos: readonly (Pick<Demo, 'question' | 'answer'> & { content: Demo['content'] })[],
  embedder: DemoEmbedder,
  { images: wantImages, texts: wantTexts, signal }: EmbedWishes,
): Promise<DemoVectors[]> {
  const pixels: RgbImage[][] = [];
  for (const { content } of demos) pixels.push(wantImages ? await pixelsOf(mediaIn(content), signal) : []);
  const seen = wantImages ? (await embedder.images(pixels.flat(), signal)).vectors : [];
  const words = demos.map((demo) => wordsOf(demo));
  const worded = wantTexts ? words.flatMap((text, i) => (text === '' ? [] : [i])) : [];
  const said =
    worded.length > 0
      ? (
          await embedder.texts(
            worded.map((i) => words[i] as string),
            signal,
            { truncate: true },
          )
        ).vectors
      : [];
  let at = 0;
  return demos.map((_, i): DemoVectors => {
    const own = pixels[i] as RgbImage[];
    const vectors = seen.slice(at, at + own.length).map((vector) => normalize(Float32Array.from(vector)));
    at += own.length;
    const place = worded.indexOf(i);
    return {
      key: keyOf(own),
      ...(vectors.length > 0 ? { image: meanOf(vectors) } : {}),
      ...(place >= 0 ? { text: normalize(Float32Array.from(said[place] as Float32Array)) } : {}),
    };
  });
}
