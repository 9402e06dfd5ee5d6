// Pixels and pixel truth of a scene: compositing, masks and cell labels, with integer arithmetic and no allocation per pixel.

import { paintBackground } from './background.js';
import { degradeImage } from './degrade.js';
import { glyph } from './font.js';
import { type Box, type Scene, type SceneObject, type SceneText, sceneWidth } from './scene.js';
import type { Sprite, Sprites } from './sprites.js';

export { loadSprites, Sprites } from './sprites.js';

/** RGB bytes [height, width, 3]; pass `out` to reuse a buffer. */
export function renderScene(scene: Scene, sprites: Sprites, out = new Uint8Array(scene.size * sceneWidth(scene) * 3)): Uint8Array {
  const sides = { width: sceneWidth(scene), height: scene.size };
  paintBackground(out, scene);
  if (scene.text) drawText(out, sides.width, scene.text);
  for (const o of scene.objects) {
    const [x0, y0] = o.box;
    blit(out, sides, spriteOf(o, sprites), x0, y0);
  }
  degradeImage(out, scene);
  return out;
}

/** The drawing of an object, of the size of its box. */
function spriteOf({ style, category, tint, box, mirror, upsideDown }: SceneObject, sprites: Sprites): Sprite {
  const [x0, y0, x1, y1] = box;
  const sprite = sprites.get(style, category, tint, x1 - x0, y1 - y0, mirror);
  if (!upsideDown) return sprite;
  const { width, height, rgba } = sprite;
  const turned = new Uint8Array(rgba.length);
  for (let y = 0; y < height; y++) turned.set(rgba.subarray((height - 1 - y) * width * 4, (height - y) * width * 4), y * width * 4);
  return { width, height, rgba: turned };
}

interface Sides {
  width: number;
  height: number;
}

function blit(out: Uint8Array, sides: Sides, sprite: Sprite, x0: number, y0: number): void {
  const { width, height, rgba } = sprite;
  for (let y = 0; y < height; y++) {
    const v = y0 + y;
    if (v < 0 || v >= sides.height) continue;
    let s = y * width * 4;
    let d = (v * sides.width + x0) * 3;
    for (let x = 0; x < width; x++, s += 4, d += 3) {
      const a = rgba[s + 3] as number;
      if (a === 0 || x0 + x < 0 || x0 + x >= sides.width) continue;
      if (a === 255) {
        out[d] = rgba[s] as number;
        out[d + 1] = rgba[s + 1] as number;
        out[d + 2] = rgba[s + 2] as number;
        continue;
      }
      const k = 255 - a;
      // (v * k + 127) / 255 in integers: (t + (t >> 8) + 1) >> 8
      let t = (out[d] as number) * k + 127;
      out[d] = (rgba[s] as number) + ((t + (t >> 8) + 1) >> 8);
      t = (out[d + 1] as number) * k + 127;
      out[d + 1] = (rgba[s + 1] as number) + ((t + (t >> 8) + 1) >> 8);
      t = (out[d + 2] as number) * k + 127;
      out[d + 2] = (rgba[s + 2] as number) + ((t + (t >> 8) + 1) >> 8);
    }
  }
}

function fill(out: Uint8Array, width: number, [x0, y0, x1, y1]: Box, rgb: readonly number[]): void {
  const [r, g, b] = rgb as [number, number, number];
  for (let y = y0; y < y1; y++)
    for (let x = x0, d = (y * width + x0) * 3; x < x1; x++) {
      out[d++] = r;
      out[d++] = g;
      out[d++] = b;
    }
}

function drawText(out: Uint8Array, width: number, text: SceneText): void {
  const { dot } = text;
  fill(out, width, text.box, text.paper);
  let x = text.box[0] + 2 * dot;
  const y = text.box[1] + 2 * dot;
  for (const letter of text.word.toUpperCase()) {
    glyph(letter).forEach((bits, row) => {
      for (let c = 0; c < 5; c++)
        if (bits & (16 >> c)) fill(out, width, [x + c * dot, y + row * dot, x + (c + 1) * dot, y + (row + 1) * dot], text.ink);
    });
    x += 6 * dot;
  }
}

/** What each pixel shows: [height * width] object index, -1 background or occluder, -2 the sign. */
export function pixelLabels(scene: Scene, sprites: Sprites): Int16Array {
  const { size: height } = scene;
  const width = sceneWidth(scene);
  const labels = new Int16Array(height * width).fill(-1);
  const paint = ([x0, y0, x1, y1]: Box, value: number): void => {
    for (let y = y0; y < y1; y++) labels.fill(value, y * width + x0, y * width + x1);
  };
  if (scene.text) paint(scene.text.box, -2);
  scene.objects.forEach((o, index) => {
    const [x0, y0, x1, y1] = o.box;
    const { rgba } = spriteOf(o, sprites);
    let s = 3;
    for (let y = y0; y < y1; y++)
      for (let x = x0; x < x1; x++, s += 4)
        if ((rgba[s] as number) >= 128 && x >= 0 && x < width && y >= 0 && y < height) labels[y * width + x] = index;
  });
  for (const p of scene.degrade.patches) paint(p, -1);
  return labels;
}

/** One mask per object, [height * width] of 0 or 1: its visible pixels. */
export function sceneMasks(scene: Scene, sprites: Sprites): Uint8Array[] {
  const labels = pixelLabels(scene, sprites);
  const masks = scene.objects.map(() => new Uint8Array(labels.length));
  for (let i = 0; i < labels.length; i++) {
    const l = labels[i] as number;
    if (l >= 0) (masks[l] as Uint8Array)[i] = 1;
  }
  return masks;
}

/** Share of a cell that must be covered before it counts as showing an object or the sign. */
export const CELL_COVER = 0.25;

/** For each cell of a `grid` x `grid` division, row-major: the object that covers most of it, -1 none, -2 the sign. */
export function cellLabels(scene: Scene, sprites: Sprites, grid: number): Int32Array {
  const { size: height } = scene;
  const width = sceneWidth(scene);
  const labels = pixelLabels(scene, sprites);
  const kinds = scene.objects.length + 2;
  const counts = new Int32Array(grid * grid * kinds);
  const columns = new Int32Array(width);
  for (let x = 0; x < width; x++) columns[x] = Math.floor((x * grid) / width) * kinds + 2;
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * grid) / height) * grid * kinds;
    for (let x = 0; x < width; x++) {
      const k = row + (columns[x] as number) + (labels[y * width + x] as number);
      counts[k] = (counts[k] as number) + 1;
    }
  }
  const enough = CELL_COVER * (height / grid) * (width / grid);
  const out = new Int32Array(grid * grid).fill(-1);
  for (let cell = 0; cell < out.length; cell++) {
    let best = 0;
    for (let k = 0; k < kinds; k++) {
      const n = counts[cell * kinds + k] as number;
      if (k !== 1 && n >= enough && n > best) {
        best = n;
        out[cell] = k - 2;
      }
    }
  }
  return out;
}
