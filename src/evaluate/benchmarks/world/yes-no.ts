// World versions of the yes/no benchmarks: MME, HallusionBench and POPE's files.

import { type Scene, WORDS } from '../../../world/index.js';
import { NEGATIVES } from '../../pope.js';
import { tooFewSamples } from '../../scenes.js';
import { hallusionBench } from '../hallusion-bench.js';
import { mme } from '../mme.js';
import { pope } from '../pope.js';
import type { Drawn, WorldDraw } from './draw.js';
import { overWorld } from './form.js';
import {
  absent,
  anyGroup,
  Be,
  backgrounds,
  COLORS,
  direction,
  exactly,
  nextOf,
  noun,
  one,
  otherTint,
  otherWord,
  plural,
  tint,
  twoGroups,
} from './words.js';

const COUNTS = [1, 2, 3, 4];
const SUMS = [2, 3, 4, 5];

/** The question that is true and the one that is not, of each of MME's tasks that scenes have something for. */
const tasks: Record<string, (drawn: Drawn, number: number) => [yes: string, no: string] | undefined> = {
  existence(drawn) {
    const group = anyGroup(drawn);
    return group && [`Is there ${one(group.category)} in this image?`, `Is there ${one(absent(drawn))} in this image?`];
  },
  count(drawn, n) {
    const group = drawn.groups.find(({ objects }) => objects.length === n);
    return group && [exactly(group, n), exactly(group, nextOf(COUNTS, n))];
  },
  position(drawn) {
    const found = direction(drawn);
    if (!found) return undefined;
    const ask = (where: string): string => `${Be(found.a)} the ${noun(found.a)} ${where} the ${noun(found.b)} in this image?`;
    return [ask(found.holds), ask(found.opposite)];
  },
  color(drawn) {
    const group = anyGroup(drawn);
    if (!group) return undefined;
    const ask = (color: string): string => `${Be(group)} the ${noun(group)} in this image ${color}?`;
    return [ask(tint(group)), ask(otherTint(group, drawn))];
  },
  scene(drawn) {
    const { own, other } = backgrounds(drawn);
    return [`Is the background of this image ${own}?`, `Is the background of this image ${other}?`];
  },
  OCR(drawn) {
    const word = drawn.scene.text?.word;
    const ask = (text: string): string => `Is the word on the sign "${text}"?`;
    return word === undefined ? undefined : [ask(word), ask(otherWord(word, drawn))];
  },
  numerical_calculation(drawn, sum) {
    const pair = twoGroups(drawn);
    if (!pair || pair[0].objects.length + pair[1].objects.length !== sum) return undefined;
    const ask = (k: number): string => `Do the ${plural(pair[0])} and the ${plural(pair[1])} in this image add up to ${k}?`;
    return [ask(sum), ask(nextOf(SUMS, sum))];
  },
};

/** The true numbers of a task, equally often each: with the next one as the wrong one, every number is right as often as wrong. */
const numbers: Record<string, readonly number[]> = { count: COUNTS, numerical_calculation: SUMS };

/** MME's folders: seven of its fourteen tasks. */
export const worldMme = overWorld({
  open: mme,
  about: 'two yes/no questions about each scene, one of each answer; scene: the background; numerical_calculation: sums of counts',
  n: 20,
  data: ['.'],
  files: (draw) =>
    Object.fromEntries(
      Object.entries(tasks).flatMap(([task, make]) =>
        draw.even(task, numbers[task] ?? [0], (drawn, number) => {
          const lines = make(drawn, number)?.map((question, i) => `${question} Please answer yes or no.\t${i === 0 ? 'Yes' : 'No'}`);
          return lines && [`${task}/${drawn.image.replace('.png', '.txt')}`, lines.join('\n')];
        }),
      ),
    ),
});

/** An edited copy of a scene, a question that the edit makes untrue and one that it makes true. */
type Edit = (drawn: Drawn) => { edited: Scene; before: string; after: string } | undefined;

const edits: Record<string, Edit> = {
  color(drawn) {
    const group = anyGroup(drawn);
    if (!group) return undefined;
    const other = otherTint(group, drawn);
    const objects = drawn.scene.objects.map((object, i) =>
      group.objects.includes(i) ? { ...object, tint: COLORS.indexOf(other) } : object,
    );
    const ask = (color: string): string => `${Be(group)} the ${noun(group)} ${color}?`;
    return { edited: { ...drawn.scene, objects }, before: ask(tint(group)), after: ask(other) };
  },
  count(drawn) {
    const { scene, groups } = drawn;
    // The last object can go: nothing lies inside it.
    const last = scene.objects.length - 1;
    const group = groups.find(({ objects }) => objects.includes(last));
    if (!group || group.objects.length < 2) return undefined;
    const n = group.objects.length;
    return { edited: { ...scene, objects: scene.objects.slice(0, -1) }, before: exactly(group, n), after: exactly(group, n - 1) };
  },
  text(drawn) {
    const { scene } = drawn;
    if (!scene.text) return undefined;
    const { word } = scene.text;
    const sameLength = (other: string): boolean => other.length === word.length;
    if (!WORDS.some((other) => other !== word && sameLength(other))) return undefined;
    const other = otherWord(word, drawn, sameLength);
    const ask = (text: string): string => `Does the sign say "${text}"?`;
    return { edited: { ...scene, text: { ...scene.text, word: other } }, before: ask(word), after: ask(other) };
  },
};

/** HallusionBench: scenes and copies in which one thing was edited. */
export const worldHallusionBench = overWorld({
  open: hallusionBench,
  about: 'yes/no questions about a scene and a copy with one edit: of a color, a count, or the printed word',
  n: 30,
  files: (draw) => {
    const kinds = Object.keys(edits);
    return {
      'HallusionBench.json': draw
        .even('edit', kinds, (drawn, kind) => {
          const found = (edits[kind] as Edit)(drawn);
          return found && { ...found, kind, drawn };
        })
        .flatMap(({ edited, before, after, kind, drawn }, set) => {
          const figures = [drawn.image, draw.picture(edited)];
          return figures.flatMap((filename, figure) =>
            [before, after].map((question, q) => ({
              category: 'VD',
              subcategory: kind,
              visual_input: String(figure + 1),
              set_id: String(set),
              figure_id: String(figure),
              question_id: String(q),
              question,
              gt_answer: figure === q ? '1' : '0',
              filename,
            })),
          );
        }),
    };
  },
});

/** POPE's three files, drawn from scenes, in their language. */
export const worldPopeFiles = overWorld({
  open: pope,
  about: 'yes/no probes for objects, in the form of the official files',
  n: 60,
  files: (draw) => Object.fromEntries(NEGATIVES.map((negative) => [`coco_pope_${negative}.json`, probes(draw, negative)])),
});

function probes(draw: WorldDraw, negative: (typeof NEGATIVES)[number]) {
  const rows: { question_id: number; image: string; text: string; label: string }[] = [];
  for (let i = 0; rows.length < draw.n; i++) {
    if (i > 100 * draw.n) throw tooFewSamples('POPE probes', draw.scenes.source.description);
    const { scene, image, rng } = draw.at(i, negative);
    // A yes and a no of each scene at a time, so that every number is balanced.
    const made = draw.scenes.source.probes(scene, { language: draw.scenes.language, negative, rng });
    for (const { question, answer } of made.slice(0, draw.n - rows.length))
      rows.push({ question_id: rows.length + 1, image, text: question, label: answer });
  }
  return rows;
}
