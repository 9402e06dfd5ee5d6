// Rows of benchmarks over files: records of any kind of file, checked by a schema, each id once, `n` of each kind drawn, images there.
import { extname } from 'node:path';
import { openCsv } from '../data/csv-table.js';
import { jsonRows } from '../data/json-rows.js';
import { openParquet } from '../data/parquet-table.js';
import { sheetRecords } from '../data/xlsx.js';
import { mediaParts } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { checkImages, drawIndices, imageFaults } from './file-rows.js';
import { groupBy } from './scores.js';
/** The records of a JSON, JSON lines, parquet, CSV or TSV file, or of the first sheet of an XLSX workbook. Errors: `data.read`; `evaluate.row` for an object without the list. */
export async function* recordsOf(file, { list, signal } = {}) {
    const extension = extname(file).toLowerCase();
    if (extension === '.xlsx') {
        for (const { row, value } of await sheetRecords(file)) {
            throwIfAborted(signal);
            yield { value, place: `${file}, row ${row}` };
        }
        return;
    }
    if (extension === '.parquet' || extension === '.csv' || extension === '.tsv') {
        const table = await (extension === '.parquet' ? openParquet(file, { anyColumns: true }) : openCsv(file, { signal }));
        try {
            for (let i = 0; i < table.length; i++) {
                throwIfAborted(signal);
                const { line } = table.at(i);
                yield { value: await table.record(i), place: line === undefined ? `${file}, row ${i}` : `${file}, line ${line}` };
            }
        }
        finally {
            table.dispose?.();
        }
        return;
    }
    for await (const row of jsonRows(file, { signal }))
        yield* recordsIn(file, row, list);
}
/** The records in one row of a JSON file: itself, or those of the list or the values of the object that a file of one object is. */
export function* recordsIn(file, { value, line, lines }, list) {
    if (list === undefined || !lines || typeof value !== 'object' || value === null) {
        yield { value, place: `${file}, line ${line}` };
    }
    else if (list === '*') {
        for (const [key, item] of Object.entries(value))
            yield { value: item, key, place: `${file}, "${key}"` };
    }
    else if (Array.isArray(value[list])) {
        for (const [i, item] of value[list].entries())
            yield { value: item, place: `${file}, ${list}[${i}]`, whole: value };
    }
    else if (line === 1 && Object.values(value).some(Array.isArray)) {
        throw new SensoriumError('evaluate.row', 'the file has no list of this name', {
            place: file,
            expected: `"${list}"`,
            got: Object.keys(value).slice(0, 10).join(', '),
            hint: 'Is this the file of another benchmark, or of another version of it?',
        });
    }
    else
        yield { value, place: `${file}, line ${line}` };
}
/** The version that a file states, as a field of its rows: `{"dataset_version": "0.5.1", …}`, `{"info": {"version": "2.0"}, …}`. */
export function editionOf(whole) {
    const fields = (whole ?? {});
    const info = (typeof fields.info === 'object' && fields.info !== null ? fields.info : {});
    const version = fields.dataset_version ?? info.version ?? fields.version;
    return typeof version === 'string' || typeof version === 'number' ? { edition: String(version).slice(0, 40) } : {};
}
/** A record as `schema` has it. Errors: `evaluate.row` with the field that is wrong; `shape` shows a right row. */
export function parseRow(schema, { value, place }, shape) {
    const { success, data, error } = schema.safeParse(value);
    if (success)
        return data;
    const [issue] = error.issues;
    throw new SensoriumError('evaluate.row', 'this is not a row of the benchmark', {
        place,
        expected: shape,
        got: `${issue?.path.join('.') || 'the row'}: ${issue?.message}`,
    });
}
/** A question about images as a conversation of one message. */
export function ask(question, ...images) {
    const content = [
        ...images.map((source) => ({ type: 'image', source })),
        { type: 'text', text: question },
    ];
    return [{ role: 'user', content }];
}
const pictures = /^(?:\/9j\/|iVBORw|R0lGOD|UklGR|Qk|SUkq|TU0A)/;
/** An image in base64, as tables of benchmarks carry them. Errors: `evaluate.row`. */
export function base64Image(text, place) {
    const bare = text.replace(/^data:image\/\w+;base64,/, '').replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]+=*$/.test(bare) || !pictures.test(bare))
        throw new SensoriumError('evaluate.row', 'the image of a row is not an image', {
            place,
            expected: 'a JPEG, PNG, GIF, WebP, BMP or TIFF file in base64',
            got: `${bare.slice(0, 24)}…`,
        });
    return new Uint8Array(Buffer.from(bare, 'base64'));
}
/**
 * The rows that `read` gives for each file, `n` groups of each kind drawn with a seed, in their order. With `onBad`, rows whose ids come again
 * and rows whose images are not there are told and left out, these with their groups. Errors without it: `evaluate.row` for an id that comes
 * twice, `evaluate.images` for images that are not there; always `evaluate.rows` for a file without rows, and those of `read`.
 */
export async function* drawRows(files, { n, seed, signal, onBad }, read) {
    for (const file of files) {
        const rows = [];
        const places = new Map();
        for await (const row of read(file)) {
            throwIfAborted(signal);
            const before = places.get(row.id);
            if (before === undefined) {
                places.set(row.id, row.place);
                rows.push(row);
            }
            else if (onBad)
                onBad('duplicate id', `${row.place} (${row.id}, as in ${before})`);
            else
                throw new SensoriumError('evaluate.row', 'two rows have one id', {
                    place: row.place,
                    expected: 'each id once',
                    got: `${row.id}, which is also in ${before}`,
                    hint: 'Correct the file, or leave the later rows out with --skip-bad',
                });
        }
        const drawn = new Set();
        for (const [kind, own] of groupBy(rows, (row) => row.kind)) {
            const groups = [...groupBy(own, (row) => row.group ?? row.id).values()];
            for (const i of drawIndices(groups.length, { n, seed, kind }))
                for (const row of groups[i])
                    drawn.add(row);
        }
        let kept = rows.filter((row) => drawn.has(row));
        if (onBad)
            kept = await withImages(kept, onBad);
        if (kept.length === 0)
            throw new SensoriumError('evaluate.rows', 'the file has no rows', { place: file, expected: 'at least one row' });
        const images = kept.flatMap((row) => imagesOf(row).map((path) => ({ path, place: row.place })));
        if (images.length > 0 && !onBad)
            await checkImages(images, file);
        yield* kept;
    }
}
/** The files that a row shows. */
const imagesOf = ({ messages }) => mediaParts(messages).flatMap(({ source }) => (typeof source === 'string' ? [source] : []));
/** The rows whose images are there; the others are told, and so are those that are scored together with them. */
async function withImages(rows, onBad) {
    const faults = await imageFaults(rows.flatMap(imagesOf));
    if (faults.size === 0)
        return [...rows];
    const badImage = (row) => imagesOf(row).find((path) => faults.has(path));
    const groupOf = (row) => JSON.stringify([row.kind, row.group ?? row.id]);
    const torn = new Set(rows.filter(badImage).map(groupOf));
    return rows.filter((row) => {
        const path = badImage(row);
        if (path !== undefined)
            onBad('image', `${row.place} (${path}: ${faults.get(path)})`);
        else if (torn.has(groupOf(row)))
            onBad('group', row.place);
        return !torn.has(groupOf(row));
    });
}
//# sourceMappingURL=file-benchmark.js.map