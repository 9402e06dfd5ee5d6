// Instructions from a teacher: asked kind by kind about each image, kept reply by reply so that nothing is asked twice, cleaned, compared, written with their origin.
import { resolve } from 'node:path';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { appendJsonl, readJsonl } from '../../util/fs.js';
import { Rng } from '../../util/rng.js';
import { checkTarget } from '../target.js';
import { writeTurnRows } from '../turn-writer.js';
import { sha256 } from './facts.js';
import { Instructions, isRefusal, repeats } from './parse.js';
import { INSTRUCT_PROMPTS } from './prompts.js';
/** Why a reply gave no row, or fewer pairs. */
export const DROPPED = ['failed', 'refused', 'form', 'repeats', 'known'];
/** Images that are asked about together. */
const BATCH = 32;
const SHOWN = 5;
/** The prompt of a name. Errors: `data.option`. */
export function instructPrompt(name) {
    const found = INSTRUCT_PROMPTS.find((prompt) => prompt.name === name);
    if (found)
        return found;
    throw new SensoriumError('data.option', 'there is no such kind of instructions', {
        place: 'kinds',
        expected: INSTRUCT_PROMPTS.map((prompt) => prompt.name).join(', '),
        got: name,
    });
}
/**
 * Asks a teacher for instructions and writes what is good of them. A run that ended early, because the teacher was down or it was interrupted, is
 * taken up by the same call: replies that are there are not asked for again. Errors: those of the teacher, `data.exists`, `data.option`,
 * `data.teacher` for a teacher that sees no images where a kind shows them, and where no reply could be used.
 */
