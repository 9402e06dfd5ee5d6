// MMBench (Liu et al. 2023) from its tables: each question asked with its options in every rotation; right only where all rotations are.
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { choiceRight, choiceScores, optionsToRank } from '../choice-scores.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { LETTERS, lettered } from '../option-choice.js';
import { groupBy, share, withParts } from '../scores.js';
import { wrongFile } from '../wrong-file.js';
const cell = z.string().trim();
const schema = z.looseObject({
    index: z
        .union([cell.min(1), z.number()])
        .transform(Number)
        .pipe(z.number().int().nonnegative()),
    question: cell.min(1),
    hint: cell.optional(),
    A: z.coerce.string().trim().min(1),
    answer: cell.optional(),
    image: cell.min(1),
    category: cell.optional(),
    'l2-category': cell.optional(),
});
const SHAPE = 'columns index, question, hint, A, B, C, D, answer, category, image (base64), l2-category';
/** Rows of the published circular files repeat a question under its index plus a multiple of this. */
const CIRCULAR = 1_000_000;
const words = {
    en: { hint: 'Hint', question: 'Question', options: 'Options', request: 'Please select the correct answer from the options above.' },
    zh: { hint: '提示', question: '问题', options: '选项', request: '请直接选择正确选项的字母。' },
};
async function* read(files, file, language, signal) {
    const say = words[language];
    const colon = language === 'zh' ? '：' : ': ';
    const images = new Map();
    for await (const record of files.records(file, { signal })) {
        const { place } = record;
        const row = parseRow(schema, record, SHAPE);
        if (row.index >= CIRCULAR)
            continue;
        if (/\p{Script=Han}/u.test(row.question) !== (language === 'zh'))
            throw wrongFile(place, language === 'zh' ? 'questions in Chinese' : 'questions in English', row.question.slice(0, 60), 'Use mmbench for English files and mmbench-cn for Chinese ones');
        const options = [...LETTERS].flatMap((letter) => {
            const text = row[letter];
            return text === undefined || text === null || /^(?:nan)?$/.test(String(text).trim()) ? [] : [String(text).trim()];
        });
        const right = row.answer ? LETTERS.indexOf(row.answer) : -1;
        if (right < 0 || right >= options.length)
            throw wrongFile(place, 'the letter of one of the options under "answer"', row.answer || 'nothing', 'The test split has no answers: use dev');
        // An image that several questions share stands in one row; the others give that row's index.
        const shared = /^\d+$/.test(row.image) ? images.get(Number(row.image)) : files.embedded(row.image, place);
        if (!shared)
            throw wrongFile(place, 'the index of an earlier row with an image', row.image);
        images.set(row.index, shared);
        for (let pass = 0; pass < options.length; pass++) {
            const turned = [...options.slice(pass), ...options.slice(0, pass)];
            const hint = row.hint && row.hint !== 'nan' ? `${say.hint}${colon}${row.hint}\n` : '';
            const text = `${hint}${say.question}${colon}${row.question}\n${say.options}${colon.trim()}\n${lettered(turned).join('\n')}\n${say.request}`;
            yield {
                id: `${row.index} ${pass}`,
                group: String(row.index),
                place,
                pass,
                kind: row['l2-category'] || row.category || 'all',
                messages: ask(text, shared),
                options: turned,
                choices: lettered(turned),
                truth: LETTERS[(right - pass + options.length) % options.length],
            };
        }
    }
}
function scoresOf(rows) {
    const questions = [...groupBy(rows, (row) => row.group).values()];
    const circular = questions.filter((turns) => turns.every(choiceRight)).length;
    return [
        share('circular accuracy', circular, questions.length, { note: 'right with the options in every order' }),
        ...choiceScores(rows.filter((row) => row.pass === 0)).map((score) => ({
            ...score,
            name: score.name.replace(/^accuracy/, 'vanilla accuracy'),
        })),
    ];
}
const bench = (name, title, language) => ({ data, files = DISK }) => ({
    name,
    title,
    about: 'questions with options, in every order of these',
    reads: 'its table with images in base64',
    maxTokens: 64,
    rows: (options) => drawRows(data, options, (file) => read(files, file, language, options.signal)),
    rank: optionsToRank,
    score: (done) => withParts(done, scoresOf, (rows) => scoresOf(rows).slice(0, 2)),
    right: choiceRight,
});
/** MMBench in English: `mmbench_dev_en_20231003.tsv` and the like. */
export const mmbench = bench('mmbench', 'MMBench', 'en');
/** MMBench in Chinese: `mmbench_dev_cn_20231003.tsv` and the like. */
export const mmbenchCn = bench('mmbench-cn', 'MMBench-CN', 'zh');
//# sourceMappingURL=mmbench.js.map