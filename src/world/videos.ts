// Films of a few frames: things that come and go, move, grow, turn over and change color, so built that frames without their order tell nothing of it.

import { DrawnImage } from '../media/index.js';
import type { ContentPart } from '../text/index.js';
import type { Rng } from '../util/rng.js';
import { isHeldOutPair, TRAIN_TINTS } from './holdout.js';
import { defineMediaWorld, type MediaQuestion, type Wording, worded } from './media-world.js';
import { loadSprites, renderScene, type Sprites } from './render.js';
import { makeScene, type Scene, type SceneObject, type Split } from './scene.js';
import { SHAPES } from './shapes.js';
import { article, CATEGORIES, type Language, nameOf, TINTS } from './vocabulary.js';

/** What happens in a film: one of these, in as many frames forwards as backwards. */
export const PLOTS = ['visits', 'changes', 'moves', 'grows', 'turns'] as const;
/** What happens in a film. */
export type Plot = (typeof PLOTS)[number];

/** Someone in a film: where and how it is in each frame; null where it is not there. */
export interface Actor {
  category: number;
  frames: readonly (Pick<SceneObject, 'tint' | 'size' | 'box' | 'upsideDown'> | null)[];
}

/** A film. The first actors have their part in its plot, in the order of time; others stand by. */
export interface Film {
  plot: Plot;
  /** How many actors have a part. */
  parts: number;
  actors: readonly Actor[];
  /** Background, style and degradation of every frame. */
  base: Scene;
  frames: number;
}

type Frame = NonNullable<Actor['frames'][number]>;
type Dials = 'size' | 'frames' | 'evidence' | 'bystanders';

/** Upside down these look as before. */
const SYMMETRIC = new Set(['ball', 'clock', 'box', 'star', 'gift', 'anchor', 'fish', 'pizza', 'key', 'pencil']);

const extent = (base: Scene, category: number, size: number): [number, number] => {
  const [w, h] = SHAPES[base.style][category] as readonly [number, number];
  const k = size / Math.max(w, h);
  return [Math.max(1, Math.round(w * k)), Math.max(1, Math.round(h * k))];
};

/** A frame of an actor whose middle is at (x, y). */
function at(base: Scene, category: number, o: { tint: number; size: number; x: number; y: number; upsideDown?: boolean }): Frame {
  const [w, h] = extent(base, category, o.size);
  const inside = (v: number, side: number): number => Math.max(0, Math.min(base.size - side, Math.round(v - side / 2)));
  const [x, y] = [inside(o.x, w), inside(o.y, h)];
  return { tint: o.tint, size: o.size, box: [x, y, x + w, y + h], ...(o.upsideDown ? { upsideDown: true } : {}) };
}

/** Middles of quarters of the image in random order, moved a little: things in different ones do not cover each other. */
function places(rng: Rng, side: number): [number, number][] {
  const quarters: [number, number][] = [
    [0.27, 0.27],
    [0.73, 0.27],
    [0.27, 0.73],
    [0.73, 0.73],
  ];
  return rng.shuffle(quarters).map(([x, y]) => [(x + rng.uniform(-0.03, 0.03)) * side, (y + rng.uniform(-0.03, 0.03)) * side]);
}

