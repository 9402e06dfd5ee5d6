// Whether a device computes what the CPU computes: the kernels that models and their gradients stand on, one small program each, and how fast
// it multiplies. Drivers differ, so this runs on the user's own adapter.

import {
  and,
  attention,
  cachedAttention,
  cast,
  constant,
  conv,
  crossEntropy,
  cumSum,
  gather,
  gelu,
  grad,
  type Input,
  input,
  layerNorm,
  matMul,
  matMulNBitsOp,
  oneHot,
  or,
  rmsNorm,
  rotary,
  rotaryTable,
  silu,
  sum,
  type Tensor,
  topK,
  transpose,
} from '../graph/index.js';
import { type HostTensor, hostTensor, sizeOf } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { compile } from './compile.js';
import { randomTensor } from './probe-models.js';
import type { Runtime } from './runtime.js';
import type { WrongKernel } from './wrong-kernels.js';

/** What one kernel gave on the device, beside the CPU. */
export interface KernelCheck {
  readonly kernel: string;
  /** Largest difference, relative to the largest number of the output; Infinity where numbers are missing or the kernel failed. */
  readonly difference: number;
  readonly ok: boolean;
  /** What the device said where it failed. */
  readonly error?: string;
  /** Ops of the graph that it is the kernel of. */
  readonly ops: readonly string[];
}

/** What a device was found to do. */
export interface DeviceCheck {
  readonly kernels: readonly KernelCheck[];
  /** Speed of a float32 product of its size, in 10⁹ operations a second. */
  readonly gflops: number;
}

/** Products are summed in another order, and sines are coarser than on a processor. */
const BAR = 1e-3;

