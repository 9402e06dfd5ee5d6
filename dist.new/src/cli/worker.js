// `sensorium worker MODEL --redis URL`: answers the conversations that `sensorium eval MODEL --redis URL` asks, beside other workers.
import { defineCommand } from 'citty';
import { isAbort } from '../util/errors.js';
import { adapterArgs, readAdapters } from './conversation.js';
import { identityOf } from './eval-run.js';
import { fetchAdapters, fetchModel } from './fetch-model.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';
import { createProgress } from './terminal.js';
export default defineCommand({
    meta: {
        name: 'worker',
        description: 'Answer for sensorium eval --redis, on this machine or others; Ctrl-C ends it after the replies it is at',
    },
    args: {
        model: { type: 'positional', description: 'folder or name of a model: the very same as that of the run', default: DEFAULT_MODEL },
        ...adapterArgs,
        redis: { type: 'string', description: 'the Redis server of the run', valueHint: 'URL' },
        batch: { type: 'string', description: 'questions answered at once, as memory allows (default: 32)', valueHint: 'N' },
        lock: { type: 'string', description: 'seconds after which a silent worker counts as dead (default: 30)', valueHint: 'S' },
        deaths: {
            type: 'string',
            description: 'how many workers may die over one question before it is given up (default: 3)',
            valueHint: 'N',
        },
    },
    async run({ args }) {
        const { redis } = args;
        if (redis === undefined || !/^rediss?:\/\/./.test(redis))
            throw usageError('a worker needs a Redis server', { place: '--redis', expected: 'redis://HOST:PORT', got: redis ?? 'nothing' });
        const slots = numberOption('batch', args.batch, { min: 1, max: 10_000, integer: true });
        const lock = numberOption('lock', args.lock, { min: 1, max: 86_400 });
        const deaths = numberOption('deaths', args.deaths, { min: 1, max: 1000, integer: true });
        const adapters = readAdapters(args);
        const progress = createProgress();
        await withInterrupt(async (signal) => {
            const folder = await fetchModel(args.model, { signal });
            const folders = adapters && (await fetchAdapters(adapters, { signal }));
            const { model: identity } = await identityOf(folder, folders);
            const [{ Mllm }, { responderOf }, { startWorker }] = await Promise.all([
                import('../generate/mllm.js'),
                import('../evaluate/responder.js'),
                import('../evaluate/replies/queue-worker.js'),
            ]);
            const model = await Mllm.load(folder, { adapters: folders, signal });
            try {
                const responder = await responderOf(model, { slots });
                try {
                    const worker = await startWorker({
                        url: redis,
                        model: identity,
                        responder,
                        slots,
                        lock: lock && lock * 1000,
                        deaths,
                        onDone: ({ done, failed }) => progress.update({ label: 'worker', done, note: failed > 0 ? `${failed} failed` : undefined }),
                        onError: (error) => progress.line(`warning: ${error.message}`),
                    });
                    progress.line(`worker: answering for ${args.model} on ${worker.queue}`);
                    try {
                        await ended(signal);
                    }
                    finally {
                        await worker.close();
                    }
                }
                finally {
                    await responder.dispose();
                }
            }
            finally {
                progress.end();
                await model.dispose();
            }
        });
    },
});
/** Waits for the signal; stopping is how a worker ends well. */
async function ended(signal) {
    await new Promise((resolve) => {
        if (signal.aborted)
            resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
    });
    if (!isAbort(signal.reason))
        throw signal.reason;
}
//# sourceMappingURL=worker.js.map