// How much a score depends on the order of demonstrations: mean and deviation over random permutations.

import { studentInterval } from '../../train/sweep.js';
import { SensoriumError } from '../../util/errors.js';

/** Scores under several orders. */
export interface OrderSweep {
  orders: readonly string[];
  values: readonly number[];
  mean: number;
  /** Standard deviation over the orders (n - 1). */
  deviation: number;
  /** 95 % interval of the mean, Student's t. */
  low?: number;
  high?: number;
}

/** The names of `count` random orders: `permutation:0` to `permutation:N-1`. Errors: `demos.option` for fewer than two. */
export function sweptOrders(count: number): string[] {
  if (!Number.isInteger(count) || count < 2)
    throw new SensoriumError('demos.option', 'a sweep takes two orders or more', {
      place: 'orders',
      expected: 'at least 2',
      got: String(count),
    });
  return Array.from({ length: count }, (_, k) => `permutation:${k}`);
}

/** Mean, deviation and interval of scores under two orders or more. */
export function sweepOf(orders: readonly string[], values: readonly number[]): OrderSweep {
  const { mean, low, high } = studentInterval(values);
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  return { orders, values, mean, deviation, low, high };
}

/**
 * Measures under `permutation:0` to `permutation:N-1`.
 * @example await sweepOrders(5, (order) => accuracyOf(withDemos(responder, { ...options, order })))
 * Errors: `demos.option` for fewer than two orders.
 */
export async function sweepOrders(count: number, measure: (order: string) => Promise<number>): Promise<OrderSweep> {
  const orders = sweptOrders(count);
  const values: number[] = [];
  for (const order of orders) values.push(await measure(order));
  return sweepOf(orders, values);
}
