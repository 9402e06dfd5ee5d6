// Worlds of one medium each (films, sounds, clouds, documents): items drawn from a seed with exact truth, in conversations and benchmarks.

import type { ContentPart } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import type { Turn } from './questions.js';
import { sceneRng } from './scene.js';
import type { Language } from './vocabulary.js';

/** A number that a world can be turned by: its default and its bounds. */
export interface Dial {
  default: number;
  from: number;
  to: number;
  whole?: true;
}

/** A question with one true answer, short and in lower case. */
export interface MediaQuestion {
  question: string;
  answer: string;
}

/** Which language, and the stream that wordings are drawn from. */
export interface Wording {
  language: Language;
  rng: Rng;
}

/** What an item is drawn with: the split's name and a value for every dial. */
export interface ItemOptions<D extends string> {
  split: string;
  dials: Readonly<Record<D, number>>;
  language: Language;
}

/** One world. `T`: its items, plain data that say all that is in the medium; `A`: what drawing needs, such as sprites. */
export interface MediaWorld<T = unknown, D extends string = string, A = unknown> {
  /** Names sources and the benchmark `world:NAME`. */
  readonly name: string;
  readonly title: string;
  /** What is asked, in a few words. */
  readonly about: string;
  /** `train`, `test` and the held-out ones. */
  readonly splits: readonly string[];
  readonly dials: Readonly<Record<D, Dial>>;
  /** Kinds of questions; an item need not have all. */
  readonly kinds: readonly string[];
  /** How replies are scored: equal to the answer, or by edit distance (ANLS). */
  readonly score: 'exact' | 'anls';
  /** Longest answer in tokens. */
  readonly maxTokens: number;
  /** Reads what drawing needs, once for each process. */
  load(): Promise<A>;
  make(rng: Rng, options: ItemOptions<D>): T;
  /** The medium as a part of a message; `key` names its content. */
  part(item: T, key: string, assets: A): ContentPart | Promise<ContentPart>;
  /** A question of this kind, or nothing where the item has none. */
  ask(item: T, kind: string, how: Wording): MediaQuestion | undefined;
  /** A description in which all is true. */
  caption(item: T, how: Wording): string;
  /** What asks for it. */
  readonly requests: Readonly<Record<Language, readonly string[]>>;
  /** The same medium with its order in time lost, for worlds that have one. */
  shuffled?(part: ContentPart, rng: Rng): ContentPart;
}

/** Options of a source beside the dials of its world. */
export interface MediaSourceOptions {
  /** Default 10,000. */
  items?: number;
  /** First item, to make disjoint sources of one split. Default 0. */
  offset?: number;
  seed?: number;
  /** Default `train`. */
  split?: string;
  /** `mixed` takes Chinese for the share `chinese` of items. Default `en`. */
  language?: Language | 'mixed';
  /** Share of Chinese in `mixed`. Default 0.3. */
  chinese?: number;
  /** Questions in a conversation. Default 4. */
  turns?: number;
  /** How often a conversation opens with a description. Default 0.2; with 0 `turns`, all have one. */
  captions?: number;
  /** Kinds of questions. Default: all of the world. */
  kinds?: readonly string[];
}

/** An item and what is said about it. */
export interface MediaSample<T = unknown> {
  item: T;
  language: Language;
  turns: Turn[];
  /** Names the content. */
  key: string;
}

/** Items by number: the same description and index always give the same item. */
export interface MediaSource<T = unknown> {
  readonly world: MediaWorld<T, string, unknown>;
  readonly length: number;
  readonly description: Readonly<Record<string, unknown>>;
  /** Errors: `world.index` outside of 0..length-1. */
  get(index: number): MediaSample<T>;
}

const wrong = (place: string, expected: string, got: unknown): SensoriumError =>
  new SensoriumError('world.option', 'an option of a world is wrong', { place, expected, got: String(got) });

/** The dials of a world as options; of a world that is not known, none by name. */
export type DialOptions<D extends string> = string extends D ? unknown : Partial<Record<D, number>>;

