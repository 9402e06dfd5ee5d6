// A worker of a queue of conversations: takes jobs, asks its model, gives the replies back.
import { startJobWorker } from '../../util/job-queue.js';
import { unpackMessages } from './job-media.js';
import { queueName } from './queue.js';
/** Answers one job. */
async function answer(data, responder) {
    const messages = await unpackMessages(data.messages);
    if (data.what === 'reply') {
        const [reply] = await responder.replies([messages], { maxTokens: data.maxTokens });
        return { reply: reply };
    }
    const [rank] = (await responder.rank?.([{ messages, choices: data.choices }], {})) ?? [];
    if (rank === undefined)
        throw new Error('this model cannot rank');
    return { rank };
}
/** Starts a worker for a model. Any number may run, on any machines. Errors: `evaluate.queue`. */
export function startWorker({ model, responder, ...options }) {
    return startJobWorker({ ...options, name: queueName(model), run: (data) => answer(data, responder) });
}
//# sourceMappingURL=queue-worker.js.map