// Pixels: same bytes from fresh caches, drawings that exist in every style, masks, cells, degradation and speed.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { glyph } from './font.js';
import { cellLabels, loadSprites, pixelLabels, renderScene, sceneMasks } from './render.js';
import { makeScene, type Scene, type SceneObject, SPLITS } from './scene.js';
import { SHAPES } from './shapes.js';
import { svgOf } from './sprites.js';
import { CATEGORIES, STYLES, TINTS, WORDS } from './vocabulary.js';

const sprites = await loadSprites();

describe('scenes that are not square', () => {
  it('have pixels, masks and cells of their own width, degraded too', () => {
    for (let i = 0; i < 6; i++) {
      const scene = makeScene(i, { size: 64, aspect: 1.5, evidence: 0.3 });
      expect(renderScene(scene, sprites)).toHaveLength(64 * 96 * 3);
      const masks = sceneMasks(scene, sprites);
      expect(masks[0]).toHaveLength(64 * 96);
      const labels = pixelLabels(scene, sprites);
      scene.objects.forEach(({ box: [x0, y0, x1, y1] }, o) => {
        for (let at = 0; at < labels.length; at++)
          if (labels[at] === o) expect(at % 96 >= x0 && at % 96 < x1 && Math.floor(at / 96) >= y0 && Math.floor(at / 96) < y1).toBe(true);
      });
      expect(cellLabels(scene, sprites, 8)).toHaveLength(64);
    }
  });

  it('show the same columns whatever stands beside them', () => {
    // A plain background with one object: rows are as wide as the image, so a wrong stride would shear it.
    const scene = {
      ...makeScene(3, { size: 64, aspect: 2, evidence: 1, single: true }),
      degrade: { ...makeScene(3).degrade, blur: 0, noise: 0, patches: [], lowResolution: 1 },
    };
    const [object] = scene.objects as [SceneObject];
    const data = renderScene(scene, sprites);
    const bare = renderScene({ ...scene, objects: [] }, sprites);
    let [left, right] = [128, -1];
    for (let at = 0; at < data.length; at++)
      if (data[at] !== bare[at]) {
        const x = Math.floor(at / 3) % 128;
        [left, right] = [Math.min(left, x), Math.max(right, x)];
      }
    expect(left).toBeGreaterThanOrEqual(object.box[0]);
    expect(right).toBeLessThan(object.box[2]);
  });
});

describe('sprites', () => {
  it('draw every category in every style in the shape that boxes are made of', () => {
    for (const { id } of STYLES)
      CATEGORIES.forEach((c, i) => {
        const { width, height } = sprites.master(id, i);
        const [w, h] = SHAPES[id][i] as readonly [number, number];
        // Another version of the rasteriser may move an edge by a pixel.
        expect(Math.abs(width - w) + Math.abs(height - h), `${id} ${c.id}`).toBeLessThanOrEqual(2);
      });
  });

  it('take the tint: the hue of the mean colour is nearest to the right one', () => {
    const chroma = (rgb: readonly number[]): number[] => {
      const grey = rgb.reduce((a, b) => a + b, 0) / 3;
      return rgb.map((v) => v - grey);
    };
    const length = (v: readonly number[]): number => Math.hypot(...v);
    const cosine = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((s, v, k) => s + v * (b[k] as number), 0) / (length(a) * length(b));
    const coloured = TINTS.filter((t) => t.id !== 'gray');
    const wrong: string[] = [];
    for (const { id } of STYLES)
      for (let c = 0; c < CATEGORIES.length; c++)
        TINTS.forEach((tint, t) => {
          const { rgba } = sprites.get(id, c, t, 16, 16, false);
          const sum = [0, 0, 0];
          let weight = 0;
          for (let i = 0; i < rgba.length; i += 4) {
            weight += (rgba[i + 3] as number) / 255;
            for (let k = 0; k < 3; k++) sum[k] = (sum[k] as number) + (rgba[i + k] as number);
          }
          const hue = chroma(sum.map((v) => v / weight));
          const best =
            length(hue) < 12 ? 'gray' : coloured.reduce((a, b) => (cosine(hue, chroma(b.rgb)) > cosine(hue, chroma(a.rgb)) ? b : a)).id;
          if (best !== tint.id) wrong.push(`${id} ${CATEGORIES[c]?.id} ${tint.id}: ${best}`);
        });
    expect(wrong).toEqual([]);
  });

  it('mirror and name what is missing', async () => {
    const a = sprites.get('noto', 0, 0, 17, 15, false);
    const b = sprites.get('noto', 0, 0, 17, 15, true);
    for (let y = 0; y < 15; y++) for (let x = 0; x < 17; x++) expect(b.rgba[(y * 17 + x) * 4 + 3]).toBe(a.rgba[(y * 17 + 16 - x) * 4 + 3]);
    expect(() => sprites.master('oil', 0)).toThrow('oil');
    for (const { id } of STYLES) await expect(svgOf(id, 'ffff')).rejects.toThrow('U+ffff');
  });
});

