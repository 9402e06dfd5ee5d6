// Referring expressions: words that name exactly one object of a scene, by its name, color, size, place among its twins, or a relation.

import type { Rng } from '../util/rng.js';
import { relates } from './facts.js';
import { type Scene, type SceneObject, sceneWidth } from './scene.js';
import { twinsOf } from './twins.js';
import { CATEGORIES, type Language, nameOf, type Relation, TINTS } from './vocabulary.js';

/** What an expression goes by. */
export type ReferringKind = 'name' | 'color' | 'size' | 'ordinal' | 'relation';
/** All of them. */
export const REFERRING_KINDS: readonly ReferringKind[] = ['name', 'color', 'size', 'ordinal', 'relation'];

/** An expression and the one object that it is true of. */
export interface Referring {
  kind: ReferringKind;
  /** "the red dog", "左边第二只狗". */
  text: string;
  /** Index in `scene.objects`. */
  target: number;
}

const ORDINALS = {
  en: ['first', 'second', 'third', 'fourth'],
  zh: ['一', '二', '三', '四'],
} as const;
const ENDS = { left: { en: 'leftmost', zh: '最左边' }, right: { en: 'rightmost', zh: '最右边' } } as const;
const RELATIONS: Partial<Record<Relation, { en: string; zh: string }>> = {
  left: { en: 'left of', zh: '左边' },
  right: { en: 'right of', zh: '右边' },
  above: { en: 'above', zh: '上面' },
  below: { en: 'below', zh: '下面' },
};

/** The larger of two sizes is so many times the smaller, so that nobody has to measure. */
const LARGER = 1.25;
/** Middles of objects in a row are so far apart, in sides of the image. */
const APART = 0.06;

const middle = ({ box: [x0, , x1] }: SceneObject): number => (x0 + x1) / 2;
const area = ({ box: [x0, y0, x1, y1] }: SceneObject): number => (x1 - x0) * (y1 - y0);

/** Every expression of the kinds that names exactly one object. An object with twins is never named by its name alone. */
export function referrings(scene: Scene, language: Language, kinds: readonly ReferringKind[] = REFERRING_KINDS): Referring[] {
  return scene.objects.flatMap((_, target) =>
    kinds.flatMap((kind) => makers[kind](scene, target, language).map((text) => ({ kind, text, target }))),
  );
}

/** One of them, kinds evenly; undefined where a scene has none. `not`: expressions that were taken already. */
export function pickReferring(
  scene: Scene,
  { language, kinds, rng, not = [] }: { language: Language; kinds?: readonly ReferringKind[]; rng: Rng; not?: readonly string[] },
): Referring | undefined {
  const all = referrings(scene, language, kinds).filter(({ text }) => !not.includes(text));
  const there = [...new Set(all.map(({ kind }) => kind))];
  if (there.length === 0) return undefined;
  const kind = rng.pick(there);
  return rng.pick(all.filter((one) => one.kind === kind));
}

type Maker = (scene: Scene, target: number, language: Language) => string[];

const makers: Record<ReferringKind, Maker> = {
  name(scene, target, language) {
    if (twinsOf(scene, target).length > 0) return [];
    const name = nameOf(object(scene, target).category, language);
    return [language === 'zh' ? name : `the ${name}`];
  },

  color(scene, target, language) {
    const { category, tint } = object(scene, target);
    const twins = twinsOf(scene, target);
    if (twins.length === 0 || twins.some((i) => object(scene, i).tint === tint)) return [];
    const name = nameOf(category, language);
    return [language === 'zh' ? `${TINTS[tint]?.zh}的${name}` : `the ${TINTS[tint]?.en} ${name}`];
  },

  size(scene, target, language) {
    const own = area(object(scene, target));
    const others = twinsOf(scene, target).map((i) => area(object(scene, i)));
    if (others.length === 0) return [];
    const name = nameOf(object(scene, target).category, language);
    const out: string[] = [];
    const two = others.length === 1;
    if (others.every((other) => own >= LARGER ** 2 * other))
      out.push(language === 'zh' ? `最大的${name}` : `the ${two ? 'larger' : 'largest'} ${name}`);
    if (others.every((other) => other >= LARGER ** 2 * own))
      out.push(language === 'zh' ? `最小的${name}` : `the ${two ? 'smaller' : 'smallest'} ${name}`);
    return out;
  },

  ordinal(scene, target, language) {
    const { category } = object(scene, target);
    const all = [target, ...twinsOf(scene, target)];
    if (all.length < 2 || all.length > ORDINALS.en.length) return [];
    const name = nameOf(category, language);
    const measure = CATEGORIES[category]?.measure;
    return (['left', 'right'] as const).flatMap((side) => {
      const order = [...all].sort((a, b) => (middle(object(scene, a)) - middle(object(scene, b))) * (side === 'left' ? 1 : -1));
      const clear = order
        .slice(1)
        .every((b, i) => Math.abs(middle(object(scene, b)) - middle(object(scene, order[i] as number))) >= APART * sceneWidth(scene));
      if (!clear) return [];
      const at = order.indexOf(target);
      if (at === 0) return [language === 'zh' ? `${ENDS[side].zh}的${name}` : `the ${ENDS[side].en} ${name}`];
      // The last one from here is the first from there.
      if (at === order.length - 1) return [];
      const zh = side === 'left' ? '左' : '右';
      return [language === 'zh' ? `从${zh}数第${ORDINALS.zh[at]}${measure}${name}` : `the ${ORDINALS.en[at]} ${name} from the ${side}`];
    });
  },

  relation(scene, target, language) {
    const twins = twinsOf(scene, target);
    if (twins.length === 0) return [];
    const name = nameOf(object(scene, target).category, language);
    return scene.objects.flatMap((anchor, b) => {
      if (anchor.category === object(scene, target).category || twinsOf(scene, b).length > 0) return [];
      const other = nameOf(anchor.category, language);
      return (Object.keys(RELATIONS) as Relation[]).flatMap((relation) => {
        if (relates(scene, target, b, relation) !== 'yes' || twins.some((i) => relates(scene, i, b, relation) !== 'no')) return [];
        const words = RELATIONS[relation] as { en: string; zh: string };
        return [language === 'zh' ? `${other}${words.zh}的${name}` : `the ${name} ${words.en} the ${other}`];
      });
    });
  },
};

const object = ({ objects }: Scene, i: number): SceneObject => objects[i] as SceneObject;

const questions = {
  en: ['Where is @?', 'Locate @.', 'Find @.'],
  zh: ['@在哪里？', '找到@。', '指出@的位置。'],
} as const;

/** A request for the place of what an expression names. */
export function whereQuestion({ text }: Pick<Referring, 'text'>, language: Language, rng?: Rng): string {
  const forms = questions[language];
  return (rng ? rng.pick(forms) : forms[0]).replace('@', text);
}

/** The box of an object in 0..1 of the image. Drawings that begin outside it are cut at its edge. */
export function unitBox(scene: Pick<Scene, 'size' | 'width'>, { box }: Pick<SceneObject, 'box'>): [number, number, number, number] {
  const sides = [sceneWidth(scene), scene.size];
  return box.map((v, i) => Math.min(1, Math.max(0, v / (sides[i % 2] as number)))) as [number, number, number, number];
}
