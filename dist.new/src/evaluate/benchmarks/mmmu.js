// MMMU (Yue et al. 2024) from its parquet files or JSON lines: questions of college subjects, with options or open, with up to seven images.
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { choiceRight, choiceScores } from '../choice-scores.js';
import { drawRows, parseRow } from '../file-benchmark.js';
import { openAnswer } from '../metrics/open-answer.js';
import { chooseOption, LETTERS, lettered } from '../option-choice.js';
import { pythonList } from '../python-list.js';
import { shareOf, withParts } from '../scores.js';
import { wrongFile } from '../wrong-file.js';
const bytes = z.custom((value) => value instanceof Uint8Array, 'bytes of an image');
const picture = z.union([z.string().min(1), bytes, z.looseObject({ bytes: bytes.nullish(), path: z.string().nullish() })]).nullish();
const schema = z.looseObject({
    id: z.string().min(1),
    question: z.string().min(1),
    options: z.union([z.string(), z.array(z.string())]).default('[]'),
    answer: z.union([z.string(), z.array(z.string())]),
    question_type: z.enum(['multiple-choice', 'open']),
});
const SHAPE = '{"id": "validation_Art_1", "question": "… <image 1>", "options": "[…]", "answer": "B", "question_type": "multiple-choice" or "open", "image_1": …}';
const REQUEST = {
    'multiple-choice': "Answer with the option's letter from the given choices directly.",
    open: 'Answer the question using a single word or phrase.',
};
/** Text and images in the order of the marks `<image 1>`; an image that is named again is not shown again. */
function interleave(text, imageOf) {
    const shown = new Set();
    return text.split(/(<image \d>)/).flatMap((part) => {
        const number = Number(/^<image (\d)>$/.exec(part)?.[1] ?? 0);
        if (number > 0 && !shown.has(number)) {
            shown.add(number);
            return [{ type: 'image', source: imageOf(number) }];
        }
        return part.trim() === '' ? [] : [{ type: 'text', text: part }];
    });
}
async function* read(files, file, images, signal) {
    for await (const record of files.records(file, { signal })) {
        const { place } = record;
        const row = parseRow(schema, record, SHAPE);
        const options = typeof row.options === 'string' ? pythonList(row.options) : row.options;
        const choice = row.question_type === 'multiple-choice';
        if (!options || (choice && (options.length < 2 || options.length > LETTERS.length)))
            throw wrongFile(place, 'a list of options', String(row.options).slice(0, 80));
        const answers = Array.isArray(row.answer) ? row.answer : (pythonList(row.answer) ?? [row.answer]);
        const [truth = ''] = answers;
        if (choice ? !LETTERS.slice(0, options.length).includes(truth) || truth === '' : ['', '?'].includes(truth))
            throw wrongFile(place, 'the true answer', truth || 'nothing', 'The test split has no answers: use dev or validation');
        const imageOf = (number) => {
            const name = `image_${number}`;
            const value = parseRow(picture, { value: row[name], place: `${place}, ${name}` }, 'an image file or its bytes');
            const source = typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? (value.bytes ?? value.path) : value;
            if (!source)
                throw wrongFile(place, `${name}, which the question names`, 'nothing');
            return typeof source === 'string' ? files.image(images, source, place) : source;
        };
        const text = [row.question, ...(choice ? lettered(options) : []), REQUEST[row.question_type]].join('\n');
        yield {
            id: row.id,
            place,
            kind: /^[a-z]+_(.+)_\d+$/.exec(row.id)?.[1] ?? basename(file),
            messages: [{ role: 'user', content: interleave(text, imageOf) }],
            truth,
            answers,
            options: choice ? options : [],
            ...(choice ? { choices: lettered(options) } : {}),
        };
    }
}
const right = (row) => (row.options.length > 0 ? choiceRight(row) : openAnswer(row.reply, row.answers));
function scoresOf(rows) {
    const choices = rows.filter((row) => row.options.length > 0);
    const [, guess, none, ...rules] = choiceScores(choices);
    return [
        shareOf('accuracy', rows, right),
        shareOf('accuracy, questions with options', choices, right, { detail: true }),
        { ...guess, name: 'accuracy with a guess, questions with options' },
        shareOf('accuracy, open questions', rows.filter((row) => row.options.length === 0), right, { detail: true }),
        none,
        ...rules,
    ];
}
/** MMMU: one or more files of its subjects. The published scorer draws an option at random for a reply without one: `with a guess`. */
export const mmmu = ({ data, images, files = DISK }) => ({
    name: 'mmmu',
    title: 'MMMU',
    about: 'questions of college subjects',
    reads: 'parquet or JSON lines of its subjects',
    maxTokens: 256,
    rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), options.signal)),
    rank: (row) => (row.options.length > 0 && chooseOption(row, row.options).letter === undefined ? row.options : undefined),
    score: (done) => withParts(done, scoresOf, (rows) => scoresOf(rows).slice(0, 1)),
    right,
});
//# sourceMappingURL=mmmu.js.map