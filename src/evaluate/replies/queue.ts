// Replies by workers: conversations become jobs of a queue on Redis, under the keys of their content, so that none is answered or counted twice.

import { SensoriumError } from '../../util/errors.js';
import { openJobQueue } from '../../util/job-queue.js';
import type { PartialResponder } from '../responder.js';
import { replyKeys } from './cached.js';
import { ContentNames, contentKey } from './content.js';
import type { ModelIdentity } from './identity.js';
import { packMessages } from './job-media.js';
import type { Kept } from './store.js';

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

const failed = (name: string, cause: Error): SensoriumError =>
  new SensoriumError('evaluate.worker', 'a worker could not reply', {
    place: `queue ${name}`,
    got: cause.message,
    hint: 'See what the worker says; then run again',
    cause,
  });

/** Opens the queue of a model. `onNote` is told when nobody works on it yet. Errors: `evaluate.queue`. */
export async function openQueue(url: string, model: ModelIdentity, onNote: (line: string) => void = () => {}): Promise<ReplyQueue> {
  const onIdle = (): void => onNote('no worker answers for this model yet: start some with sensorium worker MODEL --redis URL');
  const queue = await openJobQueue<JobData, Kept>({ url, name: queueName(model), onIdle, failed });
  const names = new ContentNames();
  const keysOf = replyKeys({ names, model: contentKey(model) });
  return {
    responder: {
      async replies(conversations, { maxTokens, signal, onReply }) {
        const keys = await Promise.all(conversations.map((messages) => keysOf.reply(messages, maxTokens)));
        const jobs = conversations.map((messages, i) => ({
          key: keys[i] as string,
          data: async (): Promise<JobData> => ({ what: 'reply', messages: await packMessages(messages), maxTokens }),
        }));
        const onResult = (place: number, kept: Kept): void => onReply?.({ place, reply: replyOf(kept) });
        return (await queue.all(jobs, { signal, onResult })).map(replyOf);
      },
      async rank(items, { signal, onRank }) {
        const keys = await Promise.all(items.map(keysOf.rank));
        const jobs = items.map(({ messages, choices }, i) => ({
          key: keys[i] as string,
          data: async (): Promise<JobData> => ({ what: 'rank', messages: await packMessages(messages), choices }),
        }));
        const onResult = (place: number, kept: Kept): void => onRank?.(place, rankOf(kept));
        return (await queue.all(jobs, { signal, onResult })).map(rankOf);
      },
    },
    close: () => queue.close(),
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
