// Reading the body of a request: whatever frames it (a length, chunks) or packs it (gzip), within bounds of size, memory and slowness.
import { ApiError, badRequest } from './errors.js';
import { PACKINGS } from './read-body.js';
/**
 * Makes `c.get('body')` read the body when a handler asks for it, so that what is refused before is refused without its body. It is given
 * once, and not kept for as long as the request is answered.
 */
export function withBody(server, rules) {
    return async (c, next) => {
        c.set('body', () => readBody(c, server, rules));
        await next();
    };
}
/**
 * The bytes of a body; they count against the server's memory, and the request against its places, until it is over. Throws
 * `ApiError`: 400 for a length that is none, 408 for a slow sender, 413, 415 for an unknown packing, 429 and 503 when busy.
 */
async function readBody(c, { admission }, rules) {
    const { maxSize, tooLarge, kind = 'bodies' } = rules;
    const declared = lengthOf(c);
    if (declared !== undefined && declared > maxSize)
        throw tooLarge();
    const packing = packingOf(c);
    const client = c.get('client');
    const hold = admission.hold(client);
    c.get('leave').push(hold.release);
    const gathered = new Gathered(hold, { most: declared ?? maxSize, tooLarge });
    const slow = new AbortController();
    const transfer = admission[kind].begin(client, () => {
        slow.abort();
        hold.release(); // at once: who made it wait wants its memory
    });
    try {
        await receive(c, slow.signal, (chunk) => {
            gathered.add(chunk);
            transfer.moved(chunk.length);
        });
    }
    finally {
        transfer.end();
    }
    const { pieces, size } = gathered;
    hold.resize(packing ? size + maxSize : size);
    c.set('working', admission.work.enter(client));
    return { pieces, size, packing, rules, hold: hold.resize };
}
function lengthOf(c) {
    const header = c.req.header('content-length');
    if (header === undefined)
        return undefined;
    if (/^\d{1,15}$/.test(header))
        return Number(header);
    throw badRequest('The length of the body is not a number', 'body', { code: 'invalid_http' });
}
function packingOf(c) {
    const header = c.req.header('content-encoding')?.trim().toLowerCase() ?? '';
    if (header === '' || header === 'identity')
        return undefined;
    const known = PACKINGS.find((packing) => packing === header);
    if (known)
        return known;
    c.header('accept-encoding', 'gzip, deflate, br');
    throw new ApiError(415, 'The body is compressed in a way that is not supported', {
        code: 'unsupported_media_type',
        expected: 'content-encoding: gzip, deflate or br, or none',
        got: header.slice(0, 100),
    });
}
/** Bytes that are reserved at first where the length is not known, and with each piece. */
const LEAST = 64 * 1024;
const PIECE = 256 * 1024;
/** Chunks that any body may have, and the bytes that those beyond must have on average: each costs a microsecond, whatever is in it. */
const FREE_CHUNKS = 2000;
const CHUNK_BYTES = 128;
const areTiny = (chunks, bytes) => chunks > FREE_CHUNKS + bytes / CHUNK_BYTES;
/**
 * Keeps what is read of a body before anybody takes it from being more chunks than a body may have: the parser goes through 64 KB at once, and
 * gives a reader its turn only after that. The chunk that is one too many is the last, and refuses the request when it is read.
 */
