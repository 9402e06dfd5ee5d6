// What is known of an image before a teacher writes about it: captions, objects with boxes, and the questions and answers that a row has already.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { throwIfAborted } from '../../util/errors.js';
import { mapIoError } from '../../util/fs.js';
import { caption, loadSprites, makeScene, nameOf, renderScene, sceneWidth } from '../../world/index.js';
import { mediaOf } from '../dataset.js';
import { markedThings } from '../lrv-rows.js';
/** The facts of scenes, drawn as PNG files. */
export async function* sceneInstructFacts({ scenes = 100, language = 'en', signal, ...world }) {
    const sprites = await loadSprites();
    for (let i = 0; i < scenes; i++) {
        throwIfAborted(signal);
        const scene = makeScene(i, world);
        const raw = { width: sceneWidth(scene), height: scene.size, channels: 3 };
        const image = await sharp(renderScene(scene, sprites), { raw }).png({ compressionLevel: 6 }).toBuffer();
        yield {
            id: `${scene.split}-${String(scene.index).padStart(7, '0')}`,
            image,
            hash: sha256(image),
            size: { width: sceneWidth(scene), height: scene.size },
            captions: ['short', 'long'].map((detail) => caption(scene, { language, detail })),
            objects: scene.objects.map(({ category, box }) => ({ label: nameOf(category, language), box: box.map(Math.round) })),
            pairs: [],
            scene,
        };
    }
}
/**
 * The facts of the images of a data set, in the order of their first rows: replies of captions are taken as captions where rows have no other
 * text, objects as `markedThings` finds them. `by: row` gives every row by itself, rows of text among them, with its questions and answers.
 */
export async function* rowInstructFacts(data, { by = 'image', signal } = {}) {
    const rows = new Map();
    for (let i = 0; i < data.length; i++) {
        throwIfAborted(signal);
        const media = mediaOf(await data.get(i));
        const [first] = media;
        const key = by === 'row' || typeof first?.source !== 'string' ? `row ${i}` : first.source;
        // What is written is about one image; rows with several, or with none, are taken only where they are rewritten.
        if (by === 'image' && (media.length !== 1 || first?.type !== 'image'))
            continue;
        if (media.length <= 1)
            rows.set(key, [...(rows.get(key) ?? []), i]);
    }
    for (const own of rows.values()) {
        throwIfAborted(signal);
        const read = await Promise.all(own.map((i) => data.get(i)));
        yield factsOf(read);
    }
}
async function factsOf(rows) {
    const [first] = rows;
    const image = mediaOf(first)[0]?.source;
    const bytes = typeof image === 'string' ? await readFile(image).catch((error) => Promise.reject(mapIoError(error, image))) : image;
    const objects = rows.flatMap((row) => markedThings(row));
    const pairs = rows.flatMap(pairsOf);
    const boxed = new Set(objects.map(({ label }) => label));
    const info = bytes ? await sharp(bytes).metadata() : undefined;
    return {
        id: first.id,
        ...(image === undefined ? {} : { image }),
        ...(typeof image === 'string' ? { root: dirname(image) } : {}),
        hash: sha256(bytes ?? new Uint8Array()),
        ...(info?.width && info.height ? { size: { width: info.width, height: info.height } } : {}),
        captions: pairs.map(({ answer }) => answer).filter((text) => !boxed.has(text.split(' [')[0])),
        objects,
        pairs,
    };
}
/** Questions and answers of a row, without its image. */
export function pairsOf({ messages }) {
    const text = (content) => typeof content === 'string'
        ? content.trim()
        : (content ?? [])
            .flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : []))
            .join(' ')
            .trim();
    return messages.flatMap(({ role, content }, i) => {
        const next = messages[i + 1];
        return role === 'user' && next?.role === 'assistant' ? [{ question: text(content), answer: text(next.content) }] : [];
    });
}
/** The hash of bytes or text, in hex. */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
//# sourceMappingURL=facts.js.map