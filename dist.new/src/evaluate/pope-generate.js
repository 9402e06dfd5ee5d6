// POPE's probes from any truth about objects (Li et al. 2023): instances of COCO or LVIS, or lists of one's own.
import { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import { parseRow } from './file-benchmark.js';
import { NEGATIVES } from './pope.js';
import { groupBy } from './scores.js';
const instances = z.looseObject({
    images: z.array(z.looseObject({ id: z.number(), file_name: z.string().optional(), coco_url: z.string().optional() })),
    annotations: z.array(z.looseObject({ image_id: z.number(), category_id: z.number() })),
    categories: z.array(z.looseObject({ id: z.number(), name: z.string() })),
});
/** The objects of each image by an instances file of COCO or LVIS. Errors: `evaluate.row`. */
export function instanceObjects(value, place) {
    const { images, annotations, categories } = parseRow(instances, { value, place }, '{"images": [{"id", "file_name"}], "annotations": [{"image_id", "category_id"}], "categories": [{"id", "name"}]}');
    const names = new Map(categories.map(({ id, name }) => [id, name.replace(/_\(.*\)$/, '').replaceAll('_', ' ')]));
    const byImage = groupBy(annotations, ({ image_id }) => String(image_id));
    return images.map(({ id, file_name, coco_url }) => ({
        image: file_name ?? coco_url?.split('/').at(-1) ?? `${String(id).padStart(12, '0')}.jpg`,
        objects: [...new Set((byImage.get(String(id)) ?? []).map(({ category_id }) => names.get(category_id) ?? ''))].filter(Boolean),
    }));
}
const article = (name) => (/^[aeiou]/i.test(name) ? 'an' : 'a');
/**
 * Probes of the three samplers for the same images and the same present objects: absent objects are drawn uniformly (`random`), by how
 * many images have them (`popular`), or by how often they come with a present one (`adversarial`, in turn for each). Errors:
 * `evaluate.rows` where no image has enough objects.
 */
export function generatePope(truth, { seed = 0, images = 500, probes = 6, least = probes / 2 } = {}) {
    const half = Math.floor(probes / 2);
    const frequency = new Map();
    const together = new Map();
    const add = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const { objects } of truth)
        for (const object of objects) {
            add(frequency, object);
            const others = together.get(object) ?? new Map();
            together.set(object, others);
            for (const other of objects)
                if (other !== object)
                    add(others, other);
        }
    const ranked = (counts) => [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
    const popular = ranked(frequency);
    const companions = new Map([...together].map(([name, counts]) => [name, ranked(counts)]));
    const rich = truth.filter(({ objects }) => objects.length >= Math.max(least, half, 1) && objects.length + half <= frequency.size);
    if (rich.length === 0)
        throw new SensoriumError('evaluate.rows', 'no image has enough objects for probes', {
            expected: `at least ${least} kinds of objects in an image`,
            got: `${truth.length} images without`,
        });
    const rng = new Rng(`pope/${seed}`);
    const chosen = rng.sample(rich, Math.min(images, rich.length));
    let id = 0;
    return NEGATIVES.flatMap((negative) => chosen.flatMap(({ image, objects }) => {
        const own = rng.fork(image).sample(objects, half);
        const there = new Set(objects);
        const absent = new Set();
        const take = (names) => {
            const next = names.find((name) => !there.has(name) && !absent.has(name));
            if (next !== undefined)
                absent.add(next);
        };
        const uniform = rng.fork(image, 'absent').shuffle([...popular]);
        for (const object of own)
            take(negative === 'random' ? uniform : negative === 'popular' ? popular : [...(companions.get(object) ?? []), ...popular]);
        const probe = (name, label) => ({
            question_id: ++id,
            image,
            text: `Is there ${article(name)} ${name} in the image?`,
            label,
            negative,
        });
        const no = [...absent];
        return own.flatMap((name, i) => [probe(name, 'yes'), probe(no[i], 'no')]);
    }));
}
//# sourceMappingURL=pope-generate.js.map