// Data sets as streams of samples with the bytes of their images, and their writers: the short way for scripts.
import { resolve } from 'node:path';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { placeMedia } from './dialogue.js';
import { detectFormat } from './formats/index.js';
import { openRows } from './formats/json-rows.js';
import { llava } from './formats/llava.js';
import { cauldron } from './formats/parquet.js';
import { checkFiles } from './media-entry.js';
import { mediaBytes, mediaEnding } from './media-writer.js';
import { openParquet } from './parquet-table.js';
import { readRecord } from './record.js';
import { badRow, RowError } from './row.js';
import { inOrder, joined, sampleOf, textOf, } from './sample.js';
/** Name of the JSON file inside a folder written by `writeLlava`. */
export const LLAVA_FILE = 'data.json';
/**
 * Writes `dir/data.json`, `[{id, image, conversations: [{from: 'human', value: '<image>\n…'}, {from: 'gpt', value}]}]`, and the images
 * as real files under `dir/images`, each under a name of its own: ids may repeat. `<image>` stands where the image stood. Atomic; refuses
 * to replace anything without `force`. Returns the number of samples.
 */
export const writeLlava = (dir, samples, options = {}) => writeWith(llava, dir, samples, options);
/**
 * Writes one parquet file with the columns `images` and `texts`, streaming in row groups. Atomic; refuses to replace a file without `force`.
 * Returns the number of samples.
 */
export const writeParquet = (file, samples, options = {}) => writeWith(cauldron, file, samples, options);
async function writeWith(format, target, samples, { onSample, ...options }) {
    const written = await format.write?.(target, fromSamples(samples), { ...options, onRow: onSample });
    return written?.rows ?? 0;
}
/**
 * Reads a JSON file of any size (an array, or JSON lines), or a folder with `data.json`, sample by sample with its images. Files that are
 * not JSON throw `data.read` with line and column; malformed rows throw `data.row` with file, row and key, and so do image files that are
 * missing, empty or outside the image folder.
 */
export async function* readLlava(path, options = {}) {
    const { found } = await detectFormat(path);
    yield* samplesOf(await openRows(found.path, options), options);
}
/**
 * Reads a parquet file row group by row group, in any usual compression: the columns `images` and `texts` of The Cauldron, or `image` (or
 * `images`) and `conversations` (or `messages`). `data.read` for files that are not parquet, `data.row` for bad rows.
 */
export async function* readParquet(file, options = {}) {
    yield* samplesOf(await openParquet(file), options);
}
async function* samplesOf(table, { signal, onBad, images }) {
    const root = resolve(images ?? table.root);
    try {
        for (let i = 0; i < table.length; i++) {
            throwIfAborted(signal);
            const at = table.at(i);
            let sample;
            try {
                const conversation = readRecord(await table.record(i), { at, root });
                await checkFiles(conversation);
                sample = await toSample(conversation);
            }
            catch (error) {
                if (!onBad || !(error instanceof SensoriumError))
                    throw error;
                onBad(badRow(error, at.file, at.row));
                continue;
            }
            yield sample;
        }
    }
    finally {
        table.dispose();
    }
}
/** A conversation as a sample, its images read. Throws `RowError` for videos, tools and their calls, which a sample cannot hold. */
export async function toSample(conversation) {
    const { id, at, tools } = conversation;
    const refuse = (key, what) => new RowError(at, key, `samples with ${what} are not read here`, {
        expected: 'images and text',
        hint: 'Read them with conversations(), or leave these rows out',
    });
    if (tools)
        throw refuse('tools', 'tools');
    const images = [];
    const messages = [];
    for (const { role, content, tool_calls: calls } of conversation.messages) {
        if (role === 'tool' || role === 'developer' || calls !== undefined)
            throw refuse(undefined, 'calls of tools');
        const parts = [];
        for (const part of typeof content === 'string'
            ? [{ type: 'text', text: content }]
            : (content ?? [])) {
            if (part.type === 'text')
                parts.push({ type: 'text', text: part.text });
            else {
                const media = part;
                if (media.type === 'video')
                    throw refuse(media.origin.key, 'videos');
                const bytes = await mediaBytes(media, conversation);
                const { name, before = '', after = '' } = media.origin;
                parts.push({ type: 'text', text: before }, { type: 'image', image: images.length }, { type: 'text', text: after });
                images.push({ bytes, path: name ?? `${at.row}-${images.length}${mediaEnding(undefined, bytes)}` });
            }
        }
        messages.push({ role, parts: joined(parts) });
    }
    return sampleOf(id, images, messages);
}
/** A sample as a conversation; `row`: its number. Throws `data.row` where an image has no place, or a text spells `<image>`. */
export function fromSample(sample, row) {
    const { messages, order } = inOrder(sample);
    const at = { file: `sample ${sample.id}`, row };
    const turns = messages.map((message, i) => ({
        role: message.role,
        pieces: [{ type: 'text', text: textOf(message) }],
        key: `messages[${i}]`,
        rest: {},
    }));
    const entries = order.map((k, i) => {
        const { bytes, path } = sample.images[k];
        return { key: order.length > 1 ? `image[${i}]` : 'image', entry: { source: bytes, name: path } };
    });
    return { id: sample.id, messages: placeMedia(turns, [{ media: 'image', key: 'image', entries }], 'messages', { at, root: '.' }), at };
}
async function* fromSamples(samples) {
    let row = 0;
    for await (const sample of samples)
        yield fromSample(sample, row++);
}
//# sourceMappingURL=samples.js.map