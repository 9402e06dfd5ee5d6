// Loss of evidence: occluding patches, low resolution, blur and noise, in this order, on RGB bytes in place.

import { Rng } from '../util/rng.js';
import { type Scene, sceneWidth } from './scene.js';

/** Standard normal draws scaled by 32 and rounded; a fixed table, since fresh ones per pixel would dominate rendering. */
const noiseTable = ((): Int16Array => {
  const rng = new Rng('world/noise');
  return Int16Array.from({ length: 1 << 15 }, () => Math.round(rng.normal() * 32));
})();

/** Applies `scene.degrade` to an image [height, width, 3]. */
export function degradeImage(image: Uint8Array, scene: Scene): void {
  const { size: height, degrade } = scene;
  const width = sceneWidth(scene);
  for (const [x0, y0, x1, y1] of degrade.patches) for (let y = y0; y < y1; y++) image.fill(128, (y * width + x0) * 3, (y * width + x1) * 3);
  if (degrade.lowResolution > 1) pixelate(image, [height, width], degrade.lowResolution);
  // Below 0.3 px a Gaussian's neighbour weight is under half a grey level.
  if (degrade.blur >= 0.3) blur(image, [height, width], degrade.blur);
  if (degrade.noise >= 0.5) addNoise(image, degrade.noise, scene.noiseSeed);
}

function pixelate(image: Uint8Array, [height, width]: readonly [number, number], k: number): void {
  for (let y0 = 0; y0 < height; y0 += k)
    for (let x0 = 0; x0 < width; x0 += k)
      for (let c = 0; c < 3; c++) {
        const x1 = Math.min(width, x0 + k);
        const y1 = Math.min(height, y0 + k);
        let sum = 0;
        for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += image[(y * width + x) * 3 + c] as number;
        const mean = Math.round(sum / ((x1 - x0) * (y1 - y0)));
        for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) image[(y * width + x) * 3 + c] = mean;
      }
}

function blur(image: Uint8Array, [height, width]: readonly [number, number], sigma: number): void {
  const radius = Math.max(1, Math.ceil(2.5 * sigma));
  const raw = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const total = raw.reduce((a, b) => a + b, 0);
  const kernel = Int32Array.from(raw, (v) => Math.round((v / total) * 4096));
  kernel[radius] = (kernel[radius] as number) + 4096 - kernel.reduce((a, b) => a + b, 0);
  // The line is padded with its end pixels, so that the inner loop needs no bounds.
  const line = new Uint8Array(Math.max(height, width) + 2 * radius);
  const pass = (start: number, step: number, size: number): void => {
    for (let i = 0, at = start; i < size; i++, at += step) line[i + radius] = image[at] as number;
    line.fill(line[radius] as number, 0, radius);
    line.fill(line[radius + size - 1] as number, radius + size, size + 2 * radius);
    for (let i = 0, at = start; i < size; i++, at += step) {
      let sum = 2048;
      for (let k = 0; k < kernel.length; k++) sum += (kernel[k] as number) * (line[i + k] as number);
      image[at] = sum >> 12;
    }
  };
  for (let i = 0; i < height; i++) for (let c = 0; c < 3; c++) pass(i * width * 3 + c, 3, width);
  for (let i = 0; i < width; i++) for (let c = 0; c < 3; c++) pass(i * 3 + c, width * 3, height);
}

function addNoise(image: Uint8Array, std: number, seed: number): void {
  const scale = Math.round(std * 8); // table is x32, so std * 8 / 256 * 32 = std
  const mask = noiseTable.length - 1;
  let at = seed & mask;
  const stride = ((seed >>> 15) & 0x3ff) * 2 + 1; // odd: visits the whole table
  for (let i = 0; i < image.length; i++) {
    at = (at + stride) & mask;
    const v = (image[i] as number) + (((noiseTable[at] as number) * scale + 128) >> 8);
    image[i] = v < 0 ? 0 : Math.min(v, 255);
  }
}
