// Instructions with constraints about scenes, each with a reply that is true and satisfies them: rows of `world:instructions`, and its training set.

import { SensoriumError } from '../../util/errors.js';
import type { Rng } from '../../util/rng.js';
import {
  CATEGORIES,
  type CategoryGroup,
  type Dialogue,
  groupsOf,
  makeScene,
  nameOf,
  phrase,
  resolveOptions,
  type Scene,
  type SourceOptions,
  sceneRng,
  TINTS,
} from '../../world/index.js';
import { type Constraint, constraintText } from './table.js';

/** An instruction with its constraints and a reply that satisfies all of them. */
export interface ConstrainedRow {
  kind: ConstrainedKind;
  instruction: string;
  constraints: Constraint[];
  reply: string;
}

const noun = (group: CategoryGroup): string => nameOf(group.category, 'en', group.objects.length);
const tintOf = (group: CategoryGroup): string => TINTS[group.tint]?.en ?? '';
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const exactly = (n: number) => ({ least: n, most: n });

type Draft = Omit<ConstrainedRow, 'kind' | 'instruction'> & { request: string };
type Make = (groups: readonly CategoryGroup[], scene: Scene, rng: Rng) => Draft | undefined;

const there = (group: CategoryGroup): string => `There ${group.objects.length === 1 ? 'is' : 'are'} ${phrase(group, 'en')}.`;
/** Things in a row from left to right, where their order is clear. */
function leftToRight(groups: readonly CategoryGroup[], scene: Scene): CategoryGroup[] {
  const middle = (group: CategoryGroup): number => {
    const [left, , right] = (scene.objects[group.objects[0] as number] as Scene['objects'][number]).box;
    return (left + right) / 2;
  };
  const single = groups.filter(({ objects }) => objects.length === 1).sort((a, b) => middle(a) - middle(b));
  return single.filter((group, i) => i === 0 || middle(group) - middle(single[i - 1] as CategoryGroup) > scene.size / 8).slice(0, 3);
}

/** What is asked, by the part of following instructions that it takes. */
const MAKERS = {
  format(groups, _, rng) {
    const group = rng.pick(groups);
    const reply = JSON.stringify({ name: noun(group), color: tintOf(group), count: group.objects.length });
    return {
      request: `What color ${group.objects.length === 1 ? 'is' : 'are'} the ${noun(group)}, and how many are there?`,
      constraints: [{ kind: 'json', keys: ['name', 'color', 'count'] }],
      reply,
    };
  },
  count(groups, _, rng) {
    const chosen = rng.sample(groups, Math.min(groups.length, 1 + rng.int(3)));
    return {
      request: 'Describe the image.',
      constraints: [{ kind: 'sentences', ...exactly(chosen.length) }],
      reply: chosen.map(there).join(' '),
    };
  },
  order(groups, scene) {
    const row = leftToRight(groups, scene);
    if (row.length < 2) return undefined;
    const names = row.map(noun);
    return {
      request: 'Name things from left to right.',
      constraints: [
        { kind: 'items', ...exactly(row.length) },
        { kind: 'order', words: names },
      ],
      reply: names.join(', '),
    };
  },
  negation(groups, _, rng) {
    if (groups.length < 2) return undefined;
    const [kept, left] = rng.sample(groups, 2) as [CategoryGroup, CategoryGroup];
    const banned = [...new Set([nameOf(left.category, 'en', 1), nameOf(left.category, 'en', 2)])];
    return {
      request: 'Describe the image.',
      constraints: [
        { kind: 'forbidden', words: banned },
        { kind: 'contains', words: [noun(kept)] },
      ],
      reply: there(kept),
    };
  },
  language(groups, _, rng) {
    const group = rng.pick(groups);
    const [chinese, name] = [phrase(group, 'zh'), nameOf(group.category, 'zh')];
    return {
      request: `What does the image show?`,
      constraints: [
        { kind: 'language', is: 'zh' },
        { kind: 'contains', words: [name] },
      ],
      reply: `图中有${chinese}。`,
    };
  },
  ends(groups, _, rng) {
    const group = rng.pick(groups);
    const [first, last] = [rng.pick(['I see', 'Look:', 'Here']), rng.pick(['Done.', 'That is all.', 'The end.'])];
    return {
      request: 'Describe the image.',
      constraints: [
        { kind: 'starts', text: first },
        { kind: 'ends', text: last },
      ],
      reply: `${first} ${phrase(group, 'en')}. ${last}`,
    };
  },
  case(groups, _, rng) {
    const group = rng.pick(groups);
    return rng.bool()
      ? {
          request: 'Name one thing.',
          constraints: [{ kind: 'uppercase' }, { kind: 'words', least: 1, most: 2 }],
          reply: `${tintOf(group)} ${noun(group)}`.toUpperCase(),
        }
      : {
          request: 'Name one thing.',
          constraints: [{ kind: 'lowercase' }, { kind: 'words', least: 1, most: 2 }],
          reply: `${tintOf(group)} ${noun(group)}`,
        };
  },
  several(groups, _, rng) {
    if (groups.length < 2) return undefined;
    const chosen = rng.sample(groups, 2) as [CategoryGroup, CategoryGroup];
    const last = rng.pick(['Done.', 'That is all.']);
    const banned = CATEGORIES.map((__, c) => c).filter((c) => !groups.some(({ category }) => category === c));
    return {
      request: 'Describe the image.',
      constraints: [
        { kind: 'sentences', ...exactly(3) },
        { kind: 'contains', words: chosen.map(noun) },
        { kind: 'forbidden', words: [nameOf(rng.pick(banned), 'en')] },
        { kind: 'ends', text: last },
      ],
      reply: `${chosen.map(there).join(' ')} ${last}`,
    };
  },
} as const satisfies Record<string, Make>;

