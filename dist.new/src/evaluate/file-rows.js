// Shared by benchmarks over files: image files by name, and a seeded choice of rows.
import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';
/** The path of an image that a row names. Errors: `evaluate.row` for one outside the folder. */
export function imagePath(folder, name, place) {
    const path = resolve(folder, name);
    const inside = relative(resolve(folder), path);
    if (!inside.startsWith('..') && !isAbsolute(inside))
        return path;
    throw new SensoriumError('evaluate.row', 'an image lies outside the image folder', { place, expected: `a file in ${folder}`, got: name });
}
/** How many missing images an error lists. */
const LISTED = 5;
/** What is wrong with those of some image files that cannot be read, by path. */
export async function imageFaults(paths) {
    const faults = new Map();
    for (const path of new Set(paths)) {
        const fault = await stat(path).then((info) => (info.isFile() ? (info.size === 0 ? 'empty' : undefined) : 'not a file'), (error) => (error.code === 'ENOENT' ? 'missing' : (error.code ?? error.message)));
        if (fault)
            faults.set(path, fault);
    }
    return faults;
}
/**
 * Throws `evaluate.images` with the files that are not there, each with the place of the row that names it, and `evaluate.rows` for a
 * `file` without rows.
 */
export async function checkImages(images, file) {
    if (images.length === 0)
        throw new SensoriumError('evaluate.rows', 'the file has no rows', { place: file, expected: 'at least one row' });
    const places = new Map();
    for (const { path, place } of images)
        if (!places.has(path))
            places.set(path, place);
    const missing = Array.from(await imageFaults(places.keys()), ([path, fault]) => `${path} (${fault}, ${places.get(path)})`);
    if (missing.length === 0)
        return;
    throw new SensoriumError('evaluate.images', 'images of the rows are not there', {
        place: file,
        expected: `${places.size} image files`,
        got: `${missing.length} that cannot be read: ${missing.slice(0, LISTED).join(', ')}${missing.length > LISTED ? ', …' : ''}`,
        hint: 'Give the folder that holds the images with --images, or leave these rows out with --skip-bad',
    });
}
/** `n` indices below `length`, drawn with a seed and in order; all of them where there are no more. `kind` names the draw. */
export function drawIndices(length, { n = length, seed = 0, kind = '' }) {
    const all = Array.from({ length }, (_, i) => i);
    if (n >= length)
        return all;
    return new Rng(`evaluate/${seed}/${kind}`)
        .shuffle(all)
        .slice(0, n)
        .sort((a, b) => a - b);
}
//# sourceMappingURL=file-rows.js.map