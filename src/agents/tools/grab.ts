// Masks by color, without a network: what lies in a box is told from what lies around it, in the manner of GrabCut (Rother et al. 2004) with histograms.

import { type RgbImage, resize } from '../../media/index.js';
import type { MaskValue } from '../workspace.js';
import type { PixelBox } from './define.js';

/** Longest side at which masks are found. */
const SIDE = 320;
const ROUNDS = 5;
/** Bits of each color of the histograms. */
const BITS = 4;
/** How much a neighbor on the same side counts, in nats. */
const SMOOTH = 0.6;
/** Pieces smaller than this share of the largest are left out. */
const PIECE = 0.15;

type Histogram = Float64Array;

/** Colors of the pixels of one side as log-probabilities, each bin blurred into its neighbors. */
function histogram(bins: Uint16Array, weight: (i: number) => number): Histogram {
  const levels = 1 << BITS;
  const raw = new Float64Array(levels ** 3);
  let total = 0;
  for (let i = 0; i < bins.length; i++) {
    const w = weight(i);
    if (w === 0) continue;
    raw[bins[i] as number] = (raw[bins[i] as number] as number) + w;
    total += w;
  }
  const out = new Float64Array(raw.length);
  for (let b = 0; b < raw.length; b++) {
    if (raw[b] === 0) continue;
    out[b] = (out[b] as number) + 0.64 * (raw[b] as number);
    for (const step of [1, levels, levels * levels])
      for (const n of [b - step, b + step]) if (n >= 0 && n < raw.length) out[n] = (out[n] as number) + 0.06 * (raw[b] as number);
  }
  const floor = 0.05 / raw.length;
  return out.map((v) => Math.log((v / Math.max(1, total)) * 0.95 + floor));
}

/**
 * The mask of the thing in a box: pixels inside whose colors are rather those of the box than those around it, in few pieces. The middle of the box is
 * taken for the thing at first, and everything outside for background. The box must lie inside the image.
 */
export function maskInBox(image: RgbImage, box: PixelBox): MaskValue {
  const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
  const [width, height] = [Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale))];
  const small = scale === 1 ? image : resize(image, width, height, 'bilinear');
  const [x0, y0] = [Math.floor((box[0] * width) / image.width), Math.floor((box[1] * height) / image.height)];
  const [x1, y1] = [Math.ceil((box[2] * width) / image.width), Math.ceil((box[3] * height) / image.height)];
  const n = width * height;
  const bins = new Uint16Array(n);
  for (let i = 0; i < n; i++) {
    const [r, g, b] = [small.data[3 * i] as number, small.data[3 * i + 1] as number, small.data[3 * i + 2] as number];
    bins[i] = ((r >> (8 - BITS)) << (2 * BITS)) | ((g >> (8 - BITS)) << BITS) | (b >> (8 - BITS));
  }
  const inside = (i: number): boolean => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x >= x0 && x < x1 && y >= y0 && y < y1;
  };
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  /** Distance from the middle of the box: 1 at its sides. */
  const out = (i: number): number =>
    Math.hypot(((i % width) + 0.5 - cx) / ((x1 - x0) / 2), (Math.floor(i / width) + 0.5 - cy) / ((y1 - y0) / 2));
  // Around the box, as far as a half of its sides, is what the thing stands before; of a box that fills the image, the corners of the box.
  const [mx, my] = [Math.max(3, (x1 - x0) / 2), Math.max(3, (y1 - y0) / 2)];
  const ring = (i: number): boolean => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return !inside(i) && x >= x0 - mx && x < x1 + mx && y >= y0 - my && y < y1 + my;
  };
  const [isInside, isRing, distance] = [new Uint8Array(n), new Uint8Array(n), new Float32Array(n)];
  let around = 0;
  for (let i = 0; i < n; i++) {
    isInside[i] = inside(i) ? 1 : 0;
    isRing[i] = ring(i) ? 1 : 0;
    around += isRing[i] as number;
    distance[i] = out(i);
  }
  let mask = new Uint8Array(n);
  for (let i = 0; i < n; i++) mask[i] = isInside[i] && (distance[i] as number) < 0.8 ? 1 : 0;
  for (let round = 0; round < ROUNDS; round++) {
    const front = histogram(bins, (i) => mask[i] as number);
    const back = histogram(bins, (i) =>
      isRing[i] ? 1 : isInside[i] && !mask[i] ? 0.5 : around === 0 && (distance[i] as number) > 1.15 ? 1 : 0,
    );
    const next = new Uint8Array(n);
    for (let y = y0; y < y1; y++)
      for (let x = x0; x < x1; x++) {
        const i = y * width + x;
        let neighbors = 0;
        for (const [dx, dy] of [
          [-1, 0],
          [1, 0],
          [0, -1],
          [0, 1],
        ] as const) {
          const [u, v] = [x + dx, y + dy];
          if (u < 0 || v < 0 || u >= width || v >= height) continue;
          neighbors += mask[v * width + u] ? 1 : -1;
        }
        const center = 0.5 * (1 - (distance[i] as number));
        const score = (front[bins[i] as number] as number) - (back[bins[i] as number] as number) + SMOOTH * neighbors + center;
        next[i] = score > 0 ? 1 : 0;
      }
    mask = next;
  }
  return enlarged(whole(mask, width, height), { width, height }, image);
}

