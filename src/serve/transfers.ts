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
  /** When there is no room, a transfer older than this that has lately been slower than `pressureRate` (bytes per second) makes room. */
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

/** A moment, and the bytes until then. */
interface Mark {
  readonly at: number;
  readonly bytes: number;
}

interface Entry {
  readonly client: string;
  readonly since: number;
  readonly cut: () => void;
  bytes: number;
  /** When the running interval began. */
  checked: Mark;
  /** The last two moments `pressureMs` apart: what came before them does not excuse a sender who has stopped since. */
  recent: readonly [before: Mark, last: Mark];
}

/** The transfers of one kind. A transfer that is too slow is cut; its owner ends it as if the connection had been lost. */
export class Transfers {
  private readonly entries = new Set<Entry>();
  private readonly clients = new Map<string, number>();
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
    const { max, maxPerClient, graceMs } = this.limits;
    if ((this.clients.get(client) ?? 0) >= maxPerClient && !this.makeRoom(client)) throw busy();
    if (this.entries.size >= max && !this.makeRoom()) throw busy();
    const now = this.clock.now();
    const start = { at: now, bytes: 0 };
    const entry: Entry = { client, since: now, cut, bytes: 0, checked: { at: now + graceMs, bytes: 0 }, recent: [start, start] };
    this.entries.add(entry);
    this.clients.set(client, (this.clients.get(client) ?? 0) + 1);
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
      if (now - entry.since < pressureMs || (client !== undefined && entry.client !== client)) continue;
      const rate = recentRate(entry, now, pressureMs);
      if (rate < least) [slowest, least] = [entry, rate];
    }
    if (slowest) this.end(slowest);
    return slowest !== undefined;
  }

  private end(entry: Entry): void {
    this.cut++;
    this.remove(entry);
    entry.cut();
  }

  private remove(entry: Entry): void {
    if (!this.entries.delete(entry)) return;
    const rest = (this.clients.get(entry.client) as number) - 1;
    if (rest > 0) this.clients.set(entry.client, rest);
    else this.clients.delete(entry.client);
    if (this.entries.size > 0) return;
    this.cancelTick?.();
    this.cancelTick = undefined;
  }

  private watch(): void {
    const { intervalMs, minBytes, pressureMs } = this.limits;
    this.cancelTick ??= this.clock.after(Math.min(1000, intervalMs), () => {
      this.cancelTick = undefined;
      const now = this.clock.now();
      for (const entry of [...this.entries]) {
        const mark = { at: now, bytes: entry.bytes };
        if (now - entry.recent[1].at >= pressureMs) entry.recent = [entry.recent[1], mark];
        if (now - entry.checked.at < intervalMs) continue;
        if (entry.bytes - entry.checked.bytes < minBytes) this.end(entry);
        else entry.checked = mark;
      }
      if (this.entries.size > 0) this.watch();
    });
  }
}

/** Bytes per second since the last mark, or the one before where that was just now. */
function recentRate({ bytes, recent: [before, last] }: Entry, now: number, pressureMs: number): number {
  const { at, bytes: from } = now - last.at >= pressureMs / 2 ? last : before;
  return ((bytes - from) / (now - at)) * 1000;
}

function busy(): ApiError {
  return new ApiError(429, 'The server is busy: too many transfers are under way', { code: 'queue_full', retryAfter: 1 });
}
