// The server as a thing with a life: listening, draining, gone.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { SensoriumError } from '../util/errors.js';
import { checkAdapterNames } from './adapters.js';
import { Admission } from './admission.js';
import { createApp } from './app.js';
import type { ClipEmbedder } from './clip-embedder.js';
import { type Clock, systemClock } from './clock.js';
import type { RequestLimits, RequestRecord, ServerContext } from './context.js';
import type { Engine } from './engine.js';
import { FILE_LIMITS, type FileLimits, FileStore } from './files.js';
import { Edge, refuse } from './http-edge.js';
import { type ApiKey, KeyRing } from './keys.js';
import { Metrics } from './metrics.js';
import type { FetchOptions } from './safe-fetch.js';

/** Options of `serve`. */
export interface ServeOptions {
  engine: Engine;
  /** Name of the model in requests. */
  model: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 8000; 0 takes a free one. */
  port?: number;
  /** Embeds for /v1/embeddings. */
  embedder?: ClipEmbedder;
  /** Default: none, everybody may ask. */
  keys?: readonly ApiKey[];
  /** Requests per minute of each key (of each address, where there are no keys). Default: no limit. */
  rpm?: number;
  limits?: Partial<RequestLimits>;
  /** Bounds of what clients may upload; false: nothing. */
  files?: Partial<FileLimits> | false;
  /** Fetch images that http(s) URLs name. Default: only data: URLs are taken. */
  remote?: FetchOptions;
  /** Where there are no keys: names beside those of the loopback and the address that the server answers to. `*` is any. */
  allowedHosts?: readonly string[];
  /** Origins whose pages may read answers; `*` is any. Default: none. */
  cors?: readonly string[];
  /** Proxies in front of the server that add to X-Forwarded-For. Default 0: the header is ignored. */
  proxies?: number;
  /** Milliseconds that a connection may stay idle between two requests. Default 75 s, longer than balancers keep theirs. */
  keepAliveMs?: number;
  /** Log lines that could not be written, for /metrics. */
  lostLines?: () => number;
  /** Default: that of the process. */
  clock?: Clock;
  onRequest?: (record: RequestRecord) => void;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Takes other keys for requests that come from now on. */
  replaceKeys(keys: readonly ApiKey[]): void;
  /**
   * Stops accepting, lets what runs finish for `drainMs` (default 30 s), aborts the rest, closes all connections. Engine and embedder
   * are the caller's to dispose. Resolves with how many requests were cut off.
   */
  close(options?: { drainMs?: number }): Promise<number>;
}

/** Milliseconds that a client may take for its headers, and for the whole request. */
const HEADERS_MS = 20_000;
const REQUEST_MS = 120_000;
const MIB = 2 ** 20;

/** Starts a server. Throws `serve.listen` when the port is taken or the address is not ours, `serve.adapter` when an adapter has the name of another model. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 8000 } = options;
  const context = contextOf(options, host);
  const { onRequest = () => {} } = options;
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
  const server = createServer(
    { requireHostHeader: false, connectionsCheckingInterval: 5000, keepAliveTimeout: options.keepAliveMs ?? 75_000 },
    (incoming: IncomingMessage, outgoing: ServerResponse) => edge.take(incoming, outgoing, () => void app(incoming, outgoing)),
  );
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.maxHeadersCount = 0; // the parser would drop what is above it, of all things perhaps the length of the body
  edge.attach(server);
  await listen(server, host, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    port: taken,
    replaceKeys: (keys) => context.keys.replace(keys),
    close: ({ drainMs = 30_000 } = {}) => drain(server, context, drainMs),
  };
}

function contextOf(options: ServeOptions, host: string): ServerContext {
  const { engine, clock = systemClock } = options;
  const adapters = (engine.adapters ?? []).map((name) => ({ name, dir: name }));
  checkAdapterNames(adapters, [options.model, ...(options.embedder ? [options.embedder.name] : [])]);
  const { slots, maxQueue } = engine.stats();
  const pending = new Set<RequestRecord>();
  const files = options.files === false ? undefined : new FileStore({ ...FILE_LIMITS, ...options.files });
  const limits: RequestLimits = {
    maxBody: 20 * MIB,
    maxImages: 16,
    maxPending: 2 * (slots + maxQueue),
    maxHeldBytes: 256 * MIB,
    maxBodies: 1024,
    maxUploads: 64,
    maxDownloads: 128,
    maxReads: 512,
    transfers: {},
    stallMs: 60_000,
    responseBytes: 64 * MIB,
    ...options.limits,
  };
  // One body that is allowed by itself must fit into the share of its client, packed and unpacked; a file in a form, too.
  limits.maxHeldBytes = Math.max(limits.maxHeldBytes, 3 * limits.maxBody, files ? 2 * (files.limits.maxFile + MIB) : 0);
  const admission = new Admission(limits, clock);
  return {
    engine,
    model: options.model,
    embedder: options.embedder,
    created: Math.floor(Date.now() / 1000),
    limits,
    admission,
    clock,
    hosts: { bound: host, allowed: options.allowedHosts ?? [] },
    cors: options.cors ?? [],
    proxies: options.proxies ?? 0,
    keys: new KeyRing({ keys: options.keys ?? [], rpm: options.rpm }),
    metrics: new Metrics({ engine, pending: () => pending.size, admission, files, lostLines: options.lostLines }),
    files,
    remote: options.remote,
    draining: false,
    shutdown: new AbortController(),
    pending,
    onIdle: undefined,
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      reject(
        new SensoriumError('serve.listen', taken ? 'the port is taken' : 'the server cannot listen', {
          place: `${host}:${port}`,
          got: taken ? undefined : (cause.code ?? cause.message),
          hint: taken ? 'Choose another with --port, or 0 for any that is free' : 'Check --host and --port',
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function drain(server: Server, context: ServerContext, drainMs: number): Promise<number> {
  context.draining = true;
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  server.closeIdleConnections();
  const idle = new Promise<void>((resolve) => {
    context.onIdle = resolve;
    if (context.pending.size === 0) resolve();
  });
  await within(idle, drainMs);
  const cut = context.pending.size;
  if (cut > 0) {
    context.shutdown.abort(new DOMException('the server is shutting down', 'AbortError'));
    await within(idle, 2000); // so that clients still get their errors
  }
  server.closeAllConnections();
  await closed;
  context.metrics.dispose();
  return cut;
}

async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
