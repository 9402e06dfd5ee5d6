// Two runs over the same rows: each score of both with a paired test, and the rows that changed sides.

import { SensoriumError } from '../util/errors.js';
import { mcnemar, type PairedDifference, pairedRatio, type RatioPart } from './metrics/paired.js';
import type { RowScore } from './row-scores.js';
import type { RunRow, RunRows } from './run-rows.js';
import { groupBy } from './scores.js';

/** One score of both runs. */
export interface ComparedScore extends PairedDifference {
  name: string;
  a: number;
  b: number;
  /** Where the runs say it. */
  better?: 'higher' | 'lower';
}

/** A row of both runs. */
export interface ComparedRow {
  a: RunRow;
  b: RunRow;
}

/** One benchmark in both runs. */
export interface ComparedBench {
  bench: string;
  /** Rows in both. */
  n: number;
  /** The names of rows that one run has alone; they are in no score. */
  onlyA: string[];
  onlyB: string[];
  scores: ComparedScore[];
  /** Scores that cannot be compared because they weigh rows by all rows of a run, and the runs have not the same. */
  uncompared: string[];
  /** Right and wrong, with McNemar's exact test; undefined where the runs do not say. */
  right?: { a: number; b: number; onlyA: number; onlyB: number; p: number };
  /** Rows that A has wrong and B right, and the other way round. */
  gained: ComparedRow[];
  lost: ComparedRow[];
}

export interface Comparison {
  a: string;
  b: string;
  benchmarks: ComparedBench[];
}

/**
 * Compares two runs. Rows are paired by benchmark and name. A score of a row in which one run has nothing (a caption without objects) counts
 * nothing there. Errors: `evaluate.paired` for runs without a row in common and for runs over different versions of a benchmark: another
 * version number, or rows of one name with another question or truth.
 */
export function compareRuns(a: RunRows, b: RunRows, { seed = 0, samples }: { seed?: number; samples?: number } = {}): Comparison {
  const [byA, byB] = [groupBy(a.rows, ({ bench }) => bench), groupBy(b.rows, ({ bench }) => bench)];
  const benchmarks = [...new Set([...byA.keys(), ...byB.keys()])].map((bench) => {
    const rows = new Map((byB.get(bench) ?? []).map((row) => [row.row, row]));
    const pairs: ComparedRow[] = [];
    const onlyA: string[] = [];
    for (const row of byA.get(bench) ?? []) {
      const other = rows.get(row.row);
      if (other) pairs.push({ a: row, b: other });
      else onlyA.push(row.row);
      rows.delete(row.row);
    }
    checkVersions(bench, pairs);
    const equalRows = onlyA.length + rows.size === 0;
    const directions = b.higherIsBetter[bench] ?? a.higherIsBetter[bench];
    return {
      bench,
      n: pairs.length,
      onlyA,
      onlyB: [...rows.keys()],
      uncompared: equalRows ? [] : corpusScores(pairs),
      scores: scoresOf(pairs, equalRows, { seed, samples }).map((score): ComparedScore => {
        const higher = directions?.[score.name];
        return higher === undefined ? score : { ...score, better: higher ? 'higher' : 'lower' };
      }),
      ...rightOf(pairs),
      gained: pairs.filter((pair) => pair.a.right === false && pair.b.right === true),
      lost: pairs.filter((pair) => pair.a.right === true && pair.b.right === false),
    };
  });
  if (benchmarks.every(({ n }) => n === 0))
    throw new SensoriumError('evaluate.paired', 'the runs have no row in common', {
      place: `${a.name}, ${b.name}`,
      expected: `rows such as ${a.rows[0]?.bench}, ${a.rows[0]?.row}`,
      got: `rows such as ${b.rows[0]?.bench}, ${b.rows[0]?.row}`,
      hint: 'Compare runs over the same rows: the same benchmark, --n and --seed',
    });
  return { a: a.name, b: b.name, benchmarks };
}

const NAMED = 3;

