// Finding things by a phrase: the noun by a detector, the words before it by color or likeness; where one detector cannot, the next one looks.

import { iou } from '../../evaluate/metrics/boxes.js';
import type { Detection } from '../../trust/verifier.js';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import type { NamedDetector } from '../equipment.js';
import { colorNamed, colorOf } from './colors.js';
import { cut, type Frames, type Region } from './frames.js';
import type { ModuleContext } from './modules.js';
import type { FoundBox } from './types.js';

/** Words for anything. */
const ANYTHING = ['thing', 'things', 'object', 'objects', 'item', 'items', 'anything', 'something'];
const ARTICLES = ['a', 'an', 'the', 'any', 'all'];
/** Boxes of different labels that overlap more are one thing. */
const ONE_THING = 0.6;

/** A phrase as it is looked for: `label` is absent for anything. */
export interface Phrase {
  label?: string;
  attributes: string[];
}

/** Forms of a word that may be its singular. */
const singulars = (word: string): string[] => [
  word,
  ...(word.endsWith('ies') ? [`${word.slice(0, -3)}y`] : []),
  ...(word.endsWith('es') ? [word.slice(0, -2)] : []),
  ...(word.endsWith('s') ? [word.slice(0, -1)] : []),
];

/** A phrase by the labels of a detector: the longest end that is a label, and the words before it. Undefined where no end is one. */
export function readPhrase(phrase: string, labels: readonly string[]): Phrase | undefined {
  const words = phrase.toLowerCase().trim().split(/\s+/).filter(Boolean);
  while (ARTICLES.includes(words[0] ?? '')) words.shift();
  const known = new Map(labels.map((label) => [label.toLowerCase(), label]));
  for (let from = 0; from < words.length; from++) {
    const before = words.slice(from, -1);
    const last = words.at(-1) as string;
    for (const one of singulars(last)) {
      const label = known.get([...before, one].join(' '));
      if (label !== undefined) return { label, attributes: words.slice(0, from) };
    }
    if (from === words.length - 1 && ANYTHING.includes(last)) return { attributes: words.slice(0, from) };
  }
  return undefined;
}

const looks = new WeakMap<Frames, Map<string, Promise<Detection[]>>>();

/** Everything that a detector finds in a whole picture; each picture is looked at once. */
function lookAt(root: string, { name, detector }: NamedDetector, { frames, workspace, signal }: ModuleContext): Promise<Detection[]> {
  const own = looks.get(frames) ?? new Map<string, Promise<Detection[]>>();
  looks.set(frames, own);
  const key = `${name} ${root}`;
  const known = own.get(key);
  if (known) return known;
  const least = detector.verdicts?.threshold ?? 0.5;
  const made = detector
    .detect({ type: 'image', source: workspace.get('image', root) }, { signal })
    .then((all) => all.filter(({ score }) => score >= least));
  own.set(key, made);
  made.catch(() => own.delete(key));
  return made;
}

/** Hundredths are enough for places and scores, and can be read. */
const short = (value: number): number => Math.round(100 * value) / 100;

/** Of boxes on one another that differ in their labels, the surest. */
const eachOnce = (all: readonly Detection[]): Detection[] => {
  const kept: Detection[] = [];
  for (const one of [...all].sort((a, b) => b.score - a.score)) if (!kept.some(({ box }) => iou(box, one.box) > ONE_THING)) kept.push(one);
  return kept;
};

/**
 * Boxes of what a phrase names in an image, the surest first. In a crop those count whose middle lies in it. The first detector that knows the
 * noun looks; where it fails, the next one. Errors: `agent.equipment` for a noun that none knows.
 */
