// A screenshot with numbered boxes over the elements, which is how models with eyes are told of numbers.

import sharp from 'sharp';
import type { RgbImage } from '../../media/image.js';
import type { Screen } from './screen.js';

const COLORS = ['#c2185b', '#1565c0', '#2e7d32', '#6a1b9a', '#b34700', '#00695c'];

/** The boxes of a screen as an SVG drawing of its size: a frame for each, and its number in a label at the upper left corner. */
export function marksSvg({ elements, width, height }: Screen): string {
  const shapes = elements.map(({ number, box: [x0, y0, x1, y1] }) => {
    const color = COLORS[number % COLORS.length];
    const [x, y] = [x0 * width, y0 * height];
    const wide = 9 * String(number).length + 6;
    return (
      `<rect x="${x + 1}" y="${y + 1}" width="${(x1 - x0) * width - 2}" height="${(y1 - y0) * height - 2}" fill="none" stroke="${color}" stroke-width="2"/>` +
      `<rect x="${x}" y="${y}" width="${wide}" height="16" fill="${color}"/>` +
      `<text x="${x + 3}" y="${y + 13}" font-family="sans-serif" font-size="13" font-weight="bold" fill="#fff">${number}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
}

/** The screenshot with its marks. */
export async function marked({ width, height, data }: RgbImage, screen: Screen): Promise<RgbImage> {
  const drawn = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(marksSvg({ ...screen, width, height })) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, data: new Uint8Array(drawn) };
}
