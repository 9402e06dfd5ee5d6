// Conversations as JSON for another process, with their images inside: workers need no files of the one who asks.
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { isRgbImage } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { io } from '../../util/io.js';
import { isRecord } from '../../util/records.js';
import { hashFile } from './content.js';
/** What stands for media in JSON. Larger files are named, with the hash that the worker's own copy must have. */
const packed = z.union([
    z.strictObject({ $bytes: z.string() }),
    z.strictObject({ $pixels: z.string(), width: z.number().int().positive(), height: z.number().int().positive() }),
    z.strictObject({ $file: z.string(), hash: z.string() }),
]);
/** Files of up to so many bytes travel with the conversation. */
const TRAVELS = 8 * 2 ** 20;
const base64 = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
async function packFile(path, isVideo) {
    const whole = resolve(path);
    const { size } = await io(path, () => stat(whole));
    if (isVideo || size > TRAVELS)
        return { $file: whole, hash: await hashFile(whole) };
    return { $bytes: base64(await io(path, () => readFile(whole))) };
}
/** A value with its media as JSON can hold them. */
async function pack(value, key = '', isVideo = false) {
    if (typeof value === 'string') {
        const isPath = (key === 'source' || key === 'frames') && !/^(?:data|https?):/.test(value);
        return isPath ? packFile(value, isVideo && key === 'source') : value;
    }
    if (typeof value !== 'object' || value === null)
        return value;
    if (value instanceof URL)
        return value.protocol === 'file:' ? packFile(fileURLToPath(value), isVideo) : value.href;
    if (value instanceof Uint8Array)
        return { $bytes: base64(value) };
    if (isRgbImage(value))
        return { $pixels: base64(value.data), width: value.width, height: value.height };
    if (Array.isArray(value))
        return Promise.all(value.map((item) => pack(item, key, isVideo)));
    const video = isVideo || value.type === 'video';
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, item]) => [name, await pack(item, name, video)])));
}
async function unpack(value) {
    if (Array.isArray(value))
        return Promise.all(value.map(unpack));
    if (!isRecord(value))
        return value;
    const { data: media } = packed.safeParse(value);
    if (media === undefined)
        return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, item]) => [name, await unpack(item)])));
    if ('$bytes' in media)
        return new Uint8Array(Buffer.from(media.$bytes, 'base64'));
    if ('$pixels' in media)
        return { width: media.width, height: media.height, data: new Uint8Array(Buffer.from(media.$pixels, 'base64')) };
    const hash = await hashFile(media.$file);
    if (hash === media.hash)
        return media.$file;
    throw new SensoriumError('evaluate.worker', 'a file differs from that of the run', {
        place: media.$file,
        expected: `SHA-256 ${media.hash}`,
        got: hash,
        hint: 'Large files and videos are read where they lie: give the workers the same folders as the run',
    });
}
/** A conversation as JSON. Errors: those of reading its files. */
export const packMessages = async (messages) => (await pack(messages));
/** The conversation that was packed. Errors: `evaluate.worker` for a large file that is another one here. */
export const unpackMessages = async (messages) => (await unpack(messages));
//# sourceMappingURL=job-media.js.map