// Phantoms: gray ellipses in the manner of test objects for scanners, in place of medical images, which they are not and say nothing of.

import { DrawnImage } from '../media/index.js';
import type { ContentPart } from '../text/index.js';
import { Rng } from '../util/rng.js';
import { defineMediaWorld, type MediaQuestion, type Wording, worded } from './media-world.js';
import { drawSheet, Fonts, type Mark } from './print.js';
import type { Language } from './vocabulary.js';

/** A spot in a phantom. */
export interface Spot {
  /** Of the phantom as it is drawn. */
  side: 'left' | 'right';
  level: 'upper' | 'lower';
  bright: boolean;
  large: boolean;
  x: number;
  y: number;
  radius: number;
}

/** A phantom: a body of two chambers, and up to three spots of one brightness. */
export interface PhantomItem {
  size: number;
  spots: readonly Spot[];
  marks: readonly Mark[];
  /** Standard deviation of its noise in gray levels. */
  noise: number;
  seed: number;
}

type Dials = 'size' | 'noise' | 'spots';

const gray = (level: number): [number, number, number] => [level, level, level];
const WORDS: Record<string, Record<Language, string>> = {
  left: { en: 'left', zh: '左' },
  right: { en: 'right', zh: '右' },
  upper: { en: 'upper', zh: '上' },
  lower: { en: 'lower', zh: '下' },
};
const said = (word: string, language: Language): string => WORDS[word]?.[language] ?? '';

function makePhantom(rng: Rng, { dials }: { dials: Readonly<Record<Dials, number>> }): PhantomItem {
  const { size } = dials;
  const [cx, cy] = [size * (0.5 + rng.uniform(-0.03, 0.03)), size * (0.5 + rng.uniform(-0.03, 0.03))];
  const chambers = (['left', 'right'] as const).map((side) => ({ side, x: cx + (side === 'left' ? -0.18 : 0.18) * size, y: cy }));
  const angle = rng.uniform(0.05, 0.25);
  const marks: Mark[] = [
    { kind: 'disk', x: cx, y: cy, rx: 0.44 * size, ry: 0.38 * size, fill: gray(96 + rng.int(20)) },
    ...chambers.map(
      ({ side, x, y }): Mark => ({
        kind: 'disk',
        x,
        y,
        rx: 0.14 * size,
        ry: 0.27 * size,
        angle: side === 'left' ? angle : -angle,
        fill: gray(52 + rng.int(16)),
      }),
    ),
  ];
  const bright = rng.bool();
  const cells = rng.sample(
    chambers.flatMap((chamber) => (['upper', 'lower'] as const).map((level) => ({ ...chamber, level }))),
    rng.int(dials.spots + 1),
  );
  const spots = cells.map(({ side, level, x, y }): Spot => {
    const large = rng.bool();
    const radius = (large ? 0.07 : 0.035) * size;
    return { side, level, bright, large, x: x + rng.uniform(-0.02, 0.02) * size, y: y + (level === 'upper' ? -0.13 : 0.13) * size, radius };
  });
  for (const { x, y, radius } of spots)
    marks.push({
      kind: 'disk',
      x,
      y,
      rx: radius,
      ry: radius * rng.uniform(0.85, 1),
      fill: gray(bright ? 190 + rng.int(40) : 8 + rng.int(12)),
    });
  return { size, spots, marks, noise: dials.noise * rng.uniform(0.5, 1), seed: rng.u32() };
}

/** RGB bytes of a phantom, gray and noisy. */
export function drawPhantom({ size, marks, noise, seed }: PhantomItem): Uint8Array {
  const out = drawSheet({ width: size, height: size, paper: gray(6), marks }, new Fonts());
  const rng = new Rng(seed);
  for (let i = 0; i < out.length; i += 3) {
    const level = Math.max(0, Math.min(255, Math.round((out[i] as number) + noise * rng.normal())));
    out.fill(level, i, i + 3);
  }
  return out;
}

