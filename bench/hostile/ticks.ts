// Loaded into the server by `hostile`: how long its main thread computes between two turns of its event loop, in time that it had a core.

import { openSync, readSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** What the main thread did since the last report. All times in milliseconds. */
export interface TickReport {
  /** Most processor time between two turns of a timer: what a busy machine does not change. */
  block: number;
  /** Longest time between two turns that the thread spent waiting for a core. */
  waited: number;
  /** Longest time between two turns, whatever it was spent with. */
  late: number;
  /** Memory as Node counts it, in MiB. */
  heap: number;
  external: number;
}

/** Time between two turns where nothing is to be done. */
const TURN = 4;

function watch(): void {
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const bytes = Buffer.alloc(128);
  /** Nanoseconds on a core, and waiting for one. */
  const times = (): [ran: number, waited: number] => {
    const [ran = 0, waited = 0] = bytes
      .toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0))
      .split(' ')
      .map(Number);
    return [ran / 1e6, waited / 1e6];
  };
  let most = { block: 0, waited: 0, late: 0 };
  let [at, [ran, waited]] = [performance.now(), times()];
  const turn = (): void => {
    const [nowAt, [nowRan, nowWaited]] = [performance.now(), times()];
    most.block = Math.max(most.block, nowRan - ran);
    most.waited = Math.max(most.waited, nowWaited - waited);
    most.late = Math.max(most.late, nowAt - at - TURN);
    [at, ran, waited] = [nowAt, nowRan, nowWaited];
  };
  setInterval(turn, TURN).unref();
  process.on('message', () => {
    turn();
    const { heapUsed, external } = process.memoryUsage();
    process.send?.({ ...most, heap: heapUsed / 2 ** 20, external: external / 2 ** 20 } satisfies TickReport);
    most = { block: 0, waited: 0, late: 0 };
  });
  process.on('disconnect', () => process.exit(1)); // the benchmark is gone
  process.channel?.unref();
}

if (isMainThread && process.send) watch();
