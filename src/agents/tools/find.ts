// Objects by their names: the detectors in turn, names as people say them onto labels as detectors have them.

import { Vocabulary } from '../../evaluate/mentions.js';
import { worldVocabulary } from '../../evaluate/world-source.js';
import type { RgbImage } from '../../media/index.js';
import { cocoObjects, cocoOther } from '../../trust/coco-objects.js';
import type { Detection, Detector } from '../../trust/verifier.js';
import { CATEGORIES } from '../../world/index.js';
import type { ToolContext } from '../tool.js';
import type { ToolParts } from './define.js';
import { inTurn, type Outcome } from './in-turn.js';

/** Words for several kinds at once. */
const GROUPS: Readonly<Record<string, string>> = {
  animal: 'bird cat dog horse sheep cow elephant bear zebra giraffe rabbit pig turtle butterfly snail fish crab',
  vehicle: 'bicycle car motorcycle airplane bus train truck boat rocket',
  fruit: 'banana apple orange pineapple',
  furniture: 'chair couch bed dining-table bench',
};

const names = new Map<string, Vocabulary>();

/** The names of what a detector finds, with plurals and synonyms where its labels are those of COCO or of the world. */
function vocabularyOf({ labels }: Pick<Detector, 'labels'>): Vocabulary {
  const key = labels.join('|');
  let made = names.get(key);
  if (!made) {
    const [coco, world] = [new Set(cocoObjects.map(({ id }) => id)), new Set<string>(CATEGORIES.map(({ id }) => id))];
    if (labels.every((label) => coco.has(label))) made = new Vocabulary(cocoObjects, cocoOther);
    else if (labels.every((label) => world.has(label))) made = worldVocabulary();
    else made = new Vocabulary(labels.map((label) => ({ id: label, en: [label] })));
    names.set(key, made);
  }
  return made;
}

/** Labels of a detector that some words mean; `unknown`: words that it has no label for. */
export function labelsFor(words: readonly string[], detector: Pick<Detector, 'labels'>): { labels: Set<string>; unknown: string[] } {
  const vocabulary = vocabularyOf(detector);
  const known = new Set(detector.labels);
  const labels = new Set<string>();
  const unknown: string[] = [];
  for (const word of words) {
    const group = GROUPS[word.trim().toLowerCase().replace(/s$/, '')];
    const ids = group
      ? group.split(' ').map((name) => name.replace('-', ' '))
      : [...vocabulary.mentions(word).map(({ id }) => id), ...(known.has(word) ? [word] : [])];
    const mine = ids.filter((id) => known.has(id));
    if (mine.length === 0) unknown.push(word);
    for (const id of mine) labels.add(id);
  }
  return { labels, unknown };
}

/** The names of objects in a text that some detector knows, each once, in order. */
export function objectsNamed(text: string, detectors: readonly Pick<Detector, 'labels'>[]): string[] {
  const found = detectors.flatMap((detector) => {
    const known = new Set(detector.labels);
    return vocabularyOf(detector)
      .mentions(text)
      .filter(({ id }) => known.has(id));
  });
  const groups = [...text.matchAll(/[a-z]+/gi)].flatMap(({ 0: word, index }) => {
    const name = word.toLowerCase().replace(/s$/, '');
    return Object.hasOwn(GROUPS, name) ? [{ id: name, start: index }] : [];
  });
  return [...new Set([...found, ...groups].sort((a, b) => a.start - b.start).map(({ id }) => id))];
}

/** What was found. */
export interface Found {
  objects: Detection[];
  /** Words that the detector has no label for: it says nothing about them. */
  unknown: string[];
}

/**
 * Objects in an image, the surest first. `words`: only these; without, all that the detector knows. The detectors are tried in turn: another one where
 * one fails, does not know a word, or finds nothing of what is looked for. Errors: `agent.equipment`; `agent.tool` when all fail.
 */
export async function findObjects(
  { equipment }: Pick<ToolParts, 'equipment'>,
  { image, words, threshold }: { image: RgbImage; words?: readonly string[]; threshold?: number },
  context: ToolContext,
): Promise<Outcome<Found>> {
  const detectors = await equipment.get('detectors');
  return inTurn(
    detectors.map(({ name, detector }) => ({
      by: name,
      async run(signal): Promise<Found> {
        const wanted = words && labelsFor(words, detector);
        if (wanted?.labels.size === 0) return { objects: [], unknown: wanted.unknown };
        const least = threshold ?? detector.verdicts?.threshold ?? 0.5;
        const all = await detector.detect({ type: 'image', source: image }, { signal });
        const objects = all.filter(({ label, score }) => score >= least && (!wanted || wanted.labels.has(label)));
        return { objects: objects.sort((a, b) => b.score - a.score), unknown: wanted?.unknown ?? [] };
      },
    })),
    context,
    ({ objects }) => objects.length > 0,
  );
}
