// I/O errors that name the file and say what to do. Node only.
import { SensoriumError } from './errors.js';
const ioErrors = {
    ENOSPC: ['util.full', 'the disk is full', 'Free some space or choose another folder, then run again; what was there before is intact'],
    EDQUOT: [
        'util.full',
        'the disk quota is used up',
        'Free some space or choose another folder, then run again; what was there before is intact',
    ],
    EFBIG: [
        'util.full',
        'a file would be larger than the system allows',
        'Raise the limit (ulimit -f) or choose another disk, then run again; what was there before is intact',
    ],
    EACCES: ['util.access', 'permission denied', 'Check the owner and mode of the file and of its folders, or choose another place'],
    EPERM: ['util.access', 'operation not permitted', 'Check the owner and mode of the file and of its folders, or choose another place'],
    EROFS: ['util.access', 'the file system is read-only', 'Choose a folder on a writable disk'],
    ENOTDIR: ['util.path', 'a part of the path is a file, not a folder', 'Choose another path or move that file away'],
    EEXIST: ['util.path', 'a file is in the way of a folder', 'Choose another path or move that file away'],
    EISDIR: ['util.path', 'this is a folder, a file was expected', 'Name a file inside it'],
    ENOENT: ['util.missing', 'no such file or folder', 'Check the path'],
    EMFILE: ['util.files', 'too many open files', 'Raise the limit (ulimit -n) or use fewer workers'],
};
/** Turns the usual Node I/O errors into a `SensoriumError` that names `path` and says what to do; anything else comes back unchanged. */
export function mapIoError(error, path) {
    if (error instanceof SensoriumError || !(error instanceof Error))
        return error;
    const known = ioErrors[error.code ?? ''];
    if (known === undefined)
        return error;
    const [code, summary, hint] = known;
    return new SensoriumError(code, summary, { place: path, hint, cause: error });
}
/** Runs `work` and maps what it throws (`mapIoError`). */
export async function io(path, work) {
    try {
        return await work();
    }
    catch (error) {
        throw mapIoError(error, path);
    }
}
/** Code of a Node error, such as ENOENT. */
export const errno = (error) => error?.code;
//# sourceMappingURL=io.js.map