// Captions of COCO, NoCaps and Flickr30K from their annotation files, in COCO's form or Karpathy's, by the metrics of pycocoevalcap.
import { dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { ask, drawRows, editionOf, parseRow } from '../file-benchmark.js';
import { captionTokens } from '../metrics/caption-tokens.js';
import { captionCider, captionCounts, captionScores } from '../metrics/captions.js';
import { meteorCounts, meteorOf } from '../metrics/meteor.js';
import { bootstrap } from '../metrics/resample.js';
import { findWordNet } from '../metrics/wordnet.js';
import { withoutThinking } from '../reply.js';
import { groupBy, meanScore, unparsed } from '../scores.js';
import { wrongFile } from '../wrong-file.js';
const id = z.union([z.string(), z.number()]).transform(String);
const cocoImage = z.object({ id, file_name: z.string().min(1), domain: z.string().optional() });
const cocoCaption = z.object({ image_id: id, caption: z.string().min(1) });
const karpathy = z.object({
    filename: z.string().min(1),
    filepath: z.string().optional(),
    split: z.string(),
    sentences: z.array(z.object({ raw: z.string().min(1) })).min(1),
});
const REQUEST = 'Provide a one-sentence caption for the provided image.';
const coco = z.object({ images: z.array(cocoImage), annotations: z.array(cocoCaption) });
const splits = z.object({ images: z.array(karpathy) });
/** Rows of one file. Of Karpathy's files only the split `test` is asked. */
export async function* captionRows(files, file, images) {
    const value = await files.json(file);
    const row = (name, kind, at, references) => {
        const place = `${file}, images[${at}]`;
        const texts = references.map((text) => text.trim());
        return {
            id: name,
            place,
            kind,
            messages: ask(REQUEST, files.image(images, name, place)),
            truth: texts[0],
            references: texts,
            ...editionOf(value),
        };
    };
    if (Array.isArray(value?.images) && !('annotations' in value)) {
        const shape = '{"images": [{"filename": "….jpg", "split": "test", "sentences": [{"raw": "…"}]}]}';
        for (const [at, { filename, filepath, split, sentences }] of parseRow(splits, { value, place: file }, shape).images.entries())
            if (split === 'test')
                yield row(filepath ? `${filepath}/${filename}` : filename, 'test', at, sentences.map(({ raw }) => raw));
        return;
    }
    const shape = '{"images": [{"id": 1, "file_name": "….jpg"}], "annotations": [{"image_id": 1, "caption": "…"}]}';
    const { images: all, annotations } = parseRow(coco, { value, place: file }, shape);
    const byImage = groupBy(annotations, (caption) => caption.image_id);
    for (const [at, image] of all.entries()) {
        const own = byImage.get(image.id);
        if (!own)
            throw wrongFile(`${file}, images[${at}]`, 'captions of every image', `none of image ${image.id}`, 'The files of test splits have no captions');
        yield row(image.file_name, image.domain ?? 'captions', at, own.map(({ caption }) => caption));
    }
}
const captions = (name, title) => ({ data, images, files = DISK }) => {
    let wordnet;
    return {
        name,
        title,
        about: 'captions, compared with those that people wrote',
        reads: 'annotations in the form of COCO or of Karpathy',
        maxTokens: 64,
        constants: null,
        async *rows(options) {
            wordnet = await findWordNet();
            yield* drawRows(data, options, (file) => captionRows(files, file, images ?? dirname(file)));
        },
        rowValues: ciderOfRows,
        score(done) {
            const pairs = done.map(({ reply, references }) => ({ caption: withoutThinking(reply), references }));
            const counts = captionCounts(pairs);
            const more = wordnet ? [withSynonyms(pairs, wordnet)] : [];
            const parts = groupBy(done.map((row, i) => ({ row, counts: counts[i] })), ({ row }) => row.kind);
            const all = scoresOf(done, counts);
            if (parts.size < 2)
                return [...all, ...more];
            const own = [...parts].flatMap(([part, rows]) => scoresOf(rows.map(({ row }) => row), rows.map((item) => item.counts)).map((score) => ({ ...score, name: `${score.name}, ${part}`, detail: score.name !== 'CIDEr-D' })));
            return [...all, ...more, ...own];
        },
        right: ({ reply, references }) => references.some((text) => captionTokens(text).join(' ') === captionTokens(reply).join(' ')),
    };
};
/** CIDEr-D of every row, weighed by the references of all; by domain where there are several. */
function ciderOfRows(done) {
    const cider = captionCider(done.map(({ reply, references }) => ({ caption: withoutThinking(reply), references })));
    const parts = [...new Set(done.map(({ kind }) => kind))];
    const ofPart = (part) => cider.map((value, i) => (done[i]?.kind === part ? value : undefined));
    return { 'CIDEr-D': cider, ...(parts.length < 2 ? {} : Object.fromEntries(parts.map((part) => [`CIDEr-D, ${part}`, ofPart(part)]))) };
}
/** METEOR with WordNet's synonyms too, where a user has WordNet: a score of its own, so that the other never depends on what is installed. */
function withSynonyms(pairs, { synonyms }) {
    const counts = pairs.map(({ caption, references }) => meteorCounts(captionTokens(caption), references.map(captionTokens), synonyms));
    const [value] = bootstrap(counts, (sums) => [meteorOf(sums)]);
    const note = 'by form, stem and synonym; no table of paraphrases';
    return { name: 'METEOR with WordNet', ...value, better: 'higher', note };
}
function scoresOf(rows, counts) {
    const { bleu, meteor, rougeL, cider } = captionScores(counts);
    const words = rows.map(({ reply }) => captionTokens(withoutThinking(reply)).length);
    const higher = { better: 'higher' };
    return [
        { name: 'CIDEr-D', ...cider, ...higher, note: '0 to 10' },
        ...bleu.map((score, n) => ({ name: `BLEU-${n + 1}`, ...score, ...higher, detail: n < 3 })),
        { name: 'ROUGE-L', ...rougeL, ...higher },
        { name: 'METEOR', ...meteor, ...higher, note: 'by form and stem' },
        meanScore('words', words, [0, Math.max(1, ...words)], { better: 'neither', detail: true, note: 'of a caption' }),
        unparsed(words, (n) => n === 0, 'replies without a word'),
    ];
}
/** COCO captions: `captions_val2014.json`, or Karpathy's `dataset_coco.json`. */
export const cocoCaptions = captions('coco-caption', 'COCO captions');
/** NoCaps: `nocaps_val_4500_captions.json`, with scores for each domain. */
export const nocaps = captions('nocaps', 'NoCaps');
/** Flickr30K captions: Karpathy's `dataset_flickr30k.json`. */
export const flickr30k = captions('flickr30k', 'Flickr30K');
//# sourceMappingURL=captions.js.map