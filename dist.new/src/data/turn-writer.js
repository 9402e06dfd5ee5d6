// Rows of questions and answers about images as a file: JSON lines in LLaVA's form, with the images that the data set has or that are drawn beside it.
import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, writeFolderAtomic } from '../util/fs.js';
import { errno } from '../util/io.js';
import { checkTarget, writeDataFile } from './target.js';
/**
 * Writes rows to `out` (JSON lines). Images that are files stay where they are; the others are written to a folder beside it, `OUT-images`, the
 * same one of rows in sequence once. Errors: `data.exists` without `force`, and what `nothing` gives where there were no rows.
 */
export async function writeTurnRows(out, rows, { force, onRow, nothing }) {
    const folder = `${out.replace(/\.jsonl$/, '')}-images`;
    await checkTarget(out, { force });
    const there = await readdir(folder).catch((error) => {
        if (errno(error) === 'ENOENT')
            return [];
        throw mapIoError(error, folder);
    });
    if (there.length > 0 && !force)
        throw new SensoriumError('data.exists', 'the folder for images exists already', {
            place: folder,
            hint: 'Choose another path, or replace it with --force',
        });
    const base = dirname(resolve(out));
    let [count, drawn] = [0, 0];
    let images;
    await writeDataFile(out, { force }, (temporary) => writeFolderAtomic(folder, async (own) => {
        const handle = await open(temporary, 'w');
        let last;
        const nameOf = async (image, root) => {
            if (typeof image === 'string') {
                if (!isBelow(root, base))
                    images = root;
                return slashes(relative(images ?? base, image));
            }
            if (last?.image === image)
                return last.name;
            const file = `${String(drawn++).padStart(7, '0')}.${extensionOf(image)}`;
            await writeFile(join(own, file), image);
            const name = `${slashes(relative(base, resolve(folder)))}/${file}`;
            last = { image, name };
            return name;
        };
        try {
            for await (const { id, image, root = base, turns, extra } of rows) {
                const name = image === undefined ? undefined : await nameOf(image, root);
                const conversations = turns.flatMap(({ question, answer }, i) => [
                    { from: 'human', value: i === 0 && name !== undefined ? `<image>\n${question}` : question },
                    { from: 'gpt', value: answer },
                ]);
                await handle.write(`${JSON.stringify({ id, ...(name === undefined ? {} : { image: name }), conversations, ...extra })}\n`);
                count++;
                onRow?.(count);
            }
        }
        finally {
            await handle.close();
        }
        if (count === 0)
            throw nothing();
    }));
    if (drawn === 0)
        await rm(folder, { recursive: true, force: true });
    return { rows: count, ...(drawn > 0 ? { drawn: folder } : {}), ...(images ? { images } : {}) };
}
const slashes = (path) => path.split(sep).join('/');
const isBelow = (path, folder) => path === folder || path.startsWith(folder + sep);
/** The ending of an image file by its first bytes. */
function extensionOf(bytes) {
    if (bytes[0] === 0x89 && bytes[1] === 0x50)
        return 'png';
    if (bytes[0] === 0xff && bytes[1] === 0xd8)
        return 'jpg';
    if (bytes[0] === 0x47 && bytes[1] === 0x49)
        return 'gif';
    return bytes[8] === 0x57 && bytes[9] === 0x45 ? 'webp' : 'img';
}
//# sourceMappingURL=turn-writer.js.map