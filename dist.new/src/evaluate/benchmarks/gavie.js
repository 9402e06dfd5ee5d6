// GAVIE (Liu et al. 2024, LRV-Instruction): open instructions; a judge who knows the regions of the image rates accuracy and relevancy.
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { questionOf } from '../benchmark.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { namedNumber } from '../judge.js';
import { judgeControls, ratedAtLeast, ratingScore, verdictsOf } from '../judged.js';
import { withoutThinking } from '../reply.js';
import { unanswered } from '../scores.js';
import { wrongFile } from '../wrong-file.js';
const text = z.union([z.string(), z.number()]).transform(String);
const schema = z.looseObject({ image_id: text, instruction: z.string().min(1), answer: z.string().default('') });
const SHAPE = '{"image_id": "2", "instruction": "…"}';
const annotations = z.record(z.string(), z.array(z.looseObject({ caption: z.string(), bbox: z.array(z.number()).min(4) })));
const RANGE = [0, 10];
const axes = ['relevancy', 'accuracy'];
const reader = (axis) => (reply) => namedNumber(reply, axis, RANGE);
async function* rowsOf(files, file, images, regions, signal) {
    let n = 0;
    for await (const record of files.records(file, { signal })) {
        const { place } = record;
        const row = parseRow(schema, record, SHAPE);
        const own = regions[row.image_id];
        if (!own)
            throw wrongFile(place, 'regions of every image in vg_annotation.json', `none of image ${row.image_id}`);
        const listed = own
            .map(({ caption, bbox: [x, y, width, height] }) => `${caption}: x ${x}, y ${y}, width ${width}, height ${height}`)
            .join('\n');
        const name = /\.\w{3,4}$/.test(row.image_id) ? row.image_id : `${row.image_id}.jpg`;
        yield {
            id: String(n++),
            place,
            kind: 'instruction',
            messages: ask(row.instruction, files.image(images, name, place)),
            truth: row.answer,
            regions: listed,
        };
    }
}
/** GAVIE: `--data evaluation_set.json,vg_annotation.json`, the images of Visual Genome by their ids, and a judge. */
export const gavie = ({ data, images, files = DISK }) => ({
    name: 'gavie',
    title: 'GAVIE',
    about: 'open instructions, rated by a judge for accuracy and relevancy',
    reads: 'evaluation_set.json, vg_annotation.json',
    maxTokens: 256,
    constants: null,
    async *rows(options) {
        const isRegions = (file) => /annotation/.test(basename(file));
        const from = data.find(isRegions);
        if (!from)
            throw wrongFile(data.join(', '), 'evaluation_set.json and vg_annotation.json', 'no vg_annotation.json', 'Give both: --data evaluation_set.json,vg_annotation.json');
        const regions = parseRow(annotations, { value: await files.json(from), place: from }, '{"IMAGE_ID": [{"caption": "…", "bbox": [0, 0, 10, 10]}]}');
        const asked = data.filter((file) => !isRegions(file));
        yield* drawRows(asked, options, (file) => rowsOf(files, file, images ?? dirname(file), regions, options.signal));
    },
    judge: (row) => [
        `You judge an answer to an instruction about an image. You cannot see the image; these are its regions, with boxes where they are known:
${row.regions}

Instruction: ${questionOf(row.messages)}
Answer to judge: ${withoutThinking(row.reply)}

Give two numbers from 0 to 10. Relevancy: does the answer do what the instruction asks? Accuracy: does it agree with the regions? What they do not mention may be true; what contradicts them is wrong.
End with two lines, "Relevancy: N" and "Accuracy: N".`,
    ],
    score: (done) => [
        ...[...axes].reverse().map((axis) => ratingScore(axis, verdictsOf(done, 0, reader(axis)), RANGE)),
        ...judgeControls(done, (reply) => (axes.every((axis) => reader(axis)(reply) !== undefined) ? reader('accuracy')(reply) : undefined)),
        unanswered(done),
    ],
    right: (row) => ratedAtLeast(row, 5, reader('accuracy')),
});
//# sourceMappingURL=gavie.js.map