/** Pieces of the same value that hang together: their numbers by pixel, and their sizes. */
function pieces(mask: Uint8Array, width: number, value: number): { labels: Int32Array; sizes: number[]; edge: boolean[] } {
  const labels = new Int32Array(mask.length).fill(-1);
  const sizes: number[] = [];
  const edge: boolean[] = [];
  const height = mask.length / width;
  const stack: number[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== value || labels[start] !== -1) continue;
    const label = sizes.length;
    let [size, touches] = [0, false];
    labels[start] = label;
    stack.push(start);
    while (stack.length > 0) {
      const i = stack.pop() as number;
      size++;
      const [x, y] = [i % width, Math.floor(i / width)];
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) touches = true;
      for (const [u, v] of [
        [x - 1, y],
        [x + 1, y],
        [x, y - 1],
        [x, y + 1],
      ] as const) {
        if (u < 0 || v < 0 || u >= width || v >= height) continue;
        const k = v * width + u;
        if (mask[k] !== value || labels[k] !== -1) continue;
        labels[k] = label;
        stack.push(k);
      }
    }
    sizes.push(size);
    edge.push(touches);
  }
  return { labels, sizes, edge };
}

/** A mask without its small pieces and small holes. */
function whole(mask: Uint8Array, width: number, height: number): Uint8Array {
  const front = pieces(mask, width, 1);
  const largest = Math.max(0, ...front.sizes);
  const kept = mask.map((v, i) => (v && (front.sizes[front.labels[i] as number] as number) >= PIECE * largest ? 1 : 0));
  const holes = pieces(kept, width, 0);
  const small = 0.05 * Math.max(1, largest);
  return kept
    .map((v, i) => (!v && !holes.edge[holes.labels[i] as number] && (holes.sizes[holes.labels[i] as number] as number) < small ? 1 : v))
    .subarray(0, width * height);
}

function enlarged(mask: Uint8Array, from: { width: number; height: number }, { width, height }: RgbImage): MaskValue {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = Math.floor((y * from.height) / height) * from.width;
    for (let x = 0; x < width; x++) data[y * width + x] = mask[v + Math.floor((x * from.width) / width)] as number;
  }
  return { width, height, data };
}

/** Intersection over union of two masks of one size. */
export function maskIou(a: Uint8Array, b: Uint8Array): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i] && b[i] ? 1 : 0;
    either += a[i] || b[i] ? 1 : 0;
  }
  return either === 0 ? 1 : both / either;
}
