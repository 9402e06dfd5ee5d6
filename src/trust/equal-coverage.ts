// CHAIR-i at equal coverage: every text is read only as far as all methods have named the same share of what is there.

import { Rng } from '../util/rng.js';
import type { JudgedText } from './scores.js';

/** What the first k objects of every text amount to. */
interface CurvePoint {
  coverage: number;
  chair: number;
}

/** One text as the objects that it names, in order. */
interface NamedObjects {
  /** True where the object is not there. */
  wrong: boolean[];
  /** How many of the objects there are named after each. */
  covered: number[];
  present: number;
}

function namedObjects({ verdicts, present }: JudgedText): NamedObjects {
  const there = new Set(present);
  const seen = new Set<string>();
  const out: NamedObjects = { wrong: [], covered: [], present: present.length };
  for (const { claim, verdict } of verdicts) {
    if (claim.type !== 'existence' || claim.denied || (verdict !== 'true' && verdict !== 'false')) continue;
    if (there.has(claim.object)) seen.add(claim.object);
    out.wrong.push(verdict === 'false');
    out.covered.push(seen.size);
  }
  return out;
}

/** CHAIR-i and coverage of the first k objects of each text, for k = 0, 1, …; coverage never falls. */
function curve(texts: readonly NamedObjects[]): CurvePoint[] {
  const present = texts.reduce((sum, t) => sum + t.present, 0);
  const longest = Math.max(0, ...texts.map((t) => t.wrong.length));
  const points: CurvePoint[] = [{ coverage: 0, chair: 0 }];
  let [named, wrong] = [0, 0];
  for (let k = 0; k < longest; k++) {
    let covered = 0;
    for (const t of texts) {
      if (k < t.wrong.length) {
        named++;
        if (t.wrong[k]) wrong++;
      }
      covered += t.covered[Math.min(k, t.covered.length - 1)] ?? 0;
    }
    points.push({ coverage: present ? covered / present : 0, chair: named ? wrong / named : 0 });
  }
  // Nothing is named before the first object: its CHAIR-i is that of the curve's beginning.
  if (points[1]) (points[0] as CurvePoint).chair = points[1].chair;
  return points;
}

/** CHAIR-i where the curve reaches a coverage, on the line between the points around it; undefined beyond its end. */
function at(points: readonly CurvePoint[], coverage: number): number | undefined {
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1] as CurvePoint, points[i] as CurvePoint];
    if (b.coverage < coverage - 1e-12) continue;
    const share = b.coverage > a.coverage ? (coverage - a.coverage) / (b.coverage - a.coverage) : 1;
    return a.chair + Math.max(0, Math.min(1, share)) * (b.chair - a.chair);
  }
  return undefined;
}

/** One method at the common coverage. */
export interface EqualCoverage {
  name: string;
  chair: number;
  low: number;
  high: number;
  /** Minus that of the first method, and its interval over the same resampled images. */
  change: number;
  changeLow: number;
  changeHigh: number;
}

/**
 * CHAIR-i of methods at one coverage: `coverage`, by default the least that any of them reaches in the end. `methods[0]` is the base; all
 * have a text for each image, in one order. Intervals (95 %) are of `resamples` (default 1000) bootstrap samples of the images, the same for
 * all methods. A sample whose curve ends before the coverage counts with its end.
 */
export function atEqualCoverage(
  methods: readonly { name: string; texts: readonly JudgedText[] }[],
  { coverage, resamples = 1000, seed = 0 }: { coverage?: number; resamples?: number; seed?: number } = {},
): { coverage: number; methods: EqualCoverage[] } {
  const named = methods.map(({ texts }) => texts.map(namedObjects));
  const curves = named.map(curve);
  const common = coverage ?? Math.min(...curves.map((points) => points.at(-1)?.coverage ?? 0));
  const end = (points: readonly CurvePoint[]): number => at(points, common) ?? points.at(-1)?.chair ?? 0;
  const values = curves.map(end);
  const n = named[0]?.length ?? 0;
  const rng = new Rng(`equal-coverage/${seed}`);
  const drawn: number[][] = methods.map(() => []);
  for (let r = 0; r < resamples && n > 0; r++) {
    const pick = Array.from({ length: n }, () => rng.int(n));
    for (const [m, texts] of named.entries()) (drawn[m] as number[]).push(end(curve(pick.map((i) => texts[i] as NamedObjects))));
  }
  const interval = (samples: readonly number[], value: number): [number, number] => {
    if (samples.length === 0) return [value, value];
    const sorted = [...samples].sort((a, b) => a - b);
    const q = (p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] as number;
    return [q(0.025), q(0.975)];
  };
  return {
    coverage: common,
    methods: methods.map(({ name }, m) => {
      const chair = values[m] as number;
      const base = values[0] as number;
      const own = drawn[m] as number[];
      const [low, high] = interval(own, chair);
      const [changeLow, changeHigh] = interval(
        own.map((v, r) => v - (drawn[0]?.[r] as number)),
        chair - base,
      );
      return { name, chair, low, high, change: chair - base, changeLow, changeHigh };
    }),
  };
}