export async function findAll(image: string, phrase: string, context: ModuleContext): Promise<FoundBox[]> {
  const detectors = await context.equipment.get('detectors');
  const labels = detectors.flatMap(({ detector }) => detector.labels);
  let failed: unknown;
  for (const named of detectors) {
    const read = readPhrase(phrase, named.detector.labels);
    if (!read) {
      if (detectors.length > 1) context.instead(`${named.name} does not know "${phrase}"; the next detector looks`);
      continue;
    }
    try {
      return await found(image, read, await lookAt(context.frames.of(image).root, named, context), context);
    } catch (error) {
      context.signal?.throwIfAborted();
      failed = error;
      context.instead(`${named.name} failed (${error instanceof Error ? error.message : String(error)}); the next detector looks`);
    }
  }
  if (failed !== undefined) throw failed;
  const near = nearest(phrase.split(' ').at(-1) as string, labels);
  throw new SensoriumError('agent.equipment', 'no detector knows this', {
    place: phrase,
    expected: labels.length > 12 ? `one of ${labels.length} objects, such as ${labels.slice(0, 6).join(', ')}` : labels.join(', '),
    hint: near === undefined ? undefined : `Did you mean ${near}? Or name another with --detector`,
  });
}

async function found(image: string, { label, attributes }: Phrase, all: readonly Detection[], context: ModuleContext): Promise<FoundBox[]> {
  const {
    region: [left, top, right, bottom],
  } = context.frames.of(image);
  const here = (label === undefined ? eachOnce(all) : all.filter((one) => one.label === label)).filter(({ box: [x0, y0, x1, y1] }) => {
    const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
    return x >= left && x < right && y >= top && y < bottom;
  });
  const boxes = here.map(
    ({ label: name, box: [x0, y0, x1, y1], score }): FoundBox => ({
      image,
      box: [short(x0 - left), short(y0 - top), short(x1 - left), short(y1 - top)],
      label: name,
      score: short(score),
    }),
  );
  let kept = boxes.sort((a, b) => b.score - a.score);
  for (const attribute of attributes) kept = await having(kept, attribute, context);
  return kept;
}

/** The pixels of a box, from the whole picture, with a margin around it. */
export function pixelsIn(
  { image, box }: Pick<FoundBox, 'image' | 'box'>,
  { frames, workspace }: Pick<ModuleContext, 'frames' | 'workspace'>,
  margin = 1,
) {
  const { root } = frames.of(image);
  const whole = workspace.get('image', root);
  const [x0, y0, x1, y1] = frames.into(root, { image, box });
  const left = Math.max(0, Math.min(whole.width - 1, Math.floor(x0 - margin)));
  const top = Math.max(0, Math.min(whole.height - 1, Math.floor(y0 - margin)));
  const region: Region = [
    left,
    top,
    Math.max(left + 1, Math.min(whole.width, Math.ceil(x1 + margin))),
    Math.max(top + 1, Math.min(whole.height, Math.ceil(y1 + margin))),
  ];
  return cut(whole, region);
}

/** The boxes that show what a word says: colors are measured, other words compared with the picture by CLIP. */
export async function having<B extends FoundBox>(boxes: readonly B[], attribute: string, context: ModuleContext): Promise<B[]> {
  const color = colorNamed(attribute);
  if (color !== undefined) return boxes.filter((one) => colorOf(pixelsIn(one, context)) === color);
  const out: B[] = [];
  for (const one of boxes) {
    const [yes, no] = await likeness(pixelsIn(one, context), [`a ${attribute} ${one.label}`, `a ${one.label}`], context);
    if ((yes as number) > (no as number)) out.push(one);
  }
  return out;
}

/** Cosines of an image with texts. Errors: `agent.equipment` without an embedder. */
export async function likeness(
  image: ReturnType<typeof cut>,
  texts: readonly string[],
  { equipment, signal }: ModuleContext,
): Promise<number[]> {
  const embedder = await equipment.get('embedder');
  const {
    vectors: [own],
  } = await embedder.images([image], signal);
  const { vectors } = await embedder.texts(texts, signal);
  return vectors.map((text) => text.reduce((sum, v, i) => sum + v * (own?.[i] as number), 0));
}
