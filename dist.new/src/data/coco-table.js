// A COCO annotation file as a table: captions row by row, or the objects of each image; joined by the ids of images.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { parseJson } from '../util/fs.js';
import { openDataFile } from './open-file.js';
import { RowError } from './row.js';
const CHUNK = 4 * 2 ** 20;
/** Largest entry of a list, in bytes: a crowd's mask may be long. */
const MAX_ENTRY = 64 * 2 ** 20;
const [QUOTE, BACKSLASH, OPEN, CLOSE, BRACE, UNBRACE] = [34, 92, 91, 93, 123, 125];
/** The entries of the lists of a file that is one object, one by one; nothing else is kept. */
async function* entries(file, signal, onBytes) {
    const handle = await openDataFile(file);
    try {
        let [depth, inString, isEscaped, list, name] = [0, false, false, '', ''];
        // Bytes of the entry, or of the key, that a chunk has cut; `from` is where it goes on in this chunk.
        let pieces = [];
        let size = 0;
        let taking;
        for (let position = 0;;) {
            throwIfAborted(signal);
            const buffer = Buffer.allocUnsafe(CHUNK);
            const { bytesRead } = await handle.read(buffer, 0, CHUNK, position);
            if (bytesRead === 0)
                break;
            position += bytesRead;
            const bytes = buffer.subarray(0, bytesRead);
            onBytes?.(bytes);
            let from = 0;
            const take = (to) => {
                const text = Buffer.concat([...pieces, bytes.subarray(from, to)]).toString('utf8');
                [pieces, size, taking] = [[], 0, undefined];
                return text;
            };
            for (let i = 0; i < bytes.length; i++) {
                const byte = bytes[i];
                if (inString) {
                    if (isEscaped)
                        isEscaped = false;
                    else if (byte === BACKSLASH)
                        isEscaped = true;
                    else if (byte === QUOTE) {
                        inString = false;
                        if (taking === 'key')
                            name = take(i);
                    }
                }
                else if (byte === QUOTE) {
                    inString = true;
                    if (depth === 1)
                        [taking, from] = ['key', i + 1];
                }
                else if (byte === BRACE || byte === OPEN) {
                    depth++;
                    if (depth === 2)
                        list = byte === OPEN ? name : '';
                    if (depth === 3 && byte === BRACE && list)
                        [taking, from] = ['entry', i];
                }
                else if (byte === UNBRACE || byte === CLOSE) {
                    if (depth === 3 && taking === 'entry') {
                        const place = `${file}, ${list}, before byte ${position - bytesRead + i}`;
                        yield { list, value: parseJson(take(i + 1), place) };
                    }
                    depth--;
                }
            }
            if (taking) {
                pieces.push(bytes.subarray(from));
                size += bytes.length - from;
                if (size > MAX_ENTRY)
                    throw new SensoriumError('data.read', 'an entry is too large', {
                        place: `${file}, ${list}`,
                        expected: `at most ${MAX_ENTRY} bytes`,
                    });
            }
        }
        if (depth !== 0 || inString)
            throw new SensoriumError('data.read', 'the file is cut off', {
                place: file,
                expected: 'a closing brace',
                got: 'the end of the file',
                hint: 'Download it again',
            });
    }
    finally {
        await handle.close();
    }
}
/** Opens captions or instances of COCO. Throws `data.read` for a file of neither. */
export async function openCoco(file, { signal, objects = 'names' } = {}) {
    const images = new Map();
    const categories = new Map();
    const captions = [];
    const found = new Map();
    const hash = createHash('sha256');
    for await (const { list, value } of entries(file, signal, (bytes) => void hash.update(bytes))) {
        const image = value.image_id;
        if (list === 'images')
            images.set(value.id, { name: String(value.file_name ?? ''), width: value.width, height: value.height });
        else if (list === 'categories')
            categories.set(value.id, String(value.name));
        else if (list === 'annotations' && 'caption' in value)
            captions.push({ id: value.id, image, caption: value.caption });
        else if (list === 'annotations' && 'category_id' in value) {
            const of = found.get(image) ?? [];
            if (of.length === 0)
                found.set(image, of);
            of.push({ category: value.category_id, box: value.bbox });
        }
    }
    if (images.size === 0 || (captions.length === 0 && found.size === 0))
        throw new SensoriumError('data.read', 'this is not a COCO file', {
            place: file,
            expected: 'an object with images, and annotations that have captions or classes',
            got: `${images.size} images, ${captions.length} captions, objects of ${found.size} images`,
        });
    const fingerprint = { hash: hash.digest('hex'), ...(captions.length ? {} : { objects }) };
    if (captions.length)
        return new CocoTable(file, fingerprint, captions.length, (i) => captionRow(captions[i], images));
    const ids = [...images.keys()];
    const rowOf = (i) => {
        const id = ids[i];
        return objectRow(id, images.get(id), found.get(id) ?? [], { categories, objects });
    };
    return new CocoTable(file, fingerprint, ids.length, rowOf);
}
function captionRow(row, images) {
    return { id: row.id, file_name: images.get(row.image)?.name ?? { missing: row.image }, caption: row.caption };
}
/** Boxes are written [x1, y1, x2, y2] in whole pixels. */
function objectRow(id, image, found, { categories, objects }) {
    const nameOf = ({ category }) => categories.get(category) ?? `class ${category}`;
    const corners = ({ box: [x = 0, y = 0, width = 0, height = 0] }) => [x, y, x + width, y + height].map(Math.round);
    const answer = objects === 'boxes'
        ? found.map((o) => `${nameOf(o)} [${corners(o).join(', ')}]`).join('\n')
        : [...new Set(found.map(nameOf))].join(', ');
    return { id, file_name: image.name, label: answer };
}
/** Rows of one annotation file. */
class CocoTable {
    file;
    fingerprint;
    length;
    rowOf;
    root;
    constructor(file, fingerprint, length, rowOf) {
        this.file = file;
        this.fingerprint = fingerprint;
        this.length = length;
        this.rowOf = rowOf;
        this.root = dirname(file);
    }
    at(index) {
        return { file: this.file, row: index };
    }
    async record(index) {
        const row = this.rowOf(index);
        if (typeof row.file_name === 'object')
            throw new RowError(this.at(index), 'image_id', 'no image has this id', { got: row.file_name.missing });
        return row;
    }
    dispose() { }
}
//# sourceMappingURL=coco-table.js.map