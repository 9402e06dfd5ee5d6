// Conversations by their content: the same words about the same pixels have one name, wherever the files lie and whichever process asks.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { isRgbImage, mediaKey } from '../../media/index.js';
import { canonical } from '../../train/identity.js';
import { io } from '../../util/io.js';
const sha256 = (data) => createHash('sha256').update(data).digest('base64url');
/** SHA-256 of a file, in base64url. Errors: `util.missing` and the like, which name it. */
export async function hashFile(path) {
    const hash = createHash('sha256');
    await io(path, () => pipeline(createReadStream(path, { highWaterMark: 2 ** 18 }), hash));
    return hash.digest('base64url');
}
/** Keys of a part whose texts are paths of files. */
const PATHS = new Set(['source', 'frames']);
/** Names conversations. Every file and every image in memory is hashed once. */
export class ContentNames {
    files = new Map();
    objects = new WeakMap();
    /** The name of a conversation: a hash of its words and of the content of its media. Errors: those of reading a file. */
    async conversation(messages) {
        return sha256(canonical(await this.plain(messages)));
    }
    /** A value without its media: what stands in their place is equal where their content is. */
    async plain(value, key = '') {
        if (typeof value === 'string')
            return PATHS.has(key) && !/^(?:data|https?):/.test(value) ? this.file(value) : value;
        if (typeof value !== 'object' || value === null)
            return value;
        if (value instanceof URL)
            return value.protocol === 'file:' ? this.file(fileURLToPath(value)) : value.href;
        if (value instanceof Uint8Array)
            return this.kept(value, (bytes) => ({ bytes: sha256(bytes) }));
        if (isRgbImage(value))
            return this.kept(value, (image) => ({ pixels: mediaKey(image) }));
        if (Array.isArray(value))
            return Promise.all(value.map((item) => this.plain(item, key)));
        return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, item]) => [name, await this.plain(item, name)])));
    }
    async file(path) {
        let hash = this.files.get(path);
        if (hash === undefined) {
            hash = hashFile(path);
            this.files.set(path, hash);
        }
        return { bytes: await hash };
    }
    kept(value, name) {
        const found = this.objects.get(value) ?? name(value);
        this.objects.set(value, found);
        return found;
    }
}
/** The key under which something is kept: a hash of everything that it depends on. */
export const contentKey = (parts) => sha256(canonical(parts));
//# sourceMappingURL=content.js.map