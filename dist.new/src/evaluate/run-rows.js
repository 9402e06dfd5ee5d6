// The rows of a finished run, from what it wrote: a file of replies, a log of samples of ours or of lmms-eval, or the folder of either.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { io } from '../util/io.js';
import { recordsOf } from './file-benchmark.js';
const isFields = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value) => typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
const firstText = (value) => (Array.isArray(value) ? firstText(value[0]) : text(value));
/** Fields of a line beside the scores. */
const OTHERS = new Set([
    ...['doc_id', 'doc', 'target', 'arguments', 'input', 'resps', 'filtered_resps', 'doc_hash', 'prompt_hash', 'target_hash', 'filter'],
    ...['bench', 'row', 'kind', 'version', 'right', 'question', 'media', 'truth', 'reply', 'verdicts', 'metrics', 'token_counts', 'id'],
]);
/** The benchmark that a log is named after: `samples_pope.jsonl`, `20250102_030405_samples_pope.jsonl`, `samples_pope_2025-01-02T03….jsonl`. */
const LOG = /(?:^|_)samples_(.+?)(?:_\d{4}-\d\d-\d\dT[\d-]+(?:\.\d+)?)?\.jsonl?$/;
function scoresOf(fields) {
    const scores = new Map();
    for (const [name, value] of Object.entries(fields)) {
        if (OTHERS.has(name))
            continue;
        const { score: plain, n = 1, stratum, corpus } = isFields(value) ? value : { score: value };
        const number = typeof plain === 'boolean' ? Number(plain) : plain;
        if (typeof number === 'number' && Number.isFinite(number) && typeof n === 'number' && n > 0)
            scores.set(name, {
                value: number,
                n,
                ...(typeof stratum === 'string' ? { stratum } : {}),
                ...(corpus === true ? { corpus } : {}),
            });
    }
    return scores;
}
function rowOf(value, place, task) {
    if (!isFields(value))
        throw wrong(place, 'an object', JSON.stringify(value)?.slice(0, 60));
    const doc = isFields(value.doc) ? value.doc : {};
    const bench = text(value.bench) ?? task;
    const id = text(doc.question_id) ?? text(doc.id) ?? text(value.doc_id);
    const kind = text(value.kind) ?? text(doc.category);
    const filter = text(value.filter);
    const row = text(value.row) ?? (id === undefined ? undefined : [kind, id, filter].filter((part) => part !== undefined).join(' '));
    const reply = text(value.reply) ?? firstText(value.resps) ?? firstText(value.filtered_resps);
    if (bench === undefined || row === undefined || reply === undefined)
        throw wrong(place, 'a row with bench, row and reply, or with doc_id and resps in a file samples_TASK.jsonl', `the fields ${Object.keys(value).slice(0, 12).join(', ')}`);
    const media = Array.isArray(value.media) ? value.media : Array.isArray(doc.media) ? doc.media : [];
    return {
        bench,
        row,
        place,
        kind,
        question: text(value.question) ?? text(doc.question),
        truth: text(value.truth) ?? text(value.target),
        reply,
        media: media.filter((path) => typeof path === 'string'),
        scores: scoresOf(value),
        ...(typeof doc.edition === 'string' ? { edition: doc.edition } : {}),
        ...(typeof value.version === 'number' ? { version: value.version } : {}),
        ...(typeof value.right === 'boolean' ? { right: value.right } : {}),
    };
}
const wrong = (place, expected, got) => new SensoriumError('evaluate.paired', 'this is not what a run has written', {
    place,
    expected,
    got,
    hint: 'Compare files of sensorium eval --replies or --log-samples, or logs of lmms-eval',
});
/** The files of a run in a folder. */
async function filesIn(dir) {
    const names = (await io(dir, () => readdir(dir))).sort();
    const logs = names.filter((name) => LOG.test(name));
    const found = logs.length > 0 ? logs : names.filter((name) => name === 'replies.jsonl');
    if (found.length === 0)
        throw wrong(dir, 'samples_BENCH.jsonl or replies.jsonl', names.slice(0, 8).join(', ') || 'an empty folder');
    return found.map((name) => join(dir, name));
}
/** Reads a run. Errors: `evaluate.paired` for files of another kind and for a row that comes twice; `data.read`, `util.*`. */
export async function readRunRows(path, { signal } = {}) {
    const folder = (await io(path, () => stat(path))).isDirectory();
    const files = folder ? await filesIn(path) : [path];
    const rows = [];
    const places = new Map();
    for (const file of files) {
        const task = LOG.exec(basename(file))?.[1];
        for await (const { value, place } of recordsOf(file, { signal })) {
            const logs = isFields(value) && Array.isArray(value.logs) ? value.logs : [value];
            for (const item of logs) {
                const row = rowOf(item, place, task);
                const name = `${row.bench}\n${row.row}`;
                const before = places.get(name);
                if (before !== undefined)
                    throw new SensoriumError('evaluate.paired', 'a row comes twice in a run', {
                        place: row.place,
                        expected: 'each row once',
                        got: `${row.bench}, ${row.row}, which is also in ${before}`,
                    });
                places.set(name, row.place);
                rows.push(row);
            }
        }
    }
    if (rows.length === 0)
        throw wrong(path, 'at least one row', 'none');
    const results = folder
        ? await ifThere(() => readJson(join(path, 'results.json')))
        : undefined;
    return { name: path, rows, higherIsBetter: results?.higher_is_better ?? {} };
}
//# sourceMappingURL=run-rows.js.map