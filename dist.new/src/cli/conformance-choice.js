// Multiple choice beside published scorers: the options that result files of ScienceQA and tables of VLMEvalKit stored, and those we read.
import { z } from 'zod';
import { scienceQaPattern } from '../evaluate/benchmarks/science-qa.js';
import { recordsOf } from '../evaluate/file-benchmark.js';
import { chooseOption, LETTERS } from '../evaluate/option-choice.js';
import { SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { fixed, need, percent } from './conformance-shared.js';
import { alignColumns } from './score-table.js';
const wrong = (place, expected, got) => new SensoriumError('evaluate.row', 'this is not a file of the published scripts', { place, expected, got });
const result = z.object({ results: z.record(z.string(), z.number().int()), outputs: z.record(z.string(), z.string()) });
const problem = z.looseObject({ choices: z.array(z.string()), answer: z.number().int() });
/** Options of a question whose problem is not at hand: the script reads letters up to E. */
const MOST = 5;
/** ScienceQA: what the script stored for each reply, the published pattern, and our reading; accuracy by each where the problems are given. */
export async function scienceqa(args) {
    const file = need(args, 'results');
    const stored = result.safeParse(await readJson(file));
    if (!stored.success)
        throw wrong(file, '{"results": {"1": 0}, "outputs": {"1": "The answer is A."}}', stored.error.issues[0]?.message ?? '');
    const problems = args.problems === undefined ? undefined : await readJson(args.problems);
    const rows = Object.entries(stored.data.outputs).flatMap(([id, reply]) => {
        const option = stored.data.results[id];
        if (option === undefined)
            return [];
        const known = problems && problem.safeParse(problems[id]);
        if (known && !known.success)
            throw wrong(args.problems, `a problem "${id}"`, known.error.issues[0]?.message ?? '');
        const options = known ? known.data.choices : Array.from({ length: MOST }, () => '');
        const pattern = scienceQaPattern({ reply });
        const { letter, by } = chooseOption({ reply }, options);
        return [
            { id, reply, stored: LETTERS[option] ?? String(option), pattern, ours: letter, by, truth: known && LETTERS[known.data.answer] },
        ];
    });
    if (rows.length === 0)
        throw wrong(file, 'replies with their stored options', 'none');
    const share = (test) => percent(rows.filter(test).length, rows.length);
    const accuracy = (pick) => fixed(rows.filter((row) => pick(row) === row.truth).length / rows.length);
    const differing = rows.filter((row) => row.ours !== row.stored);
    const guessed = rows.filter((row) => row.pattern === undefined);
    return {
        text: [
            `replies                                          ${rows.length}`,
            `published pattern gives the stored option        ${share((row) => row.pattern === row.stored)}`,
            `published pattern reads nothing (script guesses) ${share((row) => row.pattern === undefined)}`,
            `ours gives the stored option                     ${share((row) => row.ours === row.stored)}`,
            `ours reads nothing                               ${share((row) => row.ours === undefined)}`,
            `of those that the pattern does not read, ours reads ${percent(guessed.filter((row) => row.ours !== undefined).length, guessed.length)}`,
            ...(problems
                ? [
                    alignColumns([
                        ['accuracy', ''],
                        ['stored, guesses among it', accuracy((row) => row.stored)],
                        ['published pattern alone', accuracy((row) => row.pattern)],
                        ['ours', accuracy((row) => row.ours)],
                    ]),
                ]
                : []),
            ...(args.rows
                ? differing.map((row) => `${row.id}  stored ${row.stored}, pattern ${row.pattern ?? '-'}, ours ${row.ours ?? '-'}  ${JSON.stringify(row.reply.slice(-120))}`)
                : [`rows that differ: ${differing.length}; --rows prints them`]),
        ].join('\n'),
        result: {
            n: rows.length,
            pattern: rows.filter((row) => row.pattern === row.stored).length,
            ours: rows.filter((row) => row.ours === row.stored).length,
            unread: guessed.length,
            differing: differing.map(({ id, stored: kept, pattern, ours }) => ({ id, stored: kept, pattern, ours })),
        },
    };
}
const hit = z.looseObject({
    index: z.union([z.string(), z.number()]).transform(String),
    answer: z
        .string()
        .trim()
        .regex(/^[A-Z]$/),
    prediction: z.coerce.string(),
    hit: z.union([z.string(), z.number()]).transform(Number).pipe(z.number().min(0).max(1)),
});
/** MMBench: the hits that VLMEvalKit wrote into a table beside ours for the same predictions. */
export async function mmbench(args) {
    const file = need(args, 'results');
    const rows = [];
    for await (const { value, place } of recordsOf(file)) {
        const { success, data, error } = hit.safeParse(value);
        if (!success)
            throw wrong(place, 'columns index, A, B, C, D, answer, prediction, hit', `${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}`);
        const options = [...LETTERS].flatMap((name) => {
            const text = data[name];
            return text === undefined || text === null || /^(?:nan)?$/.test(String(text).trim()) ? [] : [String(text).trim()];
        });
        const { letter, by } = chooseOption({ reply: data.prediction }, options);
        rows.push({ ...data, theirs: data.hit === 1, ours: letter === data.answer, letter, by });
    }
    if (rows.length === 0)
        throw wrong(file, 'at least one row', 'none');
    const count = (test) => rows.filter(test).length;
    const differing = rows.filter(({ theirs, ours }) => theirs !== ours);
    const found = ['rules', 'similarity', 'none'].map((by) => `${count((row) => row.by === by)} by ${by}`).join(', ');
    return {
        text: [
            alignColumns([
                ['', 'table', 'ours'],
                ['accuracy', fixed(count(({ theirs }) => theirs) / rows.length), fixed(count(({ ours }) => ours) / rows.length)],
            ]),
            `equal verdicts   ${percent(rows.length - differing.length, rows.length)}`,
            `options found    ${found} (none: VLMEvalKit asks a judge, or draws one at random)`,
            ...(args.rows
                ? differing.map((row) => `${row.index}  answer ${row.answer}, ours ${row.letter ?? '-'} by ${row.by}, hit in the table ${row.theirs ? 1 : 0}  ${JSON.stringify(row.prediction.slice(0, 120))}`)
                : [`rows that differ: ${differing.length}; --rows prints them`]),
        ].join('\n'),
        result: {
            n: rows.length,
            theirs: count(({ theirs }) => theirs),
            ours: count(({ ours }) => ours),
            differing: differing.map(({ index, letter, by, theirs }) => ({ index, letter, by, hit: theirs })),
        },
    };
}
//# sourceMappingURL=conformance-choice.js.map