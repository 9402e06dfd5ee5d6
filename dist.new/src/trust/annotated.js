// Annotated images of one's own for the bench: instances of COCO or LVIS, or rows of labels or boxes; what has no truth is counted and named.
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { parseRow, recordsOf } from '../evaluate/file-benchmark.js';
import { drawIndices, imagePath } from '../evaluate/file-rows.js';
import { Vocabulary } from '../evaluate/mentions.js';
import { generatePope } from '../evaluate/pope-generate.js';
import { groupBy } from '../evaluate/scores.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import { image } from '../media/image.js';
import { SensoriumError } from '../util/errors.js';
import { isRecord } from '../util/records.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { boxTruth, labelTruth } from './truth.js';
const four = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const coco = z.looseObject({
    images: z.array(z.looseObject({ id: z.number(), file_name: z.string().min(1), width: z.number().optional(), height: z.number().optional() })),
    annotations: z.array(z.looseObject({
        image_id: z.number(),
        category_id: z.number(),
        bbox: four.optional(),
        iscrowd: z.union([z.number(), z.boolean()]).optional(),
    })),
    categories: z.array(z.looseObject({ id: z.number(), name: z.string().min(1) })),
});
const COCO_SHAPE = '{"images": [{"id", "file_name"}], "annotations": [{"image_id", "category_id", "bbox"}], "categories": [{"id", "name"}]}';
const row = z.looseObject({
    image: z.string().min(1),
    objects: z.array(z.looseObject({ label: z.string().min(1), box: four.optional() })).optional(),
    labels: z.array(z.string().min(1)).optional(),
    text: z.array(z.string()).optional(),
    size: z.tuple([z.number().positive(), z.number().positive()]).optional(),
});
const ROW_SHAPE = '{"image": "a.jpg", "objects": [{"label": "dog", "box": [left, top, right, bottom]}]} or {"image", "labels": ["dog"]}';
/** LVIS writes `bear_(animal)`. */
const plainName = (name) => name.replace(/_\(.*\)$/, '').replaceAll('_', ' ');
function fromCoco(value, place) {
    const { images, annotations, categories } = parseRow(coco, { value, place }, COCO_SHAPE);
    const names = new Map(categories.map(({ id, name }) => [id, plainName(name)]));
    const unknown = annotations.find(({ category_id }) => !names.has(category_id));
    if (unknown)
        throw new SensoriumError('evaluate.row', 'an annotation has a category that the file does not name', {
            place,
            expected: `one of ${names.size} categories`,
            got: `category_id ${unknown.category_id}`,
        });
    const byImage = groupBy(annotations, ({ image_id }) => String(image_id));
    const rows = images.map(({ id, file_name, width, height }, i) => {
        const own = byImage.get(String(id));
        return {
            file: file_name,
            place: `${place}, images[${i}]`,
            ...(width && height ? { size: [width, height] } : {}),
            ...(own
                ? {
                    objects: own.map(({ category_id, bbox }) => ({
                        label: names.get(category_id),
                        ...(bbox ? { box: [bbox[0], bbox[1], bbox[0] + bbox[2], bbox[1] + bbox[3]] } : {}),
                    })),
                    crowd: own.some(({ iscrowd }) => Boolean(iscrowd)),
                }
                : {}),
        };
    });
    return { rows, labels: [...new Set(names.values())] };
}
async function read(file, signal) {
    const rows = [];
    for await (const { value, place } of recordsOf(file, { signal })) {
        if (isRecord(value) && 'annotations' in value && 'categories' in value)
            return fromCoco(value, file);
        const { image: name, objects, labels, text, size } = parseRow(row, { value, place }, ROW_SHAPE);
        const known = objects ?? labels?.map((label) => ({ label }));
        rows.push({ file: name, place, ...(known ? { objects: known } : {}), ...(text ? { texts: text } : {}), ...(size ? { size } : {}) });
    }
    return { rows, labels: [...new Set(rows.flatMap(({ objects = [] }) => objects.map(({ label }) => label)))] };
}
/** The truth of one image; `ids`: all labels of the file, each of which is absent where it is not annotated. */
function truthOf({ objects = [], texts, size, crowd }, ids) {
    const boxed = objects.flatMap(({ label, box }) => (box ? [{ label, box }] : []));
    const words = texts ? { texts } : {};
    if (boxed.length < objects.length)
        return {
            ...labelTruth(objects.map(({ label }) => label), ids),
            ...words,
        };
    return { ...boxTruth(boxed, { ids, size }), ...words, ...(crowd ? { counts: false } : {}) };
}
/** The vocabulary that knows all labels by their ids. */
function vocabularyOf(labels) {
    const within = (ids) => labels.every((label) => ids.includes(label));
    if (within(cocoObjects.map(({ id }) => id)))
        return new Vocabulary(cocoObjects, cocoOther);
    const world = worldVocabulary();
    if (within(world.ids))
        return world;
    return new Vocabulary(labels.map((id) => ({ id, ...(/\p{Script=Han}/u.test(id) ? { zh: [id] } : { en: [id] }) })));
}
const requests = { en: 'Please describe this image in detail.', zh: '请详细描述这张图片。' };
/**
 * The images of an annotated file: instances of COCO or LVIS, or rows with `objects` (labels, with boxes where they are known) or `labels`.
 * An image that the file says nothing of, and one that is not in the folder, is in `faults`. Errors: `evaluate.row`, `evaluate.rows` where
 * nothing is left, `evaluate.vocabulary`.
 */
