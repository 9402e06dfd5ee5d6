// Reading the body of a request: whatever frames it (a length, chunks) or packs it (gzip), within bounds of size, memory and slowness.

import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Context, MiddlewareHandler } from 'hono';
import type { Hold } from './admission.js';
import type { AppEnv, ServerContext } from './context.js';
import { ApiError, badRequest } from './errors.js';

/** What a route allows. */
export interface BodyRules {
  /** Bytes, packed and unpacked. */
  maxSize: number;
  /** The error for a larger one. */
  tooLarge: () => ApiError;
  /** Whose places a body takes while it is read. Default `bodies`. */
  kind?: 'bodies' | 'uploads';
}

const UNPACK = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/**
 * Makes `c.get('body')` read the body when a handler asks for it, so that what is refused before is refused without its body. It is given
 * once, and not kept for as long as the request is answered.
 */
export function withBody(server: ServerContext, rules: BodyRules): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.set('body', () => readBody(c, server, rules));
    await next();
  };
}

/**
 * The bytes of a body, unpacked; they count against the server's memory, and the request against its places, until it is over. Throws
 * `ApiError`: 400 for a length or data that are wrong, 408 for a slow sender, 413, 415 for an unknown packing, 429 and 503 when busy.
 */
async function readBody(
  c: Context<AppEnv>,
  { admission }: ServerContext,
  { maxSize, tooLarge, kind = 'bodies' }: BodyRules,
): Promise<Buffer> {
  const declared = lengthOf(c);
  if (declared !== undefined && declared > maxSize) throw tooLarge();
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
  } finally {
    transfer.end();
  }
  let { bytes } = gathered;
  if (packing) {
    hold.resize(bytes.length + maxSize);
    bytes = await unpack(bytes, packing, maxSize, tooLarge);
  }
  hold.resize(bytes.length);
  c.set('working', admission.work.enter(client));
  return bytes;
}

function lengthOf(c: Context<AppEnv>): number | undefined {
  const header = c.req.header('content-length');
  if (header === undefined) return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  throw badRequest('The length of the body is not a number', 'body', { code: 'invalid_http' });
}

function packingOf(c: Context<AppEnv>): keyof typeof UNPACK | undefined {
  const header = c.req.header('content-encoding')?.trim().toLowerCase() ?? '';
  if (header === '' || header === 'identity') return undefined;
  if (Object.hasOwn(UNPACK, header)) return header as keyof typeof UNPACK;
  c.header('accept-encoding', 'gzip, deflate, br');
  throw new ApiError(415, 'The body is compressed in a way that is not supported', {
    code: 'unsupported_media_type',
    expected: 'content-encoding: gzip, deflate or br, or none',
    got: header.slice(0, 100),
  });
}

async function unpack(bytes: Buffer, packing: keyof typeof UNPACK, maxSize: number, tooLarge: () => ApiError): Promise<Buffer> {
  try {
    return await UNPACK[packing](bytes, { maxOutputLength: maxSize });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw badRequest(`The body is not valid ${packing} data`, 'body', { code: 'invalid_encoding', cause });
  }
}

/** Bytes that are reserved at first. */
const LEAST = 64 * 1024;
/** Chunks that any body may have, and the bytes that those beyond must have on average: each costs a microsecond, whatever is in it. */
const FREE_CHUNKS = 2000;
const CHUNK_BYTES = 128;

/** A body in one piece, which grows as its chunks come: millions of tiny ones take no more memory than a few large ones. */
class Gathered {
  private buffer: Buffer = Buffer.alloc(0);
  private size = 0;
  private chunks = 0;

  constructor(
    private readonly hold: Hold,
    private readonly limits: { most: number; tooLarge: () => ApiError },
  ) {}

  /** Throws `ApiError` 413 for more than may be, 400 for more chunks than a body of its size has, and 503 where there is no memory for it. */
  add(chunk: Uint8Array): void {
    const size = this.size + chunk.length;
    const { most, tooLarge } = this.limits;
    if (size > most) throw tooLarge();
    if (++this.chunks > FREE_CHUNKS + size / CHUNK_BYTES)
      throw badRequest('The body comes in too many tiny chunks', 'body', {
        code: 'invalid_http',
        expected: `chunks of at least ${CHUNK_BYTES} bytes on average`,
      });
    if (size > this.buffer.length) {
      const room = Math.min(most, Math.max(size, 2 * this.buffer.length, LEAST));
      this.hold.resize(room);
      const larger = Buffer.allocUnsafeSlow(room);
      larger.set(this.bytes);
      this.buffer = larger;
    }
    this.buffer.set(chunk, this.size);
    this.size = size;
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.size);
  }
}

/** Gives the bytes as they were sent. */
async function receive(c: Context<AppEnv>, slow: AbortSignal, take: (chunk: Uint8Array) => void): Promise<void> {
  const incoming = c.env?.incoming;
  if (incoming) await eachChunk(incoming, slow, take);
  else for await (const chunk of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) take(chunk);
}

/** Gives each chunk to `take`. After an error the rest is left unread, and the connection is open for the answer. */
function eachChunk(incoming: IncomingMessage, slow: AbortSignal, take: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown): void => {
      incoming.off('data', data).off('end', done).off('error', done).off('close', gone);
      slow.removeEventListener('abort', late);
      if (error === undefined) resolve();
      else {
        incoming.pause();
        incoming.socket.pause(); // or what the parser has would go on coming, chunk by chunk
        reject(error);
      }
    };
    const data = (chunk: Uint8Array): void => {
      try {
        take(chunk);
      } catch (error) {
        done(error);
      }
    };
    const gone = (): void => done(new ApiError(400, 'The connection was closed before the body was complete', { code: 'invalid_http' }));
    const late = (): void =>
      done(new ApiError(408, 'The body came too slowly', { code: 'request_timeout', hint: 'Send the request again.' }));
    if (incoming.destroyed && !incoming.readableEnded) gone();
    incoming.on('data', data).once('end', done).once('error', done).once('close', gone);
    slow.addEventListener('abort', late, { once: true });
  });
}
