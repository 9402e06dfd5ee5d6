// The rows of a CSV or TSV file as a table: one pass finds where the records are, each is then parsed by itself.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import { parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { SensoriumError } from '../util/errors.js';
import { openDataFile } from './open-file.js';
import { RowError, shorten } from './row.js';
import { encodingOf, formatHint, formatName, formatOf, HEAD, isImageName } from './sniff.js';
/** Largest record, in bytes. */
const MAX_RECORD = 64 * 2 ** 20;
/** Columns whose cells may hold JSON. */
const JSON_CELLS = new Set([
    'image',
    'images',
    'file_names',
    'video',
    'videos',
    'conversations',
    'messages',
    'tools',
    'objects',
    'texts',
    'answers',
    'captions',
    'choices',
    'options',
]);
/** Opens a file of comma-, tab- or semicolon-separated values whose first line names the columns. Throws `data.read`. */
export async function openCsv(file, options = {}) {
    const handle = await openDataFile(file);
    try {
        const head = Buffer.alloc(HEAD);
        const { bytesRead } = await handle.read(head, 0, HEAD, 0);
        const start = head.subarray(0, bytesRead);
        const kind = formatOf(start);
        if (encodingOf(start) !== 'utf-8' || !['csv', 'tsv', 'text', 'yaml'].includes(kind))
            throw new SensoriumError('data.read', 'this is not a table of separated values', {
                place: file,
                expected: 'CSV or TSV in UTF-8, with the names of the columns in the first line',
                got: encodingOf(start) === 'utf-8' ? formatName(kind) : encodingOf(start),
                hint: encodingOf(start) === 'utf-8' ? formatHint(kind) : 'Save it as UTF-8',
            });
        const separator = separatorOf(start.toString('utf8'));
        return new CsvTable(file, handle, (await handle.stat()).size, await indexCsv(file, separator, options.signal));
    }
    catch (error) {
        await handle.close();
        throw error;
    }
}
/** The separator that the first line has most of. */
function separatorOf(head) {
    const [first = ''] = head.split(/\r?\n/);
    const count = (separator) => first.split(separator).length;
    return [',', '\t', ';'].reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}
const utf8 = new TextDecoder('utf-8', { fatal: true });
const parsing = (separator) => ({
    delimiter: separator,
    bom: true,
    // Quotes inside a cell that does not begin with one are text.
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD,
});
async function indexCsv(file, separator, signal) {
    const index = { columns: [], separator, ends: [], lines: [], hash: '' };
    const hash = createHash('sha256');
    const parser = parse({ ...parsing(separator), info: true });
    const take = () => {
        for (let row = parser.read(); row !== null; row = parser.read()) {
            const { info, record } = row;
            if (index.ends.length === 0)
                index.columns = record.map((name) => name.trim());
            index.ends.push(info.bytes);
            index.lines.push(info.lines - record.reduce((n, text) => n + (text.match(/\n/g)?.length ?? 0), 0));
        }
    };
    const stream = createReadStream(file, { signal });
    stream.on('data', (chunk) => void hash.update(chunk));
    await new Promise((done, fail) => {
        parser.on('readable', take).on('end', done).on('error', fail);
        stream.on('error', fail).pipe(parser);
    }).catch((cause) => {
        if (cause.name === 'AbortError')
            throw cause;
        const { lines, code } = cause;
        throw new SensoriumError('data.read', 'the table cannot be read', {
            place: lines === undefined ? file : `${file}, line ${lines}`,
            expected: 'cells with quotes around those that hold separators, quotes or line breaks',
            got: code ?? cause.message,
            hint: 'A quote that is not closed takes the rest of the file: close it, or write it twice inside the cell',
            cause,
        });
    });
    const twice = index.columns.find((name, i) => index.columns.indexOf(name) !== i);
    if (index.ends.length === 0 || twice !== undefined)
        throw new SensoriumError('data.read', index.ends.length === 0 ? 'the table is empty' : 'two columns have one name', {
            place: file,
            expected: 'a first line with the names of the columns',
            got: twice ?? 'nothing',
        });
    const file_name = index.columns.find(isImageName);
    if (file_name !== undefined)
        throw new SensoriumError('data.read', 'the first line of the table is a row', {
            place: file,
            expected: 'the names of the columns, such as image,caption',
            got: file_name,
            hint: 'Put a line with the names in front of it',
        });
    return { ...index, hash: hash.digest('hex') };
}
/** Rows of one CSV or TSV file. */
export class CsvTable {
    file;
    handle;
    index;
    root;
    length;
    columns;
    fingerprint;
    constructor(file, handle, size, index) {
        this.file = file;
        this.handle = handle;
        this.index = index;
        this.root = dirname(file);
        this.columns = index.columns;
        this.length = index.ends.length - 1;
        this.fingerprint = { bytes: size, rows: this.length, hash: index.hash };
    }
    at(index) {
        return { file: this.file, row: index, line: this.index.lines[index + 1] };
    }
    async record(index) {
        const { ends } = this.index;
        const start = ends[index];
        const bytes = Buffer.alloc(ends[index + 1] - start);
        await this.handle.read(bytes, 0, bytes.length, start);
        const cells = this.parsed(index, bytes);
        if (cells.length !== this.columns.length)
            throw new RowError(this.at(index), undefined, 'malformed row', { expected: `${this.columns.length} cells`, got: `${cells.length}` });
        const swallowed = this.index.separator === '\t' ? cells.findIndex((text) => /\n.*\t/.test(text)) : -1;
        if (swallowed >= 0)
            throw new RowError(this.at(index), this.columns[swallowed], 'a cell in quotes holds further rows', {
                got: shorten(cells[swallowed]),
                hint: 'A quote at the beginning of a cell takes what follows up to the next one: write it twice inside of quotes, or remove it',
            });
        return Object.fromEntries(this.columns.map((name, i) => [name, this.cell(index, name, cells[i])]));
    }
    /** The cells of a record. Throws `RowError` for what is not UTF-8, and for a file that has changed since it was opened. */
    parsed(index, bytes) {
        let text;
        try {
            text = utf8.decode(bytes);
        }
        catch (cause) {
            throw new RowError(this.at(index), undefined, 'the text is not UTF-8', {
                got: 'bytes of another encoding',
                hint: 'Save the file as UTF-8; in a spreadsheet: CSV UTF-8',
                cause,
            });
        }
        try {
            return parseSync(text, parsing(this.index.separator))[0] ?? [];
        }
        catch (cause) {
            const { code, message } = cause;
            throw new RowError(this.at(index), undefined, 'malformed row', {
                expected: 'a record as the file had it when it was opened',
                got: code ?? message,
                cause,
            });
        }
    }
    cell(index, name, text) {
        if (!JSON_CELLS.has(name) || !/^\s*[[{]/.test(text))
            return text;
        try {
            return JSON.parse(text);
        }
        catch (cause) {
            throw new RowError(this.at(index), name, `malformed "${name}"`, { expected: 'a file name, or JSON', got: text.slice(0, 60), cause });
        }
    }
    dispose() {
        void this.handle.close();
    }
}
//# sourceMappingURL=csv-table.js.map