// Sheets of paper and screens: text of real fonts, lines and areas put on an image of any size.

import { createRequire } from 'node:module';
import type { Box } from './scene.js';
import { Face } from './true-type.js';

const require = createRequire(import.meta.url);

/** The faces that sheets are printed with; the held-out one is in the split `test-fonts` alone. Chinese letters come from one face for all. */
export const FACES = ['sans', 'serif', 'italic'] as const;
/** The name of a typeface. */
export type FaceName = (typeof FACES)[number];
/** The typeface that only the split `test-fonts` prints with. */
export const HELD_OUT_FACE: FaceName = 'italic';

const FILES: Record<FaceName | 'chinese', string> = {
  sans: '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff',
  serif: '@fontsource/lora/files/lora-latin-500-normal.woff',
  italic: '@fontsource/lora/files/lora-latin-600-italic.woff',
  chinese: '@fontsource/zcool-xiaowei/files/zcool-xiaowei-chinese-simplified-400-normal.woff',
};

/** Faces by name, each read when it is first used. */
export class Fonts {
  private readonly faces = new Map<string, Face>();

  /** The face that has a letter: the named one, or the Chinese one. Errors: `world.asset`. */
  faceOf(letter: string, name: FaceName): Face {
    const own = this.face(name);
    return own.has(letter) ? own : this.face('chinese');
  }

  private face(name: FaceName | 'chinese'): Face {
    const found = this.faces.get(name) ?? Face.fromFile(require.resolve(FILES[name]));
    this.faces.set(name, found);
    return found;
  }

  /** How far a text reaches, in pixels. */
  width(text: string, size: number, name: FaceName): number {
    return [...text].reduce((sum, letter) => sum + this.faceOf(letter, name).glyph(letter, size).advance, 0);
  }
}

type Rgb = readonly [number, number, number];

/** What lies on a sheet, in the order of drawing. */
export type Mark =
  | { kind: 'text'; text: string; x: number; baseline: number; size: number; face: FaceName; ink: Rgb }
  | { kind: 'area'; box: Box; fill: Rgb; outline?: Rgb }
  | { kind: 'disk'; x: number; y: number; rx: number; ry: number; angle?: number; fill: Rgb };

/** A sheet: its size, its paper, what lies on it. Plain data. */
export interface Sheet {
  width: number;
  height: number;
  paper: Rgb;
  marks: readonly Mark[];
}

/** RGB bytes of a sheet, [height, width, 3]. */
export function drawSheet({ width, height, paper, marks }: Sheet, fonts: Fonts): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < out.length; i++) out[i] = paper[i % 3] as number;
  const put = (x: number, y: number, rgb: Rgb, alpha: number): void => {
    if (x < 0 || y < 0 || x >= width || y >= height || alpha === 0) return;
    for (let c = 0, d = (y * width + x) * 3; c < 3; c++, d++) {
      const below = out[d] as number;
      out[d] = Math.round(below + (((rgb[c] as number) - below) * alpha) / 255);
    }
  };
  const area = ([x0, y0, x1, y1]: Box, rgb: Rgb): void => {
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) put(x, y, rgb, 255);
  };
  for (const mark of marks) {
    if (mark.kind === 'area') {
      const { box, fill, outline } = mark;
      area(box, outline ?? fill);
      if (outline) area([box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1], fill);
    } else if (mark.kind === 'disk') disk(mark, put);
    else {
      let pen = mark.x;
      for (const letter of mark.text) {
        const glyph = fonts.faceOf(letter, mark.face).glyph(letter, mark.size);
        const [left, top] = [Math.round(pen) + glyph.left, mark.baseline - glyph.top];
        for (let y = 0; y < glyph.height; y++)
          for (let x = 0; x < glyph.width; x++) put(left + x, top + y, mark.ink, glyph.alpha[y * glyph.width + x] as number);
        pen += glyph.advance;
      }
    }
  }
  return out;
}

/** An ellipse, its edge soft over a pixel. */
function disk(
  { x, y, rx, ry, angle = 0, fill }: Extract<Mark, { kind: 'disk' }>,
  put: (x: number, y: number, rgb: Rgb, alpha: number) => void,
): void {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.ceil(Math.max(rx, ry)) + 1;
  for (let v = Math.floor(y) - reach; v <= y + reach; v++)
    for (let u = Math.floor(x) - reach; u <= x + reach; u++) {
      const [dx, dy] = [u + 0.5 - x, v + 0.5 - y];
      const [a, b] = [(dx * c + dy * s) / rx, (-dx * s + dy * c) / ry];
      const distance = (1 - Math.hypot(a, b)) * Math.min(rx, ry);
      put(u, v, fill, Math.round(255 * Math.max(0, Math.min(1, distance + 0.5))));
    }
}
