// Drawn solids: the shapes of the clouds as smooth gray pictures, ray by ray from their distance functions, in any turn, size, place and shading.

import { Rng } from '../../src/util/rng.js';

type Vec = readonly [number, number, number];
type Distance = (x: number, y: number, z: number) => number;

const box = (x: number, y: number, z: number, [a, b, c]: Vec): number => {
  const [dx, dy, dz] = [Math.abs(x) - a, Math.abs(y) - b, Math.abs(z) - c];
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0), Math.max(dz, 0)) + Math.min(Math.max(dx, dy, dz), 0);
};
const inPlane = (x: number, y: number): number => Math.hypot(Math.max(x, 0), Math.max(y, 0)) + Math.min(Math.max(x, y), 0);

/** Distance to each shape of the clouds, y upwards, of about unit size. Where it is a bound it is never too long. */
export const SOLIDS: Readonly<Record<string, Distance>> = {
  sphere: (x, y, z) => Math.hypot(x, y, z) - 1,
  cube: (x, y, z) => box(x, y, z, [0.8, 0.8, 0.8]),
  cylinder: (x, y, z) => inPlane(Math.hypot(x, z) - 0.6, Math.abs(y) - 1),
  // The side falls by 2 over a radius of 0.8.
  cone: (x, y, z) => Math.max((2 * Math.hypot(x, z) - 0.8 * (1 - y)) / Math.hypot(2, 0.8), -1 - y),
  torus: (x, y, z) => Math.hypot(Math.hypot(x, z) - 0.75, y) - 0.25,
  pyramid: (x, y, z) => Math.max((2 * Math.max(Math.abs(x), Math.abs(z)) - 0.8 * (1 - y)) / Math.hypot(2, 0.8), -1 - y),
  plate: (x, y, z) => inPlane(Math.hypot(x, z) - 1, Math.abs(y) - 0.03),
  cross: (x, y, z) => Math.min(box(x, y, z, [1, 0.15, 0.15]), box(x, y, z, [0.15, 1, 0.15]), box(x, y, z, [0.15, 0.15, 1])),
};

/** A drawn solid: RGB bytes [size, size, 3], and which shape it is. */
export interface DrawnSolid {
  shape: string;
  pixels: Uint8Array;
}

/** A solid by a seed: gray by its distance or by a light, dark on light or light on dark. */
export function drawSolid(seed: number | string, size: number): DrawnSolid {
  const rng = new Rng(seed);
  const [shape, distance] = rng.pick(Object.entries(SOLIDS));
  const q = [rng.normal(), rng.normal(), rng.normal(), rng.normal()];
  const length = Math.hypot(...q);
  const [w, a, b, c] = q.map((v) => v / length) as [number, number, number, number];
  const turn = [
    ...[1 - 2 * (b * b + c * c), 2 * (a * b - c * w), 2 * (a * c + b * w)],
    ...[2 * (a * b + c * w), 1 - 2 * (a * a + c * c), 2 * (b * c - a * w)],
    ...[2 * (a * c - b * w), 2 * (b * c + a * w), 1 - 2 * (a * a + b * b)],
  ] as number[];
  const scale = rng.uniform(1.2, 1.9);
  const [left, top] = [rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)];
  const lit = rng.bool(0.4);
  const flip = rng.bool(0.2);
  const light = [rng.normal(), rng.normal(), rng.normal() + 1];
  const bright = Math.hypot(...light);
  const [near, far, ground] = [rng.uniform(0, 0.35), rng.uniform(0.4, 0.85), rng.uniform(0.92, 1)];
  const at = (x: number, y: number, z: number): number =>
    distance(
      (turn[0] as number) * x + (turn[1] as number) * y + (turn[2] as number) * z,
      (turn[3] as number) * x + (turn[4] as number) * y + (turn[5] as number) * z,
      (turn[6] as number) * x + (turn[7] as number) * y + (turn[8] as number) * z,
    );
  const pixels = new Uint8Array(3 * size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const x = ((2 * (column + 0.5)) / size - 1) * scale + left;
      const y = (1 - (2 * (row + 0.5)) / size) * scale + top;
      let z = 1.8;
      let d = at(x, y, z);
      for (let i = 0; i < 40 && d > 0.01 && z > -1.8; i++) {
        z -= d;
        d = at(x, y, z);
      }
      let value = ground;
      if (d <= 0.01) {
        let shade = (1.5 - z) / 3;
        if (lit) {
          const e = 0.01;
          const n = [at(x + e, y, z) - d, at(x, y + e, z) - d, at(x, y, z + e) - d];
          const facing = n.reduce((sum, v, k) => sum + v * (light[k] as number), 0) / (bright * (Math.hypot(...n) || 1));
          shade = Math.max(0, facing);
        }
        value = near + (far - near) * Math.min(1, Math.max(0, shade));
      }
      pixels.fill(Math.round(255 * (flip ? 1 - value : value)), 3 * (row * size + column), 3 * (row * size + column) + 3);
    }
  return { shape, pixels };
}