export function boundChunks(incoming) {
    if (incoming.headers['transfer-encoding'] === undefined)
        return;
    const push = incoming.push.bind(incoming);
    let [chunks, bytes] = [0, 0];
    incoming.push = (chunk, encoding) => {
        if (chunk !== null) {
            bytes += chunk.length;
            if (areTiny(++chunks, bytes))
                stopParser(incoming);
        }
        return push(chunk, encoding);
    };
}
/** A body in pieces that are filled as its chunks come: millions of tiny ones take no more memory than a few large ones. */
class Gathered {
    hold;
    limits;
    all = [];
    reserved = 0;
    chunks = 0;
    size = 0;
    constructor(hold, limits) {
        this.hold = hold;
        this.limits = limits;
    }
    /** Throws `ApiError` 413 for more than may be, 400 for more chunks than a body of its size has, and 503 where there is no memory for it. */
    add(chunk) {
        const { most, tooLarge } = this.limits;
        if (this.size + chunk.length > most)
            throw tooLarge();
        if (areTiny(++this.chunks, this.size + chunk.length))
            throw badRequest('The body comes in too many tiny chunks', 'body', {
                code: 'invalid_http',
                expected: `chunks of at least ${CHUNK_BYTES} bytes on average`,
            });
        for (let rest = chunk; rest.length > 0;) {
            const room = this.reserved - this.size || this.reserve(most);
            const piece = this.all.at(-1);
            piece.set(rest.subarray(0, room), piece.length - room);
            this.size += Math.min(room, rest.length);
            rest = rest.subarray(room);
        }
    }
    /** Takes memory for a piece more; how much. */
    reserve(most) {
        const length = Math.min(most - this.reserved, this.reserved === 0 && most > PIECE ? LEAST : PIECE);
        this.hold.resize(this.reserved + length);
        this.all.push(new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)); // it is filled, or cut
        this.reserved += length;
        return length;
    }
    get pieces() {
        const rest = this.reserved - this.size;
        return rest === 0 ? this.all : [...this.all.slice(0, -1), ...this.all.slice(-1).map((last) => last.slice(0, last.length - rest))];
    }
}
/** Gives the bytes as they were sent. */
async function receive(c, slow, take) {
    const incoming = c.env?.incoming;
    if (incoming)
        await eachChunk(incoming, { slow, leaving: c.get('signal') }, take);
    else
        for await (const chunk of (c.req.raw.body ?? []))
            take(chunk);
}
/** Bytes of all bodies that come in in one turn of the event loop: a socket alone may have megabytes that are there to be read. */
const EACH_TURN = 2 ** 20;
let left = EACH_TURN;
/** Bodies that go on in the next turn. */
const stopped = new Set();
let scheduled = false;
/** Counts bytes, and stops a body until the next turn where there were many. */
function pace(incoming, bytes) {
    left -= bytes;
    if (left < 0) {
        incoming.pause();
        stopped.add(incoming);
    }
    if (scheduled)
        return;
    scheduled = true;
    setImmediate(() => {
        [scheduled, left] = [false, EACH_TURN];
        const all = [...stopped];
        stopped.clear();
        for (const body of all)
            body.resume();
    });
}
/** Gives each chunk to `take`. After an error the rest is left unread, and the connection is open for the answer. */
function eachChunk(incoming, { slow, leaving }, take) {
    return new Promise((resolve, reject) => {
        const done = (error) => {
            incoming.off('data', data).off('end', done).off('error', ignore);
            stopped.delete(incoming);
            slow.removeEventListener('abort', late);
            leaving.removeEventListener('abort', gone);
            if (error === undefined)
                resolve();
            else {
                if (!incoming.destroyed)
                    leaveUnread(incoming);
                reject(error);
            }
        };
        const data = (chunk) => {
            try {
                take(chunk);
                pace(incoming, chunk.length);
            }
            catch (error) {
                done(error);
            }
        };
        const ignore = () => { }; // a connection that breaks also closes
        const gone = () => done(leaving.reason);
        const late = () => done(new ApiError(408, 'The body came too slowly', { code: 'request_timeout', hint: 'Send the request again.' }));
        if (leaving.aborted)
            return gone();
        incoming.on('data', data).once('end', done).on('error', ignore);
        slow.addEventListener('abort', late, { once: true });
        leaving.addEventListener('abort', gone, { once: true });
    });
}
/** Reads no more of a body. */
function leaveUnread(incoming) {
    incoming.pause();
    incoming.socket.pause();
    incoming.push = () => true; // what comes all the same would be kept, which takes longer than reading it
    stopParser(incoming);
}
/** Where Node's parser keeps the function that it calls for each chunk. */
const ON_BODY = 3;
/**
 * Gives nobody the rest of a body whose request is refused: the parser would make a buffer for each chunk in the 64 KB that it has read. The
 * function that gets them is put back when the connection closes, for parsers are used again.
 */
function stopParser({ socket }) {
    const { parser } = socket;
    const onBody = parser?.[ON_BODY];
    if (!parser || typeof onBody !== 'function')
        return;
    parser[ON_BODY] = undefined;
    socket.once('close', () => {
        parser[ON_BODY] = onBody;
    });
}
//# sourceMappingURL=body.js.map