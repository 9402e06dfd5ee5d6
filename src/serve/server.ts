// The server as a thing with a life: listening, draining, gone.

import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import { SensoriumError } from '../util/errors.js';
import { createApp } from './app.js';
import type { ClipEmbedder } from './clip-embedder.js';
import type { RequestLimits, RequestRecord, ServerContext } from './context.js';
import type { Engine } from './engine.js';
import { ApiError } from './errors.js';
import { FILE_LIMITS, type FileLimits, FileStore } from './files.js';
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
  onRequest?: (record: RequestRecord) => void;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /**
   * Stops accepting, lets what runs finish for `drainMs` (default 30 s), aborts the rest, closes all connections. Engine and embedder
   * are the caller's to dispose. Resolves with how many requests were cut off.
   */
  close(options?: { drainMs?: number }): Promise<number>;
}

/** Milliseconds that a client may take for its headers, and for the whole request. */
const HEADERS_MS = 20_000;
const REQUEST_MS = 120_000;
/** Longer than clients and proxies keep idle connections (60 s at most, as a rule): whoever reuses one that we just closed gets ECONNRESET. */
const IDLE_MS = 65_000;

/** Starts a server. Throws `serve.listen` when the port is taken or the address is not ours. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { engine, host = '127.0.0.1', port = 8000 } = options;
  const { slots, maxQueue } = engine.stats();
  const pending = new Set<RequestRecord>();
  const context: ServerContext = {
    engine,
    model: options.model,
    embedder: options.embedder,
    created: Math.floor(Date.now() / 1000),
    limits: { maxBody: 20 * 2 ** 20, maxImages: 16, maxPending: 2 * (slots + maxQueue), stallMs: 60_000, ...options.limits },
    keys: options.keys?.length || options.rpm !== undefined ? new KeyRing({ keys: options.keys ?? [], rpm: options.rpm }) : undefined,
    metrics: new Metrics(engine, () => pending.size),
    files: options.files === false ? undefined : new FileStore({ ...FILE_LIMITS, ...options.files }),
    remote: options.remote,
    draining: false,
    shutdown: new AbortController(),
    pending,
    onIdle: undefined,
  };
  const app = createApp(context, options.onRequest);
  // Global Request and Response stay Node's own: this is a library, others use them too.
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: refuse }));
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = IDLE_MS;
  server.on('clientError', refuseBytes);
  await listen(server, host, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    port: taken,
    close: ({ drainMs = 30_000 } = {}) => drain(server, context, drainMs),
  };
}

/** What cannot become a request (an impossible Host header or path) never reaches the app, but is answered by an error object, too. */
function refuse(error: unknown): Response {
  const known = error instanceof RequestError;
  const told = known ? new ApiError(400, error.message, { code: 'invalid_http' }) : new ApiError(500, 'The server failed');
  return Response.json(told, { status: told.status });
}

/** What is no HTTP at all is answered by an error object, too, and the connection is closed. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, summary] = BAD_BYTES[error.code ?? ''] ?? [400, 'This is not an HTTP request'];
  const body = JSON.stringify(new ApiError(status, summary, { code: 'invalid_http' }));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

const BAD_BYTES: Readonly<Record<string, [status: number, summary: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time'],
};

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
