// What replies hold beside words: boxes and masks of what they mean, and images that they draw, in the shapes of the API.

import { encodePng, type Mask, maskToRuns, type RgbImage } from '../media/index.js';
import type { Box } from '../text/boxes.js';
import type { ReplyImage, ReplyMask } from './chat-reply-schema.js';

/** What the end of a reply brings. */
export interface Products {
  /** In 0..1 of the image. */
  boxes?: readonly Box[];
  masks?: readonly Mask[];
  images?: readonly RgbImage[];
}

const pngUrl = async (image: RgbImage): Promise<string> =>
  `data:image/png;base64,${Buffer.from(await encodePng(image)).toString('base64')}`;

/** Images as parts with data: URLs. */
export async function imageParts(images: readonly RgbImage[] = []): Promise<ReplyImage[]> {
  const parts: ReplyImage[] = [];
  for (const [index, image] of images.entries()) parts.push({ index, type: 'image_url', image_url: { url: await pngUrl(image) } });
  return parts;
}

/** Boxes and masks as data; undefined where nobody asked for them. */
export async function placesOf(
  { boxes, masks }: Products,
  form: 'rle' | 'png' | null | undefined,
): Promise<{ boxes: number[][]; masks?: ReplyMask[] } | undefined> {
  if (!form || !boxes) return undefined;
  const shown: ReplyMask[] = [];
  for (const mask of masks ?? [])
    if (form === 'png') shown.push(await pngUrl(blackAndWhite(mask)));
    else {
      const { size, counts } = maskToRuns(mask);
      shown.push({ size: [...size], counts: [...counts] });
    }
  return { boxes: boxes.map((box) => [...box]), ...(masks ? { masks: shown } : {}) };
}

function blackAndWhite({ width, height, data }: Mask): RgbImage {
  const pixels = new Uint8Array(3 * data.length);
  data.forEach((v, i) => void pixels.fill(v ? 255 : 0, 3 * i, 3 * i + 3));
  return { width, height, data: pixels };
}
