// POPE's answers by the readings of four scorers: the published script, lmms-eval, VLMEvalKit and ours.
import { z } from 'zod';
import { parseRow, recordsOf } from '../evaluate/file-benchmark.js';
import { popeScores } from '../evaluate/pope.js';
import { recordedReplies } from '../evaluate/recorded-file.js';
import { parseLmmsEval, parseOfficial, parseRobust, parseVlmEvalKit } from '../evaluate/yes-no.js';
import { SensoriumError } from '../util/errors.js';
import { fixed, need, percent } from './conformance-shared.js';
import { alignColumns } from './score-table.js';
/** The four readings of a POPE reply. */
export const POPE_READINGS = {
    official: parseOfficial,
    'lmms-eval': parseLmmsEval,
    VLMEvalKit: parseVlmEvalKit,
    robust: parseRobust,
};
const popeQuestion = z.looseObject({
    question_id: z.union([z.string(), z.number()]).transform(String),
    text: z.string().min(1),
    label: z.enum(['yes', 'no']),
});
/** The answer to each question by its id: by the ids of the answers, or by their order, as the script of POPE takes them. */
async function popeAnswers(questions, file) {
    const answers = [];
    for await (const answer of recordedReplies(file))
        answers.push(answer);
    const plain = (text) => (text ?? '').toLowerCase().trim();
    const inOrder = answers.length === questions.length && answers.every(({ id }) => id === undefined);
    const other = inOrder ? questions.findIndex(({ text }, i) => answers[i]?.question && plain(answers[i]?.question) !== plain(text)) : -1;
    if (other >= 0)
        throw new SensoriumError('evaluate.replies', 'an answer is to another question', {
            place: answers[other]?.place,
            expected: questions[other]?.text,
            got: answers[other]?.question,
            hint: 'Answers without ids have the order of the questions',
        });
    const given = new Map(answers.flatMap(({ id, reply = '' }, i) => {
        const question = inOrder ? questions[i]?.question_id : id;
        return question === undefined ? [] : [[question, reply]];
    }));
    const missing = questions.filter(({ question_id }) => !given.has(question_id));
    if (missing.length > 0)
        throw new SensoriumError('evaluate.replies', 'questions have no answer', {
            place: file,
            expected: `${questions.length} answers, with question_id or as many without`,
            got: `${answers.length} answers; ${missing.length} missing, the first for question_id ${missing[0]?.question_id}`,
        });
    return given;
}
/** POPE: accuracy, precision, recall, F1 and yes ratio by the four readings of the same answers. */
export async function pope(args) {
    const questions = [];
    for await (const record of recordsOf(need(args, 'questions')))
        questions.push(parseRow(popeQuestion, record, '{"question_id": 1, "text": "Is there a dog in the image?", "label": "yes"}'));
    const given = await popeAnswers(questions, need(args, 'answers'));
    const names = Object.keys(POPE_READINGS);
    const read = questions.map(({ question_id, text, label }) => {
        const reply = given.get(question_id); // `popeAnswers` has one to each
        return { id: question_id, reply, truth: label, verdicts: names.map((name) => POPE_READINGS[name]?.(reply, text)) };
    });
    const scores = names.map((_, k) => popeScores(read.map(({ truth, verdicts }) => ({ truth, verdict: verdicts[k] }))));
    const row = (name, pick) => [name, ...scores.map((s) => fixed(pick(s)))];
    const differing = read.filter(({ verdicts }) => new Set(verdicts).size > 1);
    return {
        text: [
            alignColumns([
                ['', ...names],
                row('accuracy', (s) => s.accuracy),
                row('precision', (s) => s.precision),
                row('recall', (s) => s.recall),
                row('F1', (s) => s.f1),
                row('yes ratio', (s) => s.yesRatio),
                ['unread', ...scores.map((s) => String(s.unknown))],
            ]),
            `replies that are read differently: ${percent(differing.length, read.length)}`,
            ...(args.rows
                ? differing.map(({ id, verdicts, reply }) => `${id}  ${verdicts.join(' ')}  ${JSON.stringify(reply.slice(0, 120))}`)
                : []),
        ].join('\n'),
        result: { n: read.length, scores: Object.fromEntries(names.map((name, k) => [name, scores[k]])), differing: differing.length },
    };
}
//# sourceMappingURL=conformance-pope.js.map