// `node:crypto` of a tab: hashes, computed at once as Node does; the browser's own are asynchronous and need the whole content.

import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { diskError } from '../disk.js';

const HASHES = { sha256, sha512, sha1, md5 } as const;

/** A hash that is fed piece by piece. */
export class Hash {
  private readonly state: ReturnType<typeof sha256.create>;
  constructor(readonly algorithm: string) {
    const hash = HASHES[algorithm as keyof typeof HASHES];
    if (!hash) throw diskError('ERR_OSSL_EVP_UNSUPPORTED', algorithm);
    this.state = hash.create() as ReturnType<typeof sha256.create>;
  }
  update(data: string | ArrayBufferView, encoding: BufferEncoding = 'utf8'): this {
    const bytes = typeof data === 'string' ? Buffer.from(data, encoding) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.state.update(bytes);
    return this;
  }
  digest(encoding?: BufferEncoding): string | Uint8Array {
    const bytes = Buffer.from(this.state.digest());
    return encoding ? bytes.toString(encoding) : bytes;
  }
}

/** Begins a hash. */
export const createHash = (algorithm: string): Hash => new Hash(algorithm);

/** Random bytes. */
export const randomBytes = (count: number): Uint8Array => Buffer.from(crypto.getRandomValues(new Uint8Array(count)));

/** A random name. */
export const randomUUID = (): string => crypto.randomUUID();

/** Whether two contents are equal. */
export const timingSafeEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
