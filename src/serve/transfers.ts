// Bytes on their way in or out: how many at once, how many of one client, and which are too slow to keep.

import type { Clock } from './clock.js';
import { ApiError } from './errors.js';

/** Bounds of `Transfers`. */
export interface TransferLimits {
  /** At the same time. */
  max: number;
  /** Of one client at the same time. */
  maxPerClient: number;
  /** Milliseconds before progress is measured. */
  graceMs: number;
  /** Every interval must move `minBytes`. */
  intervalMs: number;
  minBytes: number;
  /** When there is no room, a transfer older than this that is slower than `pressureRate` (bytes per second) makes room. */
  pressureMs: number;
  pressureRate: number;
}

/** About 1 KiB per second, and 16 KiB per second where others wait for the place. */
export const TRANSFER_LIMITS: Omit<TransferLimits, 'max' | 'maxPerClient'> = {
  graceMs: 5000,
  intervalMs: 15_000,
  minBytes: 16 * 1024,
  pressureMs: 2000,
  pressureRate: 16 * 1024,
};

/** One transfer under way. */
export interface Transfer {
  /** Notes progress. */
  moved(bytes: number): void;
  /** Gives the place back. May be called more than once. */
  end(): void;
}

interface Entry {
  readonly client: string;
  readonly since: number;
  readonly cut: () => void;
  bytes: number;
  /** When and at how many bytes the running interval began. */
  checkedAt: number;
  checkedBytes: number;
}

/** The transfers of one kind. A transfer that is too slow is cut; its owner ends it as if the connection had been lost. */
export class Transfers {
  private readonly entries = new Set<Entry>();
  private cancelTick: (() => void) | undefined;
  /** Transfers that were cut for being slow. */
  cut = 0;

  constructor(
    private readonly limits: TransferLimits,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** Takes a place; `cut` is called at most once, when the transfer is too slow. Throws `ApiError` 429 when there is no room. */
  begin(client: string, cut: () => void): Transfer {
    const { max, maxPerClient } = this.limits;
    const own = this.count(client);
    if (own >= maxPerClient && !this.makeRoom(client)) throw busy();
    if (this.entries.size >= max && !this.makeRoom()) throw busy();
    const now = this.clock.now();
    const entry: Entry = { client, since: now, cut, bytes: 0, checkedAt: now + this.limits.graceMs, checkedBytes: 0 };
    this.entries.add(entry);
    this.watch();
    return {
      moved: (bytes) => {
        entry.bytes += bytes;
      },
      end: () => this.remove(entry),
    };
  }

  /** Cuts the slowest transfer, of one client or of all. False when none is slow. */
  makeRoom(client?: string): boolean {
    const { pressureMs, pressureRate } = this.limits;
    const now = this.clock.now();
    let slowest: Entry | undefined;
    let least = pressureRate;
    for (const entry of this.entries) {
      const age = now - entry.since;
      if (age < pressureMs || (client !== undefined && entry.client !== client)) continue;
      const rate = (entry.bytes / age) * 1000;
      if (rate < least) [slowest, least] = [entry, rate];
    }
    if (slowest) this.end(slowest);
    return slowest !== undefined;
  }

  private count(client: string): number {
    let n = 0;
    for (const entry of this.entries) if (entry.client === client) n++;
    return n;
  }

  private end(entry: Entry): void {
    this.cut++;
    this.remove(entry);
    entry.cut();
  }

  private remove(entry: Entry): void {
    this.entries.delete(entry);
    if (this.entries.size > 0) return;
    this.cancelTick?.();
    this.cancelTick = undefined;
  }

  private watch(): void {
    const { intervalMs, minBytes } = this.limits;
    this.cancelTick ??= this.clock.after(Math.min(1000, intervalMs), () => {
      this.cancelTick = undefined;
      const now = this.clock.now();
      for (const entry of [...this.entries]) {
        if (now - entry.checkedAt < intervalMs) continue;
        if (entry.bytes - entry.checkedBytes < minBytes) this.end(entry);
        else Object.assign(entry, { checkedAt: now, checkedBytes: entry.bytes });
      }
      if (this.entries.size > 0) this.watch();
    });
  }
}

function busy(): ApiError {
  return new ApiError(429, 'The server is busy: too many transfers are under way', { code: 'queue_full', retryAfter: 1 });
}