type Ask = (phantom: PhantomItem, how: Wording) => MediaQuestion | undefined;
const only = ({ spots }: PhantomItem): Spot | undefined => (spots.length === 1 ? spots[0] : undefined);

const asks: Record<string, Ask> = {
  presence({ spots }, how) {
    // As many without spots as with: of those with spots most are not asked about.
    if (spots.length > 0 && how.rng.bool(2 / 3)) return undefined;
    const words = how.language === 'zh' ? ['有', '没有'] : ['yes', 'no'];
    const forms = { en: ['Is there a spot in the phantom?', 'Does the phantom have a spot?'], zh: ['体模里有斑点吗？'] };
    return { question: worded(forms, how), answer: words[spots.length > 0 ? 0 : 1] as string };
  },
  side(phantom, how) {
    const spot = only(phantom);
    const forms = { en: ['Is the spot of the phantom on the left or on the right?'], zh: ['体模的斑点在左还是在右？'] };
    return spot && { question: worded(forms, how), answer: said(spot.side, how.language) };
  },
  level(phantom, how) {
    const spot = only(phantom);
    const forms = { en: ['Is the spot of the phantom in the upper or in the lower part?'], zh: ['体模的斑点在上还是在下？'] };
    return spot && { question: worded(forms, how), answer: said(spot.level, how.language) };
  },
  brightness(phantom, how) {
    const [spot] = phantom.spots;
    const words = how.language === 'zh' ? ['亮', '暗'] : ['bright', 'dark'];
    const forms = { en: ['Are the spots of the phantom bright or dark?'], zh: ['体模的斑点是亮还是暗？'] };
    return spot && { question: worded(forms, how), answer: words[spot.bright ? 0 : 1] as string };
  },
  size(phantom, how) {
    const spot = only(phantom);
    const words = how.language === 'zh' ? ['大', '小'] : ['large', 'small'];
    const forms = { en: ['Is the spot of the phantom large or small?'], zh: ['体模的斑点是大还是小？'] };
    return spot && { question: worded(forms, how), answer: words[spot.large ? 0 : 1] as string };
  },
  count({ spots }, how) {
    return spots.length === 0
      ? undefined
      : {
          question: worded({ en: ['How many spots does the phantom have?'], zh: ['体模有几个斑点？'] }, how),
          answer: String(spots.length),
        };
  },
};

/** Phantoms with up to three spots. No number measured on them says anything of medical images. */
export const phantoms = defineMediaWorld<PhantomItem, Dials, undefined>({
  name: 'phantoms',
  title: 'world phantoms',
  about: 'phantoms, which are not medical images: whether there are spots, where, how many, bright or dark',
  splits: ['train', 'test'],
  dials: {
    size: { default: 64, from: 32, to: 512, whole: true },
    /** Standard deviation in gray levels. */
    noise: { default: 8, from: 0, to: 60 },
    spots: { default: 3, from: 1, to: 4, whole: true },
  },
  kinds: Object.keys(asks),
  score: 'exact',
  maxTokens: 8,
  load: async () => undefined,
  make: makePhantom,
  part: (item, key): ContentPart => ({ type: 'image', source: new DrawnImage(item.size, item.size, key, () => drawPhantom(item)) }),
  ask: (phantom, kind, how) => asks[kind]?.(phantom, how),
  caption({ spots }, { language }) {
    const each = spots.map(({ large, bright, side, level }) =>
      language === 'zh'
        ? `${said(side, 'zh')}${said(level, 'zh')}有一个${large ? '大' : '小'}${bright ? '亮' : '暗'}斑`
        : `a ${large ? 'large' : 'small'} ${bright ? 'bright' : 'dark'} spot on the ${level} ${side}`,
    );
    if (spots.length === 0) return language === 'zh' ? '没有斑点的体模。' : 'A phantom without spots.';
    return language === 'zh' ? `体模，${each.join('，')}。` : `A phantom with ${each.join(' and ')}.`;
  },
  requests: { en: ['Describe the phantom.'], zh: ['描述这个体模。'] },
});