/** Throws where the rows of one name are not the same row. */
function checkVersions(bench: string, pairs: readonly ComparedRow[]): void {
  const fail = (place: string, expected: string, got: string): SensoriumError =>
    new SensoriumError('evaluate.paired', 'the runs are over different versions of a benchmark', {
      place,
      expected,
      got,
      hint: 'Measure both with the same files, --n, --seed and version of sensorium',
    });
  const versions = pairs.find(({ a, b }) => a.version !== undefined && b.version !== undefined && a.version !== b.version);
  if (versions)
    throw fail(bench, `version ${versions.a.version}, that of ${versions.a.place}`, `version ${versions.b.version} in ${versions.b.place}`);
  const fields = ['question', 'truth'] as const;
  const other = pairs.filter(({ a, b }) =>
    fields.some((field) => a[field] !== undefined && b[field] !== undefined && a[field] !== b[field]),
  );
  const [first] = other;
  if (!first) return;
  const field = fields.find((name) => first.a[name] !== first.b[name]) as 'question' | 'truth';
  throw fail(
    `${bench}: ${other.length} of ${pairs.length} rows, ${other
      .slice(0, NAMED)
      .map(({ a }) => a.row)
      .join(', ')}${other.length > NAMED ? ', …' : ''}`,
    `the ${field} ${JSON.stringify(first.a[field])} of ${first.a.place}`,
    `${JSON.stringify(first.b[field])} in ${first.b.place}`,
  );
}

function rightOf(pairs: readonly ComparedRow[]): Pick<ComparedBench, 'right'> {
  const both = pairs.filter(({ a, b }) => a.right !== undefined && b.right !== undefined);
  if (both.length === 0) return {};
  const [a, b] = (['a', 'b'] as const).map((who) => both.map((pair) => pair[who].right as boolean)) as [boolean[], boolean[]];
  const { onlyA, onlyB, p } = mcnemar(a, b);
  const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;
  return { right: { a: share(a), b: share(b), onlyA, onlyB, p } };
}

const part = (score: RowScore | undefined): RatioPart => (score ? [score.value * score.n, score.n, score.stratum] : [0, 0]);

/** Scores whose rows were weighed by all rows of their run. */
const corpusScores = (pairs: readonly ComparedRow[]): string[] => [
  ...new Set(
    pairs.flatMap(({ a, b }) => [a, b].flatMap(({ scores }) => [...scores].flatMap(([name, { corpus }]) => (corpus ? [name] : [])))),
  ),
];

/**
 * Each score that rows of both runs have, and F1 where there are precision and recall. (A score that is no mean of rows may look like one in a
 * run where all is wrong; such a one stands in that run alone.)
 */
function scoresOf(pairs: readonly ComparedRow[], equalRows: boolean, options: { seed: number; samples?: number }): ComparedScore[] {
  const [inA, inB] = (['a', 'b'] as const).map((who) => new Set(pairs.flatMap((pair) => [...pair[who].scores.keys()]))) as [
    Set<string>,
    Set<string>,
  ];
  const left = new Set(equalRows ? [] : corpusScores(pairs));
  const names = [...new Set([...inA, ...inB])].filter((name) => !left.has(name));
  const test = (name: string, of: (row: RunRow) => RatioPart): ComparedScore[] => {
    const own = pairs.filter(({ a, b }) => of(a)[1] > 0 || of(b)[1] > 0);
    const [a, b] = [own.map((pair) => of(pair.a)), own.map((pair) => of(pair.b))];
    return own.length === 0 ? [] : [{ name, ...pairedRatio(a, b, options) }];
  };
  const direct = (name: string): ComparedScore[] => (inA.has(name) && inB.has(name) ? test(name, (row) => part(row.scores.get(name))) : []);
  const endings = names.flatMap((name) => /^precision(.*)$/.exec(name)?.[1] ?? []).filter((ending) => names.includes(`recall${ending}`));
  const derived = new Set(endings.map((ending) => `F1${ending}`));
  // F1 = 2 TP / (TP + FP + TP + FN): the sums of precision and recall, above and below the line.
  const f1 = (ending: string): ComparedScore[] =>
    test(`F1${ending}`, ({ scores }) => {
      const [p, r] = [part(scores.get(`precision${ending}`)), part(scores.get(`recall${ending}`))];
      return [p[0] + r[0], p[1] + r[1]];
    });
  return [...endings.flatMap(f1), ...names.filter((name) => !derived.has(name)).flatMap(direct)];
}
