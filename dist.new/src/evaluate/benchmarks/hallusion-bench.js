// HallusionBench (Guan et al. 2024): yes/no questions about a figure and its edited copies; per question, per question pair and per figure.
import { dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { questionOf } from '../benchmark.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { once } from '../memo.js';
import { groupBy, share, shareOf, unparsed, withParts } from '../scores.js';
import { parseRobust } from '../yes-no.js';
const text = z.union([z.string(), z.number()]).transform(String);
const schema = z.object({
    category: z.enum(['VD', 'VS']),
    subcategory: z.string().min(1),
    visual_input: text,
    set_id: text,
    figure_id: text,
    question_id: text,
    question: z.string().min(1),
    gt_answer: text.pipe(z.enum(['0', '1'])),
    filename: z.string().nullish(),
});
const SHAPE = '{"category": "VD" or "VS", "subcategory": "…", "visual_input": "0", "set_id": "0", "figure_id": "0", "question_id": "0", "question": "…", "gt_answer": "0" or "1", "filename": "….png"}';
async function* read(files, file, images, signal) {
    for await (const record of files.records(file, { signal })) {
        const { place } = record;
        const row = parseRow(schema, record, SHAPE);
        const set = [row.category, row.subcategory, row.set_id].join('/');
        const blind = row.visual_input === '0' || !row.filename;
        yield {
            id: [set, row.figure_id, row.question_id].join('/'),
            group: set,
            place,
            kind: row.category,
            messages: ask(row.question, ...(blind ? [] : [files.image(images, row.filename, place)])),
            truth: row.gt_answer === '1' ? 'yes' : 'no',
            figure: `${set}/${row.figure_id}`,
            pair: `${set}/${row.question_id}`,
            edited: row.figure_id !== '0',
            blind,
        };
    }
}
const said = once(({ reply, messages }) => parseRobust(reply, questionOf(messages)));
/** Right, or undecided about a question that needs a figure and has none. */
const isRight = (row) => said(row) === row.truth || (said(row) === 'unknown' && row.kind === 'VS' && !row.edited);
function scoresOf(rows) {
    const all = (name, own, key, note, detail = false) => {
        const groups = [...groupBy(own, (row) => row[key]).values()];
        return share(name, groups.filter((group) => group.every(isRight)).length, groups.length, { note, detail });
    };
    const figures = rows.filter((row) => row.kind === 'VD' || row.edited);
    return [
        shareOf('accuracy', rows, isRight, { note: 'of questions, aAcc' }),
        all('question pair accuracy', rows, 'pair', 'a question right about all its figures, qAcc'),
        all('figure accuracy', figures, 'figure', 'all questions about a figure right, fAcc'),
        all('question pair accuracy, original figures', rows.filter((row) => !row.edited), 'pair', 'easy', true),
        all('question pair accuracy, edited figures', rows.filter((row) => row.edited), 'pair', 'hard', true),
        shareOf('yes ratio', rows, (row) => said(row) === 'yes', { better: 'neither', detail: true }),
        unparsed(rows, (row) => said(row) === 'unknown', 'replies that say neither yes nor no'),
    ];
}
/**
 * HallusionBench over `HallusionBench.json` and the folder of its figures. The published scorer asks GPT-4 whether a reply is right; here yes
 * and no are read from it. A set of figures is drawn as a whole. Errors: `evaluate.row`, `evaluate.images`.
 */
export const hallusionBench = ({ data, images, files = DISK }) => ({
    name: 'hallusionbench',
    title: 'HallusionBench',
    about: 'yes/no questions about figures and their edited copies',
    reads: 'HallusionBench.json',
    maxTokens: 64,
    rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), options.signal)),
    score: (done) => withParts(done, scoresOf, (rows) => scoresOf(rows).slice(0, 3)),
    right: isRight,
});
//# sourceMappingURL=hallusion-bench.js.map