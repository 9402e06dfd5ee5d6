// Masks as text: run lengths between tags, so that a mask can stand in a reply, a file of replies, or a test.

/** Pixels of an image: 1 inside, row by row. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Masks of one text that are read, and pixels of one mask. */
const MOST = 100;
const MOST_PIXELS = 1 << 24;

/** A mask as `<mask WIDTHxHEIGHT n,n,…>`: lengths of runs outside and inside by turns, outside first, row by row (COCO's, but its columns). */
export function writeMask({ width, height, data }: Pixels): string {
  const runs: number[] = [];
  let inside = 0;
  let length = 0;
  for (const v of data) {
    if ((v === 0 ? 0 : 1) !== inside) {
      runs.push(length);
      length = 0;
      inside = 1 - inside;
    }
    length++;
  }
  runs.push(length);
  return `<mask ${width}x${height} ${runs.join(',')}>`;
}

/** The masks of a text, in order. One whose runs do not fill it is left out. */
export function readMasks(text: string): { width: number; height: number; data: Uint8Array }[] {
  const found: { width: number; height: number; data: Uint8Array }[] = [];
  for (const [, w, h, list = ''] of text.matchAll(/<mask (\d{1,5})x(\d{1,5}) ([\d,]+)>/g)) {
    const [width, height] = [Number(w), Number(h)];
    const runs = list.split(',').map(Number);
    if (width * height > MOST_PIXELS || runs.reduce((a, b) => a + b, 0) !== width * height) continue;
    const data = new Uint8Array(width * height);
    let at = 0;
    for (const [i, run] of runs.entries()) {
      if (i % 2 === 1) data.fill(1, at, at + run);
      at += run;
    }
    found.push({ width, height, data });
    if (found.length === MOST) break;
  }
  return found;
}
