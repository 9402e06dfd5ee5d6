// Files that clients upload to name in later requests: in memory, bounded in every way, each seen by nobody but its owner, gone in time.

import { randomBytes } from 'node:crypto';
import { ApiError, badRequest } from './errors.js';

/** Bounds of a `FileStore`. */
export interface FileLimits {
  /** Bytes of one file. Default 20 MiB. */
  maxFile: number;
  /** Bytes of all files of one owner. Default 64 MiB. */
  maxPerKey: number;
  /** Bytes of all files. Default 256 MiB. */
  maxTotal: number;
  /** Files of one owner. Default 1000. */
  maxCount: number;
  /** Milliseconds that a file is kept; clients may ask for less. Default a day. */
  ttlMs: number;
}

const MIB = 2 ** 20;

/** The defaults. */
export const FILE_LIMITS: FileLimits = {
  maxFile: 20 * MIB,
  maxPerKey: 64 * MIB,
  maxTotal: 256 * MIB,
  maxCount: 1000,
  ttlMs: 24 * 3600 * 1000,
};

/** Why a file is kept. */
export const PURPOSES = ['vision', 'user_data'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** A file that is kept. Times are seconds since 1970. */
export interface StoredFile {
  id: string;
  name: string;
  purpose: Purpose;
  bytes: Uint8Array<ArrayBuffer>;
  createdAt: number;
  expiresAt: number;
}

/** What is given to keep. */
export interface NewFile {
  name: string;
  purpose: Purpose;
  bytes: Uint8Array<ArrayBuffer>;
  /** Default, and at most, the store's. */
  ttlMs?: number;
}

/** Ids of files, as opposed to URLs. */
export const isFileId = (text: string): boolean => /^file-[\w-]+$/.test(text);

/** Files by owner. An owner is a key, or '' for everybody where no keys are used. */
export class FileStore {
  /** In the order in which they came. */
  private readonly files = new Map<string, StoredFile & { owner: string }>();
  private total = 0;

  constructor(
    readonly limits: FileLimits = FILE_LIMITS,
    /** Milliseconds since 1970; replaceable in tests. */
    private readonly now: () => number = Date.now,
  ) {}

  /** Bytes that are kept. */
  get bytes(): number {
    this.forgetOld();
    return this.total;
  }

  /** Keeps a file. Throws `ApiError`: 400 for an empty file and when the owner has no room left, 413 for a large one, 429 when nobody has. */
  add(owner: string, { name, purpose, bytes, ttlMs = this.limits.ttlMs }: NewFile): StoredFile {
    this.forgetOld();
    const { maxFile, maxPerKey, maxTotal, maxCount } = this.limits;
    if (bytes.length === 0) throw badRequest('The file is empty', 'file', { code: 'invalid_value' });
    if (bytes.length > maxFile) throw fileTooLarge(maxFile);
    const own = [...this.files.values()].filter((file) => file.owner === owner);
    const used = own.reduce((sum, file) => sum + file.bytes.length, 0);
    const full = { code: 'storage_full', hint: 'Delete files that are not needed any more.' } as const;
    if (own.length >= maxCount) throw badRequest(`There is no room: at most ${maxCount} files`, 'file', full);
    if (used + bytes.length > maxPerKey)
      throw badRequest('There is no room for this file', 'file', {
        ...full,
        expected: `at most ${maxPerKey} bytes`,
        got: String(used + bytes.length),
      });
    if (this.total + bytes.length > maxTotal)
      throw new ApiError(429, 'The storage of this server is full', { code: 'storage_full', retryAfter: 60 });
    const at = this.now();
    const file = {
      id: `file-${randomBytes(18).toString('base64url')}`,
      owner,
      name,
      purpose,
      bytes,
      createdAt: Math.floor(at / 1000),
      expiresAt: Math.floor((at + Math.min(ttlMs, this.limits.ttlMs)) / 1000),
    };
    this.files.set(file.id, file);
    this.total += bytes.length;
    return file;
  }

  /** A file. Throws `ApiError` 404, with the field that named it, for one that is not there or another's. */
  get(owner: string, id: string, param = 'file_id'): StoredFile {
    this.forgetOld();
    const file = this.files.get(id);
    if (file?.owner === owner) return file;
    throw new ApiError(404, `No such file: '${id.slice(0, 100)}'`, { param, code: 'file_not_found' });
  }

  /** All files of an owner, the oldest first. */
  list(owner: string): StoredFile[] {
    this.forgetOld();
    return [...this.files.values()].filter((file) => file.owner === owner);
  }

  /** Forgets a file; requests that have its bytes keep them. Throws as `get` does. */
  delete(owner: string, id: string): StoredFile {
    const file = this.get(owner, id);
    this.files.delete(id);
    this.total -= file.bytes.length;
    return file;
  }

  private forgetOld(): void {
    const now = this.now() / 1000;
    for (const [id, file] of this.files)
      if (file.expiresAt <= now) {
        this.files.delete(id);
        this.total -= file.bytes.length;
      }
  }
}

/** 413 for a file that is larger than any may be. */
export function fileTooLarge(maxFile: number): ApiError {
  return new ApiError(413, `The file is larger than ${maxFile} bytes`, { param: 'file', code: 'file_too_large' });
}
