// A folder of images with a text file of the same name beside each, KEY.jpg with KEY.txt or KEY.json, as img2dataset and others write it.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RowError } from '../data/row.js';
import { isImageName } from '../data/sniff.js';
import { parseJson } from '../util/fs.js';
import { errno } from '../util/io.js';
/** Largest text beside an image, in bytes. */
const MAX_TEXT = 16 * 2 ** 20;
/** Names of the images in a folder and the folders in it, in order; what is hidden is left out. */
async function imagesIn(dir) {
    const found = [];
    const walk = async (folder) => {
        const entries = (await readdir(join(dir, folder), { withFileTypes: true })).filter(({ name }) => !/^(?:\.|__)/.test(name));
        for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
            const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
            if (entry.isDirectory())
                await walk(name);
            else if (isImageName(name))
                found.push(name);
        }
    };
    await walk('');
    return found;
}
/** Opens a folder of images as rows; undefined where it holds none. */
export async function openPairFolder(dir) {
    const names = await imagesIn(dir);
    return names.length > 0 ? new PairFolder(dir, names) : undefined;
}
/** Images, each with the texts beside it. */
export class PairFolder {
    root;
    names;
    length;
    fingerprint;
    constructor(root, names) {
        this.root = root;
        this.names = names;
        this.length = names.length;
        this.fingerprint = { rows: names.length, hash: createHash('sha256').update(names.join('\0')).digest('hex') };
    }
    at(index) {
        return { file: this.root, row: index };
    }
    async record(index) {
        const name = this.names[index];
        const stem = name.replace(/\.[^./]+$/, '');
        const [caption, json] = [await this.text(`${stem}.txt`, index), await this.text(`${stem}.json`, index)];
        const value = json === undefined ? {} : parseJson(json, join(this.root, `${stem}.json`));
        if (typeof value !== 'object' || value === null || Array.isArray(value))
            throw new RowError(this.at(index), `${stem}.json`, 'malformed JSON beside an image', { expected: 'an object', got: value });
        const text = caption?.trim();
        return { id: stem, ...value, ...(text === undefined ? {} : { caption: text }), image: name };
    }
    async text(name, index) {
        let text;
        try {
            text = await readFile(join(this.root, name), 'utf8');
        }
        catch (error) {
            if (errno(error) === 'ENOENT')
                return undefined; // there is none beside this image
            throw new RowError(this.at(index), name, 'cannot read the text beside an image', {
                got: errno(error) ?? String(error),
                cause: error,
            });
        }
        if (text.length > MAX_TEXT)
            throw new RowError(this.at(index), name, 'the text beside an image is too long', {
                expected: `at most ${MAX_TEXT}`,
                got: text.length,
            });
        return text;
    }
    dispose() { }
}
//# sourceMappingURL=pair-folder.js.map