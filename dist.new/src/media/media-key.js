// The name of a medium by its content: equal pixels, samples and points have equal names.
import { createHash } from 'node:crypto';
import { defineJob, runJob } from '../util/jobs.js';
import { DrawnImage, DrawnSound } from './drawn-image.js';
import { copyPixels, isLarge } from './large-image.js';
/** Names of media whose pixels nobody can change any more, for they were opened for a model. */
const known = new WeakMap();
/** Hash of the size and pixels of an image, of all frames of a video, of samples, of points; drawn ones have their own. */
export function mediaKey(media) {
    if (media instanceof DrawnImage || media instanceof DrawnSound)
        return media.key;
    if ('frames' in media && media.frames.every((frame) => frame instanceof DrawnImage))
        return media.frames.map(({ key }) => key).join(' ');
    if ('samples' in media)
        return hashNumbers(`sound ${media.sampleRate} `, media.samples);
    if ('points' in media)
        return hashNumbers(`points ${media.channels} `, media.points);
    return known.get(media) ?? hashPixels(media);
}
const hashNumbers = (heading, { buffer, byteOffset, byteLength }) => createHash('sha256')
    .update(heading)
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('base64');
const imagesOf = (media) => ('frames' in media ? media.frames : [media]);
/** What is hashed before the bytes of an image. */
const heading = ({ width, height }) => `${width}x${height} `;
/** The name of an image or of all frames of a video, computed. */
export function hashPixels(media) {
    const hash = createHash('sha256');
    for (const { width, height, data } of imagesOf(media))
        hash.update(heading({ width, height })).update(data);
    return hash.digest('base64');
}
/** Bytes that are copied and hashed at a time: they stay in the cache between both. */
const SLICE = 2 ** 18;
/** A copy of an image in memory of this thread, with its name if it is wanted. */
export function copyNamed({ width, height, data }, { named: isNamed = false } = {}) {
    const copy = new Uint8Array(data.length);
    const hash = isNamed ? createHash('sha256').update(heading({ width, height })) : undefined;
    for (let at = 0; at < data.length; at += SLICE) {
        copy.set(data.subarray(at, at + SLICE), at);
        hash?.update(copy.subarray(at, at + SLICE));
    }
    const image = { width, height, data: copy };
    return hash ? { image, key: hash.digest('base64') } : { image };
}
/** Gives images back with the name of all of them: they are moved here and there. */
export function hashMoved(media) {
    return { media, key: hashPixels(media) };
}
const job = defineJob(import.meta.url, hashMoved);
/** Keeps the name of media that were opened for a model, and returns them. */
export function named(media, key) {
    known.set(media, key);
    return media;
}
/**
 * Media for a model, which nobody else can change: large ones are copied, and their names are found in a worker thread; small ones are
 * given back as they are, and so are those that have been here before.
 */
export async function ownMedia(media, signal) {
    const images = imagesOf(media);
    if (media instanceof DrawnImage || known.has(media) || !isLarge(...images))
        return media;
    const copies = [];
    for (const image of images)
        copies.push(await copyPixels(image));
    const own = 'frames' in media ? { ...media, frames: copies } : copies[0];
    const { media: back, key } = await runJob(job, own, { signal, move: true });
    return named(back, key);
}
//# sourceMappingURL=media-key.js.map