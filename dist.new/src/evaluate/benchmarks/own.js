// Questions of one's own as JSON lines, each with its truth and the rule that scores it: `--bench own --data mine.jsonl`.
import { dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { questionOf } from '../benchmark.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { namedNumber } from '../judge.js';
import { judgeControls } from '../judged.js';
import { LETTERS, lettered } from '../option-choice.js';
import { ownScore, RULES } from '../own-rules.js';
import { withoutThinking } from '../reply.js';
import { groupBy, meanShare, unparsed } from '../scores.js';
import { wrongFile } from '../wrong-file.js';
const box = z.array(z.number()).length(4);
const schema = z.looseObject({
    id: z.union([z.string(), z.number()]).transform(String).optional(),
    kind: z.string().optional(),
    question: z.string().min(1).optional(),
    messages: z
        .array(z.looseObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
        .min(1)
        .optional(),
    image: z.union([z.string().min(1), z.array(z.string().min(1))]).optional(),
    options: z.array(z.string()).min(2).max(26).optional(),
    truth: z.unknown(),
    score: z.enum(RULES).default('exact'),
    most: z.number().positive().default(10),
});
const SHAPE = `{"question": "…", "image": "….jpg", "truth": …, "score": ${RULES.map((rule) => `"${rule}"`).join(' or ')}, "options": ["…"]}`;
/** What the truth must be under each rule. */
const truths = {
    exact: z.union([z.string().min(1), z.number(), z.array(z.union([z.string().min(1), z.number()])).min(1)]),
    choice: z.union([z.string().min(1), z.number().int().nonnegative()]),
    number: z.number(),
    yesno: z.enum(['yes', 'no']),
    json: z.json(),
    boxes: z.array(box).min(1),
    judge: z.string().min(1),
};
async function* read(files, file, images, signal) {
    let n = 0;
    for await (const record of files.records(file, { signal })) {
        const { place } = record;
        const row = parseRow(schema, record, SHAPE);
        const found = truths[row.score].safeParse(row.truth);
        if (!found.success)
            throw wrongFile(place, `a truth for "${row.score}": ${SHAPE}`, JSON.stringify(row.truth) ?? 'nothing', found.error.issues[0]?.message);
        const { options = [], score: rule, most } = row;
        if ((rule === 'choice') !== options.length > 0)
            throw wrongFile(place, 'options with "choice" and with nothing else', `${options.length} options with "${rule}"`);
        const letter = rule !== 'choice'
            ? ''
            : typeof row.truth === 'number'
                ? LETTERS[row.truth]
                : (LETTERS[options.indexOf(row.truth)] ?? row.truth.toUpperCase());
        if (rule === 'choice' && !LETTERS.slice(0, options.length).includes(letter))
            throw wrongFile(place, 'one of the options, its number from 0 or its letter', String(row.truth));
        const last = row.question ?? row.messages?.at(-1)?.content;
        if (!last || (row.messages && row.messages.at(-1)?.role !== 'user'))
            throw wrongFile(place, 'a question, or messages that end with one of the user', 'neither');
        const sources = [row.image ?? []].flat().map((name) => files.image(images, name, place));
        const earlier = (row.messages ?? []).slice(0, row.question ? undefined : -1);
        const messages = [...earlier, ...ask(options.length > 0 ? `${last}\n${lettered(options).join('\n')}` : last, ...sources)];
        const truth = rule === 'choice' ? letter : typeof row.truth === 'string' ? row.truth : JSON.stringify(row.truth);
        yield {
            id: row.id ?? `line ${n++}`,
            place,
            kind: row.kind ?? rule,
            messages,
            truth,
            rule,
            options,
            value: row.truth,
            most,
            ...(options.length > 0 ? { choices: lettered(options) } : {}),
        };
    }
}
const prompt = (row) => `You judge an answer to a question.

Question: ${questionOf(row.messages)}
True answer, or what a good answer has: ${row.truth}
Answer to judge: ${withoutThinking(row.reply)}

Explain in one or two sentences how right and complete the answer is, then end with "Rating: N", where N is a number from 0 (wrong) to ${row.most} (perfect).`;
/** Rows of `{question | messages, image?, truth, score, options?}`. A judge is needed where a row has the rule `judge`. Errors: `evaluate.row`. */
export const own = ({ data, images, files = DISK }) => ({
    name: 'own',
    title: 'own',
    about: 'questions of your own, each with its rule',
    reads: 'JSON lines of question, truth and rule',
    maxTokens: 256,
    rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), options.signal)),
    rank: (row) => (row.rule === 'choice' && ownScore(row) === undefined ? row.options : undefined),
    judge: (row) => (row.rule === 'judge' ? [prompt(row)] : []),
    score(done) {
        const scores = (rows) => rows.map((row) => ownScore(row) ?? 0);
        const judged = done.filter((row) => row.rule === 'judge');
        const kinds = groupBy(done, (row) => row.kind);
        return [
            meanShare('score', scores(done), { note: 'unreadable replies count 0' }),
            ...(kinds.size < 2 ? [] : [...kinds].map(([kind, rows]) => meanShare(`score, ${kind}`, scores(rows)))),
            unparsed(done, (row) => ownScore(row) === undefined),
            ...(judged.length > 0 ? judgeControls(judged, (text) => namedNumber(text, 'rating', [0, Number.MAX_VALUE])) : []),
        ];
    },
    right: (row) => (ownScore(row) ?? 0) >= 0.5,
});
//# sourceMappingURL=own.js.map