// Pictures of a page: small, each encoded once, pixels of small images as they are and photographs as JPEG.
import sharp from 'sharp';
import { resize } from '../../media/index.js';
import { isImagePart, mediaParts } from '../../text/index.js';
import { pixelsOf, sourceOf } from '../mean-image.js';
import { pngUrl } from './png.js';
/** Images up to this size are drawn pixel by pixel, larger ones smoothly. */
export const PIXEL_ART = 128;
/** Larger images are shown at this width or height. */
const SHOWN = 320;
/** The URL of a picture: PNG for small images, so that every pixel is as it was. */
export async function encodePicture({ width, height, data }) {
    if (Math.max(width, height) <= PIXEL_ART)
        return { width, height, url: pngUrl(data, width, height) };
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 80 })
        .toBuffer();
    return { width, height, url: `data:image/jpeg;base64,${bytes.toString('base64')}` };
}
/** Pictures of rows, each image encoded once; at most `bytes` of them in all. */
export class Pictures {
    most;
    shown = new Map();
    bytes = 0;
    /** Rows whose picture found no room. */
    leftOut = 0;
    constructor(most = Number.POSITIVE_INFINITY) {
        this.most = most;
    }
    /** The first image of a row with its boxes; nothing for a row without images, and where the page is full. */
    async of({ messages, boxes }) {
        const part = mediaParts(messages).find(isImagePart);
        if (!part)
            return {};
        const source = sourceOf(part);
        if (!this.shown.has(source))
            this.shown.set(source, this.bytes < this.most ? await this.encode(await pixelsOf(part)) : undefined);
        const found = this.shown.get(source);
        if (!found) {
            this.leftOut++;
            return {};
        }
        const { picture, scale } = found;
        return {
            picture,
            ...(boxes
                ? { boxes: boxes.map(({ label, box: [a, b, c, d] }) => ({ label, box: [a * scale, b * scale, c * scale, d * scale] })) }
                : {}),
        };
    }
    async encode(whole) {
        const scale = Math.min(1, SHOWN / Math.max(whole.width, whole.height));
        const side = (n) => Math.max(1, Math.round(n * scale));
        const picture = await encodePicture(scale === 1 ? whole : resize(whole, side(whole.width), side(whole.height), 'bilinear'));
        this.bytes += picture.url.length;
        return { picture, scale };
    }
}
//# sourceMappingURL=picture.js.map