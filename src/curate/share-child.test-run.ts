// Run by tests in a process of its own: a worker of the shares of a run, which may stop in the middle of one until it is killed.
// Arguments as JSON: { redis, path, out, holdAt?: rows of a share after which it says so and does nothing any more }. Prints JSON lines.

import { startShareWorker } from './shares.js';
import { SHARED_FILTERS } from './testing.js';

const task = JSON.parse(process.argv[2] ?? '{}') as { redis: string; path: string; out: string; holdAt?: number };
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const onProgress = ({ done }: { done: number }): void => {
  if (task.holdAt === undefined || done < task.holdAt) return;
  say({ holds: done });
  // Nothing of this process runs any more, as when its machine has stopped.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
const options = { out: task.out, filters: SHARED_FILTERS, to: 'webdataset' as const, rowsPerFile: 300, onProgress };
await startShareWorker(task.path, options, { redis: task.redis, lock: 500, deaths: 1000 });
say({ ready: true });
process.stdin.resume(); // it lives until it is killed
