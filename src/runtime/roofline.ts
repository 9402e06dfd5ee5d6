// What this machine can do at best: the speed of one large matrix product and of reading memory. Every other speed is a share of these.

import { encodeModel } from '../onnx/codec.js';
import type { HostTensor } from '../util/host.js';
import { hostTensor } from '../util/host.js';
import type { Runtime, Session } from './runtime.js';

export interface MatMulRoofline {
  /** [m,k] x [k,n]. */
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Median over the repeats, 2·m·k·n operations per product. */
  readonly gflops: number;
  /** Median time of one product. */
  readonly milliseconds: number;
}

export interface MatMulOptions {
  runtime: Runtime;
  m?: number;
  k?: number;
  n?: number;
  /** Timed repeats; one more is run first, untimed. Default 7. */
  repeats?: number;
  signal?: AbortSignal;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** Values of a size that keeps products normal numbers: denormals and infinities would change the speed. */
function pseudoRandom(tensor: HostTensor<'float32'>): HostTensor<'float32'> {
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = ((Math.imul(i, 2654435761) >>> 8) / 2 ** 24 - 0.5) * 0.1;
  return tensor;
}

/** One float32 product with constant (hence packed) weights, to be timed between other things. */
export class MatMulProbe {
  private constructor(
    private readonly session: Session,
    private readonly feeds: Record<string, HostTensor>,
    private readonly into: Record<string, HostTensor>,
    /** Work of one product, in 10⁹ floating-point operations. */
    readonly gflop: number,
  ) {}

  static async create(options: { runtime: Runtime; m?: number; k?: number; n?: number; threads?: number }): Promise<MatMulProbe> {
    const { runtime, m = 512, k = 2048, n = 8192, threads } = options;
    const weights = pseudoRandom(hostTensor('float32', [k, n]));
    const bytes = encodeModel({
      name: 'roofline',
      nodes: [{ opType: 'MatMul', name: 'matmul', inputs: ['x', 'w'], outputs: ['y'] }],
      initializers: [
        { name: 'w', dtype: 'float32', dims: [k, n], external: { location: 'shared', offset: 0, length: weights.data.byteLength } },
      ],
      inputs: [{ name: 'x', dtype: 'float32', shape: [m, k] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [m, n] }],
    });
    const session = await runtime.load(bytes, { initializers: { w: weights }, threads });
    return new MatMulProbe(
      session,
      { x: pseudoRandom(hostTensor('float32', [m, k])) },
      { y: hostTensor('float32', [m, n]) },
      (2 * m * k * n) / 1e9,
    );
  }

  /** Runs it once; resolves with the milliseconds it took. */
  async run(): Promise<number> {
    const start = performance.now();
    await this.session.run(this.feeds, this.into);
    return performance.now() - start;
  }

  dispose(): void {
    this.session.dispose();
  }
}

/** Speed of one float32 product with constant (hence packed) weights, on all threads of the runtime. */
export async function measureMatMul(options: MatMulOptions): Promise<MatMulRoofline> {
  const { runtime, m = 512, k = 2048, n = 8192, repeats = 7, signal } = options;
  const probe = await MatMulProbe.create({ runtime, m, k, n });
  try {
    const times: number[] = [];
    for (let i = 0; i <= repeats; i++) {
      signal?.throwIfAborted();
      const time = await probe.run();
      if (i > 0) times.push(time);
    }
    const milliseconds = median(times);
    return { m, k, n, milliseconds, gflops: probe.gflop / (milliseconds / 1e3) };
  } finally {
    probe.dispose();
  }
}

/** Reads memory far larger than the caches, to be timed between other things. */
export class BandwidthProbe {
  private readonly into: Record<string, HostTensor>;
  private constructor(
    private readonly session: Session,
    private readonly x: HostTensor<'float32'>,
  ) {
    this.into = { y: hostTensor('float32', [x.shape[0] as number]) };
  }

  static async create(options: { runtime: Runtime; megabytes?: number; threads?: number }): Promise<BandwidthProbe> {
    const { runtime, megabytes = 256, threads } = options;
    const columns = 4096;
    const rows = Math.max(1, Math.round((megabytes * 2 ** 20) / 4 / columns));
    const model = encodeModel({
      name: 'bandwidth',
      // ReduceMax over rows reads everything once and writes next to nothing.
      nodes: [{ opType: 'ReduceMax', name: 'max', inputs: ['x', 'axes'], outputs: ['y'], attributes: { keepdims: 0 } }],
      initializers: [{ name: 'axes', dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) }],
      inputs: [{ name: 'x', dtype: 'float32', shape: [rows, columns] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [rows] }],
    });
    const session = await runtime.load(model, { threads });
    const x = hostTensor('float32', [rows, columns]);
    x.data.fill(1); // touched, so that it is real memory and not the one shared zero page
    return new BandwidthProbe(session, x);
  }

  /** Reads it all once; resolves with the speed in GB/s. */
  async run(): Promise<number> {
    const start = performance.now();
    await this.session.run({ x: this.x }, this.into);
    return this.x.data.byteLength / (performance.now() - start) / 1e6;
  }

  dispose(): void {
    this.session.dispose();
  }
}

/** Speed of reading memory far larger than the caches, in GB/s: the bound on decoding one token at a time. */
export async function readBandwidth(options: { runtime: Runtime; megabytes?: number; repeats?: number }): Promise<number> {
  const { repeats = 5 } = options;
  const probe = await BandwidthProbe.create(options);
  try {
    const speeds: number[] = [];
    for (let i = 0; i <= repeats; i++) {
      const speed = await probe.run();
      if (i > 0) speeds.push(speed);
    }
    return median(speeds);
  } finally {
    probe.dispose();
  }
}
