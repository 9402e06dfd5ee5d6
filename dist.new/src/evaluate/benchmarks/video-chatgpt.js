// Video-ChatGPT's benchmark (Maaz et al. 2024): open questions about videos on five axes, and zero-shot question answering, by a judge.
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { questionOf } from '../benchmark.js';
import { drawRows, parseRow } from '../file-benchmark.js';
import { namedNumber } from '../judge.js';
import { judgeControls, ratedAtLeast, ratingScore, verdictsOf } from '../judged.js';
import { withoutThinking } from '../reply.js';
import { groupBy, shareOf, unanswered } from '../scores.js';
const AXES = {
    correctness: 'Correctness: do the facts of the answer agree with the true answer, without misunderstanding or invention?',
    detail: 'Detail: does the answer cover the main points of the true answer, with particulars and not in general words?',
    context: 'Context: does the answer fit the theme of the video as the true answer has it?',
    temporal: 'Order in time: does the answer have events in the order of the true answer?',
    consistency: 'Consistency: the question is asked in two ways and each answer is judged by itself. Does this one agree with the true answer?',
    qa: 'Match: does the answer mean the same as the true answer? Synonyms and paraphrases count.',
};
const RANGE = [0, 5];
const text = z.string().min(1);
const open = z.looseObject({ Q: text.optional(), Q1: text.optional(), Q2: text.optional(), A: text, video_name: text });
const zeroShot = z.looseObject({
    question: text,
    answer: text,
    video_name: text.optional(),
    video: text.optional(),
    question_id: z.union([z.string(), z.number()]).optional(),
});
/** The axes of a file by its name, as the published scripts take generic, temporal and consistency questions. */
const axesOf = (file) => /temporal/.test(basename(file))
    ? ['temporal']
    : /consistency/.test(basename(file))
        ? ['consistency']
        : ['correctness', 'detail', 'context'];
async function* rowsOf(files, file, folder, signal) {
    let n = 0;
    for await (const record of files.records(file, { signal })) {
        const { place } = record;
        const isOpen = typeof record.value === 'object' && record.value !== null && 'A' in record.value;
        const row = isOpen
            ? parseRow(open, record, '{"Q": "…", "A": "…", "video_name": "…"} or {"Q1": "…", "Q2": "…", "A": "…", "video_name": "…"}')
            : parseRow(zeroShot, record, '{"question": "…", "answer": "…", "video_name": "…"}');
        const name = (row.video_name ?? row.video ?? '');
        const video = files.video(folder, name, place);
        const axes = isOpen ? axesOf(file) : ['qa'];
        const questions = (isOpen ? [row.Q, row.Q1, row.Q2] : [row.question]).filter((question) => typeof question === 'string');
        const [id, truth] = [String(n++), (isOpen ? row.A : row.answer)];
        for (const [i, question] of questions.entries())
            yield {
                id: `${id} ${i}`,
                group: id,
                place,
                kind: axes[0],
                axes,
                messages: [
                    {
                        role: 'user',
                        content: [...video, { type: 'text', text: question }],
                    },
                ],
                truth,
            };
    }
}
const read = (reply) => namedNumber(reply, 'score', RANGE);
/** Yes or no beside the score of zero-shot answers. */
function matches(reply) {
    const found = /\bmatch\W+(yes|no)\b/i.exec(withoutThinking(reply))?.[1]?.toLowerCase();
    return found === undefined ? undefined : found === 'yes' ? 1 : 0;
}
const prompt = (axis, row) => `You judge an answer to a question about a video that you cannot see.

Question: ${questionOf(row.messages)}
True answer: ${row.truth}
Answer to judge: ${withoutThinking(row.reply)}

${AXES[axis]}
${axis === 'qa' ? 'Write "Match: yes" or "Match: no" on one line. Then end' : 'End'} with "Score: N", where N is a whole number from 0 (not at all) to 5 (fully).`;
function scoresOf(done) {
    return Object.keys(AXES).flatMap((axis) => {
        const own = done.filter((row) => row.axes.includes(axis));
        if (own.length === 0)
            return [];
        const values = own.map((row) => verdictsOf([row], row.axes.indexOf(axis), read)[0]);
        if (axis === 'qa') {
            const right = verdictsOf(own, 0, matches).filter((value) => value !== undefined);
            return [shareOf('zero-shot accuracy', right, (value) => value >= 0.5), ratingScore('zero-shot score', values, RANGE)];
        }
        if (axis !== 'consistency')
            return [ratingScore(axis, values, RANGE)];
        // Both ways of asking count as one question, by the weaker answer.
        const pairs = [
            ...groupBy(own.map((row, i) => ({ group: row.group, value: values[i] })), ({ group }) => group).values(),
        ];
        return [
            ratingScore(axis, pairs.map((pair) => pair.every(({ value }) => value !== undefined) ? Math.min(...pair.map(({ value }) => value)) : undefined), RANGE, '0 to 5, the weaker of two answers'),
        ];
    });
}
/** Video-ChatGPT's `generic_qa.json`, `temporal_qa.json`, `consistency_qa.json`, and rows of question, answer and video, with a judge. */
export const videoChatGpt = ({ data, images, files = DISK }) => ({
    name: 'video-chatgpt',
    title: 'Video-ChatGPT',
    about: 'questions about videos, rated by a judge on five axes',
    reads: 'generic_qa.json, temporal_qa.json, consistency_qa.json, rows of question, answer, video',
    maxTokens: 256,
    constants: null,
    rows: (options) => drawRows(data, options, (file) => rowsOf(files, file, images ?? dirname(file), options.signal)),
    judge: (row) => row.axes.map((axis) => prompt(axis, row)),
    score: (done) => [...scoresOf(done), ...judgeControls(done, read), unanswered(done)],
    right: (row) => ratedAtLeast(row, 3, read),
});
//# sourceMappingURL=video-chatgpt.js.map