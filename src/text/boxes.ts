// Boxes written as text: [x0,y0,x1,y1] with coordinates in 0..1, as Shikra writes them.

/** Corners in 0..1 of width and height. */
export type Box = [x0: number, y0: number, x1: number, y1: number];

const PATTERN = /\[\s*(\d*\.?\d+)\s*,\s*(\d*\.?\d+)\s*,\s*(\d*\.?\d+)\s*,\s*(\d*\.?\d+)\s*\]/g;

/** All well-formed boxes of a reply, in order. */
export function parseBoxes(text: string): Box[] {
  const boxes: Box[] = [];
  for (const m of text.matchAll(PATTERN)) {
    const [x0, y0, x1, y1] = m.slice(1).map(Number) as Box;
    if (x0 <= x1 && y0 <= y1 && x1 <= 1 && y1 <= 1) boxes.push([x0, y0, x1, y1]);
  }
  return boxes;
}
