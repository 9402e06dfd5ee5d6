// The name of an image or a video by its content: equal pixels have equal names.

import { createHash } from 'node:crypto';
import { DrawnImage } from './drawn-image.js';
import type { RgbImage } from './image.js';
import type { Frames } from './video.js';

/** Hash of the size and pixels of an image, or of all frames of a video; a drawn image has its own. */
export function mediaKey(image: RgbImage | Frames): string {
  if (image instanceof DrawnImage) return image.key;
  const hash = createHash('sha256');
  for (const { width, height, data } of 'frames' in image ? image.frames : [image]) hash.update(`${width}x${height} `).update(data);
  return hash.digest('base64');
}
