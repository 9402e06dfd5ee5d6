// Kept rows as JSON lines: with their images in files beside them, or only their ids and places.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeptRow, PartFile, type Sink, type SinkOptions, type SinkState } from './sink.js';

/** One file of JSON lines. */
abstract class LinesSink implements Sink {
  protected constructor(
    protected readonly dir: string,
    private readonly file: PartFile,
  ) {}

  protected abstract line(row: KeptRow): Promise<Record<string, unknown>>;

  async add(row: KeptRow): Promise<void> {
    await this.file.append(Buffer.from(`${JSON.stringify(await this.line(row))}\n`));
  }

  async checkpoint(): Promise<SinkState> {
    await this.file.sync();
    return { bytes: this.file.bytes };
  }

  finish(): Promise<void> {
    return this.file.complete();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** `kept.jsonl` with id, file and row of each. */
export class ListSink extends LinesSink {
  static async open({ dir, state }: SinkOptions): Promise<ListSink> {
    return new ListSink(dir, await PartFile.open(join(dir, 'kept.jsonl'), state?.bytes ?? 0));
  }

  protected async line({ id, from }: KeptRow): Promise<Record<string, unknown>> {
    return { id, ...from };
  }
}

/** Rows in a folder; folders of images are split, so that none has a million files. */
const PER_FOLDER = 10_000;
const folderOf = (key: string): string => String(Math.floor(Number(key.replace(/^.*-/, '')) / PER_FOLDER)).padStart(5, '0');

/** `data.jsonl` with image, caption and the rest, and the images in `images/`. */
export class JsonlSink extends LinesSink {
  static async open({ dir, state }: SinkOptions): Promise<JsonlSink> {
    return new JsonlSink(dir, await PartFile.open(join(dir, 'data.jsonl'), state?.bytes ?? 0));
  }

  protected async line({ key, id, caption, image, meta }: KeptRow): Promise<Record<string, unknown>> {
    const name = image && `images/${folderOf(key)}/${key}${image.ending}`;
    if (image && name) {
      await mkdir(join(this.dir, 'images', folderOf(key)), { recursive: true });
      await writeFile(join(this.dir, name), image.bytes);
    }
    return { ...meta, id, ...(name ? { image: name } : {}), ...(caption === undefined ? {} : { caption }) };
  }
}

/** KEY.jpg, KEY.txt and KEY.json of each row in folders of ten thousand. */
export class FolderSink implements Sink {
  constructor(private readonly options: Pick<SinkOptions, 'dir'>) {}

  async add({ key, caption, image, meta }: KeptRow): Promise<void> {
    const folder = join(this.options.dir, folderOf(key));
    await mkdir(folder, { recursive: true });
    if (image) await writeFile(join(folder, `${key}${image.ending}`), image.bytes);
    if (caption !== undefined) await writeFile(join(folder, `${key}.txt`), caption);
    await writeFile(join(folder, `${key}.json`), JSON.stringify(meta));
  }

  /** Files that a run wrote after its last place are written again, under the same names. */
  async checkpoint(): Promise<SinkState> {
    return {};
  }

  async finish(): Promise<void> {}
  async close(): Promise<void> {}
}
