// What a server takes on at the same time, by kind: one kind that is full, or one client, never keeps the others out.

import type { Clock } from './clock.js';
import { ApiError } from './errors.js';
import { TRANSFER_LIMITS, type TransferLimits, Transfers } from './transfers.js';

/** A bounded number of places, with a bound for each client. */
export class Places {
  private readonly clients = new Map<string, number>();
  private taken = 0;

  constructor(
    private readonly max: number,
    private readonly maxPerClient: number,
    private readonly what: string,
  ) {}

  get size(): number {
    return this.taken;
  }

  get full(): boolean {
    return this.taken >= this.max;
  }

  /** Throws `ApiError` 429 when `enter` would. */
  check(client: string): void {
    if (!this.full && (this.clients.get(client) ?? 0) < this.maxPerClient) return;
    throw new ApiError(429, `The server is busy: too many ${this.what} are under way`, { code: 'queue_full', retryAfter: 1 });
  }

  /** Takes a place and returns how to give it back, which may be called more than once. Throws `ApiError` 429 when there is none. */
  enter(client: string): () => void {
    this.check(client);
    this.taken++;
    this.clients.set(client, (this.clients.get(client) ?? 0) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.taken--;
      const rest = (this.clients.get(client) as number) - 1;
      if (rest > 0) this.clients.set(client, rest);
      else this.clients.delete(client);
    };
  }
}

/** Bytes that one request holds. */
export interface Hold {
  /** Changes the number of bytes. Throws `ApiError` 503 when there is no room for more. */
  resize(bytes: number): void;
  /** Gives all of them back. May be called more than once. */
  release(): void;
}

/** Bounds of `Admission`. */
export interface AdmissionLimits {
  /** Requests whose body has come, until their answer begins. */
  maxPending: number;
  /** Bytes of all bodies that are read or held. */
  maxHeldBytes: number;
  /** Bodies that are read at the same time. */
  maxBodies: number;
  /** Files that are uploaded at the same time. */
  maxUploads: number;
  /** Contents of files that are sent at the same time. */
  maxDownloads: number;
  /** Other requests without a body: models, lists of files, metrics. */
  maxReads: number;
  /** How slow a body or an answer may be. */
  transfers: Partial<TransferLimits>;
}

/** One client may have half of the places of a kind, so that there is always room for another. */
const half = (max: number): number => Math.ceil(max / 2);
/** Of the memory for bodies one client may have three quarters: forty photographs of a telephone are 190 MB. */
const MEMORY_SHARE = 3 / 4;

/** The places and bytes of one server. */
export class Admission {
  /** Requests that have been read. */
  readonly work: Places;
  readonly reads: Places;
  readonly bodies: Transfers;
  readonly uploads: Transfers;
  readonly downloads: Transfers;
  /** Answers that wait for their readers. They have their place already, so they are only watched. */
  readonly answers: Transfers;
  private held = 0;
  private readonly heldBy = new Map<string, number>();

  constructor(
    private readonly limits: AdmissionLimits,
    clock: Clock,
    /** Whether the server has memory for so many bytes more. */
    private readonly allows: (bytes: number) => boolean = () => true,
  ) {
    const places = (max: number, what: string): Places => new Places(max, half(max), what);
    const transfers = (max: number): Transfers =>
      new Transfers({ ...TRANSFER_LIMITS, ...limits.transfers, max, maxPerClient: half(max) }, clock);
    this.work = places(limits.maxPending, 'requests');
    this.reads = places(limits.maxReads, 'requests');
    this.bodies = transfers(limits.maxBodies);
    this.uploads = transfers(limits.maxUploads);
    this.downloads = transfers(limits.maxDownloads);
    this.answers = transfers(Number.POSITIVE_INFINITY);
  }

  /** Bytes of bodies that are read or held. */
  get heldBytes(): number {
    return this.held;
  }

  /** Holds bytes for the body of a client. `resize` throws `ApiError` 503 when there is no room, after slow senders have been cut to make some. */
  hold(client: string): Hold {
    const { maxHeldBytes } = this.limits;
    let own = 0;
    const resize = (size: number): void => {
      const room = (): boolean => this.hasRoom(size - own);
      const fair = (): boolean => this.heldOf(client) + size - own <= maxHeldBytes * MEMORY_SHARE;
      while (size > own && !(room() && fair())) {
        const slow = room() ? client : undefined;
        if (!this.bodies.makeRoom(slow) && !this.uploads.makeRoom(slow)) throw noMemory();
      }
      const all = this.heldOf(client) + size - own;
      this.held += size - own;
      own = size;
      if (all > 0) this.heldBy.set(client, all);
      else this.heldBy.delete(client);
    };
    return { resize, release: () => resize(0) };
  }

  private heldOf(client: string): number {
    return this.heldBy.get(client) ?? 0;
  }

  /** Why new work would be refused at the moment; undefined when it would not. */
  get refusal(): string | undefined {
    if (this.work.full) return 'too many requests are under way';
    if (!this.hasRoom(1)) return 'the memory for bodies is full';
    return undefined;
  }

  private hasRoom(bytes: number): boolean {
    return this.held + bytes <= this.limits.maxHeldBytes && this.allows(bytes);
  }
}

function noMemory(): ApiError {
  return new ApiError(503, 'The server is busy: its memory for request bodies is full', { code: 'memory_full', retryAfter: 2 });
}
