// The server as a thing with a life: listening, draining, gone.
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { SensoriumError } from '../util/errors.js';
import { Admission } from './admission.js';
import { createApp } from './app.js';
import { Catalog } from './catalog.js';
import { systemClock } from './clock.js';
import { pixelBytes } from './decode-images.js';
import { FILE_LIMITS, FileStore } from './files.js';
import { Edge, refuse } from './http-edge.js';
import { KeyRing } from './keys.js';
import { defaultMemory, MemoryBudget } from './memory.js';
import { Metrics } from './metrics.js';
import { ResponseStore } from './response-store.js';
import { Shelf } from './shelf.js';
/** Milliseconds that a client may take for its headers, and for the whole request. */
const HEADERS_MS = 20_000;
const REQUEST_MS = 120_000;
const MIB = 2 ** 20;
const MAX_BODY = 20 * MIB;
/**
 * Starts a server. Throws `serve.listen` when the port is taken or the address is not ours, `serve.name` or `serve.adapter` when two
 * models have the same name, `serve.memory_full` when what is loaded at the start does not fit, and what loading throws.
 */
export async function serve(options) {
    const { host = '127.0.0.1', port = 8000 } = options;
    const { signal } = options;
    signal?.throwIfAborted();
    const context = contextOf(options, host);
    const stop = () => context.shelf.stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
        await preload(context, options);
        return await listening(options, context, { host, port });
    }
    catch (error) {
        await context.shelf.close();
        context.metrics.dispose();
        signal?.throwIfAborted();
        throw error;
    }
    finally {
        signal?.removeEventListener('abort', stop);
    }
}
/** Loads what is to be there from the start. */
async function preload({ catalog }, { preload: what = 'first' }) {
    if (what === 'none')
        return;
    const [models, embedders] = [catalog.models.map(({ item }) => item), catalog.embedders];
    const items = what === 'all' ? catalog.items : [...models.slice(0, 1), ...embedders.slice(0, 1)];
    // All of it must fit together.
    const held = [];
    try {
        for (const item of items)
            held.push(await item.preload());
    }
    finally {
        for (const release of held)
            release();
    }
}
async function listening(options, context, { host, port }) {
    const { onRequest = () => { } } = options;
    const edge = new Edge((record) => {
        context.metrics.observe(record, 'none');
        onRequest(record);
    });
    // Global Request and Response stay Node's own: this is a library, others use them too.
    const app = getRequestListener(createApp(context, onRequest).fetch, {
        overrideGlobalObjects: false,
        errorHandler: refuse,
        hostname: 'localhost', // of requests without a Host, which HTTP/1.0 allows
    });
    const server = createServer({ requireHostHeader: false, connectionsCheckingInterval: 5000, keepAliveTimeout: options.keepAliveMs ?? 75_000 }, (incoming, outgoing) => edge.take(incoming, outgoing, () => void app(incoming, outgoing)));
    server.headersTimeout = HEADERS_MS;
    server.requestTimeout = REQUEST_MS;
    server.maxHeadersCount = 0; // the parser would drop what is above it, of all things perhaps the length of the body
    edge.attach(server);
    await listen(server, host, port);
    const { port: taken } = server.address();
    return {
        url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
        port: taken,
        replaceKeys: (keys) => context.keys.replace(keys),
        models: () => context.catalog.cards(),
        close: ({ drainMs = 30_000 } = {}) => drain(server, context, drainMs),
    };
}
function contextOf(options, host) {
    const { engine, model = '', clock = systemClock, models, embedder, embedders, aliases, lostLines } = options;
    const pending = new Set();
    const files = options.files === false ? undefined : new FileStore({ ...FILE_LIMITS, ...options.files });
    // One body that is allowed by itself must fit into the share of its client, packed and unpacked; a file in a form, too.
    const largest = Math.max(3 * (options.limits?.maxBody ?? MAX_BODY), files ? 2 * (files.limits.maxFile + MIB) : 0);
    const memory = new MemoryBudget(options.memory ?? defaultMemory(), largest);
    const onEvent = (event) => {
        metrics.observeModel(event);
        options.onModel?.(event);
    };
    const shelf = new Shelf({ memory, clock, onEvent });
    const loaded = engine && { name: model, value: engine };
    const onStart = (waitedMs) => metrics.observeQueue(waitedMs);
    const catalog = new Catalog({ shelf, engine: loaded, embedder, models, embedders, aliases, onStart });
    const limits = {
        maxBody: MAX_BODY,
        maxImages: 16,
        maxPending: 2 * catalog.places,
        maxHeldBytes: 256 * MIB,
        maxBodies: 1024,
        maxUploads: 64,
        maxDownloads: 128,
        maxReads: 512,
        transfers: {},
        stallMs: 60_000,
        quietMs: 15_000,
        responseBytes: 64 * MIB,
        ...options.limits,
    };
    limits.maxHeldBytes = Math.max(limits.maxHeldBytes, largest);
    const admission = new Admission(limits, clock, (bytes) => memory.allows(bytes));
    const responses = new ResponseStore(limits.responseBytes);
    memory.count('requests', () => admission.heldBytes + pixelBytes() + responses.bytes + (files?.bytes ?? 0));
    const metrics = new Metrics({ catalog, memory, pending: () => pending.size, admission, files, lostLines });
    return {
        catalog,
        shelf,
        memory,
        limits,
        admission,
        clock,
        hosts: { bound: host, allowed: options.allowedHosts ?? [] },
        cors: options.cors ?? [],
        proxies: options.proxies ?? 0,
        keys: new KeyRing({ keys: options.keys ?? [], rpm: options.rpm }),
        metrics,
        files,
        responses,
        remote: options.remote,
        draining: false,
        shutdown: new AbortController(),
        pending,
        onIdle: undefined,
    };
}
function listen(server, host, port) {
    return new Promise((resolve, reject) => {
        server.once('error', (cause) => {
            const taken = cause.code === 'EADDRINUSE';
            reject(new SensoriumError('serve.listen', taken ? 'the port is taken' : 'the server cannot listen', {
                place: `${host}:${port}`,
                got: taken ? undefined : (cause.code ?? cause.message),
                hint: taken ? 'Choose another with --port, or 0 for any that is free' : 'Check --host and --port',
                cause,
            }));
        });
        server.listen(port, host, resolve);
    });
}
async function drain(server, context, drainMs) {
    context.draining = true;
    const closed = new Promise((resolve) => void server.close(() => resolve()));
    server.closeIdleConnections();
    const idle = new Promise((resolve) => {
        context.onIdle = resolve;
        if (context.pending.size === 0)
            resolve();
    });
    await within(idle, drainMs);
    const cut = context.pending.size;
    if (cut > 0) {
        context.shutdown.abort(new DOMException('the server is shutting down', 'AbortError'));
        await within(idle, 2000); // so that clients still get their errors
    }
    server.closeAllConnections();
    await closed;
    await context.shelf.close();
    context.metrics.dispose();
    return cut;
}
async function within(promise, ms) {
    let timer;
    const late = new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
    });
    await Promise.race([promise, late]);
    clearTimeout(timer);
}
//# sourceMappingURL=server.js.map