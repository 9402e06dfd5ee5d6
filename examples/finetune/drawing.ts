// What the drawings of this data set share: their form, colors, and small pieces of SVG.

/** A drawing with what is said about it. */
export interface Drawing {
  /** File name without its ending. */
  name: string;
  width: number;
  height: number;
  /** `jpg` for those that look like photographs of paper, `png` for the rest. */
  ending: 'png' | 'jpg';
  /** What stands inside `<svg>`, in pixels. */
  svg: string;
  caption: string;
  /** Questions with their answers; the first kind of question is the same for a whole theme. */
  questions: readonly (readonly [string, string])[];
}

/** Named colors, each a word that people use. */
export const COLORS = {
  red: '#d64541',
  orange: '#e8863a',
  yellow: '#f2c14e',
  green: '#4f9d69',
  blue: '#3d7ea6',
  purple: '#7d5ba6',
  pink: '#e79cb0',
  brown: '#8a5a3b',
  black: '#2f2f36',
  gray: '#9aa0a6',
  white: '#fbfaf5',
} as const;

/** A word of `COLORS`. */
export type Color = keyof typeof COLORS;

const attributes = (given: Record<string, string | number>): string =>
  Object.entries(given)
    .map(([key, value]) => ` ${key}="${value}"`)
    .join('');

/** An element of SVG with other attributes. */
export const rect = (
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  more: Record<string, string | number> = {},
): string => `<rect${attributes({ x, y, width, height, fill, ...more })}/>`;
export const circle = (cx: number, cy: number, r: number, fill: string, more: Record<string, string | number> = {}): string =>
  `<circle${attributes({ cx, cy, r, fill, ...more })}/>`;
export const path = (d: string, fill: string, more: Record<string, string | number> = {}): string =>
  `<path${attributes({ d, fill, ...more })}/>`;
export const line = (d: string, stroke: string, width: number): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
export const text = (x: number, y: number, size: number, words: string, more: Record<string, string | number> = {}): string =>
  `<text${attributes({ x, y, 'font-size': size, 'font-family': 'DejaVu Sans, sans-serif', fill: '#2f2f36', ...more })}>${words.replace(/&/g, '&amp;')}</text>`;
export const group = (transform: string, ...parts: readonly string[]): string => `<g transform="${transform}">${parts.join('')}</g>`;

/** A background with a soft light in its middle. */
export function backdrop(width: number, height: number, color: string): string {
  return (
    `<defs><radialGradient id="light" r="0.8"><stop offset="0" stop-color="#ffffff" stop-opacity="0.45"/>` +
    `<stop offset="1" stop-color="#ffffff" stop-opacity="0"/></radialGradient></defs>${rect(0, 0, width, height, color)}${rect(0, 0, width, height, 'url(#light)')}`
  );
}

/** A number in words, up to twelve. */
export const inWords = (n: number): string =>
  ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'][n] as string;

/** The word with its article. */
export const a = (noun: string): string => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;

/** The sentence with a capital letter. */
export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
