// Sprites: emoji SVGs of three npm packages, rasterised once, then scaled and tinted on demand into a bounded cache.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import sharp from 'sharp';
import { SensoriumError } from '../util/errors.js';
import { CATEGORIES, STYLES, type StyleId, TINTS } from './vocabulary.js';

const require = createRequire(import.meta.url);
const MASTER = 128;

/** A trimmed grey drawing: `light` and `alpha` are [height, width] bytes; the median light of the drawing is 128. */
export interface Master {
  width: number;
  height: number;
  light: Uint8Array;
  alpha: Uint8Array;
}

/** A drawing ready to be composited: premultiplied RGBA bytes [height, width, 4]. */
export interface Sprite {
  width: number;
  height: number;
  rgba: Uint8Array;
}

interface IconSet {
  icons: Record<string, { body: string; width?: number; height?: number; left?: number; top?: number }>;
  aliases?: Record<string, { parent: string }>;
  width?: number;
  height?: number;
}

const iconPackages = { noto: '@iconify-json/noto', fluent: '@iconify-json/fluent-emoji-flat' } as const;

/** The SVG text of one category in one style; `world.asset` when the icon package lacks it. */
export async function svgOf(style: StyleId, hexcode: string): Promise<string> {
  const missing = (cause?: unknown): SensoriumError =>
    new SensoriumError('world.asset', `no drawing of U+${hexcode} in style ${style}`, {
      hint: 'Reinstall the packages: npm install',
      cause,
    });
  if (style === 'twemoji') {
    try {
      const text = await readFile(require.resolve(`@twemoji/svg/${hexcode}.svg`), 'utf8');
      return text.replace('<svg ', `<svg width="${MASTER}" height="${MASTER}" `);
    } catch (cause) {
      throw missing(cause);
    }
  }
  const name = iconPackages[style];
  const set = require(`${name}/icons.json`) as IconSet;
  const chars = require(`${name}/chars.json`) as Record<string, string>;
  const id = chars[hexcode] ?? chars[`${hexcode}-fe0f`];
  const icon = id === undefined ? undefined : (set.icons[id] ?? set.icons[set.aliases?.[id]?.parent ?? '']);
  if (!icon) throw missing();
  const w = icon.width ?? set.width ?? 16;
  const h = icon.height ?? set.height ?? 16;
  const view = `${icon.left ?? 0} ${icon.top ?? 0} ${w} ${h}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${view}" width="${MASTER}" height="${MASTER}">${icon.body}</svg>`;
}

/** Trims RGBA pixels to what is visible and replaces colour by light, stretched so that the median becomes 128. */
export function masterFrom(rgba: Uint8Array, size: number): Master {
  let [x0, y0, x1, y1] = [size, size, 0, 0];
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      if ((rgba[(y * size + x) * 4 + 3] as number) >= 32) {
        x0 = Math.min(x0, x);
        x1 = Math.max(x1, x + 1);
        y0 = Math.min(y0, y);
        y1 = Math.max(y1, y + 1);
      }
  if (x1 <= x0) throw new SensoriumError('world.asset', 'an emoji drawing is empty', { hint: 'Reinstall the packages: npm install' });
  const width = x1 - x0;
  const height = y1 - y0;
  const light = new Uint8Array(width * height);
  const alpha = new Uint8Array(width * height);
  const histogram = new Uint32Array(256);
  let total = 0;
  for (let i = 0; i < light.length; i++) {
    const p = ((y0 + Math.floor(i / width)) * size + x0 + (i % width)) * 4;
    const a = rgba[p + 3] as number;
    const l = Math.round(0.299 * (rgba[p] as number) + 0.587 * (rgba[p + 1] as number) + 0.114 * (rgba[p + 2] as number));
    light[i] = l;
    alpha[i] = a;
    if (a >= 128) {
      histogram[l] = (histogram[l] as number) + 1;
      total++;
    }
  }
  const quantile = (q: number): number => {
    let sum = 0;
    for (let l = 0; l < 256; l++) {
      sum += histogram[l] as number;
      if (sum >= q * total) return l;
    }
    return 255;
  };
  const mid = quantile(0.5);
  // A flat drawing must not have its faint texture blown up: the stretch is bounded.
  const low = Math.max(mid - quantile(0.06), 60);
  const high = Math.max(quantile(0.94) - mid, 60);
  for (let i = 0; i < light.length; i++) {
    const d = (light[i] as number) - mid;
    light[i] = Math.max(0, Math.min(255, Math.round(128 + (d < 0 ? (d / low) * 112 : (d / high) * 112))));
  }
  return { width, height, light, alpha };
}

/** The drawing of any emoji in one style, not only of categories. Errors: `world.asset` where the style lacks it. */
export async function loadMaster(style: StyleId, hexcode: string): Promise<Master> {
  return masterFrom(await raster(style, hexcode), MASTER);
}

/** Light to colour for one tint: shadow, the tint itself at 128, highlight. [256, 3] bytes. */
function tintTable(rgb: readonly number[]): Uint8Array {
  const table = new Uint8Array(768);
  for (let l = 0; l < 256; l++)
    for (let c = 0; c < 3; c++) {
      const v = rgb[c] as number;
      const t = l / 128;
      table[l * 3 + c] = Math.round(t <= 1 ? v * (0.3 + 0.7 * t) : v + (255 - v) * 0.62 * (t - 1));
    }
  return table;
}

