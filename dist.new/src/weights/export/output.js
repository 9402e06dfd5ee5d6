// Where an export goes: a folder that is new or empty, filled aside and put in place as a whole.
import { readdir } from 'node:fs/promises';
import { SensoriumError } from '../../util/errors.js';
import { mapIoError, writeFolderAtomic } from '../../util/fs.js';
/** Throws `weights.export` unless `out` is missing or an empty folder. */
export async function requireFresh(out) {
    let entries;
    try {
        entries = await readdir(out);
    }
    catch (error) {
        const code = error.code;
        if (code === 'ENOENT')
            return;
        if (code !== 'ENOTDIR')
            throw mapIoError(error, out);
        throw new SensoriumError('weights.export', 'the output, or a folder above it, is a file', {
            place: out,
            expected: 'a new or empty folder',
        });
    }
    if (entries.length > 0)
        throw new SensoriumError('weights.export', 'the output folder is not empty', {
            place: out,
            expected: 'a new or empty folder',
            got: `${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ' and more' : ''}`,
            hint: 'Name another folder, or remove this one',
        });
}
/** Fills `out` through a temporary sibling: after an error or a crash there is nothing, or all of it. */
export async function writeExport(out, write) {
    await requireFresh(out);
    return writeFolderAtomic(out, write);
}
//# sourceMappingURL=output.js.map