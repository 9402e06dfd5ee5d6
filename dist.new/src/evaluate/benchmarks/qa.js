// Questions of a data set of one's own: each is asked, and the reply is compared with the answer that the data set gives.
import { basename, extname } from 'node:path';
import { conversations } from '../../data/index.js';
import { throwIfAborted } from '../../util/errors.js';
import { questionOf } from '../benchmark.js';
import { parseChoice } from '../choice.js';
import { drawIndices } from '../file-rows.js';
import { anls } from '../metrics/anls.js';
import { exactMatch, vqaConsensus } from '../metrics/vqa.js';
import { withoutThinking } from '../reply.js';
import { unanswered } from '../scores.js';
import { proportion } from '../wilson.js';
/**
 * Every answer of every conversation is a row: what comes before it is the question, earlier answers are those of the data set. A key
 * `answers` of the data set (a list of texts, or of `{answer}` as in VQA) gives the true answers of a conversation with one question. A letter
 * is compared with the option that a reply chooses, by its letter or in full.
 * `n` counts conversations of each file. Errors: `data.*`, which name file, row and key.
 */
export const qa = ({ data, images }) => ({
    name: 'qa',
    title: 'QA',
    about: 'questions of the data set, compared with its answers',
    reads: 'a data set of conversations',
    maxTokens: 64,
    async *rows({ n, seed, signal, onBad }) {
        for (const file of data) {
            const kind = basename(file, extname(file));
            const set = await conversations(file, onBad ? { images, check: 'rows', onBad: countRows(onBad) } : { images }).open(signal);
            try {
                for (const index of drawIndices(set.length, { n, seed, kind })) {
                    throwIfAborted(signal);
                    yield* rowsOf(await set.get(index), kind);
                }
            }
            finally {
                set.dispose();
            }
        }
    },
    score(done) {
        const kinds = [...new Set(done.map(({ kind }) => kind))];
        if (kinds.length < 2)
            return scoresOf(done);
        return kinds.flatMap((kind) => scoresOf(done.filter((row) => row.kind === kind)).map((score) => ({ ...score, name: `${score.name}, ${kind}` })));
    },
    right: isRight,
});
function scoresOf(done) {
    // The mean of values in 0..1 varies at most as a proportion does: Wilson's interval holds it.
    const mean = (values) => proportion(values.reduce((a, b) => a + b, 0), values.length);
    const close = done.map(({ reply, answers }) => anls(withoutThinking(reply), answers));
    const many = done.filter(({ answers }) => answers.length > 1).map(({ reply, answers }) => vqaConsensus(reply, answers));
    return [
        { name: 'exact match', ...mean(done.map((row) => (isRight(row) ? 1 : 0))), better: 'higher', note: 'after normalization' },
        { name: 'ANLS', ...mean(close), better: 'higher', note: 'by edit distance' },
        { name: 'VQA accuracy', ...mean(many), better: 'higher', note: 'agreement with several answers' },
        unanswered(done),
    ];
}
/** Names each bad row once, by the first of its faults. */
function countRows(onBad) {
    let last = '';
    return ({ file, row, key, problem }) => {
        const place = `${file}, row ${row}`;
        if (place !== last)
            onBad('row', `${place} (${key === undefined ? '' : `${key}: `}${problem})`);
        last = place;
    };
}
/** Lettered options of a question, as data sets with choices are read: one a line, `A. a cup`. */
const option = /^[A-Z]\. (.+)$/gm;
function isRight({ reply, answers, messages }) {
    const question = questionOf(messages);
    const options = Array.from(question.matchAll(option), (m) => m[1]);
    return answers.some((answer) => options.length > 1 && /^[A-Z]$/.test(answer) ? parseChoice(reply, options) === answer : exactMatch(reply, answer, question));
}
function rowsOf({ messages, extra }, kind) {
    const rows = messages.flatMap(({ role, content }, i) => {
        const truth = textOf(content);
        if (role !== 'assistant' || truth === '' || i === 0)
            return [];
        return [{ kind, messages: messages.slice(0, i), truth, answers: [truth] }];
    });
    const [only] = rows;
    const listed = answersOf(extra?.answers);
    return only && rows.length === 1 && listed.length > 0 ? [{ ...only, answers: listed }] : rows;
}
function textOf(content) {
    if (typeof content === 'string' || content === null)
        return content ?? '';
    return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
/** The texts of a list of answers. */
function answersOf(value) {
    if (!Array.isArray(value))
        return [];
    return value
        .map((item) => (typeof item === 'object' && item !== null ? item.answer : item))
        .filter((item) => typeof item === 'string' || typeof item === 'number')
        .map(String)
        .filter((item) => item !== '');
}
//# sourceMappingURL=qa.js.map