/** A source of a world. Errors: `world.option`, naming the option. */
export function mediaSource<T, D extends string, A>(
  world: MediaWorld<T, D, A>,
  options: MediaSourceOptions & DialOptions<D> = {},
): MediaSource<T> {
  const o = resolve(world, options);
  const { seed, split, items, offset } = o;
  return {
    world: world as unknown as MediaWorld<T>,
    length: items,
    description: { source: 'world', kind: world.name, options: { ...options } },
    get(index) {
      if (!Number.isInteger(index) || index < 0 || index >= items)
        throw new SensoriumError('world.index', 'sample index out of range', { expected: `0..${items - 1}`, got: String(index) });
      const rng = sceneRng(seed, split, index + offset, world.name);
      const language: Language = o.language === 'mixed' ? (rng.bool(o.chinese) ? 'zh' : 'en') : o.language;
      const item = world.make(rng, { split, dials: o.dials, language });
      const turns = dialogueOf(world, item, { ...o, language, rng });
      return { item, language, turns, key: `${world.name} ${JSON.stringify([seed, split, index + offset, language, o.dials])}` };
    },
  };
}

/** What recipes call for a source of a world: `videos({ items: 20_000, frames: 8 })`; the world itself is its `world`. */
export function defineMediaWorld<T, D extends string, A>(world: MediaWorld<T, D, A>) {
  return Object.assign((options?: MediaSourceOptions & DialOptions<D>) => mediaSource(world, options), { world });
}

function resolve<T, D extends string, A>(row: MediaWorld<T, D, A>, options: MediaSourceOptions & DialOptions<D>) {
  const { items = 10_000, offset = 0, seed = 0, split = 'train', language = 'en', chinese = 0.3 } = options;
  const { turns = 4, captions = 0.2, kinds = row.kinds } = options;
  for (const [place, value] of Object.entries({ items, offset, turns }))
    if (!Number.isInteger(value) || value < 0) throw wrong(`${row.name}: ${place}`, 'a whole number from 0', value);
  if (!Number.isInteger(seed)) throw wrong(`${row.name}: seed`, 'a whole number', seed);
  for (const [place, value] of Object.entries({ captions, chinese }))
    if (!(value >= 0 && value <= 1)) throw wrong(`${row.name}: ${place}`, 'a number from 0 to 1', value);
  if (!row.splits.includes(split)) throw wrong(`${row.name}: split`, row.splits.join(', '), split);
  if (!['en', 'zh', 'mixed'].includes(language)) throw wrong(`${row.name}: language`, 'en, zh or mixed', language);
  const unknown = kinds.find((kind) => !row.kinds.includes(kind));
  if (unknown !== undefined || kinds.length === 0) throw wrong(`${row.name}: kinds`, row.kinds.join(', '), unknown ?? 'none');
  const dials = Object.fromEntries(
    Object.entries<Dial>(row.dials).map(([name, dial]) => {
      const value = (options as Record<string, unknown>)[name] ?? dial.default;
      if (typeof value !== 'number' || !(value >= dial.from && value <= dial.to) || (dial.whole && !Number.isInteger(value)))
        throw wrong(`${row.name}: ${name}`, `a ${dial.whole ? 'whole ' : ''}number from ${dial.from} to ${dial.to}`, value);
      return [name, value];
    }),
  ) as Record<D, number>;
  return { items, offset, seed, split, language, chinese, turns, captions, kinds, dials };
}

interface Saying extends Wording {
  kinds: readonly string[];
  turns: number;
  captions: number;
}

/** Questions of mixed kinds, none twice, behind a description or alone. */
function dialogueOf<T, D extends string, A>(row: MediaWorld<T, D, A>, item: T, how: Saying): Turn[] {
  const { language, rng, kinds, turns, captions } = how;
  const out: Turn[] = [];
  const add = (question: string, answer: string): void => {
    out.push({ role: 'user', content: question }, { role: 'assistant', content: answer });
  };
  if (turns === 0 || rng.bool(captions)) add(rng.pick(row.requests[language]), row.caption(item, how));
  const asked = new Set<string>();
  const most = out.length / 2 + turns;
  for (let round = 0; out.length / 2 < most && round < 4; round++)
    for (const kind of rng.shuffle([...kinds])) {
      if (out.length / 2 >= most) break;
      const found = row.ask(item, kind, how);
      if (!found || asked.has(found.question)) continue;
      asked.add(found.question);
      add(found.question, found.answer);
    }
  if (out.length === 0) add(rng.pick(row.requests[language]), row.caption(item, how));
  return out;
}

/** The `i`-th of several wordings by language, with names put in place of X, Y and Z. */
export function worded(
  forms: Readonly<Record<Language, readonly string[]>>,
  { language, rng }: Wording,
  names: readonly string[] = [],
): string {
  return names.reduce((text, name, i) => text.replaceAll('XYZ'[i] as string, name), rng.pick(forms[language]));
}