export async function annotatedImages(file, options) {
    const { images: folder, language = 'en', n, seed, signal, question = requests[language] } = options;
    const { rows, labels } = await read(file, signal);
    const vocabulary = options.vocabulary ?? vocabularyOf(labels);
    const faults = [];
    const chosen = [];
    for (const i of drawIndices(rows.length, { n, seed, kind: 'trust' })) {
        const annotated = rows[i];
        const path = imagePath(folder, annotated.file, annotated.place);
        const fault = annotated.objects ? await missing(path) : 'no truth';
        if (fault)
            faults.push({ image: annotated.file, place: annotated.place, reason: fault });
        else
            chosen.push({ annotated, path });
    }
    if (chosen.length === 0)
        throw new SensoriumError('evaluate.rows', 'no image of the file can be judged', {
            place: file,
            expected: 'images with annotations in the folder',
            got: faults.length ? `${faults.length} without: ${faults[0]?.image} (${faults[0]?.reason})` : 'no rows',
        });
    return {
        description: `${file}: ${chosen.length} of ${rows.length} images, ${labels.length} labels.`,
        language,
        vocabulary,
        length: chosen.length,
        question,
        faults,
        image(index) {
            const { annotated, path } = chosen[index];
            const present = [...new Set((annotated.objects ?? []).map(({ label }) => label))];
            return { name: annotated.file, image: image(path), truth: truthOf(annotated, labels), present };
        },
        probes(most) {
            const objects = ({ objects: own = [] }) => [...new Set(own.map(({ label }) => label))];
            // There must be something to ask about, and something that is not there.
            const rich = rows.some((own) => objects(own).length > 0 && objects(own).length < labels.length);
            if (!rich || language !== 'en')
                return [];
            const indices = new Map(chosen.slice(0, most).map(({ annotated }, index) => [annotated.place, index]));
            const all = rows.map((own) => ({ image: own.place, objects: objects(own) }));
            const drawn = generatePope(all, { seed, images: all.length, probes: 2, least: 1 }).flatMap(({ image: place, text, label, negative }) => {
                const index = indices.get(place);
                return negative === 'adversarial' && index !== undefined ? [{ index, question: text, answer: label }] : [];
            });
            return drawn.sort((a, b) => a.index - b.index);
        },
    };
}
async function missing(path) {
    return stat(path).then((info) => (info.isFile() ? (info.size === 0 ? 'an empty file' : undefined) : 'not a file'), (error) => (error.code === 'ENOENT' ? 'no such image' : String(error.code)));
}
//# sourceMappingURL=annotated.js.map