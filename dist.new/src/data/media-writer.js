// The pictures and videos of a data set that is written: real files beside the rows, each under a name of its own.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RowError } from './row.js';
import { formatOf, HEAD } from './sniff.js';
/** Letters, digits and the like of a name; never empty, never hidden. */
export const safeName = (id) => id
    .replace(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 120) || '_';
const extensions = {
    png: '.png',
    jpeg: '.jpg',
    webp: '.webp',
    gif: '.gif',
    bmp: '.bmp',
    tiff: '.tif',
    avif: '.avif',
    mp4: '.mp4',
};
const KNOWN = /\.(png|jpe?g|webp|gif|bmp|tiff?|avif|mp4|webm|mov|mkv|avi)$/i;
/** The ending of a name where it is one of a picture or video, else that of the content. */
export const mediaEnding = (name, bytes) => KNOWN.exec(name ?? '')?.[0].toLowerCase() ?? extensions[formatOf(bytes.subarray(0, HEAD))] ?? '.png';
/** The bytes of a picture or video. Throws `RowError` for a file that cannot be read. */
export async function mediaBytes({ source, origin }, { at }) {
    if (typeof source !== 'string')
        return source;
    return readFile(source).catch((cause) => {
        throw new RowError(at, origin.key, 'cannot read the file', { got: `${source}: ${cause.code ?? cause.message}`, cause });
    });
}
/** Gives names that no other file of the set has, also where upper and lower case are one. */
export function uniqueNames() {
    const taken = new Set();
    return (stem, ending) => {
        let name = `${stem}${ending}`;
        for (let n = 2; taken.has(name.toLowerCase()); n++)
            name = `${stem}~${n}${ending}`;
        taken.add(name.toLowerCase());
        return name;
    };
}
/** Copies media into a folder. One file that several rows name is copied once; embedded media get a file each. */
export class MediaWriter {
    dir;
    folder;
    copied = new Map();
    unique = uniqueNames();
    constructor(
    /** The folder of the data set, and the folder in it that media go to (`''` for the same). */
    dir, folder) {
        this.dir = dir;
        this.folder = folder;
    }
    /** Writes one medium of a conversation, which has `count`; gives its name relative to the data set. */
    async add(media, conversation, index, count) {
        const { source, origin } = media;
        const known = typeof source === 'string' ? this.copied.get(source) : undefined;
        if (known)
            return known;
        const bytes = typeof source === 'string' ? undefined : source;
        const ending = mediaEnding(origin.name, bytes ?? new Uint8Array(0));
        const own = typeof source === 'string'
            ? origin.name
                ?.replace(KNOWN, '')
                .split('/')
                .map(safeName)
                .filter((part) => part !== '_')
                .join('/')
            : undefined;
        const stem = own?.replace(new RegExp(`^${this.folder || '(?!)'}/`), '') || `${safeName(conversation.id)}${count > 1 ? `-${index}` : ''}`;
        const name = [this.folder, this.unique(stem, ending)].filter(Boolean).join('/');
        const target = join(this.dir, name);
        await mkdir(dirname(target), { recursive: true });
        // No file may overwrite another, whatever the file system makes of their names.
        if (bytes)
            await writeFile(target, bytes, { flag: 'wx' });
        else {
            await copyFile(source, target, 1).catch((cause) => {
                if (cause.code === 'ENOSPC' || cause.code === 'EEXIST')
                    throw cause;
                throw new RowError(conversation.at, origin.key, 'cannot read the file', {
                    got: `${source}: ${cause.code ?? cause.message}`,
                    cause,
                });
            });
            this.copied.set(source, name);
        }
        return name;
    }
}
//# sourceMappingURL=media-writer.js.map