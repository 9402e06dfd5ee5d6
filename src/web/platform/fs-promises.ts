// `node:fs/promises` of a tab: the calls that shared code makes, on the tab's disk.

import { type DiskFile, DiskFolder, disk, diskError, DiskFile as File, partsOf } from '../disk.js';

type Path = string | URL;
type Data = string | Uint8Array;

const encoder = new TextEncoder();
const bytesOf = (data: Data): Uint8Array => (typeof data === 'string' ? encoder.encode(data) : data);
const join = (folder: Path, name: string): string => `/${[...partsOf(folder), name].join('/')}`;

/** Size, time and kind of a file or folder. */
export class Stats {
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly size: number;
  readonly ino: number;
  readonly dev = 1;
  readonly nlink = 1;
  readonly mode = 0o644;

  constructor(private readonly entry: DiskFile | DiskFolder) {
    this.mtimeMs = entry.modified;
    this.ctimeMs = entry.modified;
    this.size = entry.size;
    this.ino = entry.id;
  }
  get mtime(): Date {
    return new Date(this.mtimeMs);
  }
  isFile(): boolean {
    return this.entry.kind === 'file';
  }
  isDirectory(): boolean {
    return this.entry.kind === 'folder';
  }
  isSymbolicLink(): boolean {
    return false;
  }
}

/** With `bigint` the same in integers. */
export async function stat(path: Path, options?: { bigint?: boolean }): Promise<Stats> {
  return statsOf(disk.entry(path), options);
}

export const lstat = stat;

function statsOf(entry: DiskFile | DiskFolder, { bigint = false }: { bigint?: boolean } = {}): Stats {
  const stats = new Stats(entry);
  if (!bigint) return stats;
  const ns = BigInt(Math.trunc(stats.mtimeMs)) * 1_000_000n;
  const numbers = { size: BigInt(stats.size), ino: BigInt(stats.ino), dev: 1n, mtimeNs: ns, ctimeNs: ns, mtimeMs: ns / 1_000_000n };
  return Object.assign(Object.create(stats) as Stats, numbers);
}

/** An open file, or folder. */
export class FileHandle {
  private position = 0;
  constructor(
    private readonly path: Path,
    private readonly entry: DiskFile | DiskFolder,
    private readonly appends: boolean,
  ) {}

  private get file(): DiskFile {
    if (this.entry.kind === 'file') return this.entry;
    throw diskError('EISDIR', String(this.path));
  }

  async read<B extends Uint8Array>(
    given: B | { buffer: B; offset?: number; length?: number; position?: number | null },
    at = 0,
    count?: number,
    from: number | bigint | null = null,
  ): Promise<{ bytesRead: number; buffer: B }> {
    const isView = ArrayBuffer.isView(given);
    const buffer = isView ? given : given.buffer;
    const offset = isView ? at : (given.offset ?? 0);
    const length = (isView ? count : given.length) ?? buffer.byteLength - offset;
    const position = isView ? from : (given.position ?? null);
    const start = position === null ? this.position : Number(position);
    const bytes = await this.file.slice(start, start + length);
    new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(bytes, offset);
    if (position === null) this.position += bytes.length;
    return { bytesRead: bytes.length, buffer };
  }

  async write(data: Data, offset = 0, length?: number, position: number | null = null): Promise<{ bytesWritten: number }> {
    const whole = bytesOf(data);
    const bytes = typeof data === 'string' ? whole : whole.subarray(offset, length === undefined ? undefined : offset + length);
    const at = this.appends ? this.file.size : (position ?? this.position);
    this.file.write(bytes, at);
    if (position === null) this.position = at + bytes.length;
    return { bytesWritten: bytes.length };
  }

  /** Goes on where the last write ended. */
  async writeFile(data: Data): Promise<void> {
    await this.write(data);
  }
  async appendFile(data: Data): Promise<void> {
    await this.write(data);
  }
  async readFile(encoding?: BufferEncoding | { encoding?: BufferEncoding }): Promise<string | Uint8Array> {
    return decoded(await this.file.slice(this.position), encoding);
  }
  async truncate(size = 0): Promise<void> {
    this.file.truncate(size);
  }
  async stat(options?: { bigint?: boolean }): Promise<Stats> {
    return statsOf(this.entry, options);
  }
  /** A folder's entries outlast the tab from then on; that of a file alone waits for its folder's, as Node's callers ask for both. */
  async sync(): Promise<void> {
    if (this.entry.kind === 'folder') await disk.sync(this.path);
  }
  async datasync(): Promise<void> {
    await this.sync();
  }
  async close(): Promise<void> {}
}

