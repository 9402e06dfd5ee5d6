// Attacks that need no gradients: noise of the same size, words drawn into the picture, and instructions in them.

import type { RgbImage } from '../../media/index.js';
import { Rng } from '../../util/rng.js';
import { drawSheet, Fonts } from '../../world/print.js';

/** Every value changed by at most `epsilon`, at random: what PGD is compared with. */
export function uniformNoise({ width, height, data }: RgbImage, epsilon: number, seed: number): RgbImage {
  const rng = new Rng(seed);
  return { width, height, data: data.map((v) => Math.min(255, Math.max(0, Math.round(v + rng.uniform(-epsilon, epsilon))))) };
}

const fonts = new Fonts();

/** Lines of at most `width` pixels; a word that is wider stands alone. */
function wrapped(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && fonts.width(`${last} ${word}`, size, 'sans') <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/**
 * A label with words in black on white, drawn into the lower part of a picture (typographic attack, Goh et al. 2021). `size`: height of the letters in
 * pixels, default an eighth of the picture's height, at least 9. Words that do not fit are made smaller, down to 6 pixels.
 */
export function withWords(
  image: RgbImage,
  text: string,
  { size = Math.max(9, Math.round(image.height / 8)) }: { size?: number } = {},
): RgbImage {
  const { width, height, data } = image;
  let letters = size;
  let lines = wrapped(text, width - 4, letters);
  const fits = (): boolean =>
    lines.length * (letters + 2) + 2 <= height / 2 && lines.every((line) => fonts.width(line, letters, 'sans') <= width - 4);
  while (letters > 6 && !fits()) lines = wrapped(text, width - 4, --letters);
  const tall = Math.min(height, lines.length * (letters + 2) + 2);
  const marks = lines.map((line, i) => ({
    kind: 'text' as const,
    text: line,
    x: 2,
    baseline: (i + 1) * (letters + 2) - 2,
    size: letters,
    face: 'sans' as const,
    ink: [0, 0, 0] as const,
  }));
  const label = drawSheet({ width, height: tall, paper: [255, 255, 255], marks }, fonts);
  const out = data.slice();
  out.set(label, (height - tall) * width * 3);
  return { width, height, data: out };
}
