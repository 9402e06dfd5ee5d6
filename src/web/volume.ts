// A folder of the tab's disk that outlasts the tab: files as blobs in the origin's private file system, under one manifest replaced as a whole.

import { sha256 } from '@noble/hashes/sha2.js';
import { SensoriumError } from '../util/errors.js';
import { type Disk, DiskFile, diskError, type Keeper } from './disk.js';

/** Counts up where what lies in a volume is arranged in another way. */
const FORMAT = 1;
const MANIFEST = 'manifest.json';
/** Files from this size on are read from where they are kept, and take no memory. */
const LARGE = 1 << 20;
const PIECE = 8 << 20;

/** What the manifest says of a file. The blob's name is its SHA-256. */
interface Kept {
  blob: string;
  size: number;
}

interface Manifest {
  format: number;
  files: Record<string, Kept>;
}

/** The folder of this origin's private file system where Sensorium keeps things; undefined, with the reason, where there is none. */
export async function keptFolder(): Promise<{ folder?: FileSystemDirectoryHandle; reason?: string }> {
  try {
    if (!navigator.storage?.getDirectory) return { reason: 'this page is not served securely (https, or localhost)' };
    const root = await navigator.storage.getDirectory();
    return { folder: await root.getDirectoryHandle(`sensorium-${FORMAT}`, { create: true }) };
  } catch (error) {
    return { reason: `the browser gives this page no storage: ${(error as Error).message}` };
  }
}

/** SHA-256 of a file, piece by piece. */
export async function hashOf(file: DiskFile): Promise<string> {
  const hash = sha256.create();
  for (let at = 0; at < file.size; at += PIECE) hash.update(await file.slice(at, at + PIECE));
  return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The names of volumes that are kept. */
export async function volumeNames(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const [name, { kind }] of folder.entries()) if (kind === 'directory') names.push(name);
  return names;
}

/** Forgets a volume. Errors: `util.locked` while another tab has it open. */
export async function removeVolume(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  const release = await lockOf(name, 'exclusive');
  if (!release) throw lockedError(name);
  try {
    await folder.removeEntry(name, { recursive: true });
  } finally {
    release();
  }
}

/**
 * A volume at a path of the disk. `commit` writes what has changed and then the manifest, so that a tab that is closed in between leaves
 * the state before. Errors of `commit`: ENOSPC where the browser's quota is used up.
 */
export class Volume implements Keeper {
  private kept = new Map<string, { file: DiskFile; version: number; blob: Kept }>();
  private written = '';
  private committing: Promise<void> = Promise.resolve();

  private constructor(
    readonly name: string,
    readonly path: string,
    private readonly disk: Disk,
    private readonly folder: FileSystemDirectoryHandle,
    private release: () => void,
    /** False while another tab has the volume open too: nothing is written then. */
    private isWriter: boolean,
  ) {}

