// How right corrections are, beside labels of people: of what is called false, how much is; of what is false, how much is called so.

import { bootstrap, type Interval } from '../evaluate/metrics/resample.js';
import { proportion } from '../evaluate/wilson.js';
import { SensoriumError } from '../util/errors.js';
import { CLAIM_TYPES, type ClaimType } from './claim.js';
import type { Verdict } from './truth.js';

/** What a person says of a claim; `skip`: about an object that is not there, or not to be told from the image. */
export type ClaimLabel = 'true' | 'false' | 'skip';

/** One text about one image with its verdicts and a label for each. */
export interface LabeledText {
  /** Texts about one image are drawn together. */
  image: string;
  verdicts: readonly Verdict[];
  labels: readonly ClaimLabel[];
}

/** Scores with 95 % intervals: of a bootstrap over the images, and Wilson's for 0 and 1. */
export interface CorrectionScores {
  /** Of claims that are called false, those that are. */
  precision: Interval;
  /** Of claims that are false, those that are called so. */
  recall: Interval;
  /** Of claims that are true, those that are left alone. */
  kept: Interval;
  /** Of all claims, those with a verdict. */
  decided: Interval;
  /** Claims that are false, and called false, and both; claims that are true. */
  counts: { false: number; called: number; right: number; true: number };
}

/** The interval of a share of n; a bootstrap of what is all or nothing has no width, and Wilson's is taken. */
function firm({ value, low, high }: Interval, k: number, n: number): Interval {
  return k === 0 || k === n ? proportion(k, n) : { value, low, high, n };
}

type Row = [wrong: number, called: number, right: number, good: number, decided: number];

/** The scores of all claims and by type. Errors: `trust.truth` where labels and verdicts differ in number. */
export function correctionScores(texts: readonly LabeledText[]): {
  all: CorrectionScores;
  byType: Partial<Record<ClaimType, CorrectionScores>>;
} {
  for (const { image, verdicts, labels } of texts)
    if (verdicts.length !== labels.length)
      throw new SensoriumError('trust.truth', 'a text does not have a label for each claim', {
        place: image,
        expected: `${verdicts.length} labels: ${verdicts.map(({ claim }) => `${claim.type} "${claim.text}"`).join(', ')}`,
        got: String(labels.length),
      });
  const of = (types: readonly ClaimType[]): CorrectionScores => {
    const images = new Map<string, Row>();
    for (const { image, verdicts, labels } of texts) {
      const row = images.get(image) ?? [0, 0, 0, 0, 0];
      for (const [i, { claim, verdict }] of verdicts.entries()) {
        const label = labels[i];
        if (label === 'skip' || !types.includes(claim.type)) continue;
        const called = verdict === 'false';
        if (label === 'false') row[0]++;
        else row[3]++;
        if (called) row[1]++;
        if (called && label === 'false') row[2]++;
        if (verdict === 'true' || called) row[4]++;
      }
      images.set(image, row);
    }
    const rows: Row[] = images.size > 0 ? [...images.values()] : [[0, 0, 0, 0, 0]];
    const sum = (k: number): number => rows.reduce((total, row) => total + (row[k] as number), 0);
    const share = (a: number, b: number): number => (b === 0 ? 0 : a / b);
    const scores = bootstrap(rows, ([wrong, called, right, good, decided]) => [
      share(right as number, called as number),
      share(right as number, wrong as number),
      share((good as number) - (called as number) + (right as number), good as number),
      share(decided as number, (wrong as number) + (good as number)),
    ]);
    const [precision, recall, kept, known] = scores as [Interval, Interval, Interval, Interval];
    const counts = { false: sum(0), called: sum(1), right: sum(2), true: sum(3) };
    const { called, right } = counts;
    const good = counts.true;
    return {
      precision: firm(precision, right, called),
      recall: firm(recall, right, counts.false),
      kept: firm(kept, good - called + right, good),
      decided: firm(known, sum(4), counts.false + good),
      counts,
    };
  };
  const seen = CLAIM_TYPES.filter((type) => texts.some(({ verdicts }) => verdicts.some(({ claim }) => claim.type === type)));
  return { all: of(CLAIM_TYPES), byType: Object.fromEntries(seen.map((type) => [type, of([type])])) };
}
