// MME (Fu et al. 2023) from its folders: two yes/no questions about each image; accuracy, both right, and their sums.
import { basename, extname, join } from 'node:path';
import { throwIfAborted } from '../../util/errors.js';
import { DISK } from '../bench-files.js';
import { questionOf } from '../benchmark.js';
import { ask, drawRows } from '../file-benchmark.js';
import { once } from '../memo.js';
import { withoutThinking } from '../reply.js';
import { groupBy, share, shareOf, unparsed } from '../scores.js';
import { proportion } from '../wilson.js';
import { wrongFile } from '../wrong-file.js';
import { parseRobust } from '../yes-no.js';
const PERCEPTION = ['existence', 'count', 'position', 'color', 'posters', 'celebrity', 'scene', 'landmark', 'artwork', 'OCR'];
const COGNITION = ['commonsense_reasoning', 'numerical_calculation', 'text_translation', 'code_reasoning'];
const HALLUCINATION = ['existence', 'count', 'position', 'color'];
/** The rows of the root folder, or of one task's folder: `NAME.txt` with two lines of a question, a tab and Yes or No beside `NAME.jpg`. */
async function* read(files, folder, signal) {
    const tasks = [...PERCEPTION, ...COGNITION];
    const own = [];
    for (const path of tasks.includes(basename(folder)) ? [folder] : tasks.map((task) => join(folder, task)))
        if ((await files.names(path)).length > 0)
            own.push(path);
    if (own.length === 0)
        throw wrongFile(folder, `a folder with ${tasks.join(', ')}`, 'none of them', 'Give the folder MME_Benchmark_release_version');
    for (const task of own) {
        const apart = (await files.names(join(task, 'questions_answers_YN'))).length > 0;
        const [texts, images] = apart ? [join(task, 'questions_answers_YN'), join(task, 'images')] : [task, task];
        const pictures = new Map((await files.names(images)).filter((name) => extname(name) !== '.txt').map((name) => [basename(name, extname(name)), name]));
        for (const name of (await files.names(texts)).filter((file) => extname(file) === '.txt').sort()) {
            throwIfAborted(signal);
            const [file, stem] = [join(texts, name), basename(name, '.txt')];
            const lines = (await files.text(file)).split(/\r?\n/).filter((line) => line.trim() !== '');
            if (lines.length !== 2)
                throw wrongFile(file, 'two lines, one for yes and one for no', `${lines.length} lines`);
            for (const [i, line] of lines.entries()) {
                const [question = '', answer = ''] = line.split('\t');
                const truth = answer.trim().toLowerCase();
                const place = `${file}, line ${i + 1}`;
                if (question === '' || (truth !== 'yes' && truth !== 'no'))
                    throw wrongFile(place, 'a question, a tab and Yes or No', line.slice(0, 80));
                const kind = basename(task);
                const group = `${kind}/${stem}`;
                const picture = pictures.get(stem) ?? `${stem}.jpg`;
                yield {
                    id: `${group} ${i}`,
                    otherIds: [`${kind}/${picture}`],
                    group,
                    kind,
                    place,
                    truth,
                    messages: ask(question, files.image(images, picture, place)),
                };
            }
        }
    }
}
/** Yes, no or other by the first four characters after thinking, as the published script reads a reply. */
export function parseMme(reply) {
    const start = withoutThinking(reply).toLowerCase().trim().slice(0, 4);
    return start.includes('yes') ? 'yes' : start.includes('no') ? 'no' : 'unknown';
}
const robust = once(({ reply, messages }) => parseRobust(reply, questionOf(messages)));
const official = ({ reply }) => parseMme(reply);
/** accuracy + accuracy+ of one task, 0 to 200, where each image counts its share of right answers and once more where both are right. */
function taskScore(rows, read) {
    const images = [...groupBy(rows, (row) => row.group).values()].map((own) => own.map((row) => read(row) === row.truth));
    const points = images.map((right) => right.filter(Boolean).length / right.length + (right.every(Boolean) ? 1 : 0));
    const { value, low, high, n } = proportion(points.reduce((a, b) => a + b, 0) / 2, points.length);
    return { value: 200 * value, low: 200 * low, high: 200 * high, n };
}
/** The sum over some tasks; its interval combines theirs by the method of variance estimates recovery (Zou and Donner 2008). */
function sum(name, tasks, byTask, read, detail = false) {
    const own = tasks.flatMap((task) => (byTask.has(task) ? [taskScore(byTask.get(task), read)] : []));
    const value = own.reduce((total, score) => total + score.value, 0);
    const spread = (side) => Math.sqrt(own.reduce((total, score) => total + (score[side] - score.value) ** 2, 0));
    const n = own.reduce((total, score) => total + score.n, 0);
    const note = `0 to ${200 * own.length}${own.length < tasks.length ? `: ${own.length} of ${tasks.length} tasks` : ''}`;
    return { name, value, low: value - spread('low'), high: value + spread('high'), n, better: 'higher', note, detail };
}
/** MME over its official folder. A reply that says neither yes nor no is wrong. Errors: `evaluate.row`, `evaluate.images`. */
export const mme = ({ data, files = DISK }) => ({
    name: 'mme',
    title: 'MME',
    about: 'two yes/no questions about each image, one of each answer',
    reads: 'the folder of the tasks',
    maxTokens: 24,
    rows: (options) => drawRows(data, options, (folder) => read(files, folder, options.signal)),
    score(done) {
        const byTask = groupBy(done, (row) => row.kind);
        const both = (rows) => {
            const pairs = [...groupBy(rows, (row) => row.group).values()];
            return [pairs.filter((pair) => pair.every((row) => robust(row) === row.truth)).length, pairs.length];
        };
        return [
            sum('perception', PERCEPTION, byTask, robust),
            sum('cognition', COGNITION, byTask, robust),
            sum('hallucination subset', HALLUCINATION, byTask, robust),
            sum('perception by the official parser', PERCEPTION, byTask, official, true),
            sum('cognition by the official parser', COGNITION, byTask, official, true),
            unparsed(done, (row) => robust(row) === 'unknown', 'replies that say neither yes nor no'),
            ...[...byTask].flatMap(([task, rows]) => [
                shareOf(`accuracy, ${task}`, rows, (row) => robust(row) === row.truth, { detail: true }),
                share(`accuracy+, ${task}`, ...both(rows), { detail: true, note: 'both questions about an image right' }),
                { name: `score, ${task}`, ...taskScore(rows, robust), better: 'higher', detail: true, note: '0 to 200' },
            ]),
        ];
    },
    right: (row) => robust(row) === row.truth,
});
//# sourceMappingURL=mme.js.map