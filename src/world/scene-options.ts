// Options of scenes: size and aspect, the prior and evidence dials, the held-out splits.

import { SensoriumError } from '../util/errors.js';
import { STYLES, type StyleId } from './vocabulary.js';

/** A part of the world: what it holds out of training is in its name. */
export type Split = 'train' | 'test' | 'test-style' | 'test-pairs' | 'test-tints' | 'test-backgrounds';
export const SPLITS: readonly Split[] = ['train', 'test', 'test-style', 'test-pairs', 'test-tints', 'test-backgrounds'];

/** Options of scenes; all have defaults. */
export interface WorldOptions {
  /** Image side in pixels, 32 to 1024; of images that are not square their height. Default 64. */
  size?: number;
  /** Width of the image to its height, 0.25 to 4, or several of which each scene has one. Default 1. */
  aspect?: number | readonly number[];
  /** Objects and signs to their usual size, 0.1 to 1: small ones need resolution. Default 1. */
  scale?: number;
  seed?: number;
  split?: Split;
  /** 0..1: probability that the next category is a partner or theme mate of one already there. Default 0.5. */
  prior?: number;
  /** 1 = clean, 0 = blurred, noisy, occluded and low-resolution. Default 0.9. */
  evidence?: number;
  /** Most objects in a scene, 1 to 12. Default 6. */
  maxObjects?: number;
  /** One larger object and no text. */
  single?: boolean;
  /** 0..1: difficulty; 0 gives one object per scene, 1 the full distribution. Default 1. */
  curriculum?: number;
  /** Restricts the drawing styles, held-out ones included. */
  styles?: readonly string[];
  /** Share of scenes with a printed word. Default 0.4. */
  text?: number;
}

export type ResolvedOptions = Required<Omit<WorldOptions, 'styles' | 'aspect'>> & {
  styles: readonly StyleId[];
  aspects: readonly number[];
};

const bounds = {
  size: [32, 1024],
  scale: [0.1, 1],
  prior: [0, 1],
  evidence: [0, 1],
  maxObjects: [1, 12],
  curriculum: [0, 1],
  text: [0, 1],
} as const;

/** Fills in the defaults and checks every option; `world.option` names the one that is wrong. */
export function resolveOptions(options: WorldOptions = {}): ResolvedOptions {
  const split = options.split ?? 'train';
  if (!SPLITS.includes(split))
    throw new SensoriumError('world.option', 'unknown split', { place: 'split', expected: SPLITS.join(', '), got: String(split) });
  const allowed = STYLES.filter((s) => s.heldOut === (split === 'test-style')).map((s) => s.id);
  for (const s of options.styles ?? [])
    if (!STYLES.some((x) => x.id === s))
      throw new SensoriumError('world.option', 'unknown style', { place: 'styles', expected: STYLES.map((x) => x.id).join(', '), got: s });
  const r = {
    size: options.size ?? 64,
    seed: options.seed ?? 0,
    split,
    prior: options.prior ?? 0.5,
    evidence: options.evidence ?? 0.9,
    maxObjects: options.maxObjects ?? 6,
    single: options.single ?? false,
    curriculum: options.curriculum ?? 1,
    text: options.text ?? 0.4,
    scale: options.scale ?? 1,
    aspects: typeof options.aspect === 'object' ? options.aspect : [options.aspect ?? 1],
    styles: options.styles?.length ? (options.styles as StyleId[]) : allowed,
  };
  for (const [key, [lo, hi]] of Object.entries(bounds)) {
    const v = r[key as keyof typeof bounds];
    const whole = key === 'size' || key === 'maxObjects';
    if (!(v >= lo && v <= hi) || (whole && !Number.isInteger(v)))
      throw new SensoriumError('world.option', 'option out of range', {
        place: key,
        expected: `${whole ? 'an integer' : 'a number'} in ${lo}..${hi}`,
        got: String(v),
      });
  }
  const wrong = r.aspects.length === 0 ? 'an empty list' : r.aspects.find((one) => !(one >= 0.25 && one <= 4));
  if (wrong !== undefined)
    throw new SensoriumError('world.option', 'option out of range', {
      place: 'aspect',
      expected: 'a number in 0.25..4, or a list of such',
      got: String(wrong),
    });
  if (!Number.isInteger(r.seed))
    throw new SensoriumError('world.option', 'seed must be an integer', { place: 'seed', got: String(r.seed) });
  return r;
}
