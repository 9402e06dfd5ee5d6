// The Redis server behind a queue: packages that are loaded when they are wanted, a connection that fails at once or stays.
import { SensoriumError } from './errors.js';
/** An address without its password, for messages. */
export function shownUrl(url) {
    try {
        const { protocol, host, pathname } = new URL(url);
        return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
    }
    catch {
        return 'an address that is no URL'; // it may hold a password, so it is not repeated
    }
}
/** The packages of the queue, which are optional. Errors: `evaluate.queue` where they are not installed. */
export async function queuePackages() {
    try {
        const [{ Queue, QueueEvents, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
        return { Queue, QueueEvents, Worker, Redis };
    }
    catch (cause) {
        if (cause.code !== 'ERR_MODULE_NOT_FOUND')
            throw cause;
        throw new SensoriumError('evaluate.queue', 'the packages of the queue are not installed', {
            expected: 'bullmq and ioredis',
            hint: 'Run: npm install bullmq ioredis',
            cause,
        });
    }
}
/** Longest time between two tries to connect again, in milliseconds. */
const RETRY = 5000;
/** A connection that stays: after the first success it comes back by itself. Errors: `evaluate.queue`. */
export async function connectRedis(url) {
    const { Redis } = await queuePackages();
    let reason;
    let isUp = false;
    const client = new Redis(url, {
        lazyConnect: true,
        maxRetriesPerRequest: null,
        retryStrategy: (times) => (isUp ? Math.min(100 * times, RETRY) : null),
    });
    client.on('error', (error) => {
        reason = error;
    });
    try {
        await client.connect();
        isUp = true;
        return client;
    }
    catch (cause) {
        client.disconnect();
        const why = reason ?? cause;
        throw new SensoriumError('evaluate.queue', 'the Redis server cannot be used', {
            place: shownUrl(url),
            expected: 'a Redis server that answers',
            got: why.code ?? why.message,
            hint: 'Is it running there, and is the password right? Start one with: redis-server',
            cause: why,
        });
    }
}
//# sourceMappingURL=redis.js.map