describe('renderScene', () => {
  it('gives the same bytes from caches made twice', async () => {
    const fresh = await loadSprites({ fresh: true });
    const hash = (s: typeof sprites, order: number[]): string[] => {
      const found: [number, string][] = order.map((i) => {
        const scene = makeScene(i, { split: SPLITS[i % SPLITS.length], evidence: i % 3 === 0 ? 0.2 : 0.9 });
        return [i, createHash('sha256').update(renderScene(scene, s)).digest('hex')];
      });
      return found.sort((a, b) => a[0] - b[0]).map((f) => f[1]);
    };
    const order = Array.from({ length: 30 }, (_, i) => i);
    const first = hash(sprites, order);
    expect(hash(fresh, [...order].reverse())).toEqual(first);
    expect(new Set(first).size).toBe(30);
  });

  it('reuses a buffer and changes with the noise alone when only evidence differs', () => {
    const scene = makeScene(5, { evidence: 1 });
    const clean = renderScene(scene, sprites);
    const out = new Uint8Array(64 * 64 * 3).fill(7);
    expect(renderScene(scene, sprites, out)).toBe(out);
    expect(out).toEqual(clean);
    const noisy = renderScene({ ...scene, degrade: { ...scene.degrade, noise: 10 } }, sprites);
    let [sum, squares, n] = [0, 0, 0];
    clean.forEach((v, i) => {
      if (v < 40 || v > 200) return; // clipped at the ends of the range
      const d = (noisy[i] as number) - v;
      sum += d;
      squares += d * d;
      n++;
    });
    expect(Math.abs(sum / n)).toBeLessThan(2);
    expect(Math.sqrt(squares / n)).toBeGreaterThan(8);
    expect(Math.sqrt(squares / n)).toBeLessThan(12);
  });

  it('blurs and pixelates without changing the mean', () => {
    const scene = makeScene(5, { evidence: 1 });
    const mean = (s: Scene): number => renderScene(s, sprites).reduce((a, b) => a + b, 0) / (64 * 64 * 3);
    const clean = mean(scene);
    expect(Math.abs(mean({ ...scene, degrade: { ...scene.degrade, blur: 1.5 } }) - clean)).toBeLessThan(2);
    expect(Math.abs(mean({ ...scene, degrade: { ...scene.degrade, lowResolution: 3 } }) - clean)).toBeLessThan(1);
  });

  it('prints words that can be read back dot by dot', () => {
    let [read, wrong] = [0, 0];
    for (let i = 0; i < 60; i++) {
      const scene = makeScene(i, { evidence: 1 });
      const { text } = scene;
      if (!text) continue;
      const image = renderScene(scene, sprites);
      const [x0, y0] = text.box;
      [...text.word.toUpperCase()].forEach((letter, k) => {
        for (let row = 0; row < 7; row++)
          for (let c = 0; c < 5; c++) {
            const at = ((y0 + 2 + row) * 64 + x0 + 2 + 6 * k + c) * 3;
            const on = ((glyph(letter)[row] as number) >> (4 - c)) & 1;
            if (image[at] !== (on ? text.ink : text.paper)[0]) wrong++;
          }
      });
      read++;
    }
    expect(wrong).toBe(0);
    expect(read).toBeGreaterThan(10);
    const shapes = [...new Set(WORDS.join('').toUpperCase())].map((l) => glyph(l).join());
    expect(new Set(shapes).size).toBe(shapes.length);
  });
});

describe('masks and cells', () => {
  it('agree with the pixels that an object changes', () => {
    for (let i = 0; i < 12; i++) {
      const scene = makeScene(i, { evidence: 1 });
      const all = renderScene(scene, sprites);
      sceneMasks(scene, sprites).forEach((mask, k) => {
        // Drop the object (and what lies in it): every pixel of its mask must look different.
        const without = renderScene({ ...scene, objects: scene.objects.filter((_, j) => j !== k) }, sprites);
        let [inside, changed, outside] = [0, 0, 0];
        for (let p = 0; p < mask.length; p++) {
          if (!mask[p]) continue;
          inside++;
          if (all[p * 3] !== without[p * 3] || all[p * 3 + 1] !== without[p * 3 + 1] || all[p * 3 + 2] !== without[p * 3 + 2]) changed++;
        }
        expect(inside).toBeGreaterThan(15);
        expect(changed / inside).toBeGreaterThan(0.9);
        const [x0, y0, x1, y1] = (scene.objects[k] as SceneObject).box;
        for (let p = 0; p < mask.length; p++) {
          const [x, y] = [p % 64, Math.floor(p / 64)];
          if (mask[p] && !(x >= x0 && x < x1 && y >= y0 && y < y1)) outside++;
        }
        expect(outside).toBe(0);
      });
    }
  });

  it('labels each cell with what covers most of it', () => {
    for (let i = 0; i < 30; i++) {
      const scene = makeScene(i, { evidence: 0.3 });
      const labels = pixelLabels(scene, sprites);
      const cells = cellLabels(scene, sprites, 8);
      cells.forEach((label, cell) => {
        const counts = new Map<number, number>();
        for (let y = 0; y < 8; y++)
          for (let x = 0; x < 8; x++) {
            const l = labels[(Math.floor(cell / 8) * 8 + y) * 64 + (cell % 8) * 8 + x] as number;
            counts.set(l, (counts.get(l) ?? 0) + 1);
          }
        counts.delete(-1);
        const most = Math.max(0, ...counts.values());
        if (label === -1) expect(most).toBeLessThan(16);
        else expect(counts.get(label)).toBe(most);
      });
      if (scene.text && !scene.degrade.patches.length) expect([...cells]).toContain(-2);
    }
  });

  it('do not count what an occluder hides', () => {
    const scene = makeScene(3, { evidence: 1 });
    const hidden: Scene = { ...scene, degrade: { ...scene.degrade, patches: [[0, 0, 64, 64]] } };
    expect(pixelLabels(hidden, sprites).every((l) => l === -1)).toBe(true);
  });
});
