// Runs of `sensorium eval` that outlive their process: the folder of a run, its parts, and what stands in for a model that is not to be asked.
import { FAULT_KINDS, namesOf } from '../evaluate/faults.js';
import { folderIdentity } from '../evaluate/replies/identity.js';
import { knownFiles, RunFolder } from '../evaluate/replies/run-folder.js';
import { parseShard } from '../evaluate/replies/shard.js';
import { SensoriumError } from '../util/errors.js';
import { modelFolders } from '../weights/adapter-folder.js';
import { numberOption } from './flags.js';
import { usageError } from './report.js';
/** Options of `sensorium eval` for long runs. */
export const runArgs = {
    run: { type: 'string', description: 'keep every reply in a folder; started again, the run asks only what is missing', valueHint: 'DIR' },
    shard: { type: 'string', description: 'with --run: answer part i of n and score nothing', valueHint: 'i/n' },
    processes: { type: 'string', description: 'with --run: answer in so many processes of this machine, then score', valueHint: 'N' },
    redis: { type: 'string', description: 'let workers answer (sensorium worker), over a Redis server', valueHint: 'URL' },
    ask: { type: 'boolean', description: 'ask the model; --no-ask scores what the folder of --run has', default: true },
    'skip-bad': { type: 'boolean', description: 'leave out rows that cannot be asked or have no reply, and name them in the result' },
};
/** Most processes of one machine. */
const PROCESSES = 256;
/** Reads the options, and refuses those that do not go together. */
export function readRunArgs(args) {
    const text = (name) => args[name];
    const [dir, part, redis] = [text('run'), text('shard'), text('redis')];
    const processes = numberOption('processes', text('processes'), { min: 1, max: PROCESSES, integer: true });
    const ask = args.ask !== false;
    const needsRun = Object.entries({ '--shard': part, '--processes': processes, '--no-ask': ask ? undefined : true });
    for (const [name, value] of needsRun)
        if (value !== undefined && dir === undefined)
            throw usageError('this option needs the folder of a run', { place: name, hint: 'Give it with --run DIR' });
    const ways = Object.entries({ '--shard': part, '--processes': processes, '--redis': redis, '--no-ask': ask ? undefined : true });
    const given = ways.filter(([, value]) => value !== undefined).map(([name]) => name);
    if (given.length > 1)
        throw usageError('these options do not go together', { place: given.join(', ') });
    if (redis !== undefined && !/^rediss?:\/\/./.test(redis))
        throw usageError('not the address of a Redis server', { place: '--redis', expected: 'redis://HOST:PORT', got: redis || 'nothing' });
    let shard;
    try {
        shard = part === undefined ? undefined : parseShard(part);
    }
    catch (error) {
        if (!(error instanceof SensoriumError))
            throw error;
        throw usageError(error.summary, { place: '--shard', expected: error.expected, got: error.got });
    }
    return { dir, shard, processes, redis, ask, skipBad: args['skip-bad'] === true };
}
/** A responder of which no replies are there. */
const absent = {
    replies: async (conversations) => conversations.map(() => undefined),
    rank: async (items) => items.map(() => undefined),
};
const absentJudge = ({ name, tasks, yes }) => {
    const missing = async (prompts) => {
        throw new SensoriumError('evaluate.replies', 'verdicts are missing', {
            place: name,
            expected: 'the verdicts of the judge in the folder of the run',
            got: `${prompts.length} that are not there`,
            hint: 'Run again without --no-ask',
        });
    };
    return { name, replies: missing, ...(tasks ? { tasks } : {}), ...(yes ? { yes: missing } : {}) };
};
/** Identity of a model in a folder, or of an adapter with its base. */
export async function identityOf(folder, adapters = [], dir) {
    const files = dir === undefined ? {} : await knownFiles(dir);
    const base = await modelFolders(folder);
    return { model: await folderIdentity(base.dir, [...base.adapters, ...adapters], files), files };
}
/**
 * Responder and judge of a run as its options want them: workers of a queue in place of the model, and all replies kept in the folder.
 * `dispose` makes the replies safe on the disk. Errors: those of the folder and of the queue.
 */
export async function openRun({ dir, redis, ask }, { name, identity: who, judgeIdentity }, { responder, judge }, onNote) {
    if (dir === undefined && redis === undefined)
        return { responder, judge, dispose: async () => { } };
    const identity = await who();
    const folder = dir === undefined ? undefined : await RunFolder.open(dir, { name, ...identity });
    if (folder && folder.store.damaged > 0)
        onNote(`${folder.store.damaged} damaged lines in ${dir} are left out; what they held is asked again`);
    const queue = redis === undefined ? undefined : await (await import('../evaluate/replies/queue.js')).openQueue(redis, identity.model, onNote);
    const base = ask ? (queue?.responder ?? responder) : absent;
    return {
        folder,
        responder: folder?.responder(base) ?? base,
        judge: judge && folder ? folder.judge(ask ? judge : absentJudge(judge), await judgeIdentity()) : judge,
        async dispose() {
            await queue?.close();
            await folder?.close();
        },
    };
}
/** Shows the progress of a run: how many replies were there before, and how long the others will take. */
export function showProgress(progress, { dir }, now = () => performance.now()) {
    let label = '';
    let began;
    return ({ who, bench, done, total, kept = 0 }) => {
        const here = who === 'model' ? bench : `${bench} (${who})`;
        const asked = done - kept;
        if (here !== label)
            began = undefined;
        label = here;
        // The pace is that of the replies that are new.
        if (asked > 0)
            began ??= { at: now(), asked };
        const pace = began && asked > began.asked ? (now() - began.at) / (asked - began.asked) : undefined;
        progress.update({
            label,
            done,
            total,
            eta: pace === undefined || done === total ? Number.NaN : (pace * (total - done)) / 1000,
            note: kept > 0 ? `${kept} from ${dir}` : undefined,
        });
    };
}
/** The faults of a result, a line each. */
export function faultLines(results) {
    return results
        .flatMap(({ title, faults = [] }) => faults.map(({ kind, n, rows }) => `${title}: ${n} ${n === 1 ? 'row' : 'rows'} ${FAULT_KINDS[kind]}: ${namesOf(rows, 3, n)}`))
        .map((line) => `${line}\n`)
        .join('');
}
//# sourceMappingURL=eval-run.js.map