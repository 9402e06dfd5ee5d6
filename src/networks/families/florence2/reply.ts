// Florence-2's replies: phrases behind which stand boxes, quadrilaterals or polygons in location tokens, read as the task writes them.

import type { Convention, Point } from '../../../text/coordinates.js';
import { type Entity, type Grounded, outlineBox } from '../../../text/grounding.js';
import type { ReplyForm } from './tasks.js';

/** What replies are read with: `post_processor_config` of processor_config.json. */
export interface ReplyRules {
  convention: Convention;
  /** Phrases that are left out of a grounded caption ("it", "the image"). */
  banned?: ReadonlySet<string>;
  /** Least area of a line of text, as a share of the image. Default 0. */
  leastArea?: number;
}

const LOC = '<loc_\\d+>';
const TAG = /<[^<>]*>/g;
const NAMED = new RegExp(`([^<]+)((?:${LOC}){4,})`, 'g');
const UNNAMED = new RegExp(`(?:${LOC}){4,}`, 'g');
const QUAD = new RegExp(`(.+?)((?:${LOC}){8})`, 'g');
const SHAPES = `((?:${LOC}|<sep>|<poly>|</poly>){4,})`;
const NAMED_SHAPES = new RegExp(`([^<]+)${SHAPES}`, 'g');
const UNNAMED_SHAPES = new RegExp(`()${SHAPES}`, 'g');

/** A phrase with its boxes and outlines, before it has a place in the text. */
type Item = Omit<Entity, 'span'>;

/** Reads a reply in the form of its task; one whose task is not known, in the form that it has. */
export function readFlorence(reply: string, form: ReplyForm | undefined, rules: ReplyRules): Grounded {
  const text = reply.replace(/<s>|<\/s>|<pad>/g, '');
  const items = itemsOf(text, form ?? formOf(text), rules);
  const lines: string[] = [];
  let at = 0;
  const entities = items.map((item): Entity => {
    const start = at;
    if (item.phrase !== '' && lines.at(-1) !== item.phrase) {
      lines.push(item.phrase);
      at += item.phrase.length + 1;
      return { ...item, span: [start, start + item.phrase.length] };
    }
    // Boxes of one phrase share its line.
    return { ...item, span: item.phrase === '' ? [start, start] : [start - item.phrase.length - 1, start - 1] };
  });
  return { text: items.length > 0 ? lines.join('\n') : text.trim(), entities };
}

/** The form of a reply to a prompt in words. */
function formOf(text: string): ReplyForm {
  if (text.includes('<poly>') || text.includes('<sep>')) return 'boxes-or-polygons';
  return new RegExp(NAMED.source).test(text) ? 'boxes' : 'unnamed-boxes';
}

function itemsOf(text: string, form: ReplyForm, { convention, banned, leastArea = 0 }: ReplyRules): Item[] {
  const boxed = (phrase: string, places: string): Item[] => convention.parse(places).map((box) => ({ phrase, boxes: [box] }));
  switch (form) {
    case 'text':
      return [];
    case 'unnamed-boxes':
      return [...text.matchAll(UNNAMED)].flatMap(([places]) => boxed('', places));
    case 'boxes':
      return [...text.matchAll(NAMED)].flatMap(([, phrase = '', places = '']) => boxed(phrase.trim(), places));
    case 'phrases':
      return [...text.matchAll(NAMED)].flatMap(([, phrase = '', places = '']) => {
        const boxes = convention.parse(places);
        return boxes.length === 0 || banned?.has(phrase.trim()) ? [] : [{ phrase: phrase.trim(), boxes }];
      });
    case 'quads':
      return [...text.matchAll(QUAD)].flatMap(([, line = '', places = '']) => {
        const corners = pointsOf(places, convention);
        return corners.length < 4 || (leastArea > 0 && halfShoelace(corners) < leastArea)
          ? []
          : [outlined(line.replace(TAG, '').trim(), [corners])];
      });
    case 'polygons':
      return shapes(text, UNNAMED_SHAPES, convention);
    case 'boxes-or-polygons':
      return text.includes('<poly>') || text.includes('<sep>')
        ? shapes(text, NAMED_SHAPES, convention)
        : itemsOf(text, 'boxes', { convention });
  }
}

/** Objects of one or more polygons each: `<poly>` stands around an object that follows another one, `<sep>` between polygons. */
function shapes(text: string, pattern: RegExp, convention: Convention): Item[] {
  return [...text.matchAll(pattern)].flatMap(([, phrase = '', places = '']) => {
    const objects = [...places.matchAll(/<poly>(.*?)<\/poly>/g)].map(([, inner = '']) => inner);
    return (objects.length > 0 ? objects : [places]).flatMap((object) => {
      const polygons = object
        .split('<sep>')
        .map((one) => pointsOf(one, convention))
        .filter((points) => points.length > 0);
      return polygons.length > 0 ? [outlined(phrase.trim(), polygons)] : [];
    });
  });
}

const outlined = (phrase: string, polygons: Point[][]): Item => ({ phrase, boxes: polygons.map(outlineBox), polygons });

/** The points of location tokens; a token without a partner at the end is left out, as is a point beyond the bins. */
const pointsOf = (places: string, convention: Convention): Point[] => convention.points?.parse(places) ?? [];

/** Area between the first and the last corner by three of the four terms of the shoelace formula, as published. */
function halfShoelace(corners: readonly Point[]): number {
  let twice = 0;
  for (let i = 0; i + 1 < corners.length; i++) {
    const [[x0, y0], [x1, y1]] = [corners[i] as Point, corners[i + 1] as Point];
    twice += x0 * y1 - x1 * y0;
  }
  return Math.abs(twice) / 2;
}
