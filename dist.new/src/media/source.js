// Where media come from - a path, a data: or file: URL, bytes - and how they are read: never more than the limit, never from the network.
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SensoriumError } from '../util/errors.js';
import { isDataUrl, readDataUrl } from './data-url.js';
/** The bytes of a source, and what to call it. Errors: `media.file`, `media.url`, `media.limit`, and `media.format` for nothing at all. */
export async function readSource(source, options) {
    const given = givenBytes(source, options);
    if (given)
        return given;
    const path = await checkedPath(source, options);
    const bytes = await readFile(path).catch((cause) => {
        throw unreadable(path, cause, options);
    });
    return { bytes: checkLength(bytes, path, options), place: path };
}
/** Bytes that need no file: those given, or those of a data: URL. Errors as `readSource`. */
export function givenBytes(source, options) {
    if (source instanceof Uint8Array) {
        const place = `${options.kind} bytes`;
        return { bytes: checkLength(source, place, options), place };
    }
    const url = source instanceof URL ? source.href : source;
    if (!isDataUrl(url))
        return undefined;
    const { bytes } = readDataUrl(url, options);
    return { bytes: checkLength(bytes, 'data URL', options), place: 'data URL' };
}
/** The path of a regular file that is not larger than allowed. Errors: `media.file`, `media.limit`. */
export async function checkedPath(source, options) {
    const path = localPath(source, options);
    let size;
    try {
        const info = await stat(path);
        if (info.isDirectory())
            throw new SensoriumError('media.file', 'this is a folder', {
                place: path,
                expected: `${article(options.kind)} file`,
                hint: `Name one ${options.kind} file inside it`,
            });
        if (!info.isFile())
            throw new SensoriumError('media.file', 'this is not a regular file', { place: path, expected: `${article(options.kind)} file` });
        size = info.size;
    }
    catch (cause) {
        throw cause instanceof SensoriumError ? cause : unreadable(path, cause, options);
    }
    if (size > options.maxBytes)
        throw tooManyBytes(path, size, options);
    return path;
}
const article = (kind) => (kind === 'image' ? 'an image' : `a ${kind}`);
/** No path is longer: on Linux 4096 bytes. */
const MAX_PATH = 4096;
function localPath(source, { kind }) {
    if (typeof source !== 'string' || /^file:/i.test(source)) {
        try {
            return fileURLToPath(source);
        }
        catch (cause) {
            throw new SensoriumError('media.file', 'this URL does not name a local file', {
                place: String(source).slice(0, 200),
                expected: 'a file: URL',
                hint: `Download the ${kind} first`,
                cause,
            });
        }
    }
    if (source.length > MAX_PATH)
        throw new SensoriumError('media.file', `this is not the path of ${article(kind)}`, {
            expected: `a path of at most ${MAX_PATH} characters, a file: or data: URL, or bytes`,
            got: `${source.length} characters that start with ${JSON.stringify(source.slice(0, 20))}`,
            hint: /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(source) ? 'Base64 needs data:image/png;base64, or the like in front of it' : undefined,
        });
    if (/^(https?|ftp|s3|gs|hf):\/\//i.test(source))
        throw new SensoriumError('media.file', `${kind}s are not fetched from the network`, {
            place: source.slice(0, 200),
            expected: 'a path, a file: or data: URL, or bytes',
            hint: `Download the ${kind} first`,
        });
    return source;
}
function checkLength(bytes, place, options) {
    if (bytes.length === 0)
        throw new SensoriumError('media.format', `the ${options.kind} is empty`, {
            place,
            expected: options.expected,
            got: '0 bytes',
            hint: 'Download or export it again',
        });
    if (bytes.length > options.maxBytes)
        throw tooManyBytes(place, bytes.length, options);
    return bytes;
}
function tooManyBytes(place, size, { kind, maxBytes, smaller }) {
    return new SensoriumError('media.limit', `the ${kind} file is too large`, {
        place,
        expected: `at most ${maxBytes} bytes`,
        got: `${size}`,
        hint: `${smaller}, or raise maxBytes if the file is trusted`,
    });
}
function unreadable(path, cause, { kind, expected }) {
    const code = cause.code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
        return new SensoriumError('media.file', `no such ${kind} file`, { place: path, expected, hint: 'Check the path', cause });
    return new SensoriumError('media.file', `the ${kind} file cannot be read`, {
        place: path,
        got: code ?? String(cause),
        hint: 'Check its permissions',
        cause,
    });
}
//# sourceMappingURL=source.js.map