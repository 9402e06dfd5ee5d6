// What lies around every request: its id and its record, the signal that ends it, its places, its key, and an answer that is watched.
import { randomUUID } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { routePath } from 'hono/route';
import { Pace } from './pace.js';
import { endInPieces } from './pieces.js';
/** Gives each request its id, its record and the signal that ends it. `onRequest` is called once, after the last byte or a disconnect. */
export function recorded(server, onRequest) {
    const departures = new Pace();
    return async (c, next) => {
        const started = performance.now();
        const record = newRecord(c, server);
        const gone = new AbortController();
        const outgoing = c.env?.outgoing;
        const leave = () => {
            if (outgoing?.writableFinished)
                return;
            // Where hundreds leave at once, their requests end a few at a time.
            departures.run(c.get('client'), () => gone.abort(new DOMException('the client closed the connection', 'AbortError')));
        };
        outgoing?.once('close', leave);
        c.set('record', record);
        c.set('client', clientOf(record.address));
        c.set('leave', []);
        c.set('signal', AbortSignal.any([gone.signal, server.shutdown.signal, ...(outgoing ? [] : [c.req.raw.signal])]));
        c.header('x-request-id', record.id);
        if (server.draining)
            c.header('connection', 'close');
        server.pending.add(record);
        const over = () => {
            server.pending.delete(record);
            for (const give of c.get('leave'))
                give();
            record.ms = performance.now() - started;
            const route = routePath(c, -1);
            server.metrics.observe(record, route === '*' || route === '/*' ? 'other' : route);
            try {
                onRequest(record);
            }
            finally {
                if (server.pending.size === 0)
                    server.onIdle?.();
            }
        };
        try {
            try {
                await next();
            }
            finally {
                c.get('working')?.();
            }
            record.status = gone.signal.aborted ? 499 : c.res.status;
            const finished = c.get('finished');
            if (finished) {
                c.res.headers.set('x-request-id', record.id);
                void finished.then(over);
            }
            else if (outgoing && !outgoing.destroyed) {
                outgoing.once('close', over);
                await send(c, outgoing, server);
            }
            else
                over();
        }
        catch (error) {
            record.status = 500;
            over();
            throw error;
        }
    };
}
/**
 * Sends a whole answer as its reader takes it, and cuts a reader that takes nothing. It is written here and now: the adapter would read it
 * through streams, and wait for a turn of the event loop in which a step of all replies may be computed.
 */
async function send(c, outgoing, { admission }) {
    const { res } = c;
    if (!res.body)
        return;
    const bytes = new Uint8Array(await res.arrayBuffer());
    c.res = undefined; // or the headers of this answer would be added to those of the next line
    c.res = RESPONSE_ALREADY_SENT;
    if (outgoing.destroyed)
        return;
    const transfer = admission.answers.begin(c.get('client'), () => outgoing.destroy());
    c.get('leave').push(() => transfer.end());
    outgoing.writeHead(res.status, { ...Object.fromEntries(res.headers), 'content-length': bytes.length });
    endInPieces(outgoing, bytes, (taken) => transfer.moved(taken));
}
function newRecord(c, { proxies }) {
    const given = c.req.header('x-request-id');
    return {
        id: given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : `req_${randomUUID().replaceAll('-', '')}`,
        trace: /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(c.req.header('traceparent') ?? '')?.[1],
        method: c.req.method,
        path: c.req.path,
        status: 0,
        ms: 0,
        address: addressOf(c, proxies),
        agent: c.req.header('user-agent')?.slice(0, 200),
    };
}
/** The address of the client: of the connection, or what the outermost of our own proxies says. */
function addressOf(c, proxies) {
    const direct = c.env?.incoming?.socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'local';
    if (proxies === 0)
        return direct;
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim());
    return hops.at(-proxies)?.slice(0, 64) || direct;
}
/** Who shares places: one address of IPv4, one network of IPv6, which a client has whole. */
function clientOf(address = 'local') {
    if (!isIPv6(address))
        return address;
    const [head = '', tail = ''] = address.split('::');
    const groups = head.split(':');
    const missing = address.includes('::') ? 8 - groups.length - (tail === '' ? 0 : tail.split(':').length) : 0;
    return [...groups, ...new Array(missing).fill('0')].slice(0, 4).join(':');
}
/** Keys, rate limits, and places for requests that have no body. */
export function guarded(server) {
    return async (c, next) => {
        const { keys, admission } = server;
        const key = keys.authenticate(c.req.header('authorization'));
        if (key) {
            c.set('key', key);
            c.set('client', `key ${key.key}`);
            c.get('record').key = key.name;
        }
        if (c.req.method === 'POST') {
            const allowance = keys.spend(key, c.get('client'));
            if (allowance) {
                c.header('x-ratelimit-limit-requests', String(allowance.limit));
                c.header('x-ratelimit-remaining-requests', String(allowance.remaining));
            }
        }
        else
            c.get('leave').push(admission.reads.enter(c.get('client')));
        await next();
    };
}
//# sourceMappingURL=record.js.map