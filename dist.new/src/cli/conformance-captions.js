// Captions beside pycocoevalcap: the same files, the scores of the corpus, and image by image those that it wrote.
import { z } from 'zod';
import { captionCounts, captionScores } from '../evaluate/metrics/captions.js';
import { meteorOf } from '../evaluate/metrics/meteor.js';
import { groupBy } from '../evaluate/scores.js';
import { SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { fixed, need, percent } from './conformance-shared.js';
import { alignColumns } from './score-table.js';
const id = z.union([z.string(), z.number()]).transform(String);
const annotationFile = z.object({ annotations: z.array(z.looseObject({ image_id: id, caption: z.string() })) });
const resultFile = z.array(z.looseObject({ image_id: id, caption: z.string() })).min(1);
const scoreFile = z.array(z.looseObject({ image_id: id, CIDEr: z.number().optional(), ROUGE_L: z.number().optional(), METEOR: z.number().optional() }));
async function parsed(schema, file, expected) {
    const { success, data, error } = schema.safeParse(await readJson(file));
    if (success)
        return data;
    const [issue] = error.issues;
    throw new SensoriumError('evaluate.row', 'this is not the file of captions', {
        place: file,
        expected,
        got: `${issue?.path.join('.') || 'the file'}: ${issue?.message}`,
    });
}
/** Scores apart by less than this are equal: the script's are sums in another order. */
const EQUAL = 1e-6;
/** Captions by COCO's annotations; with the script's own scores of each image, agreement row by row. */
export async function cocoCaption(args) {
    const { annotations } = await parsed(annotationFile, need(args, 'annotations'), '{"annotations": [{"image_id": 1, "caption": "…"}]}');
    const results = await parsed(resultFile, need(args, 'results'), '[{"image_id": 1, "caption": "…"}]');
    const references = groupBy(annotations, (row) => row.image_id);
    const missing = results.filter(({ image_id }) => !references.has(image_id));
    if (missing.length > 0)
        throw new SensoriumError('evaluate.row', 'captions of images without annotations', {
            place: args.results,
            expected: `images of ${args.annotations}`,
            got: `${missing.length}, the first ${missing[0]?.image_id}`,
        });
    const counts = captionCounts(results.map(({ image_id, caption }) => ({ caption, references: (references.get(image_id) ?? []).map((row) => row.caption) })));
    const { bleu, rougeL, cider, meteor } = captionScores(counts);
    const corpus = {
        CIDEr: cider.value,
        ROUGE_L: rougeL.value,
        METEOR: meteor.value,
        ...Object.fromEntries(bleu.map((b, n) => [`Bleu_${n + 1}`, b.value])),
    };
    const text = [`captions: ${results.length}`, alignColumns(Object.entries(corpus).map(([name, value]) => [name, fixed(value)]))];
    const rows = {};
    if (args.scores !== undefined) {
        const theirs = await parsed(scoreFile, args.scores, '[{"image_id": 1, "CIDEr": 0.9, "ROUGE_L": 0.5, "METEOR": 0.3}]');
        const place = new Map(results.map(({ image_id }, i) => [image_id, i]));
        for (const metric of ['CIDEr', 'ROUGE_L', 'METEOR']) {
            const pairs = theirs.flatMap((row) => {
                const i = place.get(row.image_id);
                const value = row[metric];
                if (i === undefined || value === undefined)
                    return [];
                const own = counts[i];
                return [
                    {
                        image: row.image_id,
                        theirs: value,
                        ours: metric === 'CIDEr' ? own.cider : metric === 'ROUGE_L' ? own.rougeL : meteorOf(own.meteor),
                    },
                ];
            });
            if (pairs.length === 0)
                continue;
            const apart = pairs.map((pair) => Math.abs(pair.theirs - pair.ours));
            const equal = apart.filter((d) => d < EQUAL).length;
            rows[metric] = { n: pairs.length, equal, most: apart.reduce((a, b) => Math.max(a, b), 0) };
            text.push(`${metric}: equal in ${percent(equal, pairs.length)}, at most ${fixed(rows[metric].most)} apart`);
            if (args.rows)
                text.push(...pairs
                    .filter((_, i) => apart[i] >= EQUAL)
                    .map((p) => `  ${p.image}  script ${fixed(p.theirs)}, ours ${fixed(p.ours)}`));
        }
        if (Object.keys(rows).length === 0)
            throw new SensoriumError('evaluate.row', 'no scores of these images', {
                place: args.scores,
                expected: 'CIDEr, ROUGE_L or METEOR by image_id',
            });
    }
    return { text: text.join('\n'), result: { n: results.length, corpus, rows } };
}
//# sourceMappingURL=conformance-captions.js.map