export async function teachInstructions(o) {
    const { teacher, out, force, signal } = o;
    const prompts = o.kinds.map(instructPrompt);
    const blind = prompts.find(({ seesImage }) => seesImage && !teacher.seesImages);
    if (blind)
        throw new SensoriumError('data.teacher', 'this kind of instructions needs a teacher that sees images', {
            place: teacher.name,
            expected: 'a model that takes images, or kinds that read notes alone',
            got: blind.name,
        });
    await checkTarget(out, { force });
    const result = {
        ...{ pairs: 0, asked: 0, known: 0, failures: [] },
        dropped: Object.fromEntries(DROPPED.map((reason) => [reason, 0])),
    };
    const memory = await ReplyMemory.open(`${resolve(out)}.replies.jsonl`);
    const rows = rowsOf(prompts, { ...o, memory, result });
    const nothing = () => new SensoriumError('data.teacher', 'no reply of the teacher could be used', {
        place: teacher.name,
        expected: 'at least one row',
        got: Object.entries(result.dropped)
            .map(([reason, n]) => `${n} ${reason}`)
            .join(', '),
        hint: result.failures[0] ?? 'Read the replies in the file of replies: another teacher, or images of which more is known, may do better',
    });
    const written = await writeTurnRows(out, rows, { force, onRow: o.onRow, nothing });
    throwIfAborted(signal);
    return { ...written, ...result };
}
/** Replies by what was asked, in a file that grows by each. */
class ReplyMemory {
    path;
    kept;
    writing = Promise.resolve();
    constructor(path, kept) {
        this.path = path;
        this.kept = kept;
    }
    static async open(path) {
        const before = await readJsonl(path).catch((error) => {
            if (error instanceof SensoriumError && error.code === 'util.missing')
                return [];
            throw error;
        });
        return new ReplyMemory(path, new Map(before.map(({ key, reply }) => [key, reply])));
    }
    get(key) {
        return this.kept.get(key);
    }
    keep(key, reply) {
        this.kept.set(key, reply);
        this.writing = this.writing.then(() => appendJsonl(this.path, { key, reply }));
        this.writing.catch(() => undefined); // thrown by `flush`
    }
    flush() {
        return this.writing;
    }
}
async function* rowsOf(prompts, o) {
    const all = new Instructions(o.likeness);
    let batch = [];
    const flush = async function* () {
        const tasks = batch.flatMap((facts) => prompts.flatMap((prompt) => ((prompt.needs?.(facts) ?? true) ? [taskOf(prompt, facts, o)] : [])));
        const replies = await repliesTo(tasks, o);
        let own = new Instructions(o.likeness);
        for (const [i, task] of tasks.entries()) {
            if (task.facts !== tasks[i - 1]?.facts)
                own = new Instructions(o.likeness);
            const row = rowOf(task, replies[i], { ...o, kept: o.distinct === 'all' ? all : own });
            if (row)
                yield row;
        }
        batch = [];
    };
    for await (const facts of o.facts) {
        throwIfAborted(o.signal);
        batch.push(facts);
        if (batch.length === BATCH)
            yield* flush();
    }
    yield* flush();
}
function taskOf(prompt, facts, o) {
    const { turns = 3, language = 'en', seed = 0, seeds = [], teacher } = o;
    const rng = new Rng(`instruct/${seed}/${prompt.name}/${facts.id}`);
    const context = { rng, turns, language, seeds };
    const text = prompt.prompt(facts, context);
    const content = prompt.seesImage && facts.image !== undefined
        ? [
            { type: 'image', source: facts.image },
            { type: 'text', text },
        ]
        : text;
    const messages = [{ role: 'user', content }];
    const own = rng.int(2 ** 31);
    const key = sha256(JSON.stringify([teacher.name, teacher.sampling ?? {}, prompt.name, prompt.version, text, facts.hash, own]));
    return { prompt, facts, text, context, key, request: { messages, kind: prompt.name, facts, context, seed: own } };
}
/** The last reply to each task; undefined where the teacher gave none. */
async function repliesTo(tasks, o) {
    const first = await ask(tasks.map(({ request, key }) => ({ request, key })), o);
    const second = tasks.flatMap(({ prompt, request, key, context }, i) => {
        const before = first[i];
        if (!prompt.clean || before === undefined || isRefusal(before))
            return [];
        const content = prompt.clean(before, context);
        const messages = [{ role: 'user', content }];
        return [{ i, before, request: { ...request, messages, before }, key: sha256(`${key}/clean/${content}`) }];
    });
    const cleaned = await ask(second, o);
    const out = [...first];
    for (const [k, { i }] of second.entries())
        out[i] = cleaned[k];
    return out;
}
async function ask(asked, { teacher, memory, result, signal }) {
    const fresh = asked.filter(({ key }) => memory.get(key) === undefined);
    result.asked += fresh.length;
    result.known += asked.length - fresh.length;
    try {
        if (fresh.length > 0)
            await teacher.replies(fresh.map(({ request }) => request), {
                signal,
                onReply: (place, reply) => memory.keep(fresh[place]?.key, reply),
                onFailed: (place, reason) => {
                    if (result.failures.length < SHOWN)
                        result.failures.push(`${fresh[place]?.request.facts.id}: ${reason}`);
                },
            });
    }
    finally {
        await memory.flush();
    }
    return asked.map(({ key }) => memory.get(key));
}
function rowOf({ prompt, facts, text, context, key }, reply, o) {
    const { teacher, result } = o;
    const drop = (reason) => {
        result.dropped[reason]++;
        return undefined;
    };
    if (reply === undefined)
        return drop('failed');
    if (isRefusal(reply))
        return drop('refused');
    // A stream of its own: what the teacher drew from the context's is not drawn again when replies are there already.
    const pairs = prompt.read(reply, facts, { ...context, rng: new Rng(key) });
    if (!pairs)
        return drop('form');
    const turns = [];
    for (const pair of pairs) {
        if (repeats(pair.answer))
            drop('repeats');
        else if (isRefusal(pair.answer))
            drop('refused');
        // Rows that are rewritten have the questions that they had.
        else if (prompt.by === 'image' && !o.kept.add(pair.question))
            drop('known');
        else
            turns.push(pair);
    }
    if (turns.length === 0 || (prompt.by === 'row' && turns.length < pairs.length))
        return undefined;
    result.pairs += turns.length;
    const provenance = {
        ...{ teacher: teacher.name, prompt: `${prompt.name}@${prompt.version}`, promptHash: sha256(text), sampling: teacher.sampling ?? {} },
        ...{ seed: o.seed ?? 0, image: facts.hash, reply: key },
    };
    return {
        id: `${facts.id}-${prompt.name}`,
        ...(facts.image === undefined ? {} : { image: facts.image }),
        ...(facts.root === undefined ? {} : { root: facts.root }),
        turns,
        extra: { task: prompt.name, provenance },
    };
}
//# sourceMappingURL=generate.js.map