/** All drawings in memory; `get` returns a scaled and tinted one from a cache bounded in bytes. */
export class Sprites {
  private readonly cache = new Map<number, Sprite>();
  private readonly tables = TINTS.map((t) => tintTable(t.rgb));
  private bytes = 0;

  /** `masters[style][category]` in the order of STYLES and CATEGORIES. */
  constructor(
    private readonly masters: readonly (readonly Master[])[],
    private readonly limit = 192 << 20,
  ) {}

  /** The untinted drawing behind a style and category. */
  master(style: string, category: number): Master {
    const s = STYLES.findIndex((x) => x.id === style);
    const m = this.masters[s]?.[category];
    if (!m)
      throw new SensoriumError('world.sprite', 'no such drawing', {
        expected: `style ${STYLES.map((x) => x.id).join(', ')} and category 0..${CATEGORIES.length - 1}`,
        got: `${style}, ${category}`,
      });
    return m;
  }

  /** A sprite of exactly `width` x `height` pixels; area-averaged from the master, then tinted. */
  get(style: string, category: number, tint: number, width: number, height: number, mirror: boolean): Sprite {
    const s = style === 'noto' ? 0 : style === 'fluent' ? 1 : 2;
    const key = ((((s * 64 + category) * 8 + tint) * 2 + (mirror ? 1 : 0)) * 1024 + width) * 1024 + height;
    const hit = this.cache.get(key);
    if (hit) return hit;
    const sprite = scaleTinted(this.master(style, category), this.tables[tint] as Uint8Array, { width, height, mirror });
    if (this.bytes > this.limit) {
      this.cache.clear();
      this.bytes = 0;
    }
    this.cache.set(key, sprite);
    this.bytes += sprite.rgba.length;
    return sprite;
  }
}

function scaleTinted(m: Master, table: Uint8Array, to: { width: number; height: number; mirror: boolean }): Sprite {
  const { width, height, mirror } = to;
  const rgba = new Uint8Array(width * height * 4);
  const sx = m.width / width;
  const sy = m.height / height;
  for (let y = 0; y < height; y++) {
    const ya = y * sy;
    const yb = ya + sy;
    for (let x = 0; x < width; x++) {
      const xa = x * sx;
      const xb = xa + sx;
      let sumA = 0;
      let sumL = 0;
      let area = 0;
      for (let v = Math.floor(ya); v < yb && v < m.height; v++) {
        const wy = Math.min(v + 1, yb) - Math.max(v, ya);
        for (let u = Math.floor(xa); u < xb && u < m.width; u++) {
          const w = wy * (Math.min(u + 1, xb) - Math.max(u, xa));
          const a = w * (m.alpha[v * m.width + u] as number);
          sumA += a;
          sumL += a * (m.light[v * m.width + u] as number);
          area += w;
        }
      }
      const a = Math.round(sumA / area);
      const l = sumA > 0 ? Math.round(sumL / sumA) : 0;
      const o = (y * width + (mirror ? width - 1 - x : x)) * 4;
      for (let c = 0; c < 3; c++) rgba[o + c] = Math.round(((table[l * 3 + c] as number) * a) / 255);
      rgba[o + 3] = a;
    }
  }
  return { width, height, rgba };
}

let shared: Promise<Sprites> | undefined;

/** Rasterises all drawings once per process (144 small SVGs); later calls share the result. `cache`: a folder that keeps them between runs. */
export function loadSprites(options: { cache?: string; fresh?: boolean } = {}): Promise<Sprites> {
  if (options.fresh) return readOrRaster(options.cache);
  shared ??= readOrRaster(options.cache).catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

async function readOrRaster(cache?: string): Promise<Sprites> {
  const pixels = MASTER * MASTER * 4;
  const count = STYLES.length * CATEGORIES.length;
  const file = cache && join(cache, `sprites-${MASTER}-${count}.rgba`);
  let raw: Uint8Array | undefined;
  if (file) raw = await readFile(file).catch(() => undefined); // absent: rasterise below
  if (raw?.length !== pixels * count) {
    const parts = await Promise.all(STYLES.flatMap((s) => CATEGORIES.map((c) => raster(s.id, c.hexcode))));
    raw = Buffer.concat(parts);
    if (cache && file) {
      await mkdir(cache, { recursive: true });
      await writeFile(`${file}.${process.pid}`, raw);
      await rename(`${file}.${process.pid}`, file);
    }
  }
  const all = raw;
  return new Sprites(
    STYLES.map((_, s) =>
      CATEGORIES.map((__, c) => {
        const at = (s * CATEGORIES.length + c) * pixels;
        return masterFrom(all.subarray(at, at + pixels), MASTER);
      }),
    ),
  );
}

async function raster(style: StyleId, hexcode: string): Promise<Buffer> {
  const svg = await svgOf(style, hexcode);
  return sharp(Buffer.from(svg))
    .resize(MASTER, MASTER, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .ensureAlpha()
    .raw()
    .toBuffer();
}
