// Opens files and folders of a data set.
import { open, readdir, stat } from 'node:fs/promises';
import { SensoriumError } from '../util/errors.js';
import { errno, mapIoError } from '../util/io.js';
import { pathHint } from '../util/near-path.js';
/** Opens a file for reading; the caller closes it. Throws `data.read` for what is missing, may not be read or is a folder. */
export async function openDataFile(file) {
    const handle = await open(file, 'r').catch((cause) => {
        throw cannotOpen(file, cause);
    });
    const isFile = (await handle.stat()).isFile();
    if (isFile)
        return handle;
    await handle.close();
    throw new SensoriumError('data.read', 'cannot open the data set', {
        place: file,
        expected: 'a file',
        got: 'a folder, or something else',
        hint: 'Give one of its files, or leave the format to its content',
    });
}
/** `data.read` for what cannot be opened, with the reason: missing, not permitted, … */
export function cannotOpen(place, cause, what = 'the data set') {
    const known = mapIoError(cause, place);
    const hint = errno(cause) === 'ENOENT' ? pathHint(place) : known instanceof SensoriumError ? known.hint : undefined;
    const got = known instanceof SensoriumError ? known.summary : (errno(cause) ?? String(cause));
    return new SensoriumError('data.read', `cannot open ${what}`, { place, got, hint, cause });
}
/** Throws `data.read` where the folder of the images that is given is not one. */
export async function checkImageFolder(images) {
    if (images === undefined)
        return;
    const info = await stat(images).catch((cause) => {
        throw cannotOpen(images, cause, 'the folder of the images (--images)');
    });
    if (!info.isDirectory())
        throw new SensoriumError('data.read', 'the place of the images (--images) is not a folder', {
            place: images,
            expected: 'the folder that the names of images in rows begin at',
            hint: 'Name the folder, not a file in it',
        });
}
/** Names in a folder, in order; none where the path is a file or leads nowhere. Throws `data.read` for a folder that may not be read. */
export async function namesIn(path) {
    try {
        return (await readdir(path)).sort();
    }
    catch (cause) {
        if (['ENOTDIR', 'ENOENT', 'ELOOP'].includes(errno(cause) ?? ''))
            return [];
        throw cannotOpen(path, cause);
    }
}
//# sourceMappingURL=open-file.js.map