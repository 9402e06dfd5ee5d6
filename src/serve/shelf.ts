// Things that are loaded when they are first asked for, one at a time and within a bound of memory; what was idle longest makes room.

import { formatBytes } from '../util/progress.js';
import type { Clock } from './clock.js';
import { ApiError } from './errors.js';
import type { MemoryBudget } from './memory.js';
import { Turns } from './turns.js';

/** How something on a shelf is had, and given up. */
export interface Stock<T> {
  readonly name: string;
  /** Bytes that it takes at least, as far as is known before it is loaded. */
  readonly bytes?: number;
  /** Requests that may wait for it while it is loaded. */
  readonly maxWaiting: number;
  /** `signal` is aborted when the shelf is closed. */
  load(signal: AbortSignal): Promise<T>;
  /** Bytes that it takes once it is loaded. */
  bytesOf(value: T): number;
  unload(value: T): Promise<void>;
}

/** Something in use: it stays loaded until it is released. */
export interface Lease<T> {
  readonly value: T;
  /** May be called more than once. */
  release(): void;
}

/** What happens on a shelf. */
export type ShelfEvent =
  | { readonly type: 'loaded'; readonly name: string; readonly ms: number; readonly bytes: number }
  | { readonly type: 'unloaded'; readonly name: string; readonly bytes: number }
  | { readonly type: 'failed'; readonly name: string; readonly error: unknown };

/** Options of a `Shelf`. */
export interface ShelfOptions {
  memory: MemoryBudget;
  clock: Clock;
  onEvent?: (event: ShelfEvent) => void;
}

/** Milliseconds after which something that could not be loaded is tried again, if it is asked for. */
export const RETRY_MS = 30_000;
/** Seconds after which it is worth asking again for something that found no room. */
const BUSY_SECONDS = 5;

/** Loads and unloads, one thing at a time. */
export class Shelf {
  private readonly items: Shelved<unknown>[] = [];
  private readonly turns = new Turns(1);
  private readonly ending = new AbortController();

  constructor(private readonly options: ShelfOptions) {
    options.memory.count('models', () => this.items.reduce((sum, item) => sum + item.bytes, 0));
  }

  /** Adds something that is loaded when it is asked for. */
  add<T>(stock: Stock<T>): Shelved<T> {
    const item: Shelved<T> = new Shelved<T>(stock, this.options.clock, () => this.load(item));
    this.items.push(item as unknown as Shelved<unknown>);
    return item;
  }

  /** Adds something that is loaded already; it stays its owner's, and loaded. */
  keep<T>(name: string, value: T, bytesOf: (value: T) => number): Shelved<T> {
    const item = this.add<T>({ name, maxWaiting: 0, bytesOf, load: async () => value, unload: async () => {} });
    item.put(value);
    item.kept = true;
    return item;
  }

  /** Ends what is being loaded. Nothing more can be had that is not loaded. */
  stop(): void {
    this.ending.abort(shuttingDown());
  }

  /** Unloads all that was loaded here. Nothing can be had afterwards. */
  async close(): Promise<void> {
    this.stop();
    const leave = await this.turns.take();
    try {
      for (const item of this.items) if (item.loaded && !item.kept) await this.unload(item);
    } finally {
      leave();
    }
  }

  private async load<T>(item: Shelved<T>): Promise<void> {
    const { clock, onEvent } = this.options;
    const { name, stock } = item;
    const leave = await this.turns.take();
    try {
      await this.makeRoom(item, item.expected);
      const began = clock.now();
      let value: T;
      try {
        value = await stock.load(this.ending.signal);
      } catch (error) {
        this.ending.signal.throwIfAborted();
        item.fail(error);
        onEvent?.({ type: 'failed', name, error });
        throw error;
      }
      const bytes = stock.bytesOf(value);
      item.expected = bytes;
      try {
        await this.makeRoom(item, bytes);
      } catch (error) {
        await stock.unload(value);
        onEvent?.({ type: 'failed', name, error });
        throw error;
      }
      item.put(value);
      onEvent?.({ type: 'loaded', name, ms: clock.now() - began, bytes });
    } finally {
      leave();
    }
  }

  /** Unloads what is idle, the least recently used first, until so many bytes fit. Throws `ApiError` 503 where that does not suffice. */
  private async makeRoom<T>(item: Shelved<T>, bytes: number): Promise<void> {
    this.ending.signal.throwIfAborted();
    const { memory } = this.options;
    const kept = this.items.reduce((sum, other) => sum + (other.kept ? other.bytes : 0), 0);
    const most = memory.mostForModels - kept;
    if (bytes > most) throw tooLarge(item.name, bytes, most);
    const idle = this.items.filter((other) => other.idle).sort((a, b) => a.usedAt - b.usedAt);
    // Nothing is unloaded in vain.
    if (idle.reduce((sum, other) => sum + other.bytes, memory.freeForModels) < bytes) throw noRoom(item.name);
    for (const other of idle) if (memory.freeForModels < bytes && other.idle) await this.unload(other);
    if (memory.freeForModels < bytes) throw noRoom(item.name); // what was idle is in use by now
  }

