// How many connections there may be, in all and of one address: who has many idle ones loses those, and never keeps the others out.

import type { Socket } from 'node:net';

/** Bounds of `Connections`. */
export interface ConnectionLimits {
  /** Of all addresses. */
  max: number;
  /** Of one address; proxies have one, too. */
  maxPerAddress: number;
}

/** Far more than the places that requests have; a connection costs some kilobytes and a file descriptor. */
export const CONNECTION_LIMITS: ConnectionLimits = { max: 8192, maxPerAddress: 2048 };

/** The connections of one address, the oldest first. */
interface Crowd {
  readonly address: string;
  readonly sockets: Set<Socket>;
}

/** The open connections of a server. */
export class Connections {
  private readonly crowds = new Map<string, Crowd>();
  private count = 0;

  /** `isBusy` is true for a connection with a request under way, which is never cut for another's sake. */
  constructor(
    private readonly isBusy: (socket: Socket) => boolean,
    private readonly limits: ConnectionLimits = CONNECTION_LIMITS,
  ) {}

  get size(): number {
    return this.count;
  }

  /** Takes a new connection. Where there are too many, the oldest idle one of the address with the most makes room, or the new one is cut. */
  add(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const own = this.crowds.get(address) ?? { address, sockets: new Set() };
    const { max, maxPerAddress } = this.limits;
    const full = own.sockets.size >= maxPerAddress ? own : this.count >= max ? this.largest(own) : undefined;
    if (full && !this.cutIdle(full)) {
      socket.destroy();
      return;
    }
    this.crowds.set(address, own);
    own.sockets.add(socket);
    this.count++;
    socket.once('close', () => this.remove(own, socket));
  }

  /** The address with the most connections; the newcomer's where that one has as many. */
  private largest(own: Crowd): Crowd {
    let largest = own;
    for (const crowd of this.crowds.values()) if (crowd.sockets.size > largest.sockets.size) largest = crowd;
    return largest;
  }

  private cutIdle(crowd: Crowd): boolean {
    for (const socket of crowd.sockets)
      if (!this.isBusy(socket)) {
        this.remove(crowd, socket);
        socket.destroy();
        return true;
      }
    return false;
  }

  private remove({ address, sockets }: Crowd, socket: Socket): void {
    if (!sockets.delete(socket)) return;
    this.count--;
    if (sockets.size === 0) this.crowds.delete(address);
  }
}
