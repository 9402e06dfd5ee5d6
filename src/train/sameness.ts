// Fingerprints that show whether a resumed run has the same loss and the same batches as the run that wrote its checkpoint.

import { createHash } from 'node:crypto';
import { Constant, type Input, Parameter, type Tensor, topological } from '../graph/index.js';
import type { Feeds } from '../model/index.js';
import type { HostTensor } from '../util/host.js';
import { canonical } from './identity.js';
import type { Batch, Objective } from './objective.js';
import type { BatchPart } from './parallel/share.js';

/** Tensors of whole numbers by the hash of their bytes; of floats a summary, since features of a frozen encoder may differ in the last bits. */
type FeedFingerprint = string | readonly [mean: number, rms: number, projection: number];

/** What identifies one batch. */
export interface BatchFingerprint {
  index: number;
  bucket: string;
  weight: number;
  feeds: Record<string, FeedFingerprint>;
  /** Where it is a part of a batch. */
  part?: number;
  parts?: number;
}

/** Kept in checkpoints; compared when a run is resumed. */
export interface RunFingerprint {
  /** `lossFingerprint` by bucket. */
  losses: Record<string, string>;
  /** The first batch of the stage and the last one before the checkpoint. */
  batches: BatchFingerprint[];
}

/** Largest difference of float summaries, as a share of the root mean square, that is rounding rather than other data. */
const TOLERANCE = 0.01;

const bytesOf = ({ data }: HostTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** SHA-256 of the graph that computes a loss: ops and their attributes, constants, names and shapes of inputs and parameters. */
export function lossFingerprint(loss: Tensor): string {
  const { nodes, leaves } = topological([loss]);
  const hash = createHash('sha256');
  const numbers = new Map<Tensor, number>();
  const number = (tensor: Tensor): number => numbers.set(tensor, numbers.size).size - 1;
  for (const leaf of leaves) {
    number(leaf);
    hash.update(`${leaf.dtype}[${leaf.shape}] `);
    if (leaf instanceof Constant) hash.update(bytesOf(leaf.value));
    else hash.update(`${leaf instanceof Parameter ? 'parameter' : 'input'} ${(leaf as Input | Parameter).name}\n`);
  }
  for (const { op, attrs, inputs, outputs } of nodes) {
    hash.update(`${op.name} ${inputs.map((x) => numbers.get(x)).join(' ')} ${canonical(plain(attrs))}\n`);
    for (const y of outputs) number(y);
  }
  return hash.update(`${numbers.get(loss)}`).digest('hex');
}

/** Attributes as JSON can hold them: arrays of numbers by their hash. */
function plain(attrs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const one = (value: unknown): unknown =>
    ArrayBuffer.isView(value) ? sha256(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) : value;
  return Object.fromEntries(Object.entries(attrs).map(([key, value]) => [key, one(value)]));
}

/** What identifies the batch at `index`, or a part of it. */
export function batchFingerprint(
  index: number,
  { bucket, weight = 1, feeds }: Pick<Batch, 'bucket' | 'weight'> & { feeds: Feeds },
  { part, parts }: BatchPart = { part: 0, parts: 1 },
): BatchFingerprint {
  const of = (tensor: HostTensor): FeedFingerprint =>
    tensor.dtype.startsWith('float') ? summary(tensor.data as Float32Array) : sha256(bytesOf(tensor));
  const values = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, of(tensor)]));
  return { index, bucket, weight, feeds: values, ...(parts > 1 ? { part, parts } : {}) };
}

/** What identifies the batch at `index` of an objective: of an online one, what it is made from besides the weights. `get` gives the batch, or `part` of it. */
export async function identifyBatch(
  { online }: Objective,
  index: number,
  { get, part }: { get: () => Batch | Promise<Batch>; part?: BatchPart },
): Promise<BatchFingerprint> {
  if (!online) return batchFingerprint(index, await get(), part);
  return batchFingerprint(index, { bucket: 'online', feeds: await online.given(index) });
}

/** Mean, root mean square and the sum over fixed pseudo-random factors: numbers in another order differ in the last. */
function summary(data: Float32Array): FeedFingerprint {
  const n = Math.max(1, data.length);
  let [sum, squares, projection] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    sum += x;
    squares += x * x;
    projection += x * ((Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32 - 0.5);
  }
  return [sum / n, Math.sqrt(squares / n), projection / Math.sqrt(n)];
}

/** What differs between two fingerprints of the same batch; undefined where it is the same. */
export function batchDifference(before: BatchFingerprint, now: BatchFingerprint): string | undefined {
  if (before.bucket !== now.bucket) return `bucket '${before.bucket}' is now '${now.bucket}'`;
  if (before.weight !== now.weight) return `weight ${before.weight} is now ${now.weight}`;
  const names = [...new Set([...Object.keys(before.feeds), ...Object.keys(now.feeds)])];
  const name = names.find((key) => !sameFeed(before.feeds[key], now.feeds[key]));
  return name === undefined ? undefined : `the values of '${name}'`;
}

function sameFeed(a: FeedFingerprint | undefined, b: FeedFingerprint | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  const limit = TOLERANCE * Math.max(a[1], b[1]) + 1e-12;
  return a.every((x, i) => Math.abs(x - (b[i] as number)) <= limit);
}