  private async unload(item: Shelved<unknown>): Promise<void> {
    const { bytes, name } = item;
    await item.drop();
    this.options.onEvent?.({ type: 'unloaded', name, bytes });
  }
}

let uses = 0;

/** One thing on a shelf. */
export class Shelved<T> {
  /** Never unloaded. */
  kept = false;
  /** Grows with each use: what has the least was idle longest. */
  usedAt = 0;
  /** Bytes that it will take, as far as is known. */
  expected: number;
  loads = 0;
  failures = 0;
  unloads = 0;
  private held: { readonly value: T } | undefined;
  private loading: Promise<void> | undefined;
  private failure: { readonly error: unknown; readonly until: number } | undefined;
  private leases = 0;
  private waiting = 0;

  constructor(
    readonly stock: Stock<T>,
    private readonly clock: Clock,
    private readonly load: () => Promise<void>,
  ) {
    this.expected = stock.bytes ?? 0;
  }

  get name(): string {
    return this.stock.name;
  }

  /** What is loaded, without using it. */
  get value(): T | undefined {
    return this.held?.value;
  }

  get loaded(): boolean {
    return this.held !== undefined;
  }

  get state(): 'loaded' | 'loading' | 'failed' | 'unloaded' {
    if (this.held) return 'loaded';
    if (this.loading) return 'loading';
    return this.failure && this.clock.now() < this.failure.until ? 'failed' : 'unloaded';
  }

  /** Bytes that it takes now. */
  get bytes(): number {
    return this.held ? this.stock.bytesOf(this.held.value) : 0;
  }

  /** True where it could be unloaded. */
  get idle(): boolean {
    return this.loaded && !this.kept && this.leases === 0 && this.waiting === 0;
  }

  /**
   * Waits until it is loaded, and keeps it loaded until the lease is released. Throws `ApiError`: 503 `memory_full` where it finds no
   * room, 503 `model_unavailable` where it cannot be loaded, 429 where too many wait; and the reason of `signal`.
   */
  async lease(signal?: AbortSignal): Promise<Lease<T>> {
    signal?.throwIfAborted();
    if (this.held) return this.take(this.held.value);
    if (this.failure && this.clock.now() < this.failure.until) throw this.unavailable(this.failure.error);
    if (this.waiting >= this.stock.maxWaiting) throw tooManyWait(this.name);
    this.waiting++; // until it is taken, so that nobody unloads it before
    try {
      await unlessAborted(this.begin(), signal);
      if (!this.held) throw shuttingDown();
      return this.take((this.held as { value: T }).value);
    } catch (error) {
      throw this.failure?.error === error ? this.unavailable(error) : error;
    } finally {
      this.waiting--;
    }
  }

  /** Loads it, if need be, and keeps it loaded until what comes back is called. Throws what loading throws. */
  async preload(): Promise<() => void> {
    this.waiting++;
    try {
      if (!this.held) await this.begin();
      return () => void this.waiting--;
    } catch (error) {
      this.waiting--;
      throw error;
    }
  }

  /** Notes that it is loaded. */
  put(value: T): void {
    this.held = { value };
    this.failure = undefined;
    this.usedAt = ++uses;
    this.loads++;
  }

  /** Notes that it could not be loaded. */
  fail(error: unknown): void {
    this.failures++;
    this.failure = { error, until: this.clock.now() + RETRY_MS };
  }

  /** Unloads it. */
  async drop(): Promise<void> {
    if (!this.held) return;
    const { value } = this.held;
    this.expected = this.bytes;
    this.held = undefined;
    this.unloads++;
    await this.stock.unload(value);
  }

  private take(value: T): Lease<T> {
    this.leases++;
    this.usedAt = ++uses;
    let taken = true;
    const release = (): void => {
      if (!taken) return;
      taken = false;
      this.leases--;
      this.usedAt = ++uses;
    };
    return { value, release };
  }

  /** All who ask while it is loaded wait for the same loading, which goes on when they leave. */
  private begin(): Promise<void> {
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private unavailable(cause: unknown): ApiError {
    const left = (this.failure?.until ?? 0) - this.clock.now();
    return new ApiError(503, `The model '${this.name}' cannot be loaded at the moment`, {
      code: 'model_unavailable',
      retryAfter: Math.max(1, Math.ceil(left / 1000)),
      cause,
    });
  }
}

/** Waits for `work`, or throws the reason of the signal, whatever comes first; `work` goes on. */
function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function tooLarge(name: string, bytes: number, most: number): ApiError {
  return new ApiError(503, `The model '${name}' does not fit into the memory of this server`, {
    code: 'memory_full',
    expected: `at most ${formatBytes(Math.max(0, most))}`,
    got: formatBytes(bytes),
  });
}

function noRoom(name: string): ApiError {
  return new ApiError(503, `There is no memory for the model '${name}' while others are in use`, {
    code: 'memory_full',
    retryAfter: BUSY_SECONDS,
  });
}

function tooManyWait(name: string): ApiError {
  return new ApiError(429, `The model '${name}' is being loaded, and too many requests wait for it`, {
    code: 'queue_full',
    retryAfter: BUSY_SECONDS,
  });
}

function shuttingDown(): ApiError {
  return new ApiError(503, 'The server is shutting down', { code: 'shutting_down', retryAfter: 5 });
}
