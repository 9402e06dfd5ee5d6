// A contact sheet: the first images of a data set with what is asked about them, as one PNG, for a quick look.
import sharp from 'sharp';
import { decodeImage } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import { mediaOf } from './dataset.js';
import { markedText } from './marks.js';
import { fromSample } from './samples.js';
const TILE = 192;
const LINE = 13;
const LINES = 6;
/** Largest image that is decoded for the sheet. */
const PIXELS = 4096 * 4096;
/** Characters that XML does not have: of control, and halves of pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const escapeXml = (s) => s.replace(NOT_XML, '\ufffd').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
/** PNG bytes of a sheet with `columns` tiles a row; an image that cannot be decoded throws `data.row` with its sample id. */
export async function contactSheet(given, columns = 6) {
    const samples = given.map((sample, i) => ('turns' in sample ? fromSample(sample, i) : sample));
    if (!samples.length)
        throw new SensoriumError('data.read', 'the data set has no samples to show');
    const height = TILE + LINES * LINE + 8;
    const width = TILE + 8;
    const tiles = [];
    for (const [i, s] of samples.entries()) {
        const left = (i % columns) * width;
        const top = Math.floor(i / columns) * height;
        const image = mediaOf(s).find(({ type }) => type === 'image');
        if (image) {
            const { width, height, data } = await decodeImage(image.source, { maxPixels: PIXELS }).catch((cause) => {
                throw new SensoriumError('data.row', 'an image cannot be decoded', {
                    place: `sample ${s.id}, ${image.origin.name ?? 'its image'}`,
                    cause,
                });
            });
            const input = await sharp(data, { raw: { width, height, channels: 3 } })
                .resize(TILE, TILE, { fit: 'contain', background: '#fff', kernel: 'nearest' })
                .png()
                .toBuffer();
            tiles.push({ input, left, top });
        }
        const lines = wrap(exchanges(s)).slice(0, LINES);
        const spans = lines.map((l, k) => `<text x="1" y="${LINE * (k + 1) - 2}" font-size="10" font-family="sans-serif">${escapeXml(l)}</text>`);
        const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${TILE}" height="${LINES * LINE}">${spans.join('')}</svg>`;
        tiles.push({ input: Buffer.from(svg), left, top: top + TILE + 2 });
    }
    const size = { width: Math.min(columns, samples.length) * width, height: Math.ceil(samples.length / columns) * height };
    return sharp({ create: { ...size, channels: 3, background: '#fff' } })
        .composite(tiles)
        .png()
        .toBuffer();
}
/** What is asked and answered, an exchange in each text. */
function exchanges({ messages }) {
    const texts = [''];
    for (const message of messages) {
        if (message.role !== 'user' && message.role !== 'assistant')
            continue;
        texts[texts.length - 1] += ` ${markedText(message).replace(/^(?:<image>\s*)+/, '')}`;
        if (message.role === 'assistant')
            texts.push('');
    }
    return texts.map((text) => text.trim()).filter(Boolean);
}
/** Lines of at most about 36 narrow characters; wide ones count double. */
function wrap(texts) {
    const out = [];
    for (const text of texts) {
        let line = '';
        let used = 0;
        for (const word of text.replace(/\s+/g, ' ').match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+/g) ?? []) {
            const w = /[\u2e80-\uffff]/.test(word) ? 2 : word.length;
            if (used + w > 36 && line) {
                out.push(line);
                line = '';
                used = 0;
            }
            line += word;
            used += w;
        }
        if (line)
            out.push(line);
    }
    return out;
}
//# sourceMappingURL=sheet.js.map