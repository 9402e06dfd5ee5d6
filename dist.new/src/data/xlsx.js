// The first sheet of an XLSX workbook as records: read only, with bounds on everything that is unpacked.
import { readFile, stat } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { SensoriumError } from '../util/errors.js';
import { io } from '../util/io.js';
/** Largest workbook and largest part of it when unpacked, in bytes; most cells. */
const MAX_FILE = 256 * 2 ** 20;
const MAX_PART = 512 * 2 ** 20;
const MAX_CELLS = 5_000_000;
/** Columns that a sheet may have. */
const MAX_COLUMNS = 16_384;
const wrong = (place, got, hint) => new SensoriumError('data.read', 'this is not a workbook that can be read', {
    place,
    expected: 'an XLSX file whose first sheet has the names of its columns in the first row',
    got,
    ...(hint ? { hint } : {}),
});
/**
 * The records of the first sheet, in order. Numbers are numbers, other cells text (of formulas, the value that was saved), cells without
 * a value empty text. Errors: `data.read` for anything but such a workbook, and for one that is too large.
 */
export async function sheetRecords(file) {
    const { size } = await io(file, () => stat(file));
    if (size > MAX_FILE)
        throw wrong(file, `${size} bytes`, `Save it as TSV: workbooks are read up to ${MAX_FILE} bytes`);
    const part = partsOf(await io(file, () => readFile(file)), file);
    const sheet = part(sheetName(part) ?? 'xl/worksheets/sheet1.xml');
    if (sheet === undefined)
        throw wrong(file, 'an archive without a sheet');
    const shared = Array.from((part('xl/sharedStrings.xml') ?? '').matchAll(element('si')), (m) => textIn(m[2] ?? ''));
    const rows = cellRows(sheet, shared, file);
    const [first] = rows;
    if (!first)
        throw wrong(file, 'an empty sheet');
    const names = first.cells.map((cell) => String(cell).trim());
    const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
    if (twice !== undefined || names.every((name) => name === ''))
        throw wrong(file, twice === undefined ? 'a first row without names' : `two columns with the name ${twice}`);
    return rows.slice(1).flatMap(({ row, cells }) => {
        if (cells.every((cell) => cell === ''))
            return [];
        return [{ row, value: Object.fromEntries(names.flatMap((name, i) => (name === '' ? [] : [[name, cells[i] ?? '']]))) }];
    });
}
// The records of a ZIP archive (APPNOTE 4.3): the end of its directory, and the entries there.
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_SIZE = 22;
/** The parts of a workbook by name, unpacked when they are asked for. */
function partsOf(bytes, file) {
    const lowest = Math.max(0, bytes.length - END_SIZE - 0xffff);
    let end = bytes.length - END_SIZE;
    while (end >= lowest && bytes.readUInt32LE(end) !== END)
        end--;
    if (end < lowest)
        throw wrong(file, 'no ZIP archive', 'An .xls file of older programs has to be saved as .xlsx or TSV');
    const count = bytes.readUInt16LE(end + 10);
    const entries = new Map();
    try {
        for (let i = 0, at = bytes.readUInt32LE(end + 16); i < count; i++) {
            if (bytes.readUInt32LE(at) !== ENTRY)
                throw wrong(file, 'a damaged archive');
            const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
            entries.set(bytes.toString('utf8', at + 46, at + 46 + name), at);
            at += 46 + name + extra + comment;
        }
    }
    catch (cause) {
        if (!(cause instanceof RangeError))
            throw cause;
        throw wrong(file, 'an archive that was cut off');
    }
    return (name) => {
        const at = entries.get(name);
        return at === undefined ? undefined : unpacked(bytes, at, `${file}, ${name}`);
    };
}
function unpacked(bytes, entry, place) {
    try {
        const [flags, method] = [bytes.readUInt16LE(entry + 8), bytes.readUInt16LE(entry + 10)];
        const [packed, size, local] = [bytes.readUInt32LE(entry + 20), bytes.readUInt32LE(entry + 24), bytes.readUInt32LE(entry + 42)];
        if (flags & 1)
            throw wrong(place, 'an encrypted part', 'Save it without a password');
        if (size > MAX_PART)
            throw wrong(place, `a part of ${size} bytes`, 'Save it as TSV');
        const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
        const data = bytes.subarray(from, from + packed);
        if (method === 0)
            return data.toString('utf8');
        if (method !== 8)
            throw wrong(place, `compression ${method}`);
        return inflateRawSync(data, { maxOutputLength: Math.max(1, size) }).toString('utf8');
    }
    catch (cause) {
        if (cause instanceof SensoriumError)
            throw cause;
        throw new SensoriumError('data.read', 'the workbook is damaged', { place, got: cause.message, cause });
    }
}
/** An XML element of a name, with or without a prefix: its attributes, and what is in it. */
const element = (name) => new RegExp(`<(?:\\w+:)?${name}(\\s[^>]*?)?(?:/>|>([\\s\\S]*?)</(?:\\w+:)?${name}>)`, 'g');
const attribute = (attributes, name) => new RegExp(`\\s(?:\\w+:)?${name}\\s*=\\s*"([^"]*)"`).exec(attributes)?.[1];
const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const decoded = (text) => text
    .replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex, digits, name) => {
    if (name)
        return NAMED[name.toLowerCase()];
    const point = hex ? Number.parseInt(hex, 16) : Number(digits);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
})
    .replace(/_x([0-9A-F]{4})_/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
/** The text of a string: its runs together, without readings of Asian characters. */
const textIn = (xml) => Array.from(xml.replace(element('rPh'), '').matchAll(element('t')), (m) => decoded(m[2] ?? '')).join('');
/** The name of the first sheet's part. */
function sheetName(part) {
    const [first] = (part('xl/workbook.xml') ?? '').matchAll(element('sheet'));
    const id = attribute(first?.[1] ?? '', 'id');
    const relations = Array.from((part('xl/_rels/workbook.xml.rels') ?? '').matchAll(element('Relationship')), (m) => m[1] ?? '');
    const target = relations.flatMap((own) => (attribute(own, 'Id') === id ? [attribute(own, 'Target')] : []))[0];
    return target === undefined ? undefined : target.startsWith('/') ? target.slice(1) : `xl/${target}`;
}
/** The place of a column by its letters: A is 0, AA is 26. */
const columnOf = (reference) => [...(/^[A-Z]+/.exec(reference)?.[0] ?? '')].reduce((sum, letter) => 26 * sum + letter.charCodeAt(0) - 64, 0) - 1;
function cellRows(sheet, shared, file) {
    const out = [];
    let count = 0;
    for (const [, attributes = '', content = ''] of sheet.matchAll(element('row'))) {
        const row = Number(attribute(attributes, 'r') ?? (out.at(-1)?.row ?? 0) + 1);
        const cells = [];
        for (const [, own = '', inside = ''] of content.matchAll(element('c'))) {
            const reference = attribute(own, 'r');
            const at = reference === undefined ? cells.length : columnOf(reference);
            if (at < 0 || at >= MAX_COLUMNS || ++count > MAX_CELLS)
                throw wrong(`${file}, row ${row}`, 'too many cells', 'Save it as TSV');
            while (cells.length < at)
                cells.push('');
            cells[at] = cellOf(attribute(own, 't') ?? 'n', inside, shared);
        }
        out.push({ row, cells });
    }
    return out;
}
function cellOf(type, inside, shared) {
    if (type === 'inlineStr')
        return textIn(inside);
    const [value] = inside.matchAll(element('v'));
    const text = decoded(value?.[2] ?? '');
    if (type === 's')
        return shared[Number(text)] ?? '';
    if (type === 'b')
        return text === '1' ? 'True' : 'False';
    return type === 'n' && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
//# sourceMappingURL=xlsx.js.map