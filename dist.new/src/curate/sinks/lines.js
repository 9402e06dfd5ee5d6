// Kept rows as JSON lines: with their images in files beside them, or only their ids and places.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PartFile } from './sink.js';
/** One file of JSON lines. */
class LinesSink {
    dir;
    file;
    constructor(dir, file) {
        this.dir = dir;
        this.file = file;
    }
    async add(row) {
        await this.file.append(Buffer.from(`${JSON.stringify(await this.line(row))}\n`));
    }
    async checkpoint() {
        await this.file.sync();
        return { bytes: this.file.bytes };
    }
    finish() {
        return this.file.complete();
    }
    async close() {
        await this.file.close();
    }
}
/** `kept.jsonl` with id, file and row of each. */
export class ListSink extends LinesSink {
    static async open({ dir, state }) {
        return new ListSink(dir, await PartFile.open(join(dir, 'kept.jsonl'), state?.bytes ?? 0));
    }
    async line({ id, from }) {
        return { id, ...from };
    }
}
/** Rows in a folder; folders of images are split, so that none has a million files. */
const PER_FOLDER = 10_000;
const folderOf = (key) => String(Math.floor(Number(key.replace(/^.*-/, '')) / PER_FOLDER)).padStart(5, '0');
/** `data.jsonl` with image, caption and the rest, and the images in `images/`. */
export class JsonlSink extends LinesSink {
    static async open({ dir, state }) {
        return new JsonlSink(dir, await PartFile.open(join(dir, 'data.jsonl'), state?.bytes ?? 0));
    }
    async line({ key, id, caption, image, meta }) {
        const name = image && `images/${folderOf(key)}/${key}${image.ending}`;
        if (image && name) {
            await mkdir(join(this.dir, 'images', folderOf(key)), { recursive: true });
            await writeFile(join(this.dir, name), image.bytes);
        }
        return { ...meta, id, ...(name ? { image: name } : {}), ...(caption === undefined ? {} : { caption }) };
    }
}
/** KEY.jpg, KEY.txt and KEY.json of each row in folders of ten thousand. */
export class FolderSink {
    options;
    constructor(options) {
        this.options = options;
    }
    async add({ key, caption, image, meta }) {
        const folder = join(this.options.dir, folderOf(key));
        await mkdir(folder, { recursive: true });
        if (image)
            await writeFile(join(folder, `${key}${image.ending}`), image.bytes);
        if (caption !== undefined)
            await writeFile(join(folder, `${key}.txt`), caption);
        await writeFile(join(folder, `${key}.json`), JSON.stringify(meta));
    }
    /** Files that a run wrote after its last place are written again, under the same names. */
    async checkpoint() {
        return {};
    }
    async finish() { }
    async close() { }
}
//# sourceMappingURL=lines.js.map