// The server as a thing with a life: listening, draining, gone.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { z } from 'zod';
import type { DemoBank } from '../reason/demos/index.js';
import { SensoriumError } from '../util/errors.js';
import { Admission } from './admission.js';
import { type AgentOptions, ServedAgents } from './agents.js';
import { createApp } from './app.js';
import { Catalog } from './catalog.js';
import type { ClipEmbedder } from './clip-embedder.js';
import { type Clock, systemClock } from './clock.js';
import type { RequestLimits, RequestRecord, ServerContext } from './context.js';
import { pixelBytes } from './decode-images.js';
import type { DemoModel } from './demo.js';
import type { Engine } from './engine.js';
import { FILE_LIMITS, type FileLimits, FileStore } from './files.js';
import { Edge, refuse } from './http-edge.js';
import { type ApiKey, KeyRing } from './keys.js';
import { defaultMemory, MemoryBudget } from './memory.js';
import { Metrics } from './metrics.js';
import type { EmbedderSource, ModelSource, TranscriberSource } from './model-source.js';
import { soundBytes } from './open-sound.js';
import { ResponseStore } from './response-store.js';
import type { FetchOptions } from './safe-fetch.js';
import type { modelCard } from './schema.js';
import type { ServedTranscriber } from './served-transcriber.js';
import { Shelf, type ShelfEvent } from './shelf.js';

/** Options of `serve`. */
export interface ServeOptions {
  /** A model that is loaded; it stays its owner's. */
  engine?: Engine;
  /** Name of `engine` in requests. */
  model?: string;
  /** Models that the server loads when they are asked for, and unloads where another needs the room; see `folderModel`. */
  models?: readonly ModelSource[];
  embedders?: readonly EmbedderSource[];
  transcribers?: readonly TranscriberSource[];
  /** Other names of models and adapters: `{ fast: 'sensorium-tiny' }`. */
  aliases?: Readonly<Record<string, string>>;
  /** What is loaded before the server listens. Default 'first': the first of `models`, of `embedders` and of `transcribers`. */
  preload?: 'first' | 'all' | 'none';
  /** Bytes of models with their caches, and of what requests bring. Default: 80 % of the memory of this machine or its control group. */
  memory?: number;
  /** Ends the start, not the server. */
  signal?: AbortSignal;
  /** Serves a page at /demo/ on which these models run in the browser. */
  demo?: readonly DemoModel[];
  /** Called when a model is loaded or unloaded, or cannot be loaded. */
  onModel?: (event: ShelfEvent) => void;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 8000; 0 takes a free one. */
  port?: number;
  /** Embeds for /v1/embeddings; it stays its owner's. */
  embedder?: ClipEmbedder;
  /** Writes what is said for /v1/audio; it stays its owner's. */
  transcriber?: ServedTranscriber;
  /** Default: none, everybody may ask. */
  keys?: readonly ApiKey[];
  /** Requests per minute of each key (of each address, where there are no keys). Default: no limit. */
  rpm?: number;
  /** Agents that requests may ask for. Default: none. */
  agents?: AgentOptions;
  limits?: Partial<RequestLimits>;
  /** Bounds of what clients may upload; false: nothing. */
  files?: Partial<FileLimits> | false;
  /** Indexes that requests may take demonstrations from, by their names; they stay their owner's. */
  demos?: ReadonlyMap<string, DemoBank>;
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
  /** What is served, as GET /v1/models says it. */
  models(): z.infer<typeof modelCard>[];
  /**
   * Stops accepting, lets what runs finish for `drainMs` (default 30 s), aborts the rest, closes all connections, unloads what the server
   * loaded; `engine`, `embedder` and `transcriber` are the caller's to dispose. Resolves with how many requests were cut off.
   */
  close(options?: { drainMs?: number }): Promise<number>;
}

/** Milliseconds that a client may take for its headers, and for the whole request. */
const HEADERS_MS = 20_000;
const REQUEST_MS = 120_000;
const MIB = 2 ** 20;
const MAX_BODY = 20 * MIB;
const MAX_AUDIO = 25 * MIB;

/**
 * Starts a server. Throws `serve.listen` when the port is taken or the address is not ours, `serve.name` or `serve.adapter` when two
 * models have the same name, `serve.memory_full` when what is loaded at the start does not fit, and what loading throws.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 8000 } = options;
  const { signal } = options;
  signal?.throwIfAborted();
  const context = contextOf(options, host);
  const stop = (): void => context.shelf.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await preload(context, options);
    return await listening(options, context, { host, port });
  } catch (error) {
    await context.shelf.close();
    context.metrics.dispose();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Loads what is to be there from the start. */
async function preload({ catalog }: ServerContext, { preload: what = 'first' }: ServeOptions): Promise<void> {
  if (what === 'none') return;
  const { models, embedders, transcribers } = catalog;
  const first = [...models.slice(0, 1).map(({ item }) => item), ...embedders.items.slice(0, 1), ...transcribers.items.slice(0, 1)];
  const items = what === 'all' ? catalog.items : first;
  // All of it must fit together.
  const held: (() => void)[] = [];
  try {
    for (const item of items) held.push(await item.preload());
  } finally {
    for (const release of held) release();
  }
}

async function listening(
  options: ServeOptions,
  context: ServerContext,
  { host, port }: { host: string; port: number },
): Promise<RunningServer> {
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
    models: () => context.catalog.cards(),
    close: ({ drainMs = 30_000 } = {}) => drain(server, context, drainMs),
  };
}

function contextOf(options: ServeOptions, host: string): ServerContext {
  const { engine, model = '', clock = systemClock, models, embedder, embedders, transcriber, transcribers, aliases, lostLines } = options;
  const pending = new Set<RequestRecord>();
  const files = options.files === false ? undefined : new FileStore({ ...FILE_LIMITS, ...options.files });
  // One body that is allowed by itself must fit into the share of its client, packed and unpacked; a file in a form, too.
  const audio = transcriber || transcribers?.length ? 2 * ((options.limits?.maxAudio ?? MAX_AUDIO) + MIB) : 0;
  const largest = Math.max(3 * (options.limits?.maxBody ?? MAX_BODY), files ? 2 * (files.limits.maxFile + MIB) : 0, audio);
  const memory = new MemoryBudget(options.memory ?? defaultMemory(), largest);
  const onEvent = (event: ShelfEvent): void => {
    metrics.observeModel(event);
    options.onModel?.(event);
  };
  const shelf = new Shelf({ memory, clock, onEvent });
  const loaded = engine && { name: model, value: engine };
  const onStart = (waitedMs: number): void => metrics.observeQueue(waitedMs);
  const catalog = new Catalog({ shelf, engine: loaded, embedder, transcriber, models, embedders, transcribers, aliases, onStart });
  const limits: RequestLimits = {
    maxBody: MAX_BODY,
    maxImages: 16,
    maxAudio: MAX_AUDIO,
    maxAudioSeconds: 600,
    ffmpeg: false,
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
  memory.count('requests', () => admission.heldBytes + pixelBytes() + soundBytes() + responses.bytes + (files?.bytes ?? 0));
  const metrics = new Metrics({ catalog, memory, pending: () => pending.size, admission, files, lostLines });
  return {
    ...(options.demo ? { demo: options.demo } : {}),
    demos: options.demos ?? new Map(),
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
    agents: options.agents && new ServedAgents(options.agents),
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
  await context.shelf.close();
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
