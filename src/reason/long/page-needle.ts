// A needle in a long document of the scene world: whether its page is found by words, by looks or by both, and the question answered, by the place where it lies.

import type { Score } from '../../evaluate/benchmark.js';
import type { Responder } from '../../evaluate/responder.js';
import type { Scenes } from '../../evaluate/scenes.js';
import { share } from '../../evaluate/scores.js';
import { throwIfAborted } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import { groupsOf, nameOf, type Scene, TINTS } from '../../world/index.js';
import { askDocument, type DocumentPage, indexDocument, type PagesBy } from './document.js';
import type { LongEmbedder } from './film.js';

/** A document with a picture on every page, one of which has the only thing of its kind. */
export interface NeedleDocument {
  pages: DocumentPage[];
  /** Page of the needle, from 1. */
  needle: number;
  question: string;
  answer: string;
  /** The thing, by which pages are looked for. */
  about: string;
}

export interface PageNeedleOptions {
  scenes: Scenes<Scene>;
  responder: Responder;
  embedder: LongEmbedder;
  /** Pages of a document. Default 50. */
  pages?: number;
  /** Places of the needle, from the beginning to the end. Default 10. */
  places?: number;
  /** Documents for each place. Default 5. */
  documents?: number;
  /** The share of things that the words of their page name. Default 0.5. */
  named?: number;
  /** Pages that the model is shown. Default 1. */
  most?: number;
  seed?: number;
  signal?: AbortSignal;
  onDocument?: (done: number, of: number) => void;
}

/**
 * A document with its needle at a share of its length, from 0 (first page) to 1 (last). The words of a page name each thing of its picture with the
 * probability `named`, and a thing of another page that is not on it, as texts do. Colors are in the pictures alone. Equal arguments give equal documents.
 */
export function needleDocument(scenes: Scenes<Scene>, o: { pages: number; at: number; named: number; seed: number }): NeedleDocument {
  const rng = new Rng(`page needle/${o.seed}`);
  const start = 200_000 + rng.int(100_000);
  const single = (scene: Scene) => groupsOf(scene).find(({ objects }) => objects.length === 1);
  let i = start;
  while (!single(scenes.scene(i))) i++;
  const group = single(scenes.scene(i)) as NonNullable<ReturnType<typeof single>>;
  const numbers: number[] = [];
  for (let k = i + 1; numbers.length < o.pages - 1; k++)
    if (!groupsOf(scenes.scene(k)).some(({ category }) => category === group.category)) numbers.push(k);
  const needle = Math.round(o.at * (o.pages - 1));
  numbers.splice(needle, 0, i);
  const name = nameOf(group.category, 'en');
  const nouns = numbers.map((number) =>
    groupsOf(scenes.scene(number)).map(({ category, objects }) => nameOf(category, 'en', objects.length)),
  );
  const pages = numbers.map((number, page): DocumentPage => {
    const own = (nouns[page] as string[]).filter(() => rng.bool(o.named));
    const other = rng.pick(nouns.flat());
    const words = [
      ...(own.length > 0 ? [`The picture has ${own.join(', ')}.`] : []),
      `Unlike page ${1 + rng.int(o.pages)}, it has no ${other}.`,
    ];
    return { image: scenes.image(number).pixels, text: `Page ${page + 1}. ${words.join(' ')}` };
  });
  return {
    pages,
    needle: needle + 1,
    question: `What color is the ${name}?`,
    answer: TINTS[group.tint]?.en ?? '',
    about: `a ${name}`,
  };
}

/** By place of the needle, and together: whether its page is shown, and whether the answer is right. */
export interface PageScores {
  places: { at: number; shown: Score; right: Score }[];
  all: { shown: Score; right: Score };
}

/** Measures ways of finding pages over the same documents. */
export async function measurePages(
  o: PageNeedleOptions,
  ways: readonly PagesBy[] = ['none', 'text', 'image', 'both'],
): Promise<Record<string, PageScores>> {
  const { scenes, responder, embedder, pages = 50, places = 10, documents = 5, named = 0.5, most = 1, seed = 0, signal, onDocument } = o;
  const counts = ways.map(() => [] as { at: number; shown: number; right: number }[]);
  for (let p = 0; p < places; p++) {
    const at = places === 1 ? 0.5 : p / (places - 1);
    for (const own of counts) own.push({ at, shown: 0, right: 0 });
    for (let k = 0; k < documents; k++) {
      throwIfAborted(signal);
      const made = needleDocument(scenes, { pages, at, named, seed: seed * 10_000 + p * 100 + k });
      const document = await indexDocument(made.pages, { embedder, signal });
      for (const [w, by] of ways.entries()) {
        const { answer, shown } = await askDocument(document, made.question, {
          ...{ responder, embedder, by, most, about: made.about, maxTokens: 12, signal },
        });
        const row = counts[w]?.[p] as { shown: number; right: number };
        if (shown.includes(made.needle)) row.shown++;
        if (new RegExp(`\\b${made.answer}\\b`, 'i').test(answer)) row.right++;
      }
      onDocument?.(p * documents + k + 1, places * documents);
    }
  }
  const scores = (rows: readonly { shown: number; right: number }[]) => {
    const of = (key: 'shown' | 'right', name: string): Score =>
      share(
        name,
        rows.reduce((sum, row) => sum + row[key], 0),
        rows.length * documents,
      );
    return { shown: of('shown', 'page shown'), right: of('right', 'right') };
  };
  return Object.fromEntries(
    ways.map((by, w) => {
      const own = counts[w] as (typeof counts)[number];
      return [by, { places: own.map((row) => ({ at: row.at, ...scores([row]) })), all: scores(own) }];
    }),
  );
}
