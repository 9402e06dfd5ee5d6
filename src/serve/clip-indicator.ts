// How well images and replies fit together by CLIP, as an indicator of the quality of rows, and the features that rows are clustered by.

import { type Conversation, type Indicator, mediaOf, pairsOf } from '../data/index.js';
import { isRgbImage, openImage, type RgbImage } from '../media/index.js';
import type { ClipEmbedder } from './clip-embedder.js';

/** CLIP's view of rows. */
export interface ClipIndicator extends Indicator {
  /** Of the rows that were scored last: image and text vectors side by side, as k-means takes them. */
  readonly features: readonly Float32Array[];
}

/** Rows that are embedded together. */
const ROWS = 64;

/** The cosine of the first image and all replies of a row. Rows without an image score 0, with a zero vector in place of the image. */
export function clipIndicator(embedder: Pick<ClipEmbedder, 'images' | 'texts' | 'width'>): ClipIndicator {
  let features: Float32Array[] = [];
  return {
    name: 'clip',
    get features() {
      return features;
    },
    async scores(rows, signal) {
      features = [];
      const scores = new Float64Array(rows.length);
      for (let at = 0; at < rows.length; at += ROWS) {
        const part = rows.slice(at, at + ROWS);
        const pictures = await Promise.all(part.map(pictureOf));
        const shown = pictures.flatMap((picture) => (picture ? [picture] : []));
        const images = shown.length > 0 ? (await embedder.images(shown, signal)).vectors : [];
        const texts = await embedder.texts(
          part.map((row) =>
            pairsOf(row)
              .map(({ answer }) => answer)
              .join(' '),
          ),
          signal,
          { truncate: true },
        );
        let next = 0;
        for (const [i, picture] of pictures.entries()) {
          const image = picture ? unit(images[next++] as Float32Array) : new Float32Array(embedder.width);
          const text = unit(texts.vectors[i] as Float32Array);
          scores[at + i] = image.reduce((sum, x, k) => sum + x * (text[k] as number), 0);
          features.push(Float32Array.from([...image, ...text]));
        }
      }
      return scores;
    },
  };
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((x) => x / length) : vector;
}

async function pictureOf(row: Conversation): Promise<RgbImage | undefined> {
  const [first] = mediaOf(row) as { type: string; source?: unknown }[];
  if (first?.type !== 'image' || first.source === undefined) return undefined;
  return isRgbImage(first.source) ? first.source : openImage(first.source as string);
}
