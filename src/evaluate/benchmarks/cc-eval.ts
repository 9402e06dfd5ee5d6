// CCEval (HallE-Switch, Zhai et al. 2023): detailed descriptions, whose objects a judge matches with those of the image: CHAIR beside coverage and
// length, and CHAIR at fixed coverage, because whoever says less is wrong less.

import { dirname } from 'node:path';
import { z } from 'zod';
import { Rng } from '../../util/rng.js';
import { type BenchFiles, DISK } from '../bench-files.js';
import type { Answered, Benchmark, Score } from '../benchmark.js';
import { ask, drawRows, type FileRow, parseRow } from '../file-benchmark.js';
import type { FileSource } from '../file-rows.js';
import { judgeControls } from '../judged.js';
import { captionTokens } from '../metrics/caption-tokens.js';
import { chairAt, coverageCurve, type NamedObjects } from '../metrics/coverage-curve.js';
import { withoutThinking } from '../reply.js';
import { meanScore, share, shareOf, unanswered } from '../scores.js';

type CcRow = FileRow & { objects: readonly string[] };

const own = z.looseObject({ image: z.string().min(1), objects: z.array(z.string().min(1)).min(1) });
/** Visual Genome's `objects.json`, which the benchmark's 100 images are of. */
const genome = z.looseObject({
  image_id: z.union([z.string(), z.number()]).transform(String),
  objects: z.array(z.looseObject({ names: z.array(z.string()) })).min(1),
});
const SHAPE = '{"image": "1.jpg", "objects": ["dog", "…"]}, or {"image_id": 1, "objects": [{"names": ["dog"]}]} of Visual Genome';
const REQUEST = 'Describe this image in detail.';
/** The coverages at which CHAIR-i is read off. */
const LEVELS = [0.1, 0.2, 0.3, 0.4, 0.5];

async function* rowsOf(files: BenchFiles, file: string, images: string, signal?: AbortSignal): AsyncGenerator<CcRow> {
  for await (const record of files.records(file, { signal })) {
    const { place } = record;
    const isGenome = Array.isArray((record.value as { objects?: unknown[] } | null)?.objects) && !('image' in (record.value as object));
    const row = isGenome ? parseRow(genome, record, SHAPE) : parseRow(own, record, SHAPE);
    const names = row.objects.flatMap((object) => (typeof object === 'string' ? [object] : object.names));
    const objects = [...new Set(names.map((name) => name.trim().toLowerCase()).filter(Boolean))];
    const image = 'image' in row ? (row.image as string) : `${row.image_id}.jpg`;
    const messages = ask(REQUEST, files.image(images, image, place));
    yield { id: image, place, kind: 'description', messages, truth: objects.join(', '), objects };
  }
}

const prompt = ({ objects, reply }: Answered<CcRow>): string =>
  `These objects are in an image: ${objects.join(', ')}.

Description of the image: ${withoutThinking(reply).trim()}

Go through the description in its order. For each thing that it says is in the image, write one line: the name of the thing, then "->", then the object of
the list that it is, or "none" where the list has nothing that it could be. Another word for an object, or a part of one, counts as that object. List a thing
once, and nothing that the description says is not there. Write "nothing" where the description names no thing.`;

