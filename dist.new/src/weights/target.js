// Where a folder that is made from a model may be written.
import { readdir, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/fs.js';
import { FILES } from './folder.js';
/** Throws `code` for an `out` that lies in the way of the model it is made from, or would replace something other than a model. */
export async function checkTarget(dir, out, { code, hint }) {
    const [from, to] = [resolve(dir), resolve(out)];
    if (from === to || from.startsWith(to + sep) || to.startsWith(from + sep))
        throw new SensoriumError(code, 'the new folder cannot be the model itself', {
            place: out,
            expected: `a folder beside ${dir}`,
            hint,
        });
    const found = await stat(to).catch((error) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
            return undefined;
        throw mapIoError(error, out);
    });
    if (!found)
        return;
    const files = found.isDirectory() ? await readdir(to) : [out];
    if (files.length > 0 && !files.includes(FILES.config))
        throw new SensoriumError(code, 'there is something else in the place of the new folder', {
            place: out,
            expected: 'a new or empty folder, or a model to replace',
            got: files.slice(0, 3).join(', '),
        });
}
//# sourceMappingURL=target.js.map