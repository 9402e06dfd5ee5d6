// The disk of a tab: folders and files in memory, or in Blobs that the browser reads when they are needed. Node's file calls work on it.

/** An error as Node's file calls throw them: `code` tells what went wrong. */
export function diskError(code: string, path: string, cause?: unknown): Error & { code: string } {
  return Object.assign(new Error(`${code}: ${path}`, { cause }), { code, path });
}

/** `/a/b/../c` as the names on the way to it. Relative paths begin at the root. */
export function partsOf(path: string | URL): string[] {
  const parts: string[] = [];
  for (const part of (path instanceof URL ? decodeURIComponent(path.pathname) : path).split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return parts;
}

/** Reads a Blob on this thread; only workers can. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

let numbers = 0;

/** A file: bytes in memory, or a Blob until it is written to. Several names may lead to one file. */
export class DiskFile {
  readonly kind = 'file';
  readonly id = ++numbers;
  modified = Date.now();
  /** Grows with every change. */
  version = 0;
  size: number;
  private content: Uint8Array | Blob;

  constructor(content: Uint8Array | Blob = new Uint8Array()) {
    this.content = content;
    this.size = content instanceof Blob ? content.size : content.length;
  }

  /** The bytes from `start` to `end`; of a Blob only these are read. */
  async slice(start = 0, end = this.size): Promise<Uint8Array> {
    const [from, to] = [Math.min(start, this.size), Math.min(end, this.size)];
    if (!(this.content instanceof Blob)) return this.content.slice(from, to);
    return new Uint8Array(await this.content.slice(from, to).arrayBuffer());
  }

  /** The same at once. */
  sliceNow(start = 0, end = this.size): Uint8Array {
    const [from, to] = [Math.min(start, this.size), Math.min(end, this.size)];
    if (!(this.content instanceof Blob)) return this.content.slice(from, to);
    return new Uint8Array(new FileReaderSync().readAsArrayBuffer(this.content.slice(from, to)));
  }

  /** The content, to be kept elsewhere. */
  whole(): Blob | Uint8Array {
    return this.content instanceof Blob ? this.content : this.content.slice(0, this.size);
  }

  /** Puts the same content elsewhere: memory is free when a Blob on the machine's disk has it. */
  moveTo(blob: Blob): void {
    this.content = blob;
  }

  /** Writes bytes at a place; what lies between it and the end is zero. */
  write(bytes: Uint8Array, at: number): void {
    const memory = this.memory(at + bytes.length);
    memory.set(bytes, at);
    this.size = Math.max(this.size, at + bytes.length);
    this.changed();
  }

  truncate(size: number): void {
    const memory = this.memory(size);
    if (size < this.size) memory.fill(0, size, this.size);
    this.size = size;
    this.changed();
  }

  private changed(): void {
    this.version++;
    this.modified = Date.now();
  }

  /** Memory for so many bytes: twice as many as before where it has to grow, since logs are appended to. */
  private memory(bytes: number): Uint8Array {
    if (this.content instanceof Blob) this.content = this.sliceNow();
    if (bytes > this.content.length) {
      const grown = new Uint8Array(Math.max(bytes, 2 * this.content.length));
      grown.set(this.content.subarray(0, this.size));
      this.content = grown;
    }
    return this.content;
  }
}

/** A folder. */
export class DiskFolder {
  readonly kind = 'folder';
  readonly id = ++numbers;
  readonly modified = Date.now();
  readonly size = 0;
  readonly entries = new Map<string, DiskFile | DiskFolder>();

  /** Files below, by path from here. */
  *files(prefix = ''): Generator<[path: string, file: DiskFile]> {
    for (const [name, entry] of this.entries)
      if (entry.kind === 'file') yield [prefix + name, entry];
      else yield* entry.files(`${prefix}${name}/`);
  }
}

/** Keeps what lies below a path when it is asked to: see `Volume`. */
export interface Keeper {
  commit(): Promise<void>;
}

/** A tree of folders. Errors are those of Node's file calls: ENOENT, EEXIST, ENOTDIR, EISDIR, ENOTEMPTY. */
export class Disk {
  readonly root = new DiskFolder();
  private readonly keepers = new Map<string, Keeper>();

  /** What stands at a path, if anything does. */
  find(path: string | URL): DiskFile | DiskFolder | undefined {
    let at: DiskFile | DiskFolder = this.root;
    for (const part of partsOf(path)) {
      if (at.kind === 'file') return undefined;
      const next: DiskFile | DiskFolder | undefined = at.entries.get(part);
      if (!next) return undefined;
      at = next;
    }
    return at;
  }

  entry(path: string | URL): DiskFile | DiskFolder {
    const found = this.find(path);
    if (found) return found;
    throw diskError('ENOENT', String(path));
  }

  file(path: string | URL): DiskFile {
    const found = this.entry(path);
    if (found.kind === 'file') return found;
    throw diskError('EISDIR', String(path));
  }

  folder(path: string | URL): DiskFolder {
    const found = this.entry(path);
    if (found.kind === 'folder') return found;
    throw diskError('ENOTDIR', String(path));
  }

  /** Makes a folder and those above it. */
  makeFolder(path: string | URL): DiskFolder {
    let at = this.root;
    for (const part of partsOf(path)) {
      const next = at.entries.get(part) ?? new DiskFolder();
      if (next.kind === 'file') throw diskError('EEXIST', String(path));
      at.entries.set(part, next);
      at = next;
    }
    return at;
  }

  /** Puts an entry at a path whose folder is there. */
  put(path: string | URL, entry: DiskFile | DiskFolder): void {
    const { folder, name } = this.parent(path);
    folder.entries.set(name, entry);
  }

  remove(path: string | URL): void {
    const { folder, name } = this.parent(path);
    if (!folder.entries.delete(name)) throw diskError('ENOENT', String(path));
  }

  /** Gives an entry another name, in place of what has it; a folder takes the place of an empty one alone. */
  rename(from: string | URL, to: string | URL): void {
    const entry = this.entry(from);
    const there = this.find(to);
    if (there === entry) return;
    if (there?.kind === 'folder' && entry.kind === 'file') throw diskError('EISDIR', String(to));
    if (there?.kind === 'file' && entry.kind === 'folder') throw diskError('ENOTDIR', String(to));
    if (there?.kind === 'folder' && there.entries.size > 0) throw diskError('ENOTEMPTY', String(to));
    this.put(to, entry);
    this.remove(from);
  }

  /** Has what lies below a path kept by somebody from now on. */
  keep(path: string, keeper: Keeper): void {
    this.keepers.set(`/${partsOf(path).join('/')}`, keeper);
  }

  forget(path: string): void {
    this.keepers.delete(`/${partsOf(path).join('/')}`);
  }

  /** Makes what stands at a path, and all beside it below the same keeper, outlast the tab. Nothing to do where nobody keeps it. */
  async sync(path: string | URL): Promise<void> {
    const whole = `/${partsOf(path).join('/')}/`;
    for (const [place, keeper] of this.keepers) if (whole.startsWith(`${place}/`)) await keeper.commit();
  }

  private parent(path: string | URL): { folder: DiskFolder; name: string } {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) throw diskError('EPERM', '/');
    return { folder: this.folder(`/${parts.join('/')}`), name };
  }
}

/** The one disk of a tab's worker. */
export const disk = new Disk();
