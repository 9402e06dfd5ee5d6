// A hub for tests, on this machine: its API, its files with checksums and ranges, a content server that it sends to, and its failures.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { SensoriumError } from '../util/errors.js';

/** A model on the test hub: its commits, newest last, each with its files. */
export interface TestRepo {
  commits: Record<string, Record<string, Buffer>>;
  refs: Record<string, string>;
  /** Only who sends this token may read. */
  token?: string;
  /** Says that the model exists but its conditions are not agreed to. */
  gated?: boolean;
}

/** A request as it came. */
export interface SeenRequest {
  server: 'hub' | 'content';
  url: string;
  range?: string;
  authorization?: string;
}

/** What goes wrong with a file; each is used up by one request. */
export type Fault = { cutAfter: number } | { corrupt: true } | { status: number; headers?: Record<string, string> } | { stall: number };

/** A running test hub. */
export interface TestHub {
  readonly endpoint: string;
  readonly repos: Record<string, TestRepo>;
  readonly seen: SeenRequest[];
  /** Faults by file name, used in order; those of `api` are for the API. */
  readonly faults: Record<string, Fault[]>;
  /** Whether the servers know ranges. */
  ranges: boolean;
  close(): Promise<void>;
}

const sha = (name: 'sha1' | 'sha256', ...parts: (string | Buffer)[]): string => {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** What the hub calls a file: SHA-256 where it is large (here: safetensors), Git's SHA-1 otherwise. */
export function etagOf(path: string, bytes: Buffer): string {
  return path.endsWith('.safetensors') ? sha('sha256', bytes) : sha('sha1', `blob ${bytes.length}\0`, bytes);
}

/** A commit name made of a word. */
export const commitOf = (word: string): string => sha('sha1', word);

/** The files of a folder, as a commit has them. */
export async function filesOf(dir: string): Promise<Record<string, Buffer>> {
  const names = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name))] as const)));
}

/** The error that `work` ends with; an error of its own where it ends without. */
export async function failure(work: Promise<unknown>): Promise<SensoriumError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (error instanceof Error) return error as SensoriumError;
  throw new Error(`expected an error, got ${error === undefined ? 'none' : String(error)}`);
}

/** Starts a hub with models by id, and data sets as `datasets/org/name`. */
export async function startHub(repos: Record<string, TestRepo>): Promise<TestHub> {
  const seen: SeenRequest[] = [];
  const faults: Record<string, Fault[]> = {};
  const blobs = new Map<string, Buffer>();
  const hub = { ranges: true };
  const content = await listen((request, response) => {
    const { pathname, searchParams } = note('content', request);
    serve(request, response, blobs.get(pathname.slice(1)) as Buffer, searchParams.get('name') ?? '');
  });
  const main = await listen((request, response) => {
    const url = note('hub', request);
    const [, id, kind, rev, path] =
      /^\/(?:api\/models\/|(?:api\/)?(?=datasets\/))?((?:datasets\/)?[^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)\/?(.*)$/.exec(
        url.pathname,
      ) ?? [];
    const repo = id === undefined ? undefined : repos[id];
    const fail = (status: number, code: string, message: string): void =>
      void response.writeHead(status, { 'x-error-code': code, 'x-error-message': message }).end();
    const fault = url.pathname.startsWith('/api/') ? faults.api?.shift() : undefined;
    if (fault && 'status' in fault) return void response.writeHead(fault.status, fault.headers).end();
    if (!repo) return fail(401, 'RepoNotFound', 'Repository not found');
    if (repo.gated) return fail(401, 'GatedRepo', `Access to model ${id} is restricted.`);
    if (repo.token && request.headers.authorization !== `Bearer ${repo.token}`)
      return request.headers.authorization ? fail(401, '', 'Invalid credentials in Authorization header') : fail(401, 'RepoNotFound', '');
    const name = decodeURIComponent(rev as string);
    const commit = repo.refs[name] ?? name;
    const files = repo.commits[commit];
    if (!files) return fail(404, 'RevisionNotFound', `Invalid rev id: ${name}`);
    if (kind === 'revision')
      return json(response, { _id: '1', id, sha: commit, lastModified: new Date(0).toISOString(), siblings: siblings(files) });
    if (kind === 'tree') return tree(response, url, files);
    const bytes = files[path as string];
    if (!bytes) return fail(404, 'EntryNotFound', 'Entry not found');
    const etag = etagOf(path as string, bytes);
    response.setHeader('x-repo-commit', commit);
    if (!path?.endsWith('.safetensors')) {
      response.setHeader('etag', `"${etag}"`);
      return serve(request, response, bytes, path as string);
    }
    blobs.set(etag, bytes);
    response.writeHead(302, {
      location: `${content.url}/${etag}?name=${path}`,
      'x-linked-etag': `"${etag}"`,
      'x-linked-size': String(bytes.length),
    });
    response.end();
  });

  function note(server: SeenRequest['server'], request: IncomingMessage): URL {
    seen.push({ server, url: request.url ?? '', range: request.headers.range, authorization: request.headers.authorization });
    return new URL(request.url ?? '', 'http://hub');
  }

  /** Two entries a page, so that lists have pages. */
  function tree(response: ServerResponse, url: URL, files: Record<string, Buffer>): void {
    const at = Number(url.searchParams.get('cursor') ?? 0);
    const entries = Object.entries(files).map(([path, bytes]) => {
      const etag = etagOf(path, bytes);
      const entry = { type: 'file', path, size: bytes.length, oid: etag.length === 40 ? etag : commitOf(path) };
      return etag.length === 64 ? { ...entry, lfs: { oid: etag, size: bytes.length, pointerSize: 130 } } : entry;
    });
    if (at + 2 < entries.length) response.setHeader('link', `<${main.url}${url.pathname}?recursive=true&cursor=${at + 2}>; rel="next"`);
    json(response, entries.slice(at, at + 2));
  }

  function serve(request: IncomingMessage, response: ServerResponse, bytes: Buffer, name: string): void {
    const fault = faults[name]?.shift();
    if (fault && 'status' in fault) return void response.writeHead(fault.status, fault.headers).end();
    const range = hub.ranges ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '') : null;
    const from = range ? Number(range[1]) : 0;
    if (range && from >= bytes.length) return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    let body = bytes.subarray(from);
    if (fault && 'corrupt' in fault) body = Buffer.from(body.map((byte) => byte ^ 1));
    const headers: Record<string, string> = { 'content-length': String(body.length) };
    if (range) headers['content-range'] = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(range ? 206 : 200, headers);
    if (fault && 'cutAfter' in fault) {
      response.write(body.subarray(0, fault.cutAfter), () => setTimeout(() => response.destroy(), 100)); // time for the bytes to be read
      return;
    }
    if (fault && 'stall' in fault) return void response.write(body.subarray(0, fault.stall));
    response.end(body);
  }

  return {
    endpoint: main.url,
    repos,
    seen,
    faults,
    get ranges() {
      return hub.ranges;
    },
    set ranges(value) {
      hub.ranges = value;
    },
    close: async () => {
      await Promise.all([main, content].map(({ server }) => stop(server)));
    },
  };
}

/** How the hub lists files for the official clients. */
const siblings = (files: Record<string, Buffer>): { rfilename: string }[] => Object.keys(files).map((rfilename) => ({ rfilename }));

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ server: Server; url: string }> {
  const server = createServer(handler);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