/** One actor's frames for each plot; `k`: its place in the order of time, of `parts`. */
function play(
  rng: Rng,
  film: { plot: Plot; parts: number; base: Scene; frames: number },
  category: number,
  k: number,
  place: readonly number[],
): Frame[] | (Frame | null)[] {
  const { plot, parts, base, frames } = film;
  const unit = base.size / 64;
  const tints = rng.sample(TRAIN_TINTS[category] as readonly number[], 2);
  const [tint, next] = [tints[0] as number, tints[1] ?? ((tints[0] as number) + 1) % TINTS.length];
  const [x, y] = place as [number, number];
  const steady = { tint, size: Math.round(24 * unit), x, y };
  const each = <F>(make: (t: number) => F): F[] => Array.from({ length: frames }, (_, t) => make(t));
  if (plot === 'visits') {
    // Every visit is as long as the others, and the frames that are left over are empty: at both ends, so that the middle tells nothing.
    const long = Math.floor(frames / parts);
    const first = Math.floor((frames - long * parts) / 2) + k * long;
    return each((t) => (t >= first && t < first + long ? at(base, category, steady) : null));
  }
  if (plot === 'changes') {
    // The first changes at a third, the second at two thirds: backwards the second would be the first.
    const when = Math.round(((k + 1) * frames) / (parts + 1));
    return each((t) => at(base, category, { ...steady, tint: t < when ? tint : next }));
  }
  if (plot === 'moves') {
    const across = rng.bool();
    const [from, to] = rng.bool() ? [0.2, 0.8] : [0.8, 0.2];
    return each((t) => {
      const way = (from + ((to - from) * t) / (frames - 1)) * base.size;
      return at(base, category, across ? { ...steady, x: way } : { ...steady, y: way });
    });
  }
  const forwards = rng.bool();
  if (plot === 'grows') {
    const middle = { ...steady, x: base.size / 2, y: base.size / 2 };
    return each((t) =>
      at(base, category, { ...middle, size: Math.round((14 + (30 * (forwards ? t : frames - 1 - t)) / (frames - 1)) * unit) }),
    );
  }
  // With an odd number of frames either half is the longer one, so that its length tells nothing.
  const half = Math.floor(frames / 2) + (rng.bool() ? frames % 2 : 0);
  return each((t) => at(base, category, { ...steady, upsideDown: t < half === forwards }));
}

/** A film of the plots, each as often as the others but visits, which have most to ask about. */
function makeFilm(rng: Rng, { split, dials }: { split: string; dials: Readonly<Record<Dials, number>> }): Film {
  const { size, evidence, bystanders } = dials;
  const frames = dials.frames;
  const base = makeScene(rng.int(2 ** 31), { size, evidence, split: split as Split, seed: rng.int(2 ** 31), single: true });
  const plot = PLOTS[rng.weighted([3, 2, 1, 1, 1])] as Plot;
  const parts = plot === 'visits' ? 2 + rng.int(3) : plot === 'changes' ? 2 : 1;
  const pool = CATEGORIES.map((_, c) => c).filter((c) => plot !== 'turns' || !SYMMETRIC.has(CATEGORIES[c]?.id as string));
  // What changes its color needs two that training has.
  const fit = plot === 'changes' ? pool.filter((c) => (TRAIN_TINTS[c]?.length ?? 0) > 1) : pool;
  const people = parts + (plot === 'moves' || plot === 'grows' ? 0 : Math.min(bystanders, 4 - parts));
  let cast = rng.sample(fit, people);
  while (cast.some((a) => cast.some((b) => isHeldOutPair(a, b)))) cast = rng.sample(fit, people);
  const where = places(rng, base.size);
  const film = { plot, parts, base: { ...base, objects: [] }, frames };
  const actors = cast.map((category, k): Actor => {
    const place = where[k] as [number, number];
    if (k < parts) return { category, frames: play(rng, film, category, k, place) };
    const [x, y] = place;
    const still = at(base, category, {
      tint: rng.pick(TRAIN_TINTS[category] as readonly number[]),
      size: Math.round((24 * size) / 64),
      x,
      y,
    });
    return { category, frames: Array.from({ length: frames }, () => still) };
  });
  return { ...film, actors };
}

/** Frame `t` of a film as a scene. */
export function frameScene({ base, actors }: Film, t: number): Scene {
  const objects = actors.flatMap(({ category, frames }): SceneObject[] => {
    const now = frames[t];
    return now ? [{ category, style: base.style, mirror: false, ...now }] : [];
  });
  return { ...base, objects };
}

const first = (actor: Actor): Frame => actor.frames.find((f) => f !== null) as Frame;
const last = (actor: Actor): Frame => actor.frames.findLast((f) => f !== null) as Frame;
const name = (actor: Actor, language: Language): string => nameOf(actor.category, language);
const color = (tint: number, language: Language): string => TINTS[tint]?.[language] ?? '';

/** Two names in random order: that the answer is the first of them tells nothing. */
const pair = (a: string, b: string, rng: Rng): [string, string] => (rng.bool() ? [a, b] : [b, a]);

type Ask = (film: Film, how: Wording) => MediaQuestion | undefined;

