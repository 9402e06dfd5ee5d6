// OwlEval (Ye et al. 2023): open questions rated A to D. Made for people; a judge without eyes can rate with the remarks of the file only.
import { dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { questionOf } from '../benchmark.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { judgeControls, verdictsOf } from '../judged.js';
import { withoutThinking } from '../reply.js';
import { groupBy, shareOf, unanswered } from '../scores.js';
const schema = z.looseObject({
    question_id: z.union([z.string(), z.number()]).transform(String),
    image: z.string().min(1),
    question: z.string().min(1),
    answer: z.string().default(''),
    remark: z.string().default(''),
});
const SHAPE = '{"image": "1.jpg", "question_id": 1, "question": "…"}';
const LEVELS = 'ABCD';
/** The level of a verdict as 0 for A to 3 for D. */
function read(reply) {
    const found = Array.from(withoutThinking(reply).matchAll(/\b(?:level|rating|grade)\s*[:=]?\s*\**\(?([A-D])\b/gi)).at(-1)?.[1] ??
        /^\s*\(?([A-D])\)?[.\s]*$/.exec(withoutThinking(reply))?.[1];
    return found === undefined ? undefined : LEVELS.indexOf(found.toUpperCase());
}
async function* rowsOf(files, file, images, signal) {
    for await (const record of files.records(file, { signal })) {
        const { place } = record;
        const row = parseRow(schema, record, SHAPE);
        yield {
            id: row.question_id,
            place,
            kind: 'open',
            messages: ask(row.question, files.image(images, row.image, place)),
            truth: [row.answer, row.remark].filter(Boolean).join('\n'),
        };
    }
}
/** OwlEval over `questions.jsonl` and a judge. Errors: `evaluate.row`, `evaluate.images`. */
export const owlEval = ({ data, images, files = DISK }) => ({
    name: 'owleval',
    title: 'OwlEval',
    about: 'open questions, rated A to D by a judge',
    reads: 'questions.jsonl',
    maxTokens: 512,
    constants: null,
    rows: (options) => drawRows(data, options, (file) => rowsOf(files, file, images ?? dirname(file), options.signal)),
    judge: (row) => [
        `You judge an answer to a question about an image that you cannot see.${row.truth ? ` What is known of the right answer: ${row.truth}` : ''}

Question: ${questionOf(row.messages)}
Answer to judge: ${withoutThinking(row.reply)}

Choose a level. A: right, complete and clear. B: acceptable, with small faults. C: understands the question, but has serious faults. D: beside the point or wrong.
End with "Level: X".`,
    ],
    score(done) {
        const levels = verdictsOf(done, 0, read).filter((level) => level !== undefined);
        const known = groupBy(levels, (level) => LEVELS[Math.round(level)]);
        return [
            shareOf('level A or B', levels, (level) => Math.round(level) < 2),
            ...[...LEVELS].map((level) => shareOf(`level ${level}`, levels, (value) => known.get(level)?.includes(value) ?? false, {
                detail: true,
                better: level === 'A' ? 'higher' : 'neither',
            })),
            ...judgeControls(done, read),
            unanswered(done),
        ];
    },
    right: (row) => verdictsOf([row], 0, read).some((level) => level !== undefined && level < 1.5),
});
//# sourceMappingURL=owl-eval.js.map