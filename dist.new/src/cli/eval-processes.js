// `sensorium eval --processes N`: the parts of a run, each answered by a process of this command itself.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { SensoriumError } from '../util/errors.js';
/** Set for the processes of a run: they tell their progress to the one that started them. */
const CHILD = 'SENSORIUM_EVAL_CHILD';
/** Options that are the first process's alone, and whether they take a value. */
const OWN = {
    processes: true,
    out: true,
    replies: true,
    report: true,
    json: false,
};
/** The options without those that are the first process's alone. */
export function childArgs(rawArgs) {
    const out = [];
    for (let i = 0; i < rawArgs.length; i++) {
        const arg = rawArgs[i];
        const takesValue = OWN[/^--?([^=]*)/.exec(arg)?.[1] ?? ''];
        if (takesValue === undefined)
            out.push(arg);
        else if (takesValue && !arg.includes('='))
            i++;
    }
    return out;
}
/** How Node starts this command, from sources or from the build. */
function nodeArgs() {
    const main = new URL(`./main${extname(import.meta.url)}`, import.meta.url).href;
    const script = `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;
    return [...process.execArgv, '--input-type=module', '-e', script, '--'];
}
/** Lines of a process that died which are shown. */
const LINES = 6;
/**
 * Answers a run in processes, each a part, and waits for all of them. Errors: `evaluate.process` with every process that died and its last
 * words, when the others are done; the signal's reason.
 */
export async function runProcesses({ rawArgs, count, signal, onProgress }) {
    const states = new Map();
    const told = (index, state) => {
        const key = `${state.who}\n${state.bench}`;
        const those = states.get(key) ?? new Map();
        states.set(key, those.set(index, state));
        const sum = (value) => [...those.values()].reduce((all, one) => all + value(one), 0);
        onProgress?.({ ...state, done: sum((one) => one.done), total: sum((one) => one.total), kept: sum((one) => one.kept ?? 0) });
    };
    const parts = Array.from({ length: count }, (_, i) => i + 1);
    const ends = await Promise.all(parts.map((index) => runPart(index, count, rawArgs, signal, (state) => told(index, state))));
    signal.throwIfAborted();
    const dead = ends.filter((end) => end !== undefined);
    if (dead.length === 0)
        return;
    throw new SensoriumError('evaluate.process', 'processes of the run ended before they had answered their parts', {
        place: dead.map(({ part, how }) => `part ${part}: ${how}`).join('; '),
        expected: `${count} parts`,
        got: [`${count - dead.length}`, ...dead.map(({ part, said }) => (said ? `${part} said:\n${said}` : ''))].filter(Boolean).join('\n'),
        hint: 'Run the same command again: it asks only what is missing',
    });
}
function runPart(index, count, rawArgs, signal, onProgress) {
    const part = `${index}/${count}`;
    const threads = String(Math.max(1, Math.floor(availableParallelism() / count)));
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [...nodeArgs(), 'eval', ...childArgs(rawArgs), '--shard', part], {
            stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
            env: { SENSORIUM_THREADS: threads, ...process.env, [CHILD]: '1' },
        });
        let said = '';
        child.stderr?.on('data', (data) => {
            said = (said + data).slice(-10_000);
        });
        child.on('message', (message) => onProgress(message));
        const stop = () => void child.kill('SIGINT');
        signal.addEventListener('abort', stop);
        if (signal.aborted)
            stop();
        const end = () => signal.removeEventListener('abort', stop);
        child.on('error', (error) => {
            end();
            reject(error);
        });
        child.on('close', (code, by) => {
            end();
            const how = by ? `killed by ${by}` : `exit code ${code}`;
            resolve(code === 0 ? undefined : { part, how, said: said.trim().split('\n').slice(-LINES).join('\n') });
        });
    });
}
/** For a process that `runProcesses` started: tells its progress, and ends the work when the first process is gone. Undefined for others. */
export function asChild(stop) {
    if (process.env[CHILD] === undefined || !process.send)
        return undefined;
    process.once('disconnect', stop);
    process.channel?.unref();
    return (progress) => {
        if (process.connected)
            process.send?.(progress);
    };
}
//# sourceMappingURL=eval-processes.js.map