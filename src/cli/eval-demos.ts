// `sensorium eval --demos … --order sweep --selector rices,random`: what a score owes to the order of demonstrations and to how they are chosen.

import type { PartialResponder } from '../evaluate/responder.js';
import type { BenchResult } from '../evaluate/runner.js';
import { type OrderSweep, sweepOf } from '../reason/demos/index.js';
import type { ShownVariant } from './demo-options.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';

/** A score of a benchmark over the orders of a selector; of one order, its own interval. */
export interface SweptScore extends Partial<Omit<OrderSweep, 'orders' | 'mean'>> {
  benchmark: string;
  name: string;
  /** Over the orders; the score itself of one order. */
  mean: number;
}

/** All scores with the demonstrations of one selector. */
export interface DemoSweep {
  selector: string;
  orders: readonly string[];
  scores: SweptScore[];
}

/** Options that belong to one way of showing demonstrations alone. Throws usage errors. */
export function refuseWithSweep(args: Readonly<Record<string, unknown>>): void {
  for (const name of ['chain', 'processes', 'shard', 'redis'])
    if (args[name] !== undefined)
      throw usageError(`--${name} does not go together with several orders or selectors`, {
        place: `--${name}`,
        hint: 'Measure them in one process, without a chain',
      });
}

/** Measures every variant; `first` are the results of the first one, which are there already. */
export async function sweepDemos(
  variants: readonly ShownVariant[],
  first: readonly BenchResult[],
  measure: (responder: PartialResponder) => Promise<readonly BenchResult[]>,
): Promise<DemoSweep[]> {
  const measured: { variant: ShownVariant; results: readonly BenchResult[] }[] = [];
  for (const [i, variant] of variants.entries()) measured.push({ variant, results: i === 0 ? first : await measure(variant.responder) });
  return [...new Set(variants.map(({ selector }) => selector))].map((selector) => {
    const own = measured.filter(({ variant }) => variant.selector === selector);
    const orders = own.map(({ variant }) => variant.order);
    const scores = (own[0]?.results ?? []).flatMap(({ name: bench, title, scores: { model = [] } }) =>
      model.flatMap(({ name, value, low, high, n, detail }): SweptScore[] => {
        if (n === 0 || detail) return [];
        const benchmark = title;
        if (own.length === 1) return [{ benchmark, name, mean: value, low, high }];
        const values = own.map(({ results }) => {
          const score = results.find((result) => result.name === bench)?.scores.model?.find((one) => one.name === name);
          return score?.value ?? Number.NaN;
        });
        const { orders: _, ...swept } = sweepOf(orders, values);
        return [{ benchmark, name, ...swept }];
      }),
    );
    return { selector, orders, scores };
  });
}

/** Scores down, selectors across: the mean over the orders with its deviation, or the score of the one order with its interval. */
export function sweepTable(sweep: readonly DemoSweep[]): string {
  const [first] = sweep;
  const several = (first?.orders.length ?? 0) > 1;
  const head = several
    ? `demonstrations in ${first?.orders.length} orders, mean ± deviation`
    : `demonstrations, order ${first?.orders[0]}, 95 %`;
  const cell = ({ mean, deviation, low = mean, high = mean }: SweptScore): string =>
    deviation === undefined ? `${mean.toFixed(3)} ${low.toFixed(3)}-${high.toFixed(3)}` : `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;
  const rows = (first?.scores ?? []).map(({ benchmark, name }, i) => [
    `${benchmark} ${name}`,
    ...sweep.map(({ scores }) => (scores[i] ? cell(scores[i]) : '')),
  ]);
  return alignColumns([[head, ...sweep.map(({ selector }) => selector)], ...rows]);
}
