// Captions written by a model, several for an image, of which a CLIP chooses (LAION-COCO: 40 by nucleus sampling, one CLIP leaves 5, another 1).
import { image } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import { cosine } from './options.js';
import { cleanCaption } from './text.js';
/** A model of ours. The caption of an image is the same in any batch. */
export function modelCaptioner(name, model) {
    return {
        name,
        captions: (images, { prompt, ...how }) => model.answer(images.map((picture) => ({ image: picture, question: prompt })), how),
    };
}
/** Anything that replies to messages, such as a server; `open` makes one for a temperature and a seed. */
export function responderCaptioner(name, open) {
    return {
        name,
        captions: async (images, ask) => {
            const messages = images.map((picture) => [
                { role: 'user', content: [{ ...image(picture) }, { type: 'text', text: ask.prompt }] },
            ]);
            return open(ask).replies(messages, { maxTokens: ask.maxTokens, signal: ask.signal });
        },
    };
}
/** Captions that a CLIP before the last leaves. */
export const SHORTLIST = 5;
/** Throws `curate.option` for several captions that would be the same. */
export function checkCaptionLoop({ n, temperature, selectors }) {
    if (n > 1 && temperature === 0)
        throw new SensoriumError('curate.option', 'at temperature 0 all captions of an image are the same', {
            place: 'n',
            expected: '1, or a temperature above 0',
            got: String(n),
        });
    if (n > 1 && selectors.length === 0)
        throw new SensoriumError('curate.option', 'nothing chooses among the captions', {
            place: 'select',
            hint: 'Choose by a CLIP: --select clip',
        });
}
/** Captions of images, each with its candidates; undefined where none was written. */
export async function captionImages(images, loop, signal) {
    const { captioner, n, selectors, seed, ...ask } = loop;
    const written = images.map(() => []);
    for (let k = 0; k < n; k++) {
        const texts = await captioner.captions(images, { ...ask, seed: seed + k, signal });
        for (const [i, text] of texts.entries()) {
            const clean = cleanCaption(text ?? '');
            if (clean !== '')
                written[i]?.push(clean);
        }
    }
    const left = written.map((texts) => [...new Set(texts)].map((caption) => ({ caption, clip: undefined })));
    for (const [s, selector] of selectors.entries()) {
        const pictures = (await selector.images(images, signal)).vectors;
        const texts = left.flat();
        const vectors = (await selector.texts(texts.map(({ caption }) => caption), signal, { truncate: true })).vectors; // biome-ignore format: one line
        let at = 0;
        for (const [i, own] of left.entries()) {
            for (const one of own)
                one.clip = cosine(pictures[i], vectors[at++]);
            own.sort((a, b) => b.clip - a.clip);
            own.length = Math.min(own.length, s < selectors.length - 1 ? SHORTLIST : 1);
        }
    }
    return left.map(([best], i) => best
        ? { caption: best.caption, ...(best.clip === undefined ? {} : { clip: best.clip }), candidates: written[i] }
        : undefined);
}
//# sourceMappingURL=captioner.js.map