/** Flags: r, r+, w, w+, wx, a, a+, ax. */
export async function open(path: Path, flags = 'r'): Promise<FileHandle> {
  const found = disk.find(path);
  if (flags.startsWith('r')) return new FileHandle(path, found ?? disk.entry(path), false);
  if (found && flags.includes('x')) throw diskError('EEXIST', String(path));
  if (found?.kind === 'folder') throw diskError('EISDIR', String(path));
  const file = found ?? new File();
  if (!found) disk.put(path, file);
  else if (flags.startsWith('w')) file.truncate(0);
  return new FileHandle(path, file, flags.startsWith('a'));
}

const decoded = (bytes: Uint8Array, encoding?: string | { encoding?: string | null } | null): string | Uint8Array => {
  const named = typeof encoding === 'string' ? encoding : encoding?.encoding;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return named ? buffer.toString(named as BufferEncoding) : buffer;
};

/** As text or bytes. */
export async function readFile(path: Path, encoding?: string | { encoding?: string | null } | null): Promise<string | Uint8Array> {
  return decoded(await disk.file(path).slice(), encoding);
}

/** Writes a file anew, or with the flag `a` behind its end. */
export async function writeFile(path: Path, data: Data, options?: string | { flag?: string }): Promise<void> {
  const handle = await open(path, typeof options === 'object' ? (options.flag ?? 'w') : 'w');
  await handle.write(data);
}

/** Writes behind the end. */
export async function appendFile(path: Path, data: Data): Promise<void> {
  await writeFile(path, data, { flag: 'a' });
}

/** Makes a folder. */
export async function mkdir(path: Path, { recursive = false }: { recursive?: boolean } = {}): Promise<string | undefined> {
  const found = disk.find(path);
  if (recursive) {
    disk.makeFolder(path);
    return found ? undefined : String(path);
  }
  if (found) throw diskError('EEXIST', String(path));
  disk.put(path, new DiskFolder());
  return undefined;
}

interface Entry {
  readonly name: string;
  readonly parentPath: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** Names in a folder, or entries with their kinds. */
export async function readdir(path: Path, options?: { withFileTypes?: boolean }): Promise<string[] | Entry[]> {
  const { entries } = disk.folder(path);
  if (!options?.withFileTypes) return [...entries.keys()];
  return [...entries].map(([name, entry]) => ({
    name,
    parentPath: String(path),
    isFile: () => entry.kind === 'file',
    isDirectory: () => entry.kind === 'folder',
    isSymbolicLink: () => false,
  }));
}

/** Gives another name. */
export async function rename(from: Path, to: Path): Promise<void> {
  disk.rename(from, to);
}

/** Removes a file, or with `recursive` a folder. */
export async function rm(path: Path, { recursive = false, force = false } = {}): Promise<void> {
  const found = disk.find(path);
  if (!found && force) return;
  if (found?.kind === 'folder' && !recursive) throw diskError('EISDIR', String(path));
  disk.remove(path);
}

/** Removes a file. */
export async function unlink(path: Path): Promise<void> {
  disk.file(path);
  disk.remove(path);
}

/** A second name of a file. */
export async function link(from: Path, to: Path): Promise<void> {
  if (disk.find(to)) throw diskError('EEXIST', String(to));
  disk.put(to, disk.file(from));
}

/** A file of the same content. */
export async function copyFile(from: Path, to: Path): Promise<void> {
  const there = disk.find(to);
  if (there?.kind === 'folder') throw diskError('EISDIR', String(to));
  disk.put(to, new File(disk.file(from).whole()));
}

/** A folder, or file, of the same content. */
export async function cp(from: Path, to: Path): Promise<void> {
  const entry = disk.entry(from);
  if (entry.kind === 'file') return copyFile(from, to);
  disk.makeFolder(to);
  for (const name of entry.entries.keys()) await cp(join(from, name), join(to, name));
}

/** The path itself: there are no links. */
export async function realpath(path: Path): Promise<string> {
  disk.entry(path);
  return `/${partsOf(path).join('/')}`;
}

/** Throws for what is not there. */
export async function access(path: Path): Promise<void> {
  disk.entry(path);
}

/** Cuts a file. */
export async function truncate(path: Path, size = 0): Promise<void> {
  disk.file(path).truncate(size);
}

/** A new folder whose name begins so. */
export async function mkdtemp(prefix: string): Promise<string> {
  const path = `${prefix}${crypto.randomUUID().slice(0, 6)}`;
  disk.makeFolder(path);
  return path;
}

const notHere = (name: string) => async (): Promise<never> => {
  throw diskError('ENOSYS', name);
};
export const symlink = notHere('symlink');
export const readlink = notHere('readlink');
export const statfs = notHere('statfs');
