// ScienceQA (Lu et al. 2022): problems.json and its splits; accuracy by subject, by what the question comes with, and by grade.
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { choiceRight, choiceScores, optionsToRank } from '../choice-scores.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { captionTokens } from '../metrics/caption-tokens.js';
import { rougeL } from '../metrics/rouge.js';
import { LETTERS, lettered } from '../option-choice.js';
import { withoutThinking } from '../reply.js';
import { meanScore, shareOf } from '../scores.js';
import { wrongFile } from '../wrong-file.js';
const schema = z.object({
    question: z.string().min(1),
    choices: z.array(z.string()).min(2).max(26),
    answer: z.number().int().nonnegative(),
    hint: z.string().default(''),
    image: z.string().nullish(),
    grade: z.string(),
    subject: z.string(),
    lecture: z.string().default(''),
    solution: z.string().default(''),
    split: z.string().optional(),
});
const SHAPE = '{"question": "…", "choices": ["…"], "answer": 0, "hint": "…", "image": "image.png" or null, "grade": "grade2", "subject": "natural science", "split": "test"}';
const REQUEST = 'Explain your reasoning, then end with "The answer is X." where X is the letter of the right option.';
const SPLIT = 'test';
const splits = z.record(z.string(), z.array(z.union([z.string(), z.number()]).transform(String)));
async function* read(files, file, images, chosen, signal) {
    for await (const record of files.records(file, { list: '*', signal })) {
        const { key = '', place } = record;
        const row = parseRow(schema, record, SHAPE);
        if (chosen ? !chosen.has(key) : (row.split ?? SPLIT) !== SPLIT)
            continue;
        if (row.answer >= row.choices.length)
            throw wrongFile(place, `an answer in 0..${row.choices.length - 1}`, String(row.answer));
        const image = row.image ? [files.image(images, join(row.split ?? SPLIT, key, row.image), place)] : [];
        const context = row.hint === '' ? '' : `Context: ${row.hint}\n`;
        yield {
            id: key,
            place,
            kind: row.subject,
            messages: ask(`Question: ${row.question}\n${context}Options:\n${lettered(row.choices).join('\n')}\n${REQUEST}`, ...image),
            options: row.choices,
            choices: row.choices.map((_, i) => `The answer is ${LETTERS[i]}.`),
            truth: LETTERS[row.answer],
            subject: row.subject,
            context: row.hint !== '',
            picture: image.length > 0,
            grade: Number(/\d+/.exec(row.grade)?.[0] ?? 0),
            rationale: [row.lecture, row.solution].filter(Boolean).join('\n'),
        };
    }
}
/** The option by the published pattern alone; where that fails, the published script draws one at random. */
export const scienceQaPattern = ({ reply }) => /The answer is ([A-Z])\./.exec(withoutThinking(reply))?.[1];
/**
 * ScienceQA: `--data problems.json`, or `--data problems.json,pid_splits.json`, whose list `test` is asked then. Images are in
 * `IMAGES/test/ID/image.png`. Errors: `evaluate.row`, `evaluate.images`.
 */
export const scienceQa = ({ data, images, files = DISK }) => ({
    name: 'scienceqa',
    title: 'ScienceQA',
    about: 'school questions with options, answered with a reason',
    reads: 'problems.json, pid_splits.json',
    maxTokens: 512,
    async *rows(options) {
        const lists = data.filter((file) => /split/.test(basename(file)));
        const ids = [];
        for (const file of lists) {
            const found = splits.safeParse(await files.json(file));
            if (!found.success || !found.data[SPLIT])
                throw wrongFile(file, `lists of ids, one of them "${SPLIT}"`);
            ids.push(...found.data[SPLIT]);
        }
        const chosen = lists.length > 0 ? new Set(ids) : undefined;
        const problems = data.filter((file) => !lists.includes(file));
        yield* drawRows(problems, options, (file) => read(files, file, images ?? join(dirname(file), 'images'), chosen, options.signal));
    },
    rank: optionsToRank,
    score(done) {
        const part = (name, test) => shareOf(`accuracy, ${name}`, done.filter(test), choiceRight, { detail: true });
        const explained = done.filter((row) => row.rationale !== '');
        const rationale = explained.map((row) => rougeL(captionTokens(withoutThinking(row.reply)), [captionTokens(row.rationale)]));
        return [
            ...choiceScores(done),
            shareOf('accuracy by the published pattern', done, (row) => scienceQaPattern(row) === row.truth, {
                detail: true,
                note: '"The answer is X." and nothing else',
            }),
            ...['natural science', 'social science', 'language science'].map((subject) => part(subject, (row) => row.subject === subject)),
            part('text context', (row) => row.context),
            part('image context', (row) => row.picture),
            part('no context', (row) => !row.context && !row.picture),
            part('grades 1-6', (row) => row.grade <= 6),
            part('grades 7-12', (row) => row.grade > 6),
            meanScore('rationale ROUGE-L', rationale, [0, 1], { detail: true, note: 'the reply against lecture and solution' }),
        ];
    },
    right: choiceRight,
});
//# sourceMappingURL=science-qa.js.map