// What frozen parts make of images, computed once and kept: in memory, and on disk by content.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputsOf, type Parameter, type Tensor } from '../graph/index.js';
import type { SequenceMedia } from '../model/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime } from '../runtime/runtime.js';
import { mapIoError } from '../util/fs.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { fingerprint } from './checkpoint.js';
import { trainingSession } from './session.js';

/** How results are computed and kept. */
export interface MediaCacheOptions {
  /** Traced once: the program from the feeds of one image to one tensor. */
  trace(): Tensor;
  /** Frozen values that it reads. */
  values: ReadonlyMap<Parameter, HostTensor>;
  runtime?: Runtime;
  threads?: number;
  /** Folder of the cache on disk, whose files are named by frozen weights and content. Without it, memory alone. */
  dir?: string;
  /** Bytes in memory. Default 1 GiB. */
  bytes?: number;
}

/** A program from media to tensors whose results are kept by the media's keys. */
export class MediaCache {
  private readonly kept = new Map<string, HostTensor<'float32'>>();
  private readonly making = new Map<string, Promise<HostTensor<'float32'>>>();
  private bytes = 0;
  private compiled: Promise<Program> | undefined;
  private folder: Promise<string | undefined> | undefined;
  private readonly output: Tensor;
  /** Media that were computed; others came from memory or disk. */
  computed = 0;

  constructor(private readonly o: MediaCacheOptions) {
    this.output = o.trace();
  }

  /** The tensor of one image, as the program gives it. */
  async get(media: SequenceMedia): Promise<HostTensor<'float32'>> {
    const known = this.kept.get(media.key);
    if (known) {
      this.kept.delete(media.key); // the least recently used goes first
      this.kept.set(media.key, known);
      return known;
    }
    // One image may stand in several conversations of a batch: it is computed and written once.
    const begun = this.making.get(media.key);
    if (begun) return begun;
    const making = this.make(media).finally(() => this.making.delete(media.key));
    this.making.set(media.key, making);
    return making;
  }

  private async make(media: SequenceMedia): Promise<HostTensor<'float32'>> {
    const stored = await this.read(media.key);
    const made = stored ?? (await this.compute(media));
    if (!stored) await this.write(media.key, made);
    this.keep(media.key, made);
    return made;
  }

  private async compute(media: SequenceMedia): Promise<HostTensor<'float32'>> {
    const { runtime, threads, values } = this.o;
    const outputs = { y: this.output };
    this.compiled ??= compile(outputs, { ...trainingSession(outputs), runtime, threads, frozen: values, name: 'media' });
    const program = await this.compiled;
    const feeds = await media.feeds();
    this.computed++;
    const wanted = Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name] as HostTensor]));
    const { y } = await program.run(wanted);
    const { shape, data } = y as HostTensor<'float32'>;
    return hostTensor('float32', [...shape], Float32Array.from(data));
  }

  private keep(key: string, tensor: HostTensor<'float32'>): void {
    const most = this.o.bytes ?? 2 ** 30;
    if (tensor.data.byteLength > most) return;
    this.kept.set(key, tensor);
    this.bytes += tensor.data.byteLength;
    for (const [old, { data }] of this.kept) {
      if (this.bytes <= most) break;
      this.kept.delete(old);
      this.bytes -= data.byteLength;
    }
  }

  /** `DIR/HASH`, where the hash is of the frozen values that the program reads and of its inputs. */
  private place(): Promise<string | undefined> {
    const { dir, values } = this.o;
    this.folder ??= (async () => {
      if (dir === undefined) return undefined;
      const inputs = inputsOf([this.output]).map((x) => `${x.name}[${x.shape}]`);
      const name = createHash('sha256')
        .update(`${fingerprint(values)} ${inputs} ${this.output.shape}`)
        .digest('hex')
        .slice(0, 24);
      const folder = join(dir, name);
      await mkdir(folder, { recursive: true }).catch((error) => {
        throw mapIoError(error, folder);
      });
      return folder;
    })();
    return this.folder;
  }

  private async read(key: string): Promise<HostTensor<'float32'> | undefined> {
    const folder = await this.place();
    if (folder === undefined) return undefined;
    try {
      return decode(await readFile(join(folder, fileName(key))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw mapIoError(error, folder);
    }
  }

  /** Half a file is never taken for a whole one: it is renamed when it is complete. */
  private async write(key: string, tensor: HostTensor<'float32'>): Promise<void> {
    const folder = await this.place();
    if (folder === undefined) return;
    const path = join(folder, fileName(key));
    const temporary = `${path}.${process.pid}`;
    try {
      await writeFile(temporary, encode(tensor));
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw mapIoError(error, path);
    }
  }

  async dispose(): Promise<void> {
    const [program] = await Promise.allSettled([this.compiled]);
    if (program.status === 'fulfilled') program.value?.dispose();
    this.compiled = undefined;
    this.kept.clear();
    this.bytes = 0;
  }
}

/** Keys may hold whole questions, and characters that file names cannot. */
const fileName = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 40);

/** The number of axes, their sizes, and the values, all of 32 bits. */
function encode({ shape, data }: HostTensor<'float32'>): Uint8Array {
  const head = Int32Array.from([shape.length, ...shape]);
  const out = new Uint8Array(head.byteLength + data.byteLength);
  out.set(new Uint8Array(head.buffer));
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), head.byteLength);
  return out;
}

/** Undefined for a file that is not whole: it is computed and written anew. */
function decode(bytes: Buffer): HostTensor<'float32'> | undefined {
  if (bytes.length < 4) return undefined;
  const rank = bytes.readInt32LE(0);
  const start = 4 * (1 + rank);
  if (rank < 0 || rank > 8 || bytes.length < start) return undefined;
  const shape = Array.from({ length: rank }, (_, i) => bytes.readInt32LE(4 * (1 + i)));
  const count = shape.reduce((n, d) => n * d, 1);
  if (bytes.length !== start + 4 * count) return undefined;
  const tensor = hostTensor('float32', shape);
  tensor.data.set(new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length)));
  return tensor;
}
