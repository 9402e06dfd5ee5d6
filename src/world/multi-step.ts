// Questions that take several steps: comparing and adding counts, and things named by a relation; each with its program and its rationale.

import { askRationale, withRationale } from '../text/index.js';
import type { Rng } from '../util/rng.js';
import { relationWords } from './captions.js';
import { groupsOf, type RelationFact, relationFacts } from './facts.js';
import { kindOf, OBJECT_KINDS, type ObjectKind } from './object-kinds.js';
import type { Turn } from './questions.js';
import type { Scene } from './scene.js';
import { article, categoryIndex, nameOf, RELATIONS, type Relation, TINTS } from './vocabulary.js';

/** What is asked; the count of a color is over all things of it. */
export type MultiStepKind = 'compare-counts' | 'sum-counts' | 'two-hop-color' | 'two-hop-kind' | 'two-hop-relation' | 'color-count';
/** All of them. */
export const MULTI_STEP_KINDS: readonly MultiStepKind[] = [
  'compare-counts',
  'sum-counts',
  'two-hop-color',
  'two-hop-kind',
  'two-hop-relation',
  'color-count',
];

/**
 * One operation on the scene graph. `of` and `with` are places of earlier operations in the program. `find`, `find-color` and `relate` give
 * objects, the others a word or a number; the last one gives the answer.
 */
export type ProgramStep =
  | { op: 'find'; category: string }
  | { op: 'find-color'; of: number }
  | { op: 'relate'; relation: Relation; of: number }
  | { op: 'count'; of: number }
  | { op: 'color'; of: number }
  | { op: 'name'; of: number }
  | { op: 'is'; kind: ObjectKind; of: number }
  | { op: 'more'; of: number; with: number }
  | { op: 'sum'; of: number; with: number };

/** A step of the reasoning: what has to be found out, its answer, and the objects that show it. */
export interface ReasoningStep {
  question: string;
  answer: string;
  /** The same as one statement, without a full stop. */
  statement: string;
  /** Indices in `scene.objects`. */
  objects: readonly number[];
  /** True where no look at the image is needed: arithmetic, or what a thing is. */
  inferred?: true;
}

/** A question with its only true answer, the steps to it, and the program that computes it. */
export interface MultiStepQuestion {
  kind: MultiStepKind;
  question: string;
  /** In lower case: yes or no, a number, a color, a name. */
  answer: string;
  steps: readonly ReasoningStep[];
  /** The statements of the steps as text, each ending in a full stop; the answer itself is not repeated. */
  rationale: string;
  program: readonly ProgramStep[];
}

/** How a question is learned: its answer alone, its rationale, the answer behind the true rationale, or each of these in a third of the rows. */
export type MultiStepForm = 'direct' | 'rationale' | 'answer' | 'all';
/** All of them. */
export const MULTI_STEP_FORMS: readonly MultiStepForm[] = ['direct', 'rationale', 'answer', 'all'];

/** A question about a scene, kinds and answers evenly, as one turn of a form; no turns where a scene has none. */
export function multiStepTurns(
  scene: Scene,
  { form = 'all', kinds = MULTI_STEP_KINDS, rng }: { form?: MultiStepForm; kinds?: readonly MultiStepKind[]; rng: Rng },
): Turn[] {
  const own = form === 'all' ? rng.pick(MULTI_STEP_FORMS.slice(0, -1)) : form;
  for (const kind of rng.shuffle([...kinds])) {
    const answers = balancedAnswers(kind);
    const found = (answers ? multiStepQuestion(scene, kind, rng, rng.pick(answers)) : undefined) ?? multiStepQuestion(scene, kind, rng);
    if (!found) continue;
    const { question, rationale, answer } = found;
    const asked = own === 'direct' ? question : own === 'rationale' ? askRationale(question) : withRationale(question, rationale);
    return [
      { role: 'user', content: asked },
      { role: 'assistant', content: own === 'rationale' ? rationale : answer },
    ];
  }
  return [];
}

/** The most that a sum or the count of a color comes to. */
const MOST = 6;

/**
 * A question of one kind about a scene, in English; undefined where the scene has none, or none with the answer that is wanted.
 * `answer`: only questions with this answer.
 */
export function multiStepQuestion(scene: Scene, kind: MultiStepKind, rng: Rng, answer?: string): MultiStepQuestion | undefined {
  const found = makers[kind](scene).filter((one) => answer === undefined || one.answer === answer);
  return found.length > 0 ? rng.pick(found) : undefined;
}

/** Every question of one kind about a scene. */
export const multiStepQuestions = (scene: Scene, kind: MultiStepKind): MultiStepQuestion[] => makers[kind](scene);

