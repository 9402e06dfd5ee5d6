// Image-text retrieval over the files of caption benchmarks, as on Flickr30K and COCO: an encoder pair embeds, nobody replies.
import { decodeImage, isRgbImage } from '../media/index.js';
import { mediaParts } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { cocoCaptions, flickr30k } from './benchmarks/captions.js';
import { retrieval } from './metrics/retrieval.js';
/** The caption benchmarks whose rows are searched, by the name of the retrieval. */
export const RETRIEVALS = { 'flickr30k-retrieval': flickr30k, 'coco-retrieval': cocoCaptions };
/** Images and texts embedded at once. */
const BATCH = 16;
/** All vectors one after another. */
async function embedAll(items, embed, onDone) {
    const vectors = [];
    for (let i = 0; i < items.length; i += BATCH) {
        vectors.push(...(await embed(items.slice(i, i + BATCH))));
        onDone(vectors.length);
    }
    const width = vectors[0]?.length ?? 1;
    const data = new Float32Array(vectors.length * width);
    for (const [i, vector] of vectors.entries())
        data.set(vector, i * width);
    return { data, width };
}
const KS = [1, 5, 10];
const DIRECTIONS = { text: 'texts found by an image', image: 'images found by a text' };
function scoresOf(found) {
    return ['text', 'image'].flatMap((side) => KS.map((k) => ({ name: `${side} R@${k}`, ...found[side][`r${k}`], better: 'higher', note: DIRECTIONS[side] })));
}
/** What an order at random gives: the chance that one of an image's own texts, or a text's one image, is among the first k. */
function chance(own) {
    const texts = own.reduce((a, b) => a + b, 0);
    const miss = (k, mine) => {
        let p = 1;
        for (let i = 0; i < k; i++)
            p *= Math.max(0, texts - mine - i) / Math.max(1, texts - i);
        return p;
    };
    const byText = (k) => own.reduce((sum, mine) => sum + 1 - miss(k, mine), 0) / own.length;
    const score = (name, value, n) => ({ name, value, low: value, high: value, n, better: 'higher' });
    return [
        ...KS.map((k) => score(`text R@${k}`, byText(k), own.length)),
        ...KS.map((k) => score(`image R@${k}`, Math.min(1, k / own.length), texts)),
    ];
}
/**
 * Recall at 1, 5 and 10 both ways between the images of a file and all of their captions, beside what chance gives. Ties count against the
 * model. Errors: those of the rows, of images that cannot be decoded, of the embedder; `evaluate.retrieval` for fewer than two images.
 */
export async function runRetrieval(name, source, embedder, options = {}) {
    return searchRows(name, RETRIEVALS[name](source), embedder, options);
}
/** The same over the rows of any benchmark of captions. Errors as of `runRetrieval`. */
export async function searchRows(name, benchmark, embedder, options = {}) {
    const { signal, onProgress } = options;
    const images = [];
    const texts = [];
    for await (const { messages, references } of benchmark.rows(options)) {
        for (const text of references)
            texts.push({ text, image: images.length });
        images.push(mediaParts(messages)[0]?.source);
    }
    if (images.length < 2)
        throw new SensoriumError('evaluate.retrieval', 'there is nothing to search among', {
            place: name,
            expected: 'at least 2 images',
            got: String(images.length),
        });
    const total = images.length + texts.length;
    const onDone = (before) => (n) => onProgress?.({ who: 'model', bench: name, done: before + n, total });
    const seen = await embedAll(images, async (batch) => {
        throwIfAborted(signal);
        return (await embedder.images(await Promise.all(batch.map(async (source) => (isRgbImage(source) ? source : decodeImage(source)))), signal)).vectors;
    }, onDone(0));
    const said = await embedAll(texts.map(({ text }) => text), async (batch) => (await embedder.texts(batch, signal, { truncate: true })).vectors, onDone(images.length));
    const owner = texts.map(({ image }) => image);
    const { imageToText, textToImage } = retrieval(seen, said, owner);
    const own = images.map((_, i) => owner.filter((image) => image === i).length);
    return {
        name,
        title: `${benchmark.title} retrieval`,
        about: 'images and captions, each found by the other',
        n: total,
        scores: { model: scoresOf({ text: imageToText, image: textToImage }), random: chance(own) },
    };
}
//# sourceMappingURL=retrieval-run.js.map