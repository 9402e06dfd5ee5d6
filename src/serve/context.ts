// What the handlers of one server share, and what is noted about each request.

import type { DemoBank } from '../reason/demos/index.js';
import type { Admission, AdmissionLimits } from './admission.js';
import type { ServedAgents } from './agents.js';
import type { Attached } from './attached.js';
import type { Body } from './body.js';
import type { Catalog } from './catalog.js';
import type { Clock } from './clock.js';
import type { DemoModel } from './demo.js';
import type { Engine } from './engine.js';
import type { FileStore } from './files.js';
import type { HostRules } from './hosts.js';
import type { ApiKey, KeyRing } from './keys.js';
import type { MemoryBudget } from './memory.js';
import type { Metrics } from './metrics.js';
import type { ResponseStore } from './response-store.js';
import type { FetchOptions } from './safe-fetch.js';
import type { Shelf } from './shelf.js';

/** What happened with one request; told to `onRequest` when it is over. */
export interface RequestRecord {
  /** Sent as `x-request-id`; the client's own where it gives one. */
  id: string;
  /** Trace id of the client's `traceparent` header. */
  trace?: string;
  method: string;
  path: string;
  /** The model that was asked, by its name; only of models that are served. */
  model?: string;
  /** 499: the client left before the answer. */
  status: number;
  ms: number;
  /** Name of the key, when keys are used. */
  key?: string;
  /** Address and user agent of the client. */
  address?: string;
  agent?: string;
  stream?: boolean;
  promptTokens?: number;
  completionTokens?: number;
  /** Tokens of the questions by which claims of the reply were checked; they are not part of its usage. */
  checkTokens?: { prompt: number; completion: number };
  images?: number;
  /** Milliseconds until the first token. */
  firstMs?: number;
  error?: string;
  /** Of an unexpected error: for the log, never for the client. */
  cause?: unknown;
}

/** Limits on requests. */
export interface RequestLimits extends AdmissionLimits {
  /** Bytes of a body. Default 20 MiB. */
  maxBody: number;
  /** Images of one request. Default 16. */
  maxImages: number;
  /** Bytes of a sound file of /v1/audio. Default 25 MiB. */
  maxAudio: number;
  /** Seconds of such a sound. Default 600. */
  maxAudioSeconds: number;
  /** Sounds in M4A, WebM and videos are read with the program ffmpeg. Default false. */
  ffmpeg: boolean;
  /** Milliseconds that a reader of a stream may take nothing before it is cut off. Default 60 s. */
  stallMs: number;
  /** Milliseconds after which a stream that has nothing to send sends a comment, so that nobody between takes it for dead. Default 15 s. */
  quietMs: number;
  /** Bytes of responses that later requests may name (the Responses API). Default 64 MiB; 0 keeps none. */
  responseBytes: number;
}

/** What a handler needs of the server and of the model that its request names. */
export interface ModelContext extends Pick<ServerContext, 'limits' | 'remote' | 'files' | 'clock'> {
  readonly engine: Engine;
  /** The adapter that the name stands for; undefined for the model itself. */
  readonly adapter: string | undefined;
}

/** What the routes of one server share. */
export interface ServerContext {
  /** Indexes that requests may take demonstrations from, by their names. */
  readonly demos: ReadonlyMap<string, DemoBank>;
  readonly catalog: Catalog;
  readonly shelf: Shelf;
  readonly memory: MemoryBudget;
  readonly limits: RequestLimits;
  readonly admission: Admission;
  readonly clock: Clock;
  /** Which Host headers are answered where there are no keys. */
  readonly hosts: HostRules;
  /** Origins whose pages may read answers; `*` is any. */
  readonly cors: readonly string[];
  /** Proxies in front of the server, whose X-Forwarded-For headers tell the addresses of clients. */
  readonly proxies: number;
  readonly keys: KeyRing;
  /** Agents that requests may ask for; undefined: none. */
  readonly agents: ServedAgents | undefined;
  readonly metrics: Metrics;
  /** What clients uploaded; undefined: nothing is kept. */
  readonly files: FileStore | undefined;
  /** Responses that later requests may name. */
  readonly responses: ResponseStore;
  /** How images named by http(s) URLs are fetched; undefined: not at all. */
  readonly remote: FetchOptions | undefined;
  /** Models of the page that runs them in the browser; undefined: there is no such page. */
  readonly demo?: readonly DemoModel[];
  /** True once the server is going down. */
  draining: boolean;
  /** Aborts everything that still runs, at the end of draining. */
  readonly shutdown: AbortController;
  readonly pending: Set<RequestRecord>;
  /** Called when the last pending request is over. */
  onIdle: (() => void) | undefined;
}

/** Hono's types of this app: the sockets, and what one request carries. */
export interface AppEnv {
  Bindings: {
    incoming?: import('node:http').IncomingMessage;
    outgoing?: import('node:http').ServerResponse;
  };
  Variables: {
    record: RequestRecord;
    /** Aborted when the client leaves or the server stops. */
    signal: AbortSignal;
    key: ApiKey | undefined;
    /** Whose places a request takes: a key, or an address. */
    client: string;
    /** Called when the request is over. */
    leave: (() => void)[];
    /** Gives the place of a request that has been read back: called when its answer begins, which is then watched for its reader. */
    working: (() => void) | undefined;
    /** The request has been read, and asks for a stream of events. */
    streams: boolean | undefined;
    /** Reads the body, once; on routes that have one. */
    body: () => Promise<Body>;
    /** Images that came with the request, once it has been read. */
    attached: Attached | undefined;
    /** Set by streaming answers: settles when the last byte is written or the client is gone. */
    finished: Promise<void> | undefined;
  };
}
