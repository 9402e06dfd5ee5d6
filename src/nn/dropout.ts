// Dropout with masks that are a function of one number fed with each batch, so that a resumed run draws the same ones.

import { add, cast, constant, currentScope, div, floor, less, mul, sub, type Tensor, where } from '../graph/index.js';
import { hostTensor, sizeOf } from '../util/host.js';
import { hash32 } from '../util/rng.js';

interface Training {
  seed: Tensor;
  drawn: number;
}
let training: Training | undefined;

/**
 * Traces `fn` as a training graph, in which `dropout` acts. seed: int64 [], another for every batch: the batch's index will do.
 * Graphs traced outside, for generation and evaluation, have no dropout.
 */
export function withDropout<T>(seed: Tensor, fn: () => T): T {
  const before = training;
  training = { seed, drawn: 0 };
  try {
    return fn();
  } finally {
    training = before;
  }
}

/** True while a training graph is traced: what acts in training alone, such as the capacity of experts, asks. */
export const isTraining = (): boolean => training !== undefined;

/**
 * In a training graph: a share of the elements of x is set to zero, and the others are divided by what is left (Srivastava et al. 2014).
 * x: [..., width], fixed sizes -> the same. Elsewhere x itself.
 */
export function dropout(x: Tensor, share: number): Tensor {
  if (!training || share === 0) return x;
  const shape = x.shape.map((_, axis) => x.size(axis));
  const width = shape.at(-1) as number;
  const rows = sizeOf(shape) / width;
  const { seed } = training;
  const stream = hash32(`${currentScope()}#${training.drawn++}`) % MODULUS;
  // Element (i, j) draws the fraction of turn(i) * speed(j) + start(j): three vectors of good numbers instead of a matrix of them.
  const turn = uniform(randomBits(seed, rows, stream));
  const columns = randomBits(seed, 2 * width, (stream + 1) % MODULUS).reshape([2, width]);
  const column = (row: number): Tensor => columns.slice({ axis: 0, start: row, end: row + 1 });
  const speed = floor(uniform(column(0)).mul(SPEEDS)).add(SPEEDS / 16);
  const angle = turn
    .reshape([rows, 1])
    .mul(speed)
    .add(uniform(column(1)));
  const draw = sub(angle, floor(angle)).reshape(shape);
  return where(less(draw, share), 0, x.mul(1 / (1 - share)));
}

/** 2³¹ - 1, a prime: products of two smaller numbers fit int64. */
const MODULUS = 2147483647;
/** Different speeds of columns; their product with a 24-bit fraction leaves twelve bits behind the point. */
const SPEEDS = 4096;

/** Pseudo-random integers below `MODULUS`: int64 [count]. Squaring modulo a prime, three times, over seed, stream and place. */
function randomBits(seed: Tensor, count: number, stream: number): Tensor {
  const places = BigInt64Array.from({ length: count }, (_, i) => BigInt(((i + 1) * 48271 + stream) % MODULUS));
  const spread = mod(mul(add(mod(seed), 1), 1103515245));
  let x = mod(add(constant(hostTensor('int64', [count], places)), spread));
  for (const step of [12345, 214013, 2531011]) x = mod(add(mul(x, x), step));
  return x;
}

function mod(x: Tensor): Tensor {
  return sub(x, mul(div(x, MODULUS), MODULUS));
}

function uniform(bits: Tensor): Tensor {
  return cast(bits, 'float32').mul(1 / MODULUS);
}