export type ConstrainedKind = keyof typeof MAKERS;
export const CONSTRAINED_KINDS = Object.keys(MAKERS) as ConstrainedKind[];

/** An instruction of a kind about a scene; undefined where the scene has nothing for it. */
export function constrainedRow(scene: Scene, kind: ConstrainedKind, rng: Rng): ConstrainedRow | undefined {
  const groups = groupsOf(scene);
  const made = groups.length > 0 ? (MAKERS[kind] as Make)(groups, scene, rng) : undefined;
  if (!made) return undefined;
  const { request, constraints, reply } = made;
  return {
    kind,
    instruction: [request, ...constraints.map(constraintText)].join(' '),
    constraints,
    reply: capitalUnless(reply, constraints),
  };
}
/** Replies begin with a capital, unless a constraint says otherwise. */
const capitalUnless = (reply: string, constraints: readonly Constraint[]): string =>
  constraints.some(({ kind }) => kind === 'lowercase' || kind === 'items') ? reply : capital(reply);

export interface ConstrainedOptions extends SourceOptions {
  /** Instructions of a dialogue. Default 4. */
  turns?: number;
  /** The kinds of instructions; others can be held out. Default: all. */
  kinds?: readonly ConstrainedKind[];
}

/** Dialogues by index, for `stage.instruct({ data: constrainedScenes({ scenes: 20_000 }) })`. Errors: `world.option`, `world.index`. */
export function constrainedScenes(options: ConstrainedOptions = {}) {
  const { scenes = 10_000, offset = 0, turns = 4, kinds = CONSTRAINED_KINDS } = options;
  const { seed, split } = resolveOptions(options);
  for (const [place, value] of Object.entries({ scenes, offset, turns }))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new SensoriumError('world.option', 'option must be a non-negative integer', { place, got: String(value) });
  const unknown = kinds.find((kind) => !CONSTRAINED_KINDS.includes(kind));
  if (kinds.length === 0 || unknown !== undefined)
    throw new SensoriumError('world.option', 'there is no such kind of instruction', {
      place: 'kinds',
      expected: `some of ${CONSTRAINED_KINDS.join(', ')}`,
      got: unknown ?? 'none',
    });
  return {
    length: scenes,
    description: { source: 'constrained', options: { ...options } },
    get(index: number): Dialogue & { rows: ConstrainedRow[] } {
      if (!Number.isInteger(index) || index < 0 || index >= scenes)
        throw new SensoriumError('world.index', 'sample index out of range', { expected: `0..${scenes - 1}`, got: String(index) });
      const scene = makeScene(index + offset, options);
      const rng = sceneRng(seed, split, index + offset, 'constrained');
      const rows = rng
        .shuffle([...kinds])
        .flatMap((kind) => constrainedRow(scene, kind, rng) ?? [])
        .slice(0, turns);
      return {
        scene,
        language: 'en',
        rows,
        turns: rows.flatMap(({ instruction, reply }) => [
          { role: 'user' as const, content: instruction },
          { role: 'assistant' as const, content: reply },
        ]),
      };
    },
  };
}
