// Replies by workers: conversations become jobs of a queue on Redis, under the keys of their content, so that none is answered or counted twice.
import { SensoriumError } from '../../util/errors.js';
import { openJobQueue } from '../../util/job-queue.js';
import { replyKeys } from './cached.js';
import { ContentNames, contentKey } from './content.js';
import { packMessages } from './job-media.js';
/** The queue of a model: only workers with the very same model take its jobs. */
export const queueName = (model) => `eval-${contentKey(model).slice(0, 22)}`;
const failed = (name, cause) => new SensoriumError('evaluate.worker', 'a worker could not reply', {
    place: `queue ${name}`,
    got: cause.message,
    hint: 'See what the worker says; then run again',
    cause,
});
/** Opens the queue of a model. `onNote` is told when nobody works on it yet. Errors: `evaluate.queue`. */
export async function openQueue(url, model, onNote = () => { }) {
    const onIdle = () => onNote('no worker answers for this model yet: start some with sensorium worker MODEL --redis URL');
    const queue = await openJobQueue({ url, name: queueName(model), onIdle, failed });
    const names = new ContentNames();
    const keysOf = replyKeys({ names, model: contentKey(model) });
    return {
        responder: {
            async replies(conversations, { maxTokens, signal, onReply }) {
                const keys = await Promise.all(conversations.map((messages) => keysOf.reply(messages, maxTokens)));
                const jobs = conversations.map((messages, i) => ({
                    key: keys[i],
                    data: async () => ({ what: 'reply', messages: await packMessages(messages), maxTokens }),
                }));
                const onResult = (place, kept) => onReply?.({ place, reply: replyOf(kept) });
                return (await queue.all(jobs, { signal, onResult })).map(replyOf);
            },
            async rank(items, { signal, onRank }) {
                const keys = await Promise.all(items.map(keysOf.rank));
                const jobs = items.map(({ messages, choices }, i) => ({
                    key: keys[i],
                    data: async () => ({ what: 'rank', messages: await packMessages(messages), choices }),
                }));
                const onResult = (place, kept) => onRank?.(place, rankOf(kept));
                return (await queue.all(jobs, { signal, onResult })).map(rankOf);
            },
        },
        close: () => queue.close(),
    };
}
const wrong = (kept) => new SensoriumError('evaluate.worker', 'a worker replied with something else', {
    got: JSON.stringify(kept)?.slice(0, 100),
    hint: 'Is it of the same version?',
});
function replyOf(kept) {
    if (typeof kept === 'object' && 'reply' in kept && typeof kept.reply === 'string')
        return kept.reply;
    throw wrong(kept);
}
function rankOf(kept) {
    if (typeof kept === 'object' && 'rank' in kept && Number.isInteger(kept.rank))
        return kept.rank;
    throw wrong(kept);
}
//# sourceMappingURL=queue.js.map