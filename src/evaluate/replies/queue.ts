// Replies by workers: conversations become jobs of a queue on Redis, under the keys of their content, so that none is answered or counted twice.

import type { Job, Queue } from 'bullmq';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import type { PartialResponder } from '../responder.js';
import { replyKeys } from './cached.js';
import { ContentNames, contentKey } from './content.js';
import type { ModelIdentity } from './identity.js';
import { packMessages } from './job-media.js';
import { connectRedis, queuePackages } from './redis.js';
import type { Kept } from './store.js';

/** Names of the keys in Redis begin so. */
export const PREFIX = 'sensorium';

/** The queue of a model: only workers with the very same model take its jobs. */
export const queueName = (model: ModelIdentity): string => `eval-${contentKey(model).slice(0, 22)}`;

/** A job: what `Responder` is asked for one conversation. */
export type JobData =
  | { what: 'reply'; messages: unknown[]; maxTokens: number }
  | { what: 'rank'; messages: unknown[]; choices: readonly string[] };

/** An open queue. */
export interface ReplyQueue {
  /** Replies come from workers. Jobs that were finished for an earlier run that has not fetched them are not done again. */
  responder: PartialResponder;
  close(): Promise<void>;
}

/** Replies that nobody has fetched are kept for a week, in seconds. */
const KEPT = 7 * 24 * 3600;

/** A wait is looked into after so many milliseconds, should its event have been lost with a connection. */
const LOOK = 15_000;

/** Opens the queue of a model. `onNote` is told when nobody works on it yet. Errors: `evaluate.queue`. */
export async function openQueue(url: string, model: ModelIdentity, onNote: (line: string) => void = () => {}): Promise<ReplyQueue> {
  const { Queue, QueueEvents } = await queuePackages();
  const client = await connectRedis(url);
  const name = queueName(model);
  const queue: Queue<JobData, Kept> = new Queue(name, { connection: client, prefix: PREFIX });
  const events = new QueueEvents(name, { connection: client, prefix: PREFIX });
  // Connections come back by themselves; until then commands wait.
  queue.on('error', () => {}).setMaxListeners(0);
  events.on('error', () => {}).setMaxListeners(0);
  await events.waitUntilReady();
  if ((await queue.getWorkersCount()) === 0)
    onNote('no worker answers for this model yet: start some with sensorium worker MODEL --redis URL');
  const names = new ContentNames();
  const keysOf = replyKeys({ names, model: contentKey(model) });

  /** What became of a job; undefined where it has to be added again. */
  const outcome = async (job: Job<JobData, Kept>): Promise<Kept | undefined> => {
    try {
      return await job.waitUntilFinished(events, LOOK);
    } catch (error) {
      const state = await job.getState();
      if (state === 'unknown') return undefined; // fetched and removed by another run, or lost with the server's memory
      if (state !== 'failed') return outcome(job); // waiting or running, or finished in this moment
      await job.remove();
      throw new SensoriumError('evaluate.worker', 'a worker could not reply', {
        place: `queue ${name}`,
        got: (error as Error).message,
        hint: 'See what the worker says; then run again',
        cause: error,
      });
    }
  };

  const answer = async (key: string, data: () => Promise<JobData>, isStopped: () => boolean): Promise<Kept> => {
    for (;;) {
      if (isStopped()) throw new DOMException('stopped', 'AbortError');
      const job = await queue.add('ask', await data(), { jobId: key, removeOnComplete: { age: KEPT }, removeOnFail: false });
      const kept = await outcome(job);
      if (kept) return kept;
    }
  };

  /** Answers of all jobs; each is removed when it has been told. */
  const answerAll = async <T>(
    keys: readonly string[],
    data: (place: number) => Promise<JobData>,
    read: (kept: Kept) => T,
    told: (place: number, value: T) => void,
    signal?: AbortSignal,
  ): Promise<T[]> => {
    throwIfAborted(signal);
    let failed = false;
    const isStopped = (): boolean => failed || signal?.aborted === true;
    const all = Promise.all(
      keys.map(async (key, place) => {
        try {
          const value = read(await answer(key, () => data(place), isStopped));
          told(place, value);
          await queue.remove(key);
          return value;
        } catch (error) {
          failed = true;
          throw error;
        }
      }),
    );
    if (!signal) return all;
    const { promise: aborted, reject } = withReject();
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop);
    all.catch(() => {}); // told by the race
    return Promise.race([all, aborted]).finally(() => signal.removeEventListener('abort', stop));
  };

  return {
    responder: {
      async replies(conversations, { maxTokens, signal, onReply }) {
        const keys = await Promise.all(conversations.map((messages) => keysOf.reply(messages, maxTokens)));
        const data = async (i: number): Promise<JobData> => {
          return { what: 'reply', messages: await packMessages(conversations[i] as (typeof conversations)[0]), maxTokens };
        };
        const told = (place: number, reply: string): void => onReply?.({ place, reply });
        return answerAll(keys, data, replyOf, told, signal);
      },
      async rank(items, { signal, onRank }) {
        const keys = await Promise.all(items.map(keysOf.rank));
        const data = async (i: number): Promise<JobData> => {
          const { messages, choices } = items[i] as (typeof items)[0];
          return { what: 'rank', messages: await packMessages(messages), choices };
        };
        return answerAll(keys, data, rankOf, (place, best) => onRank?.(place, best), signal);
      },
    },
    async close() {
      await Promise.all([queue.close(), events.close()]);
      client.disconnect();
    },
  };
}

const wrong = (kept: unknown): SensoriumError =>
  new SensoriumError('evaluate.worker', 'a worker replied with something else', {
    got: JSON.stringify(kept)?.slice(0, 100),
    hint: 'Is it of the same version?',
  });

function replyOf(kept: Kept): string {
  if (typeof kept === 'object' && 'reply' in kept && typeof kept.reply === 'string') return kept.reply;
  throw wrong(kept);
}

function rankOf(kept: Kept): number {
  if (typeof kept === 'object' && 'rank' in kept && Number.isInteger(kept.rank)) return kept.rank;
  throw wrong(kept);
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject!: (reason: unknown) => void;
  const promise = new Promise<never>((_, no) => {
    reject = no;
  });
  return { promise, reject };
}