interface Case {
  /** Of the graph, whose nodes stay on the CPU where the kernel is wrong. */
  readonly ops: readonly string[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Whole numbers below `below`. */
  readonly ids?: Readonly<Record<string, { shape: readonly number[]; below: number }>>;
  graph(x: Readonly<Record<string, Tensor>>): Tensor;
  /** Inference only. */
  forward?: true;
}

/** Shapes beyond one tile of a kernel, and not a multiple of it. */
const CASES: Readonly<Record<string, Case>> = {
  matMul: { ops: ['matMul', 'fusedMatMul'], inputs: { a: [70, 130], b: [130, 90] }, graph: ({ a, b }) => matMul(a as Tensor, b as Tensor) },
  'matMul of a stored weight': {
    ops: ['matMul', 'fusedMatMul'],
    inputs: { a: [3, 40, 130], b: [90, 130] },
    graph: ({ a, b }) => matMul(a as Tensor, transpose(b as Tensor)),
  },
  conv: {
    ops: ['conv', 'convTranspose'],
    inputs: { x: [2, 6, 18, 18], w: [8, 6, 3, 3] },
    graph: ({ x, w }) => conv(x as Tensor, w as Tensor, { stride: 2, padding: 1 }),
  },
  layerNorm: {
    ops: ['layerNorm'],
    inputs: { x: [33, 96], w: [96], b: [96] },
    graph: ({ x, w, b }) => layerNorm(x as Tensor, w as Tensor, b as Tensor),
  },
  rmsNorm: { ops: ['rmsNorm'], inputs: { x: [33, 96], w: [96] }, graph: ({ x, w }) => rmsNorm(x as Tensor, w as Tensor) },
  gelu: { ops: ['gelu', 'erf'], inputs: { x: [33, 96] }, graph: ({ x }) => gelu(x as Tensor) },
  silu: { ops: ['silu', 'sigmoid'], inputs: { x: [33, 96] }, graph: ({ x }) => silu(x as Tensor) },
  softmax: { ops: ['softmax'], inputs: { x: [9, 200] }, graph: ({ x }) => (x as Tensor).softmax() },
  attention: {
    ops: ['attention'],
    inputs: { q: [2, 4, 37, 32], k: [2, 4, 37, 32], v: [2, 4, 37, 32] },
    graph: ({ q, k, v }) => attention(q as Tensor, k as Tensor, v as Tensor),
  },
  rotary: {
    ops: ['rotary'],
    inputs: { x: [2, 4, 9, 32] },
    ids: { at: { shape: [2, 9], below: 64 } },
    graph: ({ x, at }) => rotary(x as Tensor, at as Tensor, rotaryTable(64, 32)),
  },
  crossEntropy: {
    ops: ['crossEntropy', 'logSoftmax'],
    inputs: { x: [21, 150] },
    ids: { y: { shape: [21], below: 150 } },
    graph: ({ x, y }) => crossEntropy(x as Tensor, y as Tensor),
  },
  'gather, and the sum of its rows': {
    ops: ['gather', 'scatterElements'],
    inputs: { table: [1100, 24] },
    ids: { at: { shape: [50], below: 40 } },
    graph: ({ table, at }) => gather(table as Tensor, at as Tensor),
  },
  oneHot: {
    ops: ['oneHot'],
    inputs: { x: [12, 20] },
    ids: { at: { shape: [12], below: 20 } },
    graph: ({ x, at }) => (x as Tensor).mul(oneHot(at as Tensor, 20)),
  },
  'masks of rows and columns': {
    ops: ['and', 'or'],
    inputs: { x: [12, 16] },
    ids: { row: { shape: [1, 16], below: 2 }, column: { shape: [12, 1], below: 2 } },
    graph: ({ x, row, column }) => {
      const [a, b, c] = [x, row, column].map((t) => (t as Tensor).greater(0)) as [Tensor, Tensor, Tensor];
      const masks = [and(a, b), and(a, c), and(b, c), or(a, b), or(a, c), or(b, c)];
      return masks.reduce((y, mask, i) => y.add(cast(mask, 'float32').mul(2 ** i)), x as Tensor);
    },
  },
  topK: { ops: ['topK'], inputs: { x: [5, 60] }, graph: ({ x }) => topK(x as Tensor, 4).values },
  cumSum: { ops: ['cumSum'], inputs: { x: [7, 80] }, graph: ({ x }) => cumSum(x as Tensor) },
  'four-bit weights': {
    ops: ['matMulNBits'],
    inputs: { x: [5, 128], scales: [48, 4] },
    ids: { packed: { shape: [48, 4, 16], below: 256 } },
    graph: ({ x, packed, scales }) => matMulNBitsOp.one([x, packed, scales] as Tensor[], { inputs: 128, outputs: 48, block: 32, level: 1 }),
    forward: true,
  },
  'attention over a cache': {
    ops: ['cachedAttention'],
    inputs: { q: [1, 5, 128], k: [1, 5, 64], v: [1, 5, 64], pastKey: [1, 2, 16, 32], pastValue: [1, 2, 16, 32] },
    graph: ({ q, k, v, pastKey, pastValue }) => {
      const places = { lengths: constant(hostTensor('int32', [1], [4])), total: constant(hostTensor('int32', [], [5])) };
      const operands = { q, k, v, pastKey, pastValue } as Record<'q' | 'k' | 'v' | 'pastKey' | 'pastValue', Tensor>;
      return cachedAttention({ ...operands, ...places }, rotaryTable(16, 32), { heads: 4, kvHeads: 2, scale: 0.2 }).out;
    },
    forward: true,
  },
};

/** What is to be kept of a check: the kernels that are wrong. */
export const wrongKernels = ({ kernels }: Pick<DeviceCheck, 'kernels'>): WrongKernel[] =>
  kernels
    .filter(({ ok }) => !ok)
    .map(({ kernel, ops, difference }) => ({ kernel, ops, ...(Number.isFinite(difference) ? { difference } : {}) }));

/** A device on which nodes of kernels that were found wrong before are there as well. */
const unguarded = (device: Runtime): Runtime => Object.create(device, { onHost: { value: undefined } });

/** Runs every kernel, forward and backward, on both runtimes, and measures how fast the device multiplies. */
export async function checkDevice(device: Runtime, cpu: Runtime): Promise<DeviceCheck> {
  return { kernels: await checkKernels(device, cpu), gflops: await measureProduct(unguarded(device)) };
}

/** Runs every kernel, forward and backward, on both runtimes. */
export async function checkKernels(device: Runtime, cpu: Runtime): Promise<KernelCheck[]> {
  const kernels: KernelCheck[] = [];
  for (const [kernel, one] of Object.entries(CASES)) kernels.push(await checkKernel(kernel, one, unguarded(device), cpu));
  return kernels;
}

async function checkKernel(kernel: string, one: Case, device: Runtime, cpu: Runtime): Promise<KernelCheck> {
  const feeds: Record<string, HostTensor> = {};
  const x: Record<string, Input> = {};
  for (const [name, shape] of Object.entries(one.inputs)) {
    feeds[name] = randomTensor(`${kernel} ${name}`, shape, 0.5);
    x[name] = input(name, shape);
  }
  for (const [name, { shape, below }] of Object.entries(one.ids ?? {})) {
    const rng = new Rng(`${kernel} ${name}`);
    const dtype = below === 256 ? 'uint8' : 'int32';
    feeds[name] = hostTensor(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) }, () => rng.int(below)),
    );
    x[name] = input(name, shape, dtype);
  }
  const y = one.graph(x);
  const floats = Object.keys(one.inputs).map((name) => x[name] as Input);
  const gradients = one.forward ? [] : grad(sum(y.mul(constant(randomTensor(`${kernel} weights`, y.shape as number[])))), floats);
  const outputs = { out: y, ...Object.fromEntries(gradients.map((g, i) => [`d${floats[i]?.name}`, g])) };
  const run = async (runtime: Runtime): Promise<Record<string, HostTensor>> => {
    const program = await compile(outputs, { runtime, name: 'check' });
    try {
      return await program.run(feeds);
    } finally {
      program.dispose();
    }
  };
  const wanted = await run(cpu);
  try {
    const got = await run(device);
    const difference = Math.max(...Object.keys(outputs).map((name) => relative(got[name] as HostTensor, wanted[name] as HostTensor)));
    return { kernel, difference, ok: difference <= BAR, ops: one.ops };
  } catch (error) {
    return { kernel, difference: Number.POSITIVE_INFINITY, ok: false, error: (error as Error).message, ops: one.ops };
  }
}

