// What never becomes a request of the app: bytes that are not HTTP, missing hosts, floods of headers. All are answered by an error object.
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { RequestError } from '@hono/node-server';
import { boundChunks } from './body.js';
import { Connections } from './connections.js';
import { ApiError } from './errors.js';
import { Pace } from './pace.js';
/** Header lines of one request. */
const MAX_HEADERS = 2000;
/** Who asks these wants to know whether the server lives. */
const PROBES = new Set(['/health', '/ready']);
/** New connections that are read in one turn of the event loop. */
const ARRIVALS = 32;
/** Requests of one connection that are read before the first is answered. */
const MAX_PIPELINED = 128;
/** What a request cannot be (an impossible Host header or path) never reaches the app; this is the answer. */
export function refuse(error) {
    const known = error instanceof RequestError;
    const shown = known ? invalid(400, error.message) : new ApiError(500, 'The server failed', { code: 'internal_error' });
    return Response.json(shown, { status: shown.status });
}
const invalid = (status, summary, got) => new ApiError(status, summary, { code: 'invalid_http', type: 'invalid_request_error', got });
/** The outermost layer of a server. */
export class Edge {
    onRefused;
    /** The answers under way on each connection, the first one first. */
    answers = new WeakMap();
    connections = new Connections((socket) => (this.answers.get(socket)?.size ?? 0) > 0);
    pace = new Pace();
    arrivals = new Pace(ARRIVALS);
    /** Probes have turns of their own: they never wait behind what others have sent. */
    probes = new Pace();
    /** `onRefused` is called with the record of each request that is refused here. */
    constructor(onRefused) {
        this.onRefused = onRefused;
    }
    /** Answers what reaches no handler. */
    attach(server) {
        server.on('connection', (socket) => {
            this.connections.add(socket);
            this.hear(socket);
        });
        server.on('clientError', (error, socket) => this.refuseBytes(error, socket));
        server.on('checkExpectation', (incoming, outgoing) => this.answer(incoming, outgoing, invalid(417, 'The expectation of the request cannot be met', incoming.headers.expect?.slice(0, 100))));
        server.on('connect', (incoming, socket) => {
            this.write(socket, invalid(405, 'This server is not a proxy'), incoming);
        });
    }
    /** Reads what a new connection sends; of hundreds that come at once a few in each turn, for each may send many requests in one packet. */
    hear(socket) {
        let begun = false;
        this.arrivals.run(socket.remoteAddress ?? '', () => {
            begun = true;
            if (socket.isPaused())
                socket.resume();
        });
        if (!begun)
            socket.pause();
    }
    /** Gives a request to the app when it is its turn. Those that the app may not see are answered here. */
    take(incoming, outgoing, app) {
        if (!this.follows(incoming.socket, outgoing))
            return;
        const error = reasonAgainst(incoming);
        if (error) {
            this.answer(incoming, outgoing, error);
            return;
        }
        boundChunks(incoming);
        const pace = PROBES.has(incoming.url ?? '') ? this.probes : this.pace;
        pace.run(incoming.socket.remoteAddress ?? '', () => {
            if (!outgoing.destroyed)
                app();
            else
                this.onRefused({ ...recordOf(incoming), status: 499 });
        });
    }
    /**
     * Notes an answer of a connection. Node tells only the first of several that the connection is gone; here all are told. False for a
     * client that asks on and on without reading, whose connection is cut.
     */
    follows(socket, outgoing) {
        let answers = this.answers.get(socket);
        if (!answers) {
            const all = new Set();
            answers = all;
            this.answers.set(socket, all);
            socket.once('close', () => {
                for (const answer of [...all]) {
                    answer.destroyed = true;
                    answer.emit('close');
                }
            });
        }
        if (answers.size >= MAX_PIPELINED) {
            socket.destroy();
            return false;
        }
        const own = answers.add(outgoing);
        outgoing.once('close', () => own.delete(outgoing));
        return true;
    }
    answer(incoming, outgoing, error) {
        const body = JSON.stringify(error);
        const record = recordOf(incoming, error);
        outgoing.writeHead(error.status, {
            connection: 'close', // what comes next may be the body of this one
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            'x-request-id': record.id,
        });
        outgoing.end(incoming.method === 'HEAD' ? undefined : body);
        this.onRefused(record);
    }
    refuseBytes(error, socket) {
        const [answer] = this.answers.get(socket) ?? [];
        const underWay = answer !== undefined && !answer.writableFinished;
        // In the middle of an answer another one would be taken for a part of it.
        if (!socket.writable || (underWay && answer.headersSent) || error.code === 'ECONNRESET') {
            socket.destroy();
            return;
        }
        const [status, summary] = BAD_BYTES[error.code ?? ''] ?? [400, 'This is not an HTTP request'];
        this.write(socket, invalid(status, summary), undefined, underWay);
    }
    /** `underWay`: the app has the request, and records it when the connection closes. */
    write(socket, error, incoming, underWay = false) {
        const body = JSON.stringify(error);
        const record = recordOf(incoming, error);
        const head = [
            `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
            'connection: close',
            'content-type: application/json',
            `content-length: ${Buffer.byteLength(body)}`,
            `x-request-id: ${record.id}`,
        ];
        socket.on('error', () => socket.destroy()); // the client may be gone
        socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
        if (!underWay)
            this.onRefused(record);
    }
}
const BAD_BYTES = {
    HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
    HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of a chunk are too large'],
    ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time'],
};
function reasonAgainst({ rawHeaders, httpVersion, headers }) {
    if (rawHeaders.length > 2 * MAX_HEADERS)
        return invalid(431, `The request has more than ${MAX_HEADERS} headers`);
    let hosts = 0;
    for (let i = 0; i < rawHeaders.length; i += 2)
        if (rawHeaders[i]?.toLowerCase() === 'host')
            hosts++;
    if (hosts > 1)
        return invalid(400, 'The request has more than one Host header');
    const coding = headers['transfer-encoding'];
    if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked')
        return invalid(501, 'The transfer coding of the request is not supported', coding.slice(0, 100));
    if (!headers.host && httpVersion !== '1.0')
        return invalid(400, 'The request has no Host header');
    return undefined;
}
function recordOf(incoming, error) {
    return {
        id: `req_${randomUUID().replaceAll('-', '')}`,
        // What is no method that Node knows has none of its own in the metrics either.
        method: incoming?.method ?? 'none',
        path: incoming?.url?.slice(0, 200) ?? '-',
        status: error?.status ?? 0,
        ms: 0,
        ...(error ? { error: error.message } : {}),
    };
}
//# sourceMappingURL=http-edge.js.map