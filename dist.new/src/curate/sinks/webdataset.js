// Kept rows as WebDataset shards: KEY.jpg, KEY.txt and KEY.json of each, in 00000.tar, 00001.tar and so on.
import { join } from 'node:path';
import { MAX_TAR_FILE, TAR_BLOCK, tarHeader, tarPadding } from '../../data/tar-header.js';
import { SensoriumError } from '../../util/errors.js';
import { PartFile } from './sink.js';
/** Name of a shard. */
export const shardName = (index, ending) => `${String(index).padStart(5, '0')}${ending}`;
/** Shards of `rowsPerFile` samples. */
export class WebdatasetSink {
    options;
    shard;
    rows;
    file;
    constructor(options, shard, rows) {
        this.options = options;
        this.shard = shard;
        this.rows = rows;
    }
    static async open(options) {
        const { shard = 0, rows = 0, bytes = 0 } = options.state ?? {};
        const sink = new WebdatasetSink(options, shard, rows);
        if (options.state && bytes > 0)
            sink.file = await PartFile.open(sink.path, bytes);
        return sink;
    }
    get path() {
        return join(this.options.dir, shardName(this.shard, '.tar'));
    }
    async add({ key, caption, image, meta }) {
        this.file ??= await PartFile.open(this.path, 0);
        const members = [];
        if (image)
            members.push([`${key}${image.ending}`, image.bytes]);
        if (caption !== undefined)
            members.push([`${key}.txt`, Buffer.from(caption)]);
        members.push([`${key}.json`, Buffer.from(JSON.stringify(meta))]);
        for (const [name, bytes] of members) {
            if (bytes.length >= MAX_TAR_FILE)
                throw new SensoriumError('data.row', 'the file is too large for a tar archive', { place: name, got: `${bytes.length} bytes` });
            await this.file.append(tarHeader(name, bytes.length), bytes, tarPadding(bytes.length));
        }
        if (++this.rows >= this.options.rowsPerFile)
            await this.end();
    }
    async checkpoint() {
        await this.file?.sync();
        return { shard: this.shard, rows: this.rows, bytes: this.file?.bytes ?? 0 };
    }
    async finish() {
        if (this.file)
            await this.end();
    }
    async close() {
        await this.file?.close();
        this.file = undefined;
    }
    async end() {
        await this.file?.append(Buffer.alloc(2 * TAR_BLOCK));
        await this.file?.complete();
        this.file = undefined;
        this.shard++;
        this.rows = 0;
    }
}
//# sourceMappingURL=webdataset.js.map