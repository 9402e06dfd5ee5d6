// `--box` and `--point` of `ask`: what the question points at, in pixels of the image or in 0..1 of its sides.

import { type RegionPart, region } from '../media/region.js';
import { usageError } from './report.js';

interface Size {
  width: number;
  height: number;
}

/** A region by numbers separated by commas. Numbers of which any is above 1 are pixels. */
function numbersOf(option: string, text: string, count: number, { width, height }: Size): number[] {
  const numbers = text.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)));
  const wrong = numbers.length !== count || !numbers.every((v) => v >= 0 && Number.isFinite(v));
  const pixels = numbers.some((v) => v > 1);
  const scaled = pixels ? numbers.map((v, i) => v / (i % 2 === 0 ? width : height)) : numbers;
  if (!wrong && scaled.every((v) => v <= 1)) return scaled;
  throw usageError('this is not a place in the image', {
    place: `--${option}`,
    expected: `${count === 4 ? 'LEFT,TOP,RIGHT,BOTTOM' : 'X,Y'} in pixels of the ${width}x${height} image, or in 0..1 of its sides`,
    got: text,
  });
}

/** The region that the options name; undefined where there is none. Errors: `cli.usage` for what is not a place in the image. */
export function regionOption({ box, point }: { box?: string; point?: string }, image: Size): RegionPart | undefined {
  if (box !== undefined && point !== undefined) throw usageError('a box and a point', { expected: 'one of --box and --point' });
  if (point !== undefined) return region({ point: numbersOf('point', point, 2, image) as [number, number] });
  if (box === undefined) return undefined;
  const [x0, y0, x1, y1] = numbersOf('box', box, 4, image) as [number, number, number, number];
  return region({ box: [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)] });
}
