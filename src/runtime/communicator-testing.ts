// For tests: several communicators in one process, which check that all of them call the same operations in the same order.

import type { Communicator, Exchangeable } from './communicator.js';

interface Call {
  what: string;
  data: Exchangeable;
}

/** Communicators of `size` ranks in this process. A rank that calls something else than the others rejects all of them. */
export function inProcessCommunicators(size: number): (Communicator & { readonly calls: readonly string[]; aborted?: number })[] {
  let waiting: (Call & { resolve(): void; reject(error: Error): void })[] = [];
  let arrived = 0;
  const meet = (rank: number, call: Call, combine: (all: readonly Exchangeable[]) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting[rank] = { ...call, resolve, reject };
      if (++arrived < size) return;
      const all = waiting;
      waiting = [];
      arrived = 0;
      const kinds = new Set(all.map(({ what }) => what));
      if (kinds.size > 1) {
        for (const one of all) one.reject(new Error(`ranks do not call the same: ${[...kinds].join(', ')}`));
        return;
      }
      combine(all.map(({ data }) => data));
      for (const one of all) one.resolve();
    });
  return Array.from({ length: size }, (_, rank) => {
    const calls: string[] = [];
    const run = (what: string, data: Exchangeable, combine: (all: readonly Exchangeable[]) => void): Promise<void> => {
      calls.push(what);
      return meet(rank, { what, data }, combine);
    };
    const sum = (all: readonly Exchangeable[], start: number, end: number, into: readonly Exchangeable[]): void => {
      for (let i = start; i < end; i++) {
        let total = 0;
        for (const data of all)
          total = data instanceof Float32Array ? Math.fround(total + (data[i] as number)) : total + (data[i] as number);
        for (const data of into) data[i] = total;
      }
    };
    return {
      rank,
      size,
      calls,
      allReduce: (data) => run(`allReduce ${data.length}`, data, (all) => sum(all, 0, data.length, all)),
      reduceScatter: (data, bounds) =>
        run(`reduceScatter ${bounds}`, data, (all) => {
          for (const [r, one] of all.entries()) sum(all, bounds[r] as number, bounds[r + 1] as number, [one]);
        }),
      allGather: (data, bounds) =>
        run(`allGather ${bounds}`, data, (all) => {
          for (const to of all)
            for (const [r, from] of all.entries()) if (to !== from) to.set(from.subarray(bounds[r], bounds[r + 1]), bounds[r]);
        }),
      gather: (own, bounds, whole) =>
        run(`gather ${bounds}`, rank === 0 ? (whole as Float32Array) : own, (all) => {
          for (const [r, from] of all.entries()) if (r > 0) all[0]?.set(from, bounds[r]);
        }).then(() => void whole?.set(own, bounds[0])),
      broadcast: (data, root = 0) =>
        run(`broadcast ${root} ${data.length}`, data, (all) => {
          for (const to of all) if (to !== all[root]) to.set(all[root] as Exchangeable);
        }),
      barrier: () => run('barrier', new Uint8Array(), () => {}),
      abort(code) {
        this.aborted = code;
      },
      leave() {},
    } as Communicator & { readonly calls: string[]; aborted?: number };
  });
}
