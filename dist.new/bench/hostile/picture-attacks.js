// Attacks with images: photographs that cost their honest price, and files that cost more than they should.
import sharp, {} from 'sharp';
import { CHAT, chatBody, dataUrl, pictured, post, requests, times } from './attack.js';
import { gifBomb, heic, longPixels, manyChunks, manyTexts, pdf, profileBomb, scanBomb, svgBomb, tiffLoop } from './image-bombs.js';
import { animation, deep, flat, grayPng, inks, photo, runBmp, textBomb } from './images.js';
const made = new Map();
/** A photograph of 12 megapixels, made once. */
const photo12 = (seed = 1) => {
    const known = made.get(`${seed}`) ?? photo(4000, 3000, 'jpeg', seed);
    made.set(`${seed}`, known);
    return known;
};
/** Mebibytes of the pixels that `--max-pixels` allows. */
const PIXELS = 143;
/** n requests with one image each. */
const images = (name, make, n = 1) => requests(name, CHAT, async (t) => chatBody(t, pictured([dataUrl(await make())])), { n, allowed: PIXELS });
/** One request with several images. */
const together = (name, make, n = 1) => requests(name, CHAT, async (t) => chatBody(t, pictured(await make())), { n, allowed: PIXELS });
const embeddings = (name, make, { n, each = 1 }) => requests(name, '/v1/embeddings', async (t) => {
    const url = dataUrl(await make());
    return { model: t.embeddings, input: new Array(each).fill({ type: 'image_url', image_url: { url } }) };
}, { n, allowed: PIXELS });
/** The same photograph, encoded otherwise. */
const again = async (change) => change(sharp(await photo12())).toBuffer();
/** Many requests of many tiny images. */
const tiny = (name, count, n) => together(name, async () => new Array(count).fill(dataUrl(grayPng(8, 8))), n);
const video = (name, frames, make) => requests(name, CHAT, async (t) => {
    const url = dataUrl(await make());
    return chatBody(t, [
        { type: 'video', video: new Array(frames).fill(url) },
        { type: 'text', text: 'What happens?' },
    ]);
});
/** All of them. */
export const PICTURE_ATTACKS = [
    images('photo 12 MP', photo12),
    images('photo 12 MP x 4', photo12, 4),
    images('photo 12 MP x 16', photo12, 16),
    {
        name: 'photo 12 MP x 8, all different',
        prepare: async (t) => {
            const bodies = await times(8, async (i) => chatBody(t, pictured([dataUrl(await photo12(i + 2))])));
            return () => Promise.all(bodies.map((body) => post(t, CHAT, body)));
        },
    },
    images('photo 49 MP', () => photo(7000, 7000)),
    images('photo 49 MP, flat, x 8', () => flat(7000, 7000, 'jpeg'), 8),
    together('four photos 12 MP in one request', async () => new Array(4).fill(dataUrl(await photo12()))),
    together('16 photos of 3 MP in one request', async () => new Array(16).fill(dataUrl(await photo(2000, 1500)))),
    {
        name: '16 replies to a photo 12 MP',
        prepare: async (t) => {
            const body = chatBody(t, pictured([dataUrl(await photo12())]), { n: 16 });
            return () => times(1, () => post(t, CHAT, body));
        },
    },
    embeddings('embeddings: photo 12 MP x 8', photo12, { n: 8 }),
    embeddings('embeddings: 25 MP x 40', () => flat(5000, 5000, 'png'), { n: 40 }),
    embeddings('embeddings: 16 images of 25 MP x 4', () => flat(5000, 5000, 'png'), { n: 4, each: 16 }),
    images('photo as PNG', () => photo(2400, 1800, 'png')),
    images('photo as WebP, 12 MP, x 2', () => photo(4000, 3000, 'webp'), 2),
    images('photo as TIFF', () => photo(2000, 1500, 'tiff')),
    images('photo 12 MP, progressive, x 4', () => again((p) => p.jpeg({ progressive: true })), 4),
    images('photo 12 MP, turned by EXIF, x 4', () => again((p) => p.withMetadata({ orientation: 6 })), 4),
    images('photo 12 MP, in Display P3, x 2', () => again((p) => p.withIccProfile('p3')), 2),
    images('PNG 16 bits 12 MP x 4', () => deep(4000, 3000), 4),
    images('JPEG of inks 12 MP x 4', () => inks(4000, 3000), 4),
    images('AVIF 12 MP x 4', () => flat(4000, 3000, 'avif'), 4),
    images('AVIF 48 MP x 2', () => flat(8000, 6000, 'avif'), 2),
    images('BMP of run lengths 49 MP x 4', () => runBmp(9999, 4990), 4),
    images('WebP without loss, 48 MP, x 4', () => again48((p) => p.webp({ lossless: true, effort: 0 })), 4),
    images('PNG of a palette, 49 MP, x 4', () => again48((p) => p.png({ palette: true, colors: 2 })), 4),
    images('PNG interlaced, 49 MP, x 2', () => again48((p) => p.png({ progressive: true })), 2),
    images('PNG of one bit, 49 MP, x 4', () => grayPng(7000, 7000, { bits: 1 }), 4),
    images('TIFF packed, 48 MP, x 4', () => again48((p) => p.tiff({ compression: 'deflate' })), 4),
    images('JPEG of 2,000 scans', () => scanBomb(2000, 1500, 2000)),
    images('JPEG of 90 scans, 48 MP', () => scanBomb(8000, 6000, 90)),
    images('PNG 1 x 8,000', () => grayPng(1, 8000)),
    images('PNG 1 x 150,000', () => grayPng(1, 150_000)),
    images('PNG 1,000,000 x 1', () => grayPng(1_000_000, 1)),
    images('PNG 100,000 x 100', () => grayPng(100_000, 100, { bits: 1 })),
    images('PNG with 64 MiB of packed text', textBomb),
    images('PNG with 1,000 packed texts of a MiB', () => manyTexts(1000)),
    images('PNG with 50,000 chunks', () => manyChunks(50_000)),
    images('PNG with a profile of 64 MiB', profileBomb),
    images('PNG with 512 MiB behind its pixels', longPixels),
    images('GIF of 1,000 frames', () => animation(64, 1000, 'gif')),
    images('GIF of 20,000 frames of 16 MP', () => gifBomb(4000, 4000, 20_000)),
    images('GIF 49 MP x 4', () => gifBomb(7000, 7000, 1), 4),
    images('WebP of 400 frames', () => animation(128, 400, 'webp')),
    images('TIFF whose pages are a circle', tiffLoop),
    images('SVG that repeats itself', svgBomb),
    images('HEIC', heic),
    images('PDF', pdf),
    images('bytes that are no image', () => Buffer.alloc(2 ** 20, 'PNG')),
    images('half a JPEG x 8', async () => (await photo12()).subarray(0, 200_000), 8),
    together('data URL of 18 MB of white space', async () => [`data:image/png;base64,${' '.repeat(18e6)}`]),
    together('data URL of 18 MB percent-encoded', async () => [`data:image/png,${'%41'.repeat(6e6)}`]),
    together('data URL of 18 MB of escaped base64', async () => [`data:image/png;base64,${'%51'.repeat(6e6)}`]),
    together('data URL of 18 MB of base64', async () => [`data:image/png;base64,${'QUJD'.repeat(4.5e6)}`]),
    together('data URL of 18 MB of base64 x 6', async () => [`data:image/png;base64,${'QUJD'.repeat(4.5e6)}`], 6),
    tiny('17 images', 17, 1),
    tiny('16 tiny images x 60', 16, 60),
    video('video of 16 frames of 3 MP', 16, () => photo(2000, 1500)),
    video('video of 700 tiny frames', 700, async () => grayPng(8, 8)),
];
/** 48 or 49 megapixels of one color in two halves. */
async function again48(change) {
    const picture = sharp({ create: { width: 8000, height: 6000, channels: 3, background: '#336699' }, limitInputPixels: false });
    return change(picture).toBuffer();
}
//# sourceMappingURL=picture-attacks.js.map