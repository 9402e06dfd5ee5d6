// How many connections there may be, in all and of one address: who has many idle ones loses those, and never keeps the others out.
/** Far more than the places that requests have; a connection costs some kilobytes and a file descriptor. */
export const CONNECTION_LIMITS = { max: 8192, maxPerAddress: 2048 };
/** The open connections of a server. */
export class Connections {
    isBusy;
    limits;
    crowds = new Map();
    count = 0;
    /** `isBusy` is true for a connection with a request under way, which is never cut for another's sake. */
    constructor(isBusy, limits = CONNECTION_LIMITS) {
        this.isBusy = isBusy;
        this.limits = limits;
    }
    get size() {
        return this.count;
    }
    /** Takes a new connection. Where there are too many, the oldest idle one of the address with the most makes room, or the new one is cut. */
    add(socket) {
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
    largest(own) {
        let largest = own;
        for (const crowd of this.crowds.values())
            if (crowd.sockets.size > largest.sockets.size)
                largest = crowd;
        return largest;
    }
    cutIdle(crowd) {
        for (const socket of crowd.sockets)
            if (!this.isBusy(socket)) {
                this.remove(crowd, socket);
                socket.destroy();
                return true;
            }
        return false;
    }
    remove({ address, sockets }, socket) {
        if (!sockets.delete(socket))
            return;
        this.count--;
        if (sockets.size === 0)
            this.crowds.delete(address);
    }
}
//# sourceMappingURL=connections.js.map