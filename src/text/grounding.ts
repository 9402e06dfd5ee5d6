// Grounded text, and Kosmos-2's: phrases tied to boxes by patch-index tokens, read into a plain caption and its entities (Peng et al. 2023).

import type { Box } from './boxes.js';

/** Something in the picture that a text names. */
export interface Entity {
  /** What the text calls it; the tokens themselves where a box has no phrase. */
  phrase: string;
  /** Where the phrase stands in the text. */
  span: [start: number, end: number];
  boxes: Box[];
  /** Outlines in 0..1 of the image, of replies that give them: corners of a line of text, polygons of an object; `boxes` are then around them. */
  polygons?: (readonly (readonly [x: number, y: number])[])[];
}

/** A text without tags, and what it names. */
export interface Grounded {
  text: string;
  entities: Entity[];
}

const PAIR = '<patch_index_(\\d+)><patch_index_(\\d+)>';
const PLAIN = PAIR.replaceAll('(', '(?:');
const DELIMITER = '</delimiter_of_multi_objects/>';
const OBJECT = new RegExp(`(?:<phrase>([^<]+)</phrase>)?<object>((?:${PLAIN}${DELIMITER})*${PLAIN})</object>`, 'g');
const withoutTags = (text: string): string => text.replace(/<.*?>/g, '');

/** Reads the phrases and boxes of a text; `side` patches lie along each side of the image. Malformed tags are dropped like all tags. */
export function readGrounded(text: string, side: number): Grounded {
  const plain = withoutTags(text);
  const leading = plain.length - plain.trimStart().length;
  const entities: Entity[] = [];
  for (const match of text.matchAll(OBJECT)) {
    const [whole, phrase, content = ''] = match;
    const pairs = [...content.matchAll(new RegExp(PAIR, 'g'))].map(([, a, b]) => [Number(a), Number(b)] as const);
    const start = withoutTags(text.slice(0, match.index)).length - leading;
    if (phrase === undefined)
      for (const [a, b] of pairs)
        entities.push({ phrase: `<patch_index_${a}><patch_index_${b}>`, span: [start, start], boxes: [patchBox(a, b, side)] });
    else {
      const before = phrase.length - phrase.trimStart().length;
      const name = phrase.trim();
      const boxes = pairs.map(([a, b]) => patchBox(a, b, side));
      if (whole) entities.push({ phrase: name, span: [start + before, start + before + name.length], boxes });
    }
  }
  return { text: plain.trim(), entities };
}

/**
 * The box between two patches of a grid, numbered row by row: from centre to centre, or with the whole patches where the box is one row
 * or one column wide.
 */
export function patchBox(upperLeft: number, lowerRight: number, side: number): Box {
  const cell = 1 / side;
  const [x0, y0] = [upperLeft % side, Math.floor(upperLeft / side)];
  const [x1, y1] = [lowerRight % side, Math.floor(lowerRight / side)];
  if (x0 === x1 || y0 === y1) return [x0 * cell, y0 * cell, x1 * cell + cell, y1 * cell + cell];
  return [x0 * cell + cell / 2, y0 * cell + cell / 2, x1 * cell + cell / 2, y1 * cell + cell / 2];
}

/** The smallest box around points. */
export function outlineBox(points: readonly (readonly [x: number, y: number])[]): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
