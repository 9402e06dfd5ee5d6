// Jobs on Redis through BullMQ: given out under names of their own, done by workers on any machines, none lost with a worker and none done twice.
import { throwIfAborted } from './errors.js';
import { connectRedis, queuePackages } from './redis.js';
/** Names of the keys in Redis begin so. */
const PREFIX = 'sensorium';
/** Results that nobody has fetched are kept for a week, in seconds. */
const KEPT = 7 * 24 * 3600;
/** A wait is looked into after so many milliseconds, should its event have been lost with a connection. */
const LOOK = 15_000;
/** Opens a queue. Errors: `evaluate.queue` where the server or the packages are missing. */
export async function openJobQueue({ url, name, onIdle, failed }) {
    const { Queue, QueueEvents } = await queuePackages();
    const client = await connectRedis(url);
    const queue = new Queue(name, { connection: client, prefix: PREFIX });
    const events = new QueueEvents(name, { connection: client, prefix: PREFIX });
    // Connections come back by themselves; until then commands wait.
    queue.on('error', () => { }).setMaxListeners(0);
    events.on('error', () => { }).setMaxListeners(0);
    await events.waitUntilReady();
    if ((await queue.getWorkersCount()) === 0)
        onIdle?.();
    /** What became of a job; undefined where it has to be added again. */
    const outcome = async (job) => {
        try {
            return { result: (await job.waitUntilFinished(events, LOOK)) };
        }
        catch (error) {
            const state = await job.getState();
            if (state === 'unknown')
                return undefined; // fetched and removed by another run, or lost with the server's memory
            if (state !== 'failed')
                return outcome(job); // waiting or running, or finished in this moment
            await job.remove();
            throw failed(name, error);
        }
    };
    const answer = async ({ key, data }, isStopped) => {
        for (;;) {
            if (isStopped())
                throw new DOMException('stopped', 'AbortError');
            const options = { jobId: key, removeOnComplete: { age: KEPT }, removeOnFail: false };
            // BullMQ derives the types of names and data from a generic parameter.
            const [added, asked] = ['ask', await data()];
            const done = await outcome((await queue.add(added, asked, options)));
            if (done)
                return done.result;
        }
    };
    return {
        async all(jobs, { signal, onResult } = {}) {
            throwIfAborted(signal);
            let hasFailed = false;
            const isStopped = () => hasFailed || signal?.aborted === true;
            const all = Promise.all(jobs.map(async (job, place) => {
                try {
                    const result = await answer(job, isStopped);
                    onResult?.(place, result);
                    await queue.remove(job.key);
                    return result;
                }
                catch (error) {
                    hasFailed = true;
                    throw error;
                }
            }));
            if (!signal)
                return all;
            all.catch(() => { }); // told by the race
            let stop = () => { };
            const aborted = new Promise((_, reject) => {
                stop = () => reject(signal.reason);
                signal.addEventListener('abort', stop);
            });
            return Promise.race([all, aborted]).finally(() => signal.removeEventListener('abort', stop));
        },
        async close() {
            await Promise.all([queue.close(), events.close()]);
            client.disconnect();
        },
    };
}
/** Starts a worker. Any number may run, on any machines. Errors: `evaluate.queue`. */
export async function startJobWorker(options) {
    const { url, name, run, slots = 32, lock = 30_000, deaths = 3, onDone, onError } = options;
    const { Worker } = await queuePackages();
    const client = await connectRedis(url);
    const worker = new Worker(name, (job) => run(job.data), {
        connection: client,
        prefix: PREFIX,
        concurrency: slots,
        lockDuration: lock,
        stalledInterval: lock,
        maxStalledCount: deaths,
    });
    let [done, failed] = [0, 0];
    worker.on('completed', () => onDone?.({ done: ++done, failed }));
    worker.on('failed', (_, error) => {
        failed++;
        onError?.(error);
        onDone?.({ done, failed });
    });
    worker.on('error', (error) => onError?.(error));
    await worker.waitUntilReady();
    return {
        queue: name,
        async close() {
            await worker.close();
            client.disconnect();
        },
    };
}
//# sourceMappingURL=job-queue.js.map