/** Largest difference, relative to the largest number that is wanted; Infinity for what is not a number. */
function relative(got: HostTensor, wanted: HostTensor): number {
  let [scale, most] = [1e-6, 0];
  for (const [i, v] of (wanted.data as Float32Array).entries()) {
    scale = Math.max(scale, Math.abs(v));
    const d = Math.abs((got.data[i] as number) - v);
    most = d >= 0 ? Math.max(most, d) : Number.POSITIVE_INFINITY;
  }
  return most / scale;
}

/** Sides of the square products that are timed: the next one where the last took less than `BRIEF` milliseconds. */
const SIDES = [512, 1024, 2048, 4096];
const BRIEF = 20;

/** The speed of a product whose operands and result stay on the device. */
async function measureProduct(runtime: Runtime): Promise<number> {
  const { memory } = runtime;
  if (!memory) return 0;
  let gflops = 0;
  for (const n of SIDES) {
    const [a, b] = [input('a', [n, n]), input('b', [n, n])];
    const program = await compile({ y: sum(matMul(a, b), 1) }, { runtime, name: 'speed' });
    const feeds = { a: await memory.upload(randomTensor('a', [n, n])), b: await memory.upload(randomTensor('b', [n, n])) };
    try {
      await program.run(feeds); // kernels are compiled in the first run
      const runs = 4;
      const began = performance.now();
      for (let i = 0; i < runs; i++) await program.run(feeds);
      const milliseconds = (performance.now() - began) / runs;
      gflops = (2 * n ** 3) / milliseconds / 1e6;
      if (milliseconds > BRIEF) break;
    } finally {
      program.dispose();
      feeds.a.dispose();
      feeds.b.dispose();
    }
  }
  return gflops;
}