/** The answers of a kind that should come equally often; undefined where they are open. */
export function balancedAnswers(kind: MultiStepKind): readonly string[] | undefined {
  if (kind === 'compare-counts' || kind === 'two-hop-kind') return ['yes', 'no'];
  if (kind === 'sum-counts') return ['2', '3', '4', '5'];
  return kind === 'color-count' ? ['1', '2', '3', '4'] : undefined;
}

/** Runs a program over the true scene graph. Objects are indices in `scene.objects`. */
export function runProgram(scene: Scene, program: readonly ProgramStep[]): string {
  const values: (string | number[])[] = [];
  const objects = (at: number): number[] => values[at] as number[];
  const word = (at: number): string => values[at] as string;
  const first = (at: number): Scene['objects'][number] => scene.objects[objects(at)[0] as number] as Scene['objects'][number];
  const where = (test: (o: Scene['objects'][number]) => boolean): number[] => scene.objects.flatMap((o, i) => (test(o) ? [i] : []));
  for (const step of program) {
    switch (step.op) {
      case 'find': {
        const category = categoryIndex(step.category);
        values.push(where((o) => o.category === category));
        break;
      }
      case 'find-color': {
        const tint = TINTS.findIndex(({ en }) => en === word(step.of));
        values.push(where((o) => o.tint === tint));
        break;
      }
      case 'relate': {
        const { category } = first(step.of);
        const fact = relationFacts(scene, groupsOf(scene)).find(
          (one) => one.referent.category === category && one.relation === step.relation,
        );
        values.push([...(fact?.objects ?? [])]);
        break;
      }
      case 'count':
        values.push(String(objects(step.of).length));
        break;
      case 'color':
        values.push(TINTS[first(step.of).tint]?.en ?? '');
        break;
      case 'name':
        values.push(nameOf(first(step.of).category, 'en'));
        break;
      case 'is':
        values.push(kindOf(first(step.of).category) === step.kind ? 'yes' : 'no');
        break;
      case 'more':
        values.push(Number(word(step.of)) > Number(word(step.with)) ? 'yes' : 'no');
        break;
      case 'sum':
        values.push(String(Number(word(step.of)) + Number(word(step.with))));
    }
  }
  return String(values.at(-1));
}

const one = (category: number): string => nameOf(category, 'en');
const many = (category: number): string => nameOf(category, 'en', 2);
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function made(o: Omit<MultiStepQuestion, 'rationale'>): MultiStepQuestion {
  return { ...o, rationale: o.steps.map(({ statement }) => sentence(statement)).join(' ') };
}

/** "There are 2 cups" as a step. */
function counted(category: number, objects: readonly number[]): ReasoningStep {
  const n = objects.length;
  const verb = n === 1 ? 'is' : 'are';
  return {
    question: `How many ${many(category)} are there?`,
    answer: String(n),
    statement: `there ${verb} ${n} ${nameOf(category, 'en', n)}`,
    objects,
  };
}

/** "The hat is left of the cup" as a step. */
function related({ referent, relation, category, objects }: RelationFact): ReasoningStep {
  const [words, n] = [relationWords[relation].en, objects.length];
  return {
    question: `What is ${words} the ${one(referent.category)}?`,
    answer: one(category),
    statement: `the ${nameOf(category, 'en', n)} ${n === 1 ? 'is' : 'are'} ${words} the ${one(referent.category)}`,
    objects: [...objects, ...referent.objects],
  };
}

/** "The hat is red" as a step. */
function colored(category: number, tint: number, objects: readonly number[]): ReasoningStep {
  const [color, verb] = [TINTS[tint]?.en ?? '', objects.length === 1 ? 'is' : 'are'];
  const name = nameOf(category, 'en', objects.length);
  return { question: `What color ${verb} the ${name}?`, answer: color, statement: `the ${name} ${verb} ${color}`, objects };
}

/** The thing that a fact is about, in a question: "the thing left of the cup". */
const described = ({ referent, relation }: RelationFact): string => `the thing ${relationWords[relation].en} the ${one(referent.category)}`;

/** Counts of two kinds of things, as the values 1 and 3 of a program. */
const counts = (a: number, b: number): ProgramStep[] => [
  { op: 'find', category: one(a) },
  { op: 'count', of: 0 },
  { op: 'find', category: one(b) },
  { op: 'count', of: 2 },
];

const hop = ({ referent, relation }: RelationFact): ProgramStep[] => [
  { op: 'find', category: one(referent.category) },
  { op: 'relate', relation, of: 0 },
];

/** All pairs of different items. */
const pairs = <T>(items: readonly T[]): [T, T][] => items.flatMap((a) => items.flatMap((b): [T, T][] => (a === b ? [] : [[a, b]])));

