// The processes of a run act as one: what each finds out is shared, an error or Ctrl-C of one is that of all, at the same place of the program.

import { type Communicator, soloCommunicator } from '../../runtime/communicator.js';
import { isAbort, SensoriumError } from '../../util/errors.js';

/** An error as a message carries it. */
interface SharedError {
  name: string;
  message: string;
  details?: Pick<SensoriumError, 'code' | 'summary' | 'place' | 'expected' | 'got' | 'hint'>;
}

/** What a rank tells the others at a place where all of them meet. */
interface Message<T> {
  value?: T;
  error?: SharedError;
  /** Why this rank is to stop, where it is. */
  stop?: SharedError;
}

const shared = new WeakSet<object>();

/** Marks an error that is thrown in place of another one as shared where that is. */
export function sharedAs<E extends object>(error: E, cause: unknown): E {
  if (isShared(cause)) shared.add(error);
  return error;
}

/** True for an error that all ranks throw: rank 0 reports it for all. */
export const isShared = (error: unknown): boolean => typeof error === 'object' && error !== null && shared.has(error);

/** The ranks of a run. With one, everything is as if they were not there. */
export class Ranks {
  /** Aborted where all ranks know that one of them is to stop; with one rank the signal that was given. */
  readonly signal: AbortSignal | undefined;
  private readonly stop = new AbortController();

  constructor(
    readonly communicator: Communicator,
    private readonly own?: AbortSignal,
  ) {
    this.signal = communicator.size > 1 ? this.stop.signal : own;
  }

  get rank(): number {
    return this.communicator.rank;
  }

  get size(): number {
    return this.communicator.size;
  }

  /** Whether this is the rank that writes. */
  get isFirst(): boolean {
    return this.rank === 0;
  }

  /** Runs `work` on all ranks and resolves with what each gave, as JSON carries it. Where one fails, all throw its error. */
  async all<T>(work: () => T | Promise<T>): Promise<T[]> {
    if (this.size === 1) return [await work()];
    let message: Message<T>;
    let failure: unknown;
    try {
      message = { value: await work() };
    } catch (error) {
      failure = error;
      message = { error: pack(error) };
    }
    if (this.own?.aborted) message.stop = pack(this.own.reason);
    const messages = await this.exchange(message);
    const stop = messages.find((m) => m.stop)?.stop;
    if (stop && !this.stop.signal.aborted) this.stop.abort(unpack(stop));
    const failed = messages.findIndex((m) => m.error);
    if (failed < 0) return messages.map((m) => m.value as T);
    const { error } = messages[failed] as { error: SharedError };
    throw unpack(error, failed, failed === this.rank ? failure : undefined);
  }

  /** Runs `work` on all ranks and resolves with what it gave here. Where one fails, all throw its error. */
  async each<T>(work: () => T | Promise<T>): Promise<T> {
    let own: T | undefined;
    await this.all(async () => {
      own = await work();
    });
    return own as T;
  }

  /** Runs `work` on rank 0 alone; all resolve with what it gave, as JSON carries it, or throw its error. */
  async first<T>(work: () => T | Promise<T>): Promise<T> {
    return (await this.all(async () => (this.isFirst ? await work() : (undefined as T))))[0] as T;
  }

  /** Brings lists of all ranks into the order that `shareOf` dealt them out from: one of rank 0, one of rank 1, … */
  async dealt<T>(work: () => Promise<readonly T[]>): Promise<T[]> {
    const lists = await this.all(work);
    const longest = Math.max(...lists.map((list) => list.length));
    return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => (i < list.length ? [list[i] as T] : []))).flat();
  }

  /** Every `size`-th of a list, from this rank's on. */
  shareOf<T>(list: readonly T[]): T[] {
    return list.filter((_, i) => i % this.size === this.rank);
  }

  private async exchange<T>(message: Message<T>): Promise<Message<T>[]> {
    const { communicator, rank, size } = this;
    const own = Buffer.from(JSON.stringify(message));
    const lengths = new Float64Array(size);
    lengths[rank] = own.length;
    await communicator.allGather(
      lengths,
      Array.from({ length: size + 1 }, (_, r) => r),
    );
    const bounds = [0];
    for (const length of lengths) bounds.push((bounds.at(-1) as number) + length);
    const bytes = new Uint8Array(bounds[size] as number);
    bytes.set(own, bounds[rank]);
    await communicator.allGather(bytes, bounds);
    return Array.from(lengths, (_, r) => JSON.parse(Buffer.from(bytes.subarray(bounds[r], bounds[r + 1])).toString('utf8')) as Message<T>);
  }
}

/** A run of one process. */
export const soloRanks = new Ranks(soloCommunicator);

function pack(error: unknown): SharedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  if (!(error instanceof SensoriumError)) return { name, message };
  const { code, summary, place, expected, got, hint } = error;
  return { name, message, details: { code, summary, place, expected, got, hint } };
}

/** The error that all ranks throw. `rank`: where it came up; `cause`: the error itself, on that rank. */
function unpack({ name, message, details }: SharedError, rank?: number, cause?: unknown): Error {
  let error: Error;
  if (name === 'AbortError') error = isAbort(cause) ? (cause as Error) : new DOMException(message, name);
  else if (details) {
    const where = rank === undefined ? details.place : [`rank ${rank}`, details.place].filter(Boolean).join(': ');
    error = new SensoriumError(details.code, details.summary, { ...details, place: where, cause });
  } else error = Object.assign(new Error(rank === undefined ? message : `rank ${rank}: ${message}`, { cause }), { name });
  shared.add(error);
  return error;
}

/** What ends a run from outside, and not for what it learns: another process, or the device. */
const OUTSIDE: ReadonlySet<string> = new Set(['runtime.rank', 'runtime.device', 'runtime.memory']);

/** The error with the last checkpoint in it, where another process has ended: the run goes on from there. */
export function withCheckpoint(error: unknown, path: string | undefined): unknown {
  if (!(error instanceof SensoriumError && OUTSIDE.has(error.code))) return error;
  const last = path === undefined ? 'There is no checkpoint yet' : `The last checkpoint is good: ${path}. Run the same with --resume`;
  const { code, summary, place, expected, got, hint } = error;
  return new SensoriumError(code, summary, { place, expected, got, hint: [last, hint].filter(Boolean).join('. '), cause: error });
}
