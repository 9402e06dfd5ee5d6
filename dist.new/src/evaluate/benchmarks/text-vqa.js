// TextVQA (Singh et al. 2019): questions about printed words, ten answers each.
import { dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { drawRows, editionOf, parseRow } from '../file-benchmark.js';
import { vqaConsensus } from '../metrics/vqa.js';
import { askShort, consensusScores } from '../short-answers.js';
import { wrongFile } from '../wrong-file.js';
import { commonest } from './vqa-v2.js';
const schema = z.looseObject({
    question_id: z.union([z.string(), z.number()]).transform(String),
    image_id: z.string().min(1),
    question: z.string().min(1),
    answers: z.array(z.string()).optional(),
});
const SHAPE = '{"data": [{"question_id": 1, "image_id": "…", "question": "…", "answers": ["…", …]}]}';
async function* read(files, file, images, signal) {
    for await (const record of files.records(file, { list: 'data', signal })) {
        const { place } = record;
        const { question_id, image_id, question, answers = [] } = parseRow(schema, record, SHAPE);
        if (answers.length < 2)
            throw wrongFile(place, 'the answers of ten people', `${answers.length}`, 'The test split has no answers: use TextVQA_0.5.1_val.json');
        const messages = askShort(question, files.image(images, `${image_id}.jpg`, place));
        yield { id: question_id, place, kind: 'text', messages, truth: commonest(answers), answers, ...editionOf(record.whole) };
    }
}
/** TextVQA over `TextVQA_0.5.1_val.json` and `train_images`. Errors: `evaluate.row`, `evaluate.images`. */
export const textVqa = ({ data, images, files = DISK }) => ({
    name: 'textvqa',
    title: 'TextVQA',
    about: 'questions about printed words, ten answers of people each',
    reads: 'TextVQA_0.5.1_val.json',
    maxTokens: 24,
    rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), options.signal)),
    score: consensusScores,
    right: ({ reply, answers }) => vqaConsensus(reply, answers) >= 0.5,
});
//# sourceMappingURL=text-vqa.js.map