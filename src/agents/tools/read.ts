// `read`: printed text, by PP-OCRv4 or another reader; what cannot be read is tried larger and turned.

import { z } from 'zod';
import type { RgbImage } from '../../media/index.js';
import type { Reading, ReadLine } from '../../trust/reader.js';
import { named, type ToolContext } from '../tool.js';
import { builtIn, type PixelBox, roundBox, roundScore, type ToolParts } from './define.js';
import { inTurn, type Outcome, wayOf } from './in-turn.js';
import { MOST_PIXELS, scaled, turned } from './pixels.js';

const LARGER = 3;

/** A box of an enlarged or turned image as one of the image itself. */
function boxBack([x0, y0, x1, y1]: PixelBox, { factor, quarters, of }: { factor: number; quarters: number; of: RgbImage }): PixelBox {
  const corner = (x: number, y: number): [number, number] => {
    const [u, v] = [x / factor, y / factor];
    return quarters === 1
      ? [v, of.height - u]
      : quarters === 2
        ? [of.width - u, of.height - v]
        : quarters === 3
          ? [of.width - v, u]
          : [u, v];
  };
  const [a, b] = [corner(x0, y0), corner(x1, y1)];
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
}

/** The lines of an image: as it is; else enlarged; else turned to either side or over. Errors: `agent.equipment`; `agent.tool` when all fail. */
export async function readLines(
  { equipment }: Pick<ToolParts, 'equipment'>,
  image: RgbImage,
  context: ToolContext,
): Promise<Outcome<Reading>> {
  const reader = await equipment.get('reader');
  const way = (by: string, factor: number, quarters: number) => ({
    by,
    async run(signal: AbortSignal): Promise<Reading> {
      const source = quarters > 0 ? turned(image, quarters) : factor > 1 ? scaled(image, factor) : image;
      const { lines, unread } = await reader.read({ type: 'image', source }, { signal });
      const real = quarters > 0 ? 1 : source.width / image.width;
      return { lines: lines.map((line) => ({ ...line, box: boxBack(line.box, { factor: real, quarters, of: image }) })), unread };
    },
  });
  const found = ({ lines }: Reading): boolean => lines.length > 0;
  const ways = [way('as it is', 1, 0)];
  if (image.width * image.height * LARGER * LARGER <= MOST_PIXELS) ways.push(way(`enlarged ${LARGER} times`, LARGER, 0));
  const upright = await inTurn(ways, context, found);
  // Where nothing looks like text, turning it is no use.
  if (found(upright.value) || upright.value.unread === 0) return upright;
  const turns = await inTurn([way('turned right', 1, 1), way('turned left', 1, 3), way('turned over', 1, 2)], context, found);
  return found(turns.value)
    ? { ...turns, tried: [...upright.tried, ...turns.tried] }
    : { ...upright, tried: [...upright.tried, ...turns.tried] };
}

/** Lines as tools report them. */
export const shownLines = (lines: readonly ReadLine[]) =>
  lines.slice(0, 200).map(({ text, score, box }) => ({ text, score: roundScore(score), box: roundBox(box) }));

/** Reads printed text: `{ text, lines, unread }`. */
export const read = builtIn({
  name: 'read',
  description: 'Reads printed text in an image (OCR): lines from top to bottom with their boxes.',
  needs: ['reader'],
  input: z.object({ image: named('image') }),
  async run({ image }, context, parts) {
    const found = await readLines(parts, context.workspace.get('image', image), context);
    const { lines, unread } = found.value;
    return { text: lines.map(({ text }) => text).join('\n'), lines: shownLines(lines), unread, ...wayOf(found) };
  },
});
