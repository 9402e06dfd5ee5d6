// A file of preferences that is made row by row: what is done is kept beside it, so that a run that was stopped goes on, and nothing is doubled.
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { appendJsonl, mapIoError, readJsonl } from '../util/fs.js';
import { errno } from '../util/io.js';
import { promptColumns } from './formats/trl.js';
import { checkTarget, writeDataFile } from './target.js';
/** The columns of TRL: prompt, chosen and rejected as messages, images, and all else that is known of the pair. */
function columns({ id, messages, chosen, rejected, images, more }) {
    const conversation = {
        id,
        messages: [...messages, { role: 'assistant', content: chosen }],
        extra: { rejected },
        at: { file: '', row: 0 },
    };
    return { id, ...promptColumns(conversation), ...(images.length > 0 ? { images } : {}), ...more };
}
/** The file. */
export class PairFile {
    out;
    force;
    made = new Map();
    partial;
    images;
    constructor(out, force) {
        this.out = out;
        this.force = force;
        this.partial = `${out}.partial`;
        this.images = `${out.replace(/\.jsonl?$/, '')}-images`;
    }
    /** Errors: `data.exists` for a file that is there without `force`, and for the rest of another run. */
    static async open(out, { options, force = false, resume = false }) {
        await checkTarget(out, { force });
        const file = new PairFile(out, force);
        const before = (await isThere(file.partial)) ? await readJsonl(file.partial) : [];
        if (before.length === 0 || (force && !resume)) {
            await rm(file.partial, { force: true });
            await appendJsonl(file.partial, { options });
            return file;
        }
        const [first, ...done] = before;
        const same = JSON.stringify(first.options) === JSON.stringify(options);
        if (!resume || !same)
            throw new SensoriumError('data.exists', same ? 'an earlier run has left a part of this file' : 'the part that is there was made otherwise', {
                place: file.partial,
                expected: same ? undefined : JSON.stringify(first.options),
                got: same ? `${done.length} prompts` : JSON.stringify(options),
                hint: same
                    ? 'Go on with --resume, or begin anew with --force'
                    : 'Give the options that it was made with, or begin anew with --force',
            });
        for (const { index, rows } of done)
            file.made.set(index, rows);
        return file;
    }
    /** Prompts that are done. */
    get done() {
        return this.made.size;
    }
    has(index) {
        return this.made.has(index);
    }
    /** Writes the image of a prompt and gives its name in rows. */
    async image(name, bytes) {
        const path = join(this.images, name);
        try {
            await mkdir(this.images, { recursive: true });
            await writeFile(path, bytes);
        }
        catch (error) {
            throw mapIoError(error, path);
        }
        return `${basename(this.images)}/${name}`;
    }
    /** Keeps the pairs of one prompt, which may be none. */
    async add(index, pairs) {
        const rows = pairs.map(columns);
        await appendJsonl(this.partial, { index, rows });
        this.made.set(index, rows);
    }
    /** Writes the file, rows in the order of their prompts. Errors: `data.read` for none. */
    async finish() {
        const rows = [...this.made].sort(([a], [b]) => a - b).flatMap(([, own]) => own);
        if (rows.length === 0)
            throw new SensoriumError('data.read', 'no prompt has made a pair', {
                place: this.out,
                expected: 'replies of which one is better than another',
                got: `${this.made.size} prompts whose replies are equally good`,
                hint: 'Sample more replies (--n), or at a higher --temperature',
            });
        await mkdir(dirname(this.out), { recursive: true });
        await writeDataFile(this.out, { force: this.force }, (temporary) => writeFile(temporary, rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
        await rm(this.partial, { force: true });
        return rows.length;
    }
}
const isThere = (path) => access(path).then(() => true, (error) => {
    if (errno(error) === 'ENOENT')
        return false;
    throw mapIoError(error, path);
});
//# sourceMappingURL=pair-file.js.map