const makers: Record<MultiStepKind, (scene: Scene) => MultiStepQuestion[]> = {
  'compare-counts': (scene) =>
    pairs(groupsOf(scene)).flatMap(([a, b]) => {
      const [x, y] = [a.objects.length, b.objects.length];
      // Equal counts would make "no" the answer to most pairs.
      if (x === y) return [];
      return [
        made({
          kind: 'compare-counts',
          question: `Are there more ${many(a.category)} than ${many(b.category)}?`,
          answer: x > y ? 'yes' : 'no',
          steps: [
            counted(a.category, a.objects),
            counted(b.category, b.objects),
            {
              question: `Is ${x} more than ${y}?`,
              answer: x > y ? 'yes' : 'no',
              statement: `${x} is ${x > y ? 'more' : 'less'} than ${y}`,
              objects: [],
              inferred: true,
            },
          ],
          program: [...counts(a.category, b.category), { op: 'more', of: 1, with: 3 }],
        }),
      ];
    }),

  'sum-counts': (scene) =>
    pairs(groupsOf(scene)).flatMap(([a, b]) => {
      const [x, y] = [a.objects.length, b.objects.length];
      if (x + y > MOST) return [];
      return [
        made({
          kind: 'sum-counts',
          question: `How many ${many(a.category)} and ${many(b.category)} are there together?`,
          answer: String(x + y),
          steps: [
            counted(a.category, a.objects),
            counted(b.category, b.objects),
            {
              question: `What is ${x} plus ${y}?`,
              answer: String(x + y),
              statement: `${x} plus ${y} is ${x + y}`,
              objects: [],
              inferred: true,
            },
          ],
          program: [...counts(a.category, b.category), { op: 'sum', of: 1, with: 3 }],
        }),
      ];
    }),

  'two-hop-color': (scene) =>
    facts(scene).map((fact) => {
      const tint = scene.objects[fact.objects[0] as number]?.tint as number;
      return made({
        kind: 'two-hop-color',
        question: `What color is ${described(fact)}?`,
        answer: TINTS[tint]?.en ?? '',
        steps: [related(fact), colored(fact.category, tint, fact.objects)],
        program: [...hop(fact), { op: 'color', of: 1 }],
      });
    }),

  'two-hop-kind': (scene) =>
    facts(scene).flatMap((fact) => {
      const own = kindOf(fact.category);
      if (!own) return [];
      const name = one(fact.category);
      return OBJECT_KINDS.map((kind) => {
        const yes = kind === own;
        return made({
          kind: 'two-hop-kind',
          question: `Is ${described(fact)} ${kindWords(kind)}?`,
          answer: yes ? 'yes' : 'no',
          steps: [
            related(fact),
            {
              question: `Is ${article(name)} ${name} ${kindWords(kind)}?`,
              answer: yes ? 'yes' : 'no',
              statement: `${article(name)} ${name} is ${kindWords(own)}`,
              objects: [],
              inferred: true,
            },
          ],
          program: [...hop(fact), { op: 'is', kind, of: 1 }],
        });
      });
    }),

  'two-hop-relation': (scene) => {
    const all = facts(scene);
    return all.flatMap((first) =>
      all
        // From the thing that the first hop ends at, and not back to where it began.
        .filter(({ referent, category }) => referent.category === first.category && category !== first.referent.category)
        .map((second) =>
          made({
            kind: 'two-hop-relation',
            question: `What is ${relationWords[second.relation].en} ${described(first)}?`,
            answer: one(second.category),
            steps: [related(first), related(second)],
            program: [...hop(first), { op: 'relate', relation: second.relation, of: 1 }, { op: 'name', of: 2 }],
          }),
        ),
    );
  },

  'color-count': (scene) =>
    groupsOf(scene).flatMap((group) => {
      const same = scene.objects.flatMap(({ tint }, i) => (tint === group.tint ? [i] : []));
      const color = TINTS[group.tint]?.en ?? '';
      const n = same.length;
      if (n > MOST) return [];
      return [
        made({
          kind: 'color-count',
          question: `How many things have the color of the ${nameOf(group.category, 'en', group.objects.length)}?`,
          answer: String(n),
          steps: [
            colored(group.category, group.tint, group.objects),
            {
              question: `How many ${color} things are there?`,
              answer: String(n),
              statement: `there ${n === 1 ? 'is' : 'are'} ${n} ${color} ${n === 1 ? 'thing' : 'things'}`,
              objects: same,
            },
          ],
          program: [
            { op: 'find', category: one(group.category) },
            { op: 'color', of: 0 },
            { op: 'find-color', of: 1 },
            { op: 'count', of: 2 },
          ],
        }),
      ];
    }),
};

/** Relations that a hop may go by. `near` says too little of where to look. */
const facts = (scene: Scene): RelationFact[] =>
  relationFacts(scene, groupsOf(scene)).filter(({ relation }) => RELATIONS.includes(relation) && relation !== 'near');

/** "an animal", "clothing". */
const kindWords = (kind: ObjectKind): string => (kind === 'food' || kind === 'clothing' ? kind : `${article(kind)} ${kind}`);