const asks: Record<string, Ask> = {
  order(film, how) {
    const { language, rng } = how;
    if (film.plot !== 'visits' && film.plot !== 'changes') return undefined;
    const [i, j] = rng
      .sample(
        Array.from({ length: film.parts }, (_, k) => k),
        2,
      )
      .sort((a, b) => a - b) as [number, number];
    const [a, b] = [film.actors[i] as Actor, film.actors[j] as Actor].map((actor) => name(actor, language)) as [string, string];
    const isFirst = rng.bool();
    const visits = film.plot === 'visits';
    const forms = {
      en: [`Which ${visits ? 'comes' : 'changes color'} ${isFirst ? 'first' : 'last'}, the X or the Y?`],
      zh: [`X和Y哪个${isFirst ? '先' : '后'}${visits ? '出现' : '变色'}？`],
    };
    return { question: worded(forms, how, pair(a, b, rng)), answer: isFirst ? a : b };
  },
  before(film, how) {
    const { language, rng } = how;
    if (film.plot !== 'visits' || film.parts < 3) return undefined;
    const k = 1 + rng.int(film.parts - 1);
    const isBefore = rng.bool();
    const [a, b] = [film.actors[k - 1] as Actor, film.actors[k] as Actor].map((actor) => name(actor, language)) as [string, string];
    const forms = {
      en: isBefore
        ? ['What comes right before the X?', 'What is there before the X comes?']
        : ['What comes right after the X?', 'What comes when the X has gone?'],
      zh: isBefore ? ['X之前出现的是什么？'] : ['X之后出现的是什么？'],
    };
    return { question: worded(forms, how, [isBefore ? b : a]), answer: isBefore ? a : b };
  },
  direction(film, how) {
    if (film.plot !== 'moves') return undefined;
    const actor = film.actors[0] as Actor;
    const [dx, dy] = [0, 1].map((axis) => (last(actor).box[axis] as number) - (first(actor).box[axis] as number)) as [number, number];
    const across = Math.abs(dx) > Math.abs(dy);
    const [words, i] = across
      ? [how.language === 'zh' ? ['左', '右'] : ['left', 'right'], dx > 0 ? 1 : 0]
      : [how.language === 'zh' ? ['上', '下'] : ['up', 'down'], dy > 0 ? 1 : 0];
    const forms = { en: ['Does the X move Y or Z?'], zh: ['X向Y还是向Z移动？'] };
    const [y, z] = pair(words[0] as string, words[1] as string, how.rng);
    return { question: worded(forms, how, [name(actor, how.language), y, z]), answer: words[i] as string };
  },
  color(film, how) {
    const { language, rng } = how;
    if (film.plot !== 'changes') return undefined;
    const actor = rng.pick(film.actors.slice(0, film.parts));
    const colors = [color(first(actor).tint, language), color(last(actor).tint, language)] as [string, string];
    const isFirst = rng.bool();
    const forms = {
      en: [`Is the X Y or Z at the ${isFirst ? 'beginning' : 'end'}?`],
      zh: [`X${isFirst ? '开始' : '最后'}是Y还是Z？`],
    };
    return { question: worded(forms, how, [name(actor, language), ...pair(...colors, rng)]), answer: isFirst ? colors[0] : colors[1] };
  },
  size(film, how) {
    if (film.plot !== 'grows') return undefined;
    const actor = film.actors[0] as Actor;
    const grows = last(actor).size > first(actor).size;
    const words = how.language === 'zh' ? ['变大', '变小'] : ['grow', 'shrink'];
    const forms = { en: ['Does the X Y or Z?'], zh: ['X是Y还是Z？'] };
    const [y, z] = pair(words[0] as string, words[1] as string, how.rng);
    return { question: worded(forms, how, [name(actor, how.language), y, z]), answer: words[grows ? 0 : 1] as string };
  },
  turn(film, how) {
    if (film.plot !== 'turns') return undefined;
    const actor = film.actors[0] as Actor;
    const isFirst = how.rng.bool();
    const words = how.language === 'zh' ? ['正立', '倒立'] : ['upright', 'upside down'];
    const forms = {
      en: [`Is the X Y or Z at the ${isFirst ? 'beginning' : 'end'}?`],
      zh: [`X${isFirst ? '开始' : '最后'}是Y还是Z？`],
    };
    const now = isFirst ? first(actor) : last(actor);
    const [y, z] = pair(words[0] as string, words[1] as string, how.rng);
    return { question: worded(forms, how, [name(actor, how.language), y, z]), answer: words[now.upsideDown ? 1 : 0] as string };
  },
  count(film, how) {
    if (film.plot !== 'visits') return undefined;
    const forms = { en: ['How many things come and go?', 'How many different things come?'], zh: ['一共出现了几样东西？'] };
    return { question: worded(forms, how), answer: String(film.parts) };
  },
};

