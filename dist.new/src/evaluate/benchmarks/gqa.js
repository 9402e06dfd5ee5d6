// GQA (Hudson and Manning 2019): questions about scene graphs, one short answer each, by the structure of the question.
import { dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { drawRows, parseRow } from '../file-benchmark.js';
import { unanswered, withParts } from '../scores.js';
import { askShort, exactScore, shortRight } from '../short-answers.js';
import { wrongFile } from '../wrong-file.js';
const schema = z.looseObject({
    question: z.string().min(1),
    imageId: z.union([z.string(), z.number()]).transform(String),
    answer: z.string().optional(),
    types: z.looseObject({ structural: z.string() }).optional(),
});
const SHAPE = '{"ID": {"question": "…", "imageId": "n1", "answer": "…", "types": {"structural": "verify"}}}';
const yesNo = ({ truth }) => /^(?:yes|no)$/i.test(truth);
async function* read(files, file, images, signal) {
    for await (const record of files.records(file, { list: '*', signal })) {
        const { place, key = place } = record;
        const { question, imageId, answer, types } = parseRow(schema, record, SHAPE);
        if (!answer)
            throw wrongFile(place, 'an answer', 'nothing', 'Submission files have no answers: use testdev_balanced or val_balanced');
        const messages = askShort(question, files.image(images, `${imageId}.jpg`, place));
        yield { id: key, place, kind: types?.structural ?? 'all', messages, truth: answer, answers: [answer] };
    }
}
function scoresOf(rows) {
    return [
        exactScore(rows),
        { ...exactScore(rows.filter(yesNo), 'accuracy, yes/no'), detail: true },
        {
            ...exactScore(rows.filter((row) => !yesNo(row)), 'accuracy, open'),
            detail: true,
        },
        unanswered(rows),
    ];
}
/** GQA over `testdev_balanced_questions.json` and the like, images named by their ids. Errors: `evaluate.row`, `evaluate.images`. */
export const gqa = ({ data, images, files = DISK }) => ({
    name: 'gqa',
    title: 'GQA',
    about: 'questions with one short answer',
    reads: 'testdev_balanced_questions.json',
    maxTokens: 24,
    rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), options.signal)),
    score: (done) => withParts(done, scoresOf, (rows) => [exactScore(rows)]),
    right: shortRight,
});
//# sourceMappingURL=gqa.js.map