  /**
   * Puts a volume on the disk, empty where none is kept under this name. `broken`: files whose content is not what the manifest says, or
   * that are gone; they are left out. `shared`: other tabs may have it open too. Errors: `util.locked` while another tab has it open, unless
   * it is shared.
   */
  static async open(
    disk: Disk,
    { kept, name, path, shared = false }: { kept: FileSystemDirectoryHandle; name: string; path: string; shared?: boolean },
  ): Promise<{ volume: Volume; broken: string[] }> {
    const writer = await lockOf(name, 'exclusive');
    const release = writer ?? (shared ? await lockOf(name, 'shared') : undefined);
    if (!release) throw lockedError(name);
    try {
      const folder = await kept.getDirectoryHandle(name, { create: true });
      const volume = new Volume(name, path, disk, folder, release, writer !== undefined);
      disk.makeFolder(path);
      const broken = await volume.readFiles();
      disk.keep(path, volume);
      return { volume, broken };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Writes what has changed. Commits that are asked for meanwhile come behind it. */
  commit(): Promise<void> {
    const next = this.committing.then(
      () => this.write(),
      () => this.write(),
    );
    this.committing = next;
    return next;
  }

  /** Lets other tabs read it, and writes nothing from now on. */
  async share(): Promise<void> {
    await this.committing;
    if (!this.isWriter) return;
    this.isWriter = false;
    this.release();
    this.release = (await lockOf(this.name, 'shared')) as () => void;
  }

  /** Lets other tabs have it; its files stay on the disk of this one. */
  async close(): Promise<void> {
    await this.committing.catch(() => undefined); // whoever asked for it hears of it
    this.disk.forget(this.path);
    this.release();
  }

  private async readFiles(): Promise<string[]> {
    const broken: string[] = [];
    for (const [path, kept] of Object.entries((await this.readManifest()).files)) {
      const blob = await this.folder
        .getFileHandle(kept.blob)
        .then((handle) => handle.getFile())
        .catch(() => undefined);
      const file = new DiskFile(blob);
      if (blob?.size !== kept.size || (await hashOf(file)) !== kept.blob) {
        broken.push(path);
        continue;
      }
      const full = `${this.path}/${path}`;
      this.disk.makeFolder(full.slice(0, full.lastIndexOf('/')));
      this.disk.put(full, file);
      this.kept.set(path, { file, version: file.version, blob: kept });
    }
    return broken;
  }

  /** An empty one where there is none, or one that cannot be read: what it named is then made anew. */
  private async readManifest(): Promise<Manifest> {
    const empty = { format: FORMAT, files: {} };
    try {
      const file = await (await this.folder.getFileHandle(MANIFEST)).getFile();
      const manifest = JSON.parse(await file.text()) as Manifest;
      return manifest.format === FORMAT && typeof manifest.files === 'object' ? manifest : empty;
    } catch (error) {
      if (error instanceof SyntaxError || (error as Error).name === 'NotFoundError') return empty;
      throw error;
    }
  }

  private async write(): Promise<void> {
    if (!this.isWriter) return;
    const next: typeof this.kept = new Map();
    const written = new Set<string>([...this.kept.values()].map(({ blob }) => blob.blob));
    const known = new Map([...this.kept.values()].map(({ file, version, blob }) => [file, { version, blob }]));
    for (const [path, file] of this.disk.folder(this.path).files()) {
      const before = known.get(file); // also under another name
      const { version } = file;
      let blob = before?.version === version ? before.blob : undefined;
      if (!blob) {
        blob = { blob: await hashOf(file), size: file.size };
        if (!written.has(blob.blob)) await this.put(blob.blob, file);
        written.add(blob.blob);
      }
      next.set(path, { file, version, blob });
    }
    const manifest: Manifest = { format: FORMAT, files: Object.fromEntries([...next].map(([path, { blob }]) => [path, blob])) };
    this.kept = next;
    const text = JSON.stringify(manifest);
    if (text === this.written) return;
    await this.put(MANIFEST, new DiskFile(new TextEncoder().encode(text)));
    this.written = text;
    const needed = new Set([MANIFEST, ...[...next.values()].map(({ blob }) => blob.blob)]);
    for await (const name of this.folder.keys()) if (!needed.has(name)) await this.folder.removeEntry(name);
  }

  /** Writes a file: what is not closed is not there. */
  private async put(name: string, file: DiskFile): Promise<void> {
    try {
      const handle = await this.folder.getFileHandle(name, { create: true });
      const stream = await handle.createWritable();
      await stream.write(file.whole() as FileSystemWriteChunkType);
      await stream.close();
      if (file.size >= LARGE && name !== MANIFEST) file.moveTo(await handle.getFile());
    } catch (error) {
      if ((error as Error).name === 'QuotaExceededError') throw diskError('ENOSPC', `${this.path}/${name}`, error);
      throw error;
    }
  }
}

/**
 * Has a volume until the function that it resolves with is called. `exclusive`: undefined where another tab has it; `shared` waits until
 * no tab has it for itself.
 */
function lockOf(name: string, mode: LockMode): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    void navigator.locks
      .request(`sensorium ${name}`, { mode, ifAvailable: mode === 'exclusive' }, (lock) => {
        if (lock) return new Promise<void>((release) => resolve(release));
        resolve(undefined);
        return undefined;
      })
      .catch(reject);
  });
}

const lockedError = (name: string): SensoriumError =>
  new SensoriumError('util.locked', 'another tab is using this run', { place: name, hint: 'Close the other tab, or go on there' });