/** What happens, in the order of time. */
function caption({ plot, parts, actors }: Film, { language }: Wording): string {
  const en = language === 'en';
  const one = (actor: Actor): string => {
    const tint = color(first(actor).tint, language);
    return en ? `${article(tint)} ${tint} ${name(actor, language)}` : `一个${tint}的${name(actor, language)}`;
  };
  const [a, b] = actors as [Actor, Actor];
  const said: Record<Plot, () => string> = {
    visits: () => {
      const each = actors.slice(0, parts).map(one);
      return en ? `First comes ${each.join(', then ')}.` : `先出现${each.join('，然后是')}。`;
    },
    changes: () => {
      const turn = (actor: Actor): string =>
        en
          ? `the ${name(actor, language)} turns ${color(last(actor).tint, language)}`
          : `${name(actor, language)}变成${color(last(actor).tint, language)}`;
      return en
        ? `There are ${one(a)} and ${one(b)}. First ${turn(a)}, then ${turn(b)}.`
        : `有${one(a)}和${one(b)}。先是${turn(a)}，然后${turn(b)}。`;
    },
    moves: () => {
      const [dx, dy] = [0, 1].map((axis) => (last(a).box[axis] as number) - (first(a).box[axis] as number)) as [number, number];
      const across = Math.abs(dx) > Math.abs(dy);
      const way = across ? (dx > 0 ? ['right', '右'] : ['left', '左']) : dy > 0 ? ['down', '下'] : ['up', '上'];
      return en ? `${one(a)} moves ${way[0]}.` : `${one(a)}向${way[1]}移动。`;
    },
    grows: () => {
      const grows = last(a).size > first(a).size;
      return en ? `${one(a)} ${grows ? 'grows' : 'shrinks'}.` : `${one(a)}${grows ? '变大' : '变小'}。`;
    },
    turns: () =>
      en ? `${one(a)} turns ${last(a).upsideDown ? 'upside down' : 'upright'}.` : `${one(a)}翻成${last(a).upsideDown ? '倒立' : '正立'}。`,
  };
  const text = said[plot]();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Films of 8 to 16 frames. A film is as likely as itself played backwards, and every visit is as long as the others, so that questions of order have
 * two answers that frames without their order do not tell apart.
 */
export const videos = defineMediaWorld<Film, Dials, Sprites>({
  name: 'videos',
  title: 'world videos',
  about: 'films of things that come and go, move, grow, turn over and change color: what is first, before, after, where to',
  splits: ['train', 'test', 'test-style', 'test-backgrounds'],
  dials: {
    size: { default: 64, from: 32, to: 256, whole: true },
    frames: { default: 8, from: 8, to: 16, whole: true },
    evidence: { default: 1, from: 0, to: 1 },
    /** Things that stand by, at most. */
    bystanders: { default: 0, from: 0, to: 2, whole: true },
  },
  kinds: Object.keys(asks),
  score: 'exact',
  maxTokens: 12,
  load: () => loadSprites(),
  make: makeFilm,
  part(film, key, sprites): ContentPart {
    const { size } = film.base;
    const frames = Array.from(
      { length: film.frames },
      (_, t) => new DrawnImage(size, size, `${key} ${t}`, () => renderScene(frameScene(film, t), sprites)),
    );
    return { type: 'video', frames, fps: 2 };
  },
  ask: (film, kind, how) => asks[kind]?.(film, how),
  caption,
  requests: { en: ['What happens in the video?', 'Describe the video.'], zh: ['视频里发生了什么？', '描述这段视频。'] },
  shuffled: (part, rng) => ({ ...part, frames: rng.shuffle([...((part as { frames?: unknown[] }).frames ?? [])]) }) as ContentPart,
});
