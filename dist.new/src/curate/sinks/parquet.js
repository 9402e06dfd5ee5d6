// Kept rows as parquet shards with embedded images: id, image {bytes, path}, caption, meta (JSON).
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { shardName } from './webdataset.js';
const text = (name) => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' });
const SCHEMA = [
    { name: 'schema', num_children: 4 },
    text('id'),
    { name: 'image', repetition_type: 'OPTIONAL', num_children: 2 },
    { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    text('path'),
    text('caption'),
    text('meta'),
];
const string = { dtype: 'string', _type: 'Value' };
const FEATURES = { id: string, image: { _type: 'Image' }, caption: string, meta: string };
const COLUMNS = ['id', 'image', 'caption', 'meta'];
/** A row group ends at so many rows or bytes. */
const GROUP = 1000;
const GROUP_BYTES = 32 * 2 ** 20;
/** Shards of about `rowsPerFile` rows: they end where a run can go on from, since half a parquet file cannot be continued. */
export class ParquetSink {
    options;
    shard;
    writer;
    group = [];
    groupBytes = 0;
    rows = 0;
    constructor(options, shard = options.state?.shard ?? 0) {
        this.options = options;
        this.shard = shard;
    }
    get path() {
        return join(this.options.dir, shardName(this.shard, '.parquet'));
    }
    async add({ id, caption, image, meta }) {
        if (!this.writer) {
            await rm(this.path, { force: true });
            this.writer = new ParquetWriter({
                writer: fileWriter(`${this.path}.part`),
                schema: SCHEMA,
                statistics: false,
                createdBy: 'sensorium',
                kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features: FEATURES } }) }],
            });
        }
        this.group.push({ id, image: image && { bytes: image.bytes, path: image.name }, caption, meta: JSON.stringify(meta) });
        this.groupBytes += image?.bytes.length ?? 0;
        this.rows++;
        if (this.group.length >= GROUP || this.groupBytes >= GROUP_BYTES)
            await this.flush();
    }
    async checkpoint() {
        if (this.writer && this.rows < this.options.rowsPerFile)
            return undefined;
        await this.finish();
        return { shard: this.shard };
    }
    async finish() {
        if (!this.writer)
            return;
        if (this.group.length > 0)
            await this.flush();
        await this.writer.finish();
        await rename(`${this.path}.part`, this.path);
        this.writer = undefined;
        this.rows = 0;
        this.shard++;
    }
    /** The file that is not complete stays beside the others and is written anew by the run that goes on. */
    async close() { }
    async flush() {
        const columnData = COLUMNS.map((name) => ({
            name,
            data: this.group.map((row) => row[name]),
            ...(name === 'image' ? { codec: 'UNCOMPRESSED' } : {}),
        }));
        await this.writer.write({ columnData, rowGroupSize: GROUP });
        this.group = [];
        this.groupBytes = 0;
    }
}
//# sourceMappingURL=parquet.js.map