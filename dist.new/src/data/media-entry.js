// Pictures and videos as rows name them: a file, a data: URL, embedded bytes, base64.
import { existsSync, readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mediaOf } from './dataset.js';
import { RowError, shorten } from './row.js';
/**
 * Reads what a row gives for a picture or video: a file name inside the folder, a `data:` URL, base64 of an image, bytes, `{bytes, path}`,
 * `{path}` or `{url}`. `key`: where it stands, for errors. Nothing is opened. Throws `RowError`.
 */
export function mediaEntry(entry, kind, key, context) {
    const { at, root } = context;
    const bad = (expected, got, hint) => new RowError(at, key, `malformed "${key}"`, { expected, got: shorten(got), hint });
    if (entry instanceof Uint8Array)
        return mediaEntry({ bytes: entry }, kind, key, context);
    if (typeof entry === 'object' && entry !== null) {
        const { bytes: given, path, url } = entry;
        // JSON has no bytes: tables written as JSON have base64.
        const bytes = typeof given === 'string' && given !== '' ? Buffer.from(given, 'base64') : given;
        if (bytes instanceof Uint8Array) {
            if (!bytes.length)
                throw new RowError(at, `${key}.bytes`, `malformed "${key}.bytes"`, { expected: `the bytes of a file`, got: 'none' });
            return { source: bytes, ...(typeof path === 'string' && path ? { name: path } : {}) };
        }
        if (typeof path === 'string' || typeof url === 'string')
            return mediaEntry(path ?? url, kind, key, context);
        throw bad('a file name', entry);
    }
    if (typeof entry !== 'string' || !entry)
        throw bad('a file name', entry);
    if (/^data:/i.test(entry)) {
        const { type, bytes } = dataUrl(entry);
        if (bytes === undefined || (type !== undefined && type !== kind))
            throw bad(`data:${kind}/…;base64,… with ${kind === 'image' ? 'an image' : 'a video'}`, entry);
        return mediaEntry({ bytes }, kind, key, context);
    }
    if (kind === 'image' && isBase64Image(entry))
        return { source: Buffer.from(entry, 'base64') };
    if (/^https?:/i.test(entry))
        throw bad(`a file in the ${kind} folder`, entry, 'Nothing is downloaded: save the files and name them');
    const source = resolve(root, pathOf(entry, root));
    const inside = relative(root, source);
    if (inside.startsWith('..') || isAbsolute(inside))
        throw bad(`a path inside ${root}`, entry, `Give a folder that holds all images with --images${existsSync(source) ? `, such as ${dirname(source)}` : ''}`);
    return { source, name: entry };
}
/** Type and bytes of a `data:` URL; undefined for a type that says nothing, and for bytes that are not in base64. */
function dataUrl(url) {
    const head = /^data:(?:([\w-]+)\/[\w.+-]+)?(?:;[^,;]*)*?;base64,/i.exec(url);
    if (!head)
        return {};
    const type = head[1]?.toLowerCase();
    return { type: type === 'application' ? undefined : type, bytes: Buffer.from(url.slice(head[0].length), 'base64') };
}
/** How JPEG, PNG, GIF and WebP begin in base64. */
const BASE64 = /^(?:\/9j\/|iVBORw0KGgo|R0lGOD|UklGR)/;
/** Characters that a name with such a beginning may have. */
const LONGEST_NAME = 255;
/** True for the bytes of an image in base64, as tables of benchmarks have them in a cell. */
const isBase64Image = (text) => text.length > LONGEST_NAME && BASE64.test(text) && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text);
/** The path that a name means: that of a `file:` URL; with slashes where another system has written backslashes. */
function pathOf(name, root) {
    if (/^file:\/\/\/[^/]/i.test(name) && URL.canParse(name))
        return fileURLToPath(name);
    const path = name.replace(/^file:\/\//i, '');
    return sep === '/' && path.includes('\\') && !existsSync(resolve(root, path)) ? path.replaceAll('\\', '/') : path;
}
const UNREADABLE = {
    ELOOP: ', a link that leads to itself',
    EACCES: ', which may not be read',
};
/** Throws `RowError` with the key of the first picture or video whose file is missing, empty or a folder. Files are not read. */
export async function checkFiles(conversation) {
    for (const { type, source, origin } of mediaOf(conversation)) {
        if (typeof source !== 'string')
            continue;
        const fail = (summary, got, cause) => new RowError(conversation.at, origin.key, summary, { got, hint: 'Check the image folder (--images).', cause });
        const info = await stat(source).catch((cause) => {
            if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
                throw new RowError(conversation.at, origin.key, `the ${type} file is missing`, {
                    got: source,
                    hint: missingHint(source, origin.name),
                    cause,
                });
            throw fail(`cannot read the ${type}`, `${source}${UNREADABLE[cause.code ?? ''] ?? `: ${cause.code ?? cause.message}`}`, cause);
        });
        if (info.isDirectory())
            throw fail(`cannot read the ${type}`, `${source}, a folder`);
        if (!info.isFile())
            throw fail(`cannot read the ${type}`, `${source}, which is not a regular file`);
        if (info.size === 0)
            throw fail(`the ${type} file is empty`, `${origin.name ?? source}, 0 bytes`);
    }
}
/** Folders that are searched for a file that is not there. */
const SEARCHED = 20;
/** What to do about a file that is not there. */
function missingHint(source, name = '') {
    if (sep === '/' && /^[a-z]:[\\/]/i.test(name))
        return 'This is a path of Windows: name the files relative to a folder, and give that with --images';
    if (name !== '' && existsSync(name))
        return 'It is there from the folder that the command runs in: give --images .';
    if (name.trim() !== name)
        return 'The name has white space around it';
    const root = source.endsWith(name) ? resolve(source.slice(0, source.length - name.length)) : dirname(source);
    for (const folder of [root, dirname(root)])
        for (const inner of foldersIn(folder).slice(0, SEARCHED))
            if (existsSync(join(folder, inner, name)))
                return `It is there in ${join(folder, inner)}: give this with --images`;
    return 'Check the image folder (--images).';
}
function foldersIn(folder) {
    try {
        return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    }
    catch {
        return []; // not there, or not to be read: nothing to add to the error
    }
}
//# sourceMappingURL=media-entry.js.map