// Items of a sheet from what models replied: records of a run, and files of replies of other models to the same rows.
import { z } from 'zod';
import { jsonRows } from '../../data/json-rows.js';
import { isImagePart, mediaParts } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { questionOf } from '../benchmark.js';
import { drawIndices } from '../file-rows.js';
import { withoutThinking } from '../reply.js';
const schema = z.looseObject({
    bench: z.string(),
    kind: z.string(),
    question: z.string(),
    media: z.array(z.string().nullable()).default([]),
    reply: z.string(),
});
/** The replies of a run. */
export const givenOf = (records) => records.map(({ bench, kind, messages, reply }) => {
    const parts = mediaParts(messages);
    const picture = parts.find(isImagePart);
    return {
        ...{ bench, kind, question: questionOf(messages), reply },
        media: parts.map(({ source }) => (typeof source === 'string' ? source : null)),
        ...(picture ? { picture } : {}),
    };
});
/** The replies of a file that `sensorium eval --replies` wrote. Errors: `evaluate.row` with file and line. */
export async function readReplies(file, signal) {
    const out = [];
    for await (const { value, line } of jsonRows(file, { signal })) {
        const { success, data, error } = schema.safeParse(value);
        if (!success)
            throw new SensoriumError('evaluate.row', 'this is not a row with its reply', {
                place: `${file}, line ${line}`,
                expected: '{"bench": "…", "kind": "…", "question": "…", "media": ["….jpg"], "reply": "…"}',
                got: `${error.issues[0]?.path.join('.') || 'the row'}: ${error.issues[0]?.message}`,
                hint: 'Write replies with: sensorium eval … --replies FILE',
            });
        const { bench, kind, question, media, reply } = data;
        const source = media.find((name) => name !== null);
        out.push({ bench, kind, question, media, reply, ...(source ? { picture: { type: 'image', source } } : {}) });
    }
    return out;
}
/** Replies by what was asked; a row that comes again with the same words and pictures is another one. */
function byQuestion(replies) {
    const times = new Map();
    return new Map(replies.map((given) => {
        const asked = JSON.stringify([given.bench, given.kind, given.question, given.media]);
        const n = times.get(asked) ?? 0;
        times.set(asked, n + 1);
        return [`${n} ${asked}`, given];
    }));
}
/**
 * Items with the replies of every model, `n` of them drawn with the seed; thinking is left out. `models`: names and replies, the rows of the first
 * in its order. Errors: `evaluate.sheet` for models that have not replied to the same rows.
 */
export function itemsOf(models, { n, seed = 0 } = {}) {
    const twice = models.find(({ name }, i) => models.findIndex((other) => other.name === name) !== i);
    if (twice)
        throw new SensoriumError('evaluate.sheet', 'two models have one name', { expected: 'a name for each', got: twice.name });
    const all = models.map(({ name, replies }) => ({ name, rows: byQuestion(replies) }));
    const [first, ...others] = all;
    if (!first)
        return [];
    for (const { name, rows } of others) {
        const missing = [...first.rows.keys()].filter((key) => !rows.has(key)).length;
        if (missing > 0 || rows.size !== first.rows.size)
            throw new SensoriumError('evaluate.sheet', 'the models have not replied to the same rows', {
                place: name,
                expected: `the ${first.rows.size} rows of ${first.name}`,
                got: `${rows.size} rows, ${missing} of the others missing`,
                hint: 'Ask all models with the same --bench, --data, --n and --seed',
            });
    }
    const keys = [...first.rows.keys()];
    return drawIndices(keys.length, { n, seed, kind: 'sheet' }).map((i) => {
        const key = keys[i];
        const { bench, kind, question, picture } = first.rows.get(key);
        const replies = all.map(({ name, rows }) => [name, withoutThinking(rows.get(key).reply).trim()]);
        return { bench, kind, question, ...(picture ? { picture } : {}), replies: Object.fromEntries(replies) };
    });
}
//# sourceMappingURL=from-replies.js.map