// POPE as published (Li et al. 2023): JSON lines of a question, an image file and a label; or probes drawn from the instances of COCO or LVIS.
import { basename, dirname, extname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { NEGATIVES, popeRight, popeScoreList } from '../pope.js';
import { generatePope, instanceObjects } from '../pope-generate.js';
const answer = z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(['yes', 'no']));
const probe = z.object({
    question_id: z.union([z.string(), z.number()]).transform(String).optional(),
    image: z.string().min(1),
    text: z.string().min(1),
    label: answer,
});
const SHAPE = '{"image": "….jpg", "text": "Is there …?", "label": "yes" or "no"}';
/** The kind of a file: the sampler of its name, or all of the name where two files share a sampler. */
function kindOf(file, data) {
    const sampler = (name) => NEGATIVES.find((negative) => basename(name).includes(negative));
    const alone = data.filter((other) => sampler(other) === sampler(file)).length === 1;
    return (alone && sampler(file)) || basename(file, extname(file));
}
/**
 * All rows of `coco_pope_random.json`, `…_popular.json`, `…_adversarial.json` or others like them; each file is a kind of its own. Of an
 * instances file (`instances_val2014.json`) the probes of the three samplers are drawn with the seed, about 500 images.
 * Errors: `data.read` for a file that is not JSON lines; `evaluate.row` for a wrong row; `evaluate.images` for images that are not there.
 */
export const pope = ({ data, images, files = DISK }) => ({
    name: 'pope',
    title: 'POPE',
    about: 'yes/no probes for objects',
    reads: 'JSON lines of question, image and label, or instances of COCO or LVIS',
    maxTokens: 24,
    rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), kindOf(file, data), options)),
    score: popeScoreList,
    right: popeRight,
});
async function* read(files, file, images, kind, { seed, signal }) {
    const rows = [];
    const row = (id, place, name, { text, label, image }) => ({
        id,
        place,
        kind: name,
        messages: ask(text, files.image(images, image, place)),
        truth: label,
    });
    let index = 0;
    for await (const record of files.records(file, { signal })) {
        const { value, place } = record;
        if (index === 0 && typeof value === 'object' && value !== null && 'annotations' in value) {
            for (const made of generatePope(instanceObjects(value, file), { seed }))
                yield row(String(made.question_id), `${file}, ${made.image}`, made.negative, made);
            return;
        }
        const made = parseRow(probe, record, SHAPE);
        rows.push(row(made.question_id ?? String(index), place, kind, made));
        index++;
    }
    // Some published files repeat the ids of their questions: their rows are counted.
    const unique = new Set(rows.map(({ id }) => id)).size === rows.length;
    yield* unique ? rows : rows.map((made, i) => ({ ...made, id: String(i) }));
}
//# sourceMappingURL=pope.js.map