// InstructionGPT-4's selector (Wei et al. 2023, arXiv:2308.12067): rows by how good their indicators make them, a fair number of each cluster.

import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import type { Conversation, Dataset } from '../dataset.js';
import { pairsOf } from '../instruct/facts.js';
import { wordsOf } from '../instruct/parse.js';
import { apportion } from '../mixture.js';

/** One number for each row, higher where the row is better. A CLIP score, a reward model and a judge are such. */
export interface Indicator {
  readonly name: string;
  scores(rows: readonly Conversation[], signal?: AbortSignal): Promise<ArrayLike<number>>;
}

/** What a reward model or a judge gives for one reply. */
export type Rewarder = (row: Conversation, signal?: AbortSignal) => Promise<number>;

/** A reward model or judge as an indicator, a few rows at a time by the rewarder's own doing. */
export const rewardIndicator = (name: string, reward: Rewarder): Indicator => ({
  name,
  async scores(rows, signal) {
    const out: number[] = [];
    for (const row of rows) out.push(await reward(row, signal));
    return out;
  },
});

/** Words of the replies, on a scale of logarithms: between a word and a page, the difference between long and longer counts little. */
export const lengthIndicator: Indicator = {
  name: 'length',
  scores: async (rows) => rows.map((row) => Math.log1p(pairsOf(row).reduce((n, { answer }) => n + wordsOf(answer).length, 0))),
};

/** Rows by columns of indicators. */
export interface IndicatorTable {
  names: readonly string[];
  /** [rows][indicators]. */
  values: readonly Float64Array[];
}

/** All indicators of all rows. Errors: `data.option` for an indicator that gives another number of scores, or one that is not finite. */
export async function indicatorTable(
  data: Dataset<Conversation>,
  indicators: readonly Indicator[],
  signal?: AbortSignal,
): Promise<IndicatorTable> {
  const rows: Conversation[] = [];
  for (let i = 0; i < data.length; i++) rows.push(await data.get(i));
  const values = rows.map(() => new Float64Array(indicators.length));
  for (const [k, { name, scores }] of indicators.entries()) {
    const found = await scores(rows, signal);
    const bad = rows.findIndex((_, i) => !Number.isFinite(found[i]));
    if (bad >= 0)
      throw new SensoriumError('data.option', 'an indicator gave no number for a row', {
        place: `${name}: row ${bad}`,
        expected: 'a finite number',
        got: String(found[bad]),
      });
    for (const [i, row] of values.entries()) row[k] = found[i] as number;
  }
  return { names: indicators.map(({ name }) => name), values };
}

/** Columns with mean 0 and deviation 1; those that do not vary are 0. */
export function standardized(values: readonly ArrayLike<number>[]): Float64Array[] {
  const width = values[0]?.length ?? 0;
  const out = values.map(() => new Float64Array(width));
  for (let k = 0; k < width; k++) {
    const mean = values.reduce((sum, row) => sum + (row[k] as number), 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, row) => sum + ((row[k] as number) - mean) ** 2, 0) / values.length);
    for (const [i, row] of out.entries()) row[k] = deviation > 1e-12 ? ((values[i]?.[k] as number) - mean) / deviation : 0;
  }
  return out;
}

/** Random subsets of rows, each of its own mix of clusters: what models are tuned on to learn which indicators matter. */
export function trialSubsets(
  labels: Int32Array,
  { subsets, size, seed = 0 }: { subsets: number; size: number; seed?: number },
): Int32Array[] {
  const k = labels.reduce((a, b) => Math.max(a, b), 0) + 1;
  return Array.from({ length: subsets }, (_, s) => {
    const rng = new Rng(seed).fork('subset', s);
    const shares = Array.from({ length: k }, () => rng.float() ** 2);
    const groups = Array.from({ length: k }, (_, c) => rng.shuffle([...labels.keys()].filter((i) => labels[i] === c)));
    const counts = apportion(shares, size);
    const chosen = groups.flatMap((own, c) => own.slice(0, counts[c]));
    const rest = rng.shuffle(groups.flatMap((own, c) => own.slice(counts[c])));
    return Int32Array.from([...chosen, ...rest.slice(0, Math.max(0, size - chosen.length))]).sort();
  });
}

/**
 * The weights of indicators that best explain how well models did that were tuned on subsets of rows: ridge regression of their scores on the mean
 * indicators of each subset. `table` is standardized first. Errors: `data.option` for fewer than two subsets.
 */
export function learnWeights(
  table: IndicatorTable,
  trials: readonly { rows: Int32Array; score: number }[],
  { ridge = 1 }: { ridge?: number } = {},
): number[] {
  if (trials.length < 2)
    throw new SensoriumError('data.option', 'a selector learns from several subsets', {
      place: 'trials',
      expected: 'at least 2',
      got: String(trials.length),
    });
  const rows = standardized(table.values);
  const width = table.names.length;
  const means = standardized(
    trials.map((trial) =>
      Float64Array.from({ length: width }, (_, k) => trial.rows.reduce((sum, i) => sum + (rows[i]?.[k] as number), 0) / trial.rows.length),
    ),
  );
  const [scores] = transpose(standardized(trials.map(({ score }) => [score])));
  const gram = Array.from({ length: width }, (_, a) =>
    Array.from(
      { length: width },
      (_, b) => means.reduce((sum, row) => sum + (row[a] as number) * (row[b] as number), 0) + (a === b ? ridge : 0),
    ),
  );
  return solve(
    gram,
    Array.from({ length: width }, (_, a) => means.reduce((sum, row, i) => sum + (row[a] as number) * (scores?.[i] as number), 0)),
  );
}

const transpose = (rows: readonly ArrayLike<number>[]): number[][] =>
  Array.from({ length: rows[0]?.length ?? 0 }, (_, k) => rows.map((row) => row[k] as number));

/** Gauss's elimination of a small positive system. */
function solve(matrix: number[][], right: number[]): number[] {
  const n = right.length;
  const a = matrix.map((row, i) => [...row, right[i] as number]);
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(a[r]?.[i] as number) > Math.abs(a[pivot]?.[i] as number)) pivot = r;
    [a[i], a[pivot]] = [a[pivot] as number[], a[i] as number[]];
    const own = a[i] as number[];
    for (let r = 0; r < n; r++) {
      if (r === i) continue;
      const row = a[r] as number[];
      const factor = (row[i] as number) / (own[i] as number);
      for (let c = i; c <= n; c++) row[c] = (row[c] as number) - factor * (own[c] as number);
    }
  }
  return a.map((row, i) => (row[n] as number) / (row[i] as number));
}

/**
 * The `count` best rows by weighted indicators, from each cluster as many as its share of all rows, in their order. Without `labels` all rows are
 * one cluster. Errors: `data.option` for a count or weights that do not fit.
 */
export function selectRows(
  table: IndicatorTable,
  { count, weights, labels }: { count: number; weights: readonly number[]; labels?: Int32Array },
): Int32Array {
  const n = table.values.length;
  const fail = (place: string, expected: string, got: string): never => {
    throw new SensoriumError('data.option', 'rows cannot be selected so', { place, expected, got });
  };
  if (!Number.isSafeInteger(count) || count < 1 || count > n) fail('count', `1 to ${n}`, String(count));
  if (weights.length !== table.names.length) fail('weights', `one for each of ${table.names.join(', ')}`, String(weights.length));
  const own = labels ?? new Int32Array(n);
  const rows = standardized(table.values);
  const quality = rows.map((row) => weights.reduce((sum, w, k) => sum + w * (row[k] as number), 0));
  const groups = new Map<number, number[]>();
  for (const [i, label] of own.entries()) {
    const group = groups.get(label);
    if (group) group.push(i);
    else groups.set(label, [i]);
  }
  const all = [...groups.values()];
  const counts = apportion(
    all.map((group) => group.length),
    count,
  );
  const best = (group: readonly number[]): number[] => [...group].sort((a, b) => (quality[b] as number) - (quality[a] as number) || a - b);
  return Int32Array.from(all.flatMap((group, i) => best(group).slice(0, counts[i]))).sort();
}