/** The things that a description names, by the judge: each with the object that it is, or undefined where it is made up. */
export interface MatchedThing {
  name: string;
  object?: string;
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/["'`*_.[\]()]/g, '')
    .trim();

/**
 * The lines of a judge's reply. A line that matches a thing with something outside the list is not believed and left out; undefined for a
 * reply without a line that can be read.
 */
export function matchedThings(reply: string, objects: readonly string[]): MatchedThing[] | undefined {
  const known = new Set(objects);
  const text = withoutThinking(reply);
  if (/^\W*nothing\W*$/i.test(text)) return [];
  const found: MatchedThing[] = [];
  for (const line of text.split('\n').slice(0, 1000)) {
    const [left, right, ...more] = line.slice(0, 400).split(/->|→|=>/);
    if (left === undefined || right === undefined || more.length > 0) continue;
    const name = plain(left.replace(/^\s*(?:[-*•]|\d+[.)])\s*/, ''));
    const object = plain(right);
    if (!name || found.some((thing) => thing.name === name)) continue;
    if (object === 'none') found.push({ name });
    else if (known.has(object)) found.push({ name, object });
  }
  return found.length > 0 ? found : undefined;
}

/** The things of a description; undefined for one without a word, and where the judge cannot be read. */
const thingsOf = ({ verdicts, objects, reply }: Answered<CcRow>): MatchedThing[] | undefined =>
  withoutThinking(reply).trim() === ''
    ? undefined
    : verdicts?.[0]?.map((reply) => matchedThings(reply, objects)).find((things) => things !== undefined);

function namedOf(things: readonly MatchedThing[], present: number): NamedObjects {
  const seen = new Set<string>();
  const covered: number[] = [];
  for (const { object } of things) {
    if (object !== undefined) seen.add(object);
    covered.push(seen.size);
  }
  return { wrong: things.map(({ object }) => object === undefined), covered, present };
}

function scoresOf(done: readonly Answered<CcRow>[]): Score[] {
  const known = done.flatMap((row) => {
    const things = thingsOf(row);
    return things ? [namedOf(things, row.objects.length)] : [];
  });
  const sum = (pick: (text: NamedObjects) => number): number => known.reduce((total, text) => total + pick(text), 0);
  const wrong = (text: NamedObjects): number => text.wrong.filter(Boolean).length;
  const words = done.map(({ reply }) => captionTokens(withoutThinking(reply)).length);
  const things = known.map((text) => text.wrong.length);
  const lower = { better: 'lower' } as const;
  return [
    share(
      'CHAIR-i',
      sum(wrong),
      sum((text) => text.wrong.length),
      { ...lower, note: 'made-up things among all that are named' },
    ),
    shareOf('CHAIR-s', known, (text) => wrong(text) > 0, { ...lower, note: 'descriptions with a made-up thing' }),
    share(
      'coverage',
      sum((text) => text.covered.at(-1) ?? 0),
      sum((text) => text.present),
      { note: 'objects there that are named' },
    ),
    ...atLevels(known),
    meanScore('things', things, [0, Math.max(1, ...things)], { better: 'neither', note: 'named in a description' }),
    meanScore('words', words, [0, Math.max(1, ...words)], { better: 'neither', note: 'of a description' }),
  ];
}

/** Resamples of the intervals at fixed coverage. */
const SAMPLES = 500;

/** CHAIR-i at each coverage that the descriptions reach, with the percentile bootstrap over them. */
function atLevels(texts: readonly NamedObjects[]): Score[] {
  const points = coverageCurve(texts);
  const levels = LEVELS.filter((level) => level <= (points.at(-1)?.coverage ?? 0));
  if (levels.length === 0) return [];
  const rng = new Rng('cceval');
  const drawn = Array.from({ length: SAMPLES }, () => {
    const curve = coverageCurve(texts.map(() => texts[rng.int(texts.length)] as NamedObjects));
    return levels.map((level) => chairAt(curve, level) ?? curve.at(-1)?.chair ?? 0);
  });
  return levels.map((level, i) => {
    const sorted = drawn.map((values) => values[i] as number).sort((x, y) => x - y);
    return {
      name: `CHAIR-i at coverage ${level.toFixed(1)}`,
      value: chairAt(points, level) as number,
      low: sorted[Math.floor(0.025 * SAMPLES)] as number,
      high: sorted[Math.ceil(0.975 * SAMPLES) - 1] as number,
      n: texts.length,
      better: 'lower',
      detail: true,
      note: 'descriptions read only as far as that',
    };
  });
}

/** A verdict as a number that repeats are compared by: of the things named and of those made up. */
function countOf(done: readonly Answered<CcRow>[]): (reply: string) => number | undefined {
  const all = [...new Set(done.flatMap(({ objects }) => objects))];
  return (reply) => {
    const things = matchedThings(reply, all);
    return things && things.length * 1000 + things.filter(({ object }) => object === undefined).length;
  };
}

/** CCEval over lists of objects and their images, and a judge. Errors: `evaluate.row`, `evaluate.images`. */
export const ccEval = ({ data, images, files = DISK }: FileSource): Benchmark<CcRow> => ({
  name: 'cceval',
  title: 'CCEval',
  about: 'detailed descriptions, their things matched with the objects of the image by a judge',
  reads: 'rows with the objects of their images, or objects.json of Visual Genome',
  maxTokens: 512,
  constants: null,
  rows: (options) => drawRows(data, options, (file) => rowsOf(files, file, images ?? dirname(file), options.signal)),
  judge: (row) => [prompt(row)],
  score: (done) => [...scoresOf(done), ...judgeControls(done, countOf(done)), unanswered(done)],
  right: (row) => thingsOf(row)?.every(({ object }) => object !== undefined) ?? false,
});
