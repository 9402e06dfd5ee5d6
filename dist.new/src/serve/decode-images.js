// Images of a conversation, decoded once for all replies of a request when the first of them has a slot, and given up when all are encoded.
import { decodingBytes, isRgbImage, openImage } from '../media/index.js';
import { mediaParts } from '../text/index.js';
import { isAbort } from '../util/errors.js';
import { poolSize } from '../util/jobs.js';
import { badRequest, toApiError } from './errors.js';
import { Turns } from './turns.js';
/** Requests whose pixels are in memory at the same time: one for each worker thread, and the next one. */
export const pixelTurns = new Turns(Math.min(4, poolSize() + 1));
let decoded = 0;
/** Bytes of the pixels that are in memory, of all requests of this process. */
export function pixelBytes() {
    return decoded;
}
/** The images of requests that are being encoded. */
export class RequestImages {
    bounds;
    opened = new WeakMap();
    constructor(bounds) {
        this.bounds = bounds;
    }
    /**
     * Decodes the images of `messages`, once for all replies of the same `request`; owners take turns. Throws `ApiError` 400 with the field,
     * and the reason of `signal`.
     */
    async open(request, messages, signal, owner = '') {
        if (mediaParts(messages).length === 0)
            return { messages, release: () => { } };
        const known = this.opened.get(request) ?? this.begin(messages, signal, owner);
        this.opened.set(request, known);
        known.users++;
        let held = true;
        const release = () => {
            if (!held)
                return;
            held = false;
            known.users--;
            if (known.users > 0)
                return;
            this.opened.delete(request);
            known.leave();
            // Whoever still holds the messages, for as long as a reply is written, holds no pixels.
            known.messages.then(dropPixels, () => { }); // where decoding failed there are none
        };
        try {
            return { messages: await known.messages, release };
        }
        catch (error) {
            release();
            throw error;
        }
    }
    begin(messages, signal, owner) {
        const turn = placesOf(messages).then((places) => pixelTurns.take(signal, owner, places));
        const opened = {
            messages: turn.then(() => decodeImages(messages, this.bounds, signal)).then(counted),
            users: 0,
            leave: () => { },
        };
        opened.leave = () => void turn.then((leave) => leave(), () => { });
        return opened;
    }
}
/** Bytes for the pixels of one request that others may be beside: those of 25 megapixels. */
const SHARED_BYTES = 75e6;
/** The places that the images of a request take: all of them where decoding takes very much by what the headers say. */
async function placesOf(messages) {
    let bytes = 0;
    for (const { content } of messages)
        for (const part of Array.isArray(content) ? content : [])
            for (const source of picturesOf(part))
                if (isRgbImage(source))
                    bytes += 3 * source.width * source.height;
                else if (source instanceof Uint8Array)
                    bytes += await decodingBytes(source);
    return bytes > SHARED_BYTES ? pixelTurns.total : 1;
}
/** The images of a part, and the frames of a video. */
function picturesOf(part) {
    if (part.type === 'image')
        return [part.source];
    return part.type === 'video' && Array.isArray(part.frames) ? part.frames : [];
}
/** Adds the pixels of messages to those that are in memory, until `dropPixels` takes them off again. */
function counted(messages) {
    decoded += bytesOf(messages);
    return messages;
}
function bytesOf(messages) {
    let bytes = 0;
    for (const { content } of messages)
        for (const part of Array.isArray(content) ? content : [])
            for (const image of picturesOf(part))
                bytes += image.data.byteLength;
    return bytes;
}
function dropPixels(messages) {
    decoded -= bytesOf(messages);
    for (const { content } of messages)
        for (const part of Array.isArray(content) ? content : []) {
            if (part.type === 'image')
                delete part.source;
            if (part.type === 'video')
                delete part.frames;
        }
}
/** Decodes the images and frames of a conversation, one after the other, within one budget of pixels. */
async function decodeImages(messages, { maxPixels = 50e6, maxImageBytes }, signal) {
    let left = maxPixels;
    const out = [];
    for (const [m, message] of messages.entries()) {
        if (!Array.isArray(message.content)) {
            out.push(message);
            continue;
        }
        const content = [];
        for (const [p, part] of message.content.entries()) {
            const open = async (source) => {
                const limits = { maxPixels: Math.max(0, left), maxBytes: maxImageBytes };
                const image = isRgbImage(source) ? source : await openImage(source, limits, signal).catch((e) => aboutPart(e, m, p));
                left -= image.width * image.height;
                return image;
            };
            if (part.type === 'image')
                content.push({ type: 'image', source: await open(part.source) });
            else if (part.type === 'video' && Array.isArray(part.frames)) {
                const frames = [];
                for (const frame of part.frames)
                    frames.push(await open(frame));
                content.push({ ...part, frames });
            }
            else
                content.push(part);
        }
        out.push({ ...message, content });
    }
    return out;
}
/** Throws the error with the part that it is about as its field. */
function aboutPart(error, message, part) {
    if (isAbort(error))
        throw error;
    const { status, message: text, apiCode } = toApiError(error);
    if (status >= 500)
        throw error;
    throw badRequest(text, `messages[${message}].content[${part}]`, { code: apiCode ?? undefined, cause: error });
}
//# sourceMappingURL=decode-images.js.map