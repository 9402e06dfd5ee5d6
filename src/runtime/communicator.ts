// How the processes of a job exchange numbers: the collective operations that data-parallel training needs.

/** Arrays that can be exchanged. */
export type Exchangeable = Float32Array | Float64Array | Uint8Array;

/**
 * The processes of a job. All of them call the same operations in the same order; each resolves when this process is done with its part.
 * Errors of all: `runtime.rank` where another process has ended or does not answer in time, `runtime.mpi`.
 */
export interface Communicator {
  /** From 0. */
  readonly rank: number;
  readonly size: number;
  /** Replaces `data` by its elementwise sum over all ranks. */
  allReduce(data: Float32Array | Float64Array): Promise<void>;
  /** Replaces elements `bounds[rank]` to `bounds[rank + 1]` by their sum over all ranks; the other elements are not defined afterwards. */
  reduceScatter(data: Float32Array, bounds: readonly number[]): Promise<void>;
  /** Fills `data` on all ranks: elements `bounds[r]` to `bounds[r + 1]` come from rank r. */
  allGather(data: Exchangeable, bounds: readonly number[]): Promise<void>;
  /** Brings `own`, elements `bounds[rank]` to `bounds[rank + 1]` of a whole, together in `whole` on rank 0. */
  gather(own: Float32Array, bounds: readonly number[], whole: Float32Array | undefined): Promise<void>;
  /** Replaces `data` by that of rank `root`, 0 by default. */
  broadcast(data: Exchangeable, root?: number): Promise<void>;
  /** Resolves when all ranks have called it. */
  barrier(): Promise<void>;
  /** Ends all processes of the job. */
  abort(code: number): void;
  /** Called by whoever knows that all ranks end now, whatever their exit codes: they then take leave of each other. */
  leave(): void;
}

const nothing = async (): Promise<void> => {};

/** One process: every operation leaves its data as they are. */
export const soloCommunicator: Communicator = {
  rank: 0,
  size: 1,
  allReduce: nothing,
  reduceScatter: nothing,
  allGather: nothing,
  async gather(own, [start = 0], whole) {
    whole?.set(own, start);
  },
  broadcast: nothing,
  barrier: nothing,
  abort() {},
  leave() {},
};

/**
 * Bounds of `parts` consecutive parts of `length` elements, as even as multiples of `step` allow: part r is from `bounds[r]` to `bounds[r + 1]`.
 */
export function evenBounds(length: number, parts: number, step = 1): number[] {
  const steps = Math.ceil(length / step);
  return Array.from({ length: parts + 1 }, (_, r) => Math.min(length, Math.floor((steps * r) / parts) * step));
}
