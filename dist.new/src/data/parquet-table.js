// The rows of a parquet file as a table: row groups are decoded when a row of theirs is read, and the last ones kept.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { SensoriumError } from '../util/errors.js';
import { columnsKind } from './columns.js';
import { DIALOGUE_KEYS } from './dialogue.js';
import { openDataFile } from './open-file.js';
import { hasPromptColumns } from './prompts.js';
import { formatHint, formatName, formatOf, HEAD } from './sniff.js';
/** Bytes of decoded row groups that are kept. */
const KEPT_BYTES = 24 * 2 ** 20;
/** Larger row groups are not decoded as a whole where the file has an index of its pages. */
const WHOLE_BYTES = 32 * 2 ** 20;
const EXPECTED = 'a parquet file of conversations, questions, captions or labels';
/** Opens a parquet file: its metadata are read, no rows. Throws `data.read` for what is not one, and for other columns than a data set has unless `anyColumns`. */
export async function openParquet(file, { anyColumns = false } = {}) {
    await (await openDataFile(file)).close();
    const source = await asyncBufferFromFile(file);
    const metadata = await parquetMetadataAsync(source).catch(async (cause) => {
        const handle = await openDataFile(file);
        const head = new Uint8Array(HEAD);
        const { bytesRead } = await handle.read(head, 0, HEAD, 0).finally(() => handle.close());
        const format = formatOf(head.subarray(0, bytesRead));
        const damaged = format === 'parquet';
        throw new SensoriumError('data.read', damaged ? 'the parquet file is cut off or damaged' : 'not a parquet file', {
            place: file,
            expected: EXPECTED,
            got: damaged ? cause.message : formatName(format),
            hint: damaged ? 'Download or write it again' : formatHint(format),
            cause,
        });
    });
    const table = new ParquetTable(file, source, metadata);
    const keys = Object.fromEntries(table.columns.map((name) => [name, '']));
    if (anyColumns)
        return table;
    if (![...DIALOGUE_KEYS, 'texts'].some((name) => name in keys) && !columnsKind(keys) && !hasPromptColumns(table.columns))
        throw new SensoriumError('data.read', 'the columns of the parquet file are not those of a data set', {
            place: file,
            expected: 'messages, conversations, texts, prompt and completion, or an image with question and answer, caption or label',
            got: `the columns ${table.columns.join(', ')}`,
            hint: 'Rename the columns, or write the rows as JSON lines',
        });
    return table;
}
/** Rows of one parquet file. */
export class ParquetTable {
    file;
    source;
    metadata;
    root;
    length;
    columns;
    fingerprint;
    /** First row of every group, and the number of rows at the end. */
    starts = [0];
    /** Decoded groups, the last used one last. */
    kept = new Map();
    names;
    constructor(file, source, metadata) {
        this.file = file;
        this.source = source;
        this.metadata = metadata;
        this.root = dirname(file);
        for (const group of metadata.row_groups)
            this.starts.push(this.starts.at(-1) + Number(group.num_rows));
        this.length = this.starts.at(-1);
        this.columns = parquetSchema(metadata).children.map((column) => column.element.name);
        this.names = classNames(metadata);
        const sizes = metadata.row_groups.map((group) => [
            Number(group.num_rows),
            ...group.columns.map((c) => Number(c.meta_data?.total_compressed_size ?? 0)),
        ]);
        const hash = createHash('sha256')
            .update(JSON.stringify([this.columns, sizes]))
            .digest('hex');
        this.fingerprint = { bytes: source.byteLength, rows: this.length, hash };
    }
    at(index) {
        return { file: this.file, row: index };
    }
    async record(index) {
        let group = 0;
        for (let high = this.starts.length - 1; high - group > 1;) {
            const middle = (group + high) >> 1;
            if (this.starts[middle] <= index)
                group = middle;
            else
                high = middle;
        }
        const start = this.starts[group];
        const info = this.metadata.row_groups[group];
        if (Number(info.total_byte_size) > WHOLE_BYTES && info.columns.every((column) => column.offset_index_offset))
            return this.named((await this.decode(index, index + 1))[0]);
        return this.named((await this.group(group))[index - start]);
    }
    group(group) {
        const rows = this.kept.get(group) ?? this.decode(this.starts[group], this.starts[group + 1]);
        this.kept.delete(group);
        this.kept.set(group, rows);
        rows.catch(() => this.kept.delete(group));
        const size = (k) => Number(this.metadata.row_groups[k]?.total_byte_size ?? 0);
        let bytes = [...this.kept.keys()].reduce((n, k) => n + size(k), 0);
        for (const k of this.kept.keys()) {
            if (k === group || bytes <= KEPT_BYTES)
                break;
            this.kept.delete(k);
            bytes -= size(k);
        }
        return rows;
    }
    decode(rowStart, rowEnd) {
        const { source: file, metadata } = this;
        // utf8: false keeps the image bytes as bytes; annotated strings are decoded all the same.
        const options = { file, metadata, rowStart, rowEnd, utf8: false, compressors, useOffsetIndex: true };
        return parquetReadObjects(options).catch((cause) => {
            const codecs = [...new Set(metadata.row_groups.flatMap((group) => group.columns.map((c) => c.meta_data?.codec ?? 'unknown')))];
            throw new SensoriumError('data.read', 'rows of the parquet file cannot be decoded', {
                place: `${this.file}, rows ${rowStart}..${rowEnd - 1}`,
                expected: `whole pages in ${Object.keys(compressors).join(', ')} or UNCOMPRESSED`,
                got: `${codecs.join(', ')}: ${cause.message}`,
                hint: 'Download the file again, or write it with another compression',
                cause,
            });
        });
    }
    /** Integers of 64 bits as numbers where they are exact, classes by their names. */
    named(row) {
        const value = (key, given) => {
            const plain = withoutBigInts(given);
            return typeof plain === 'number' ? (this.names.get(key)?.[plain] ?? plain) : plain;
        };
        return Object.fromEntries(Object.entries(row).map(([key, given]) => [key, value(key, given)]));
    }
    dispose() {
        this.kept.clear();
    }
}
/** Integers of 64 bits as numbers, or as text where a number is not exact; in lists and structs too. */
function withoutBigInts(given) {
    if (typeof given === 'bigint')
        return Number.isSafeInteger(Number(given)) ? Number(given) : String(given);
    if (Array.isArray(given))
        return given.map(withoutBigInts);
    if (typeof given !== 'object' || given === null || given instanceof Date || ArrayBuffer.isView(given))
        return given;
    return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, withoutBigInts(value)]));
}
/** Names of the classes of `ClassLabel` columns, as the `datasets` library writes them into the file. */
function classNames(metadata) {
    const found = new Map();
    const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
    if (!text)
        return found;
    let features;
    try {
        features = JSON.parse(text).info?.features;
    }
    catch {
        return found; // Another program's note under this key: the columns are read without names.
    }
    for (const [name, feature] of Object.entries((features ?? {})))
        if (feature?._type === 'ClassLabel' && Array.isArray(feature.names))
            found.set(name, feature.names.map(String));
    return found;
}
//# sourceMappingURL=parquet-table.js.map