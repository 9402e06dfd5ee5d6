// Runs of a few milliseconds, one after the other: handing each to another thread and back costs up to a millisecond more.

import type { HostTensor } from '../util/host.js';
import type { Program } from './compile.js';
import type { AnyTensor } from './runtime.js';

type Tensors = Readonly<Record<string, AnyTensor>>;

/** Runs that take less stay on the JS thread: whatever else waits there waits so long at most, and gets its turn after each. */
const BRIEF_MS = 32;

/** Runs of one kind (a program with inputs of certain shapes), which take the path that the last one was quick enough for. */
export class Pace {
  private took = Number.POSITIVE_INFINITY;

  /** `now`: a clock in milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Like `Program.run`. */
  async run(program: Program, feeds: Tensors, into: Tensors): Promise<Record<string, HostTensor>> {
    const start = this.now();
    const running = this.took < BRIEF_MS ? program.runNow(feeds, into) : program.run(feeds, into);
    const elsewhere = running instanceof Promise;
    const out = await running;
    this.took = this.now() - start;
    if (!elsewhere) await turn();
    return out;
  }
}

/** Lets waiting events be handled. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
