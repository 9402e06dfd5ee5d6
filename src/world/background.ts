// The pale backgrounds behind the objects: plain, gradient and patterns, some of them held out of training.

import { hash32 } from '../util/rng.js';
import { type Scene, sceneWidth } from './scene.js';

/** Paints the whole image, RGB bytes [height, width, 3]. */
export function paintBackground(out: Uint8Array, scene: Scene): void {
  const { size, background } = scene;
  const width = sceneWidth(scene);
  const { kind, from, to, period } = background;
  const table = ramp(from, to);
  const level = kind === 'gradient' ? gradient(scene) : undefined;
  const speckle = kind === 'speckle' ? hash32('speckle', scene.noiseSeed) : 0;
  for (let y = 0, d = 0; y < size; y++)
    for (let x = 0; x < width; x++, d += 3) {
      let l = 0;
      if (kind === 'stripes') l = (background.angle < Math.PI ? x : y) % period < period / 2 ? 0 : 16;
      else if (kind === 'checks') l = (Math.floor(x / period) + Math.floor(y / period)) & 1 ? 16 : 0;
      else if (kind === 'diagonal') l = (x + y) % period < period / 2 ? 0 : 16;
      else if (level) l = level(x, y);
      else if (kind === 'speckle') l = dot(x, y, speckle);
      else if (kind === 'rings') {
        const r = Math.sqrt((x - width / 2) ** 2 + (y - size / 2) ** 2);
        l = r % period < period / 2 ? 0 : 16;
      }
      const t = l * 3;
      out[d] = table[t] as number;
      out[d + 1] = table[t + 1] as number;
      out[d + 2] = table[t + 2] as number;
    }
}

function ramp(from: readonly number[], to: readonly number[]): Uint8Array {
  const table = new Uint8Array(17 * 3);
  for (let l = 0; l <= 16; l++)
    for (let c = 0; c < 3; c++) table[l * 3 + c] = Math.round(((from[c] as number) * (16 - l) + (to[c] as number) * l) / 16);
  return table;
}

function gradient(scene: Scene): (x: number, y: number) => number {
  // Fixed point, so that the bytes do not depend on how a machine rounds.
  const { size, background } = scene;
  const width = sceneWidth(scene);
  const cx = Math.round(Math.cos(background.angle) * 1024);
  const cy = Math.round(Math.sin(background.angle) * 1024);
  const reach = (Math.abs(cx) * width + Math.abs(cy) * size) / 2 || 1;
  return (x, y) => Math.max(0, Math.min(16, Math.round(8 + (8 * ((x - width / 2) * cx + (y - size / 2) * cy)) / reach)));
}

function dot(x: number, y: number, seed: number): number {
  let h = Math.imul(x + Math.imul(y, 8192) + seed, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca6b);
  return h >>> 28 < 3 ? 16 : 0;
}
