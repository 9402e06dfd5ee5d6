// Teachers of generated data that are models: behind an OpenAI-compatible server, or a model of Sensorium.
import { isAbort, SensoriumError } from '../util/errors.js';
import { serverResponder } from './server-responder.js';
/** Longest reply of a teacher in tokens, where nothing is said. */
const MAX_TOKENS = 1024;
/**
 * A model behind a server. What it refuses or cannot answer is told for each request; a server that is down or takes no key ends all. Errors: those
 * of `serverResponder`.
 */
export function serverTeacher({ sampling, seed, ...options }) {
    const { maxTokens = MAX_TOKENS, ...drawn } = sampling;
    const responder = serverResponder({ ...options, sampling: { ...drawn, ...(seed === undefined ? {} : { seed }) } });
    return {
        name: `${options.model} at ${options.url}`,
        seesImages: true,
        sampling: { ...sampling, maxTokens },
        async replies(requests, { signal, onReply, onFailed }) {
            await responder.replies(requests.map(({ messages }) => messages), { maxTokens, signal, onFailed, onReply: (told) => void (told && onReply(told.place, told.reply)) });
        },
    };
}
/** A model of Sensorium, asked one request after the other. What a request cannot be asked, such as one that is too long, is told and left out. */
export function modelTeacher(name, model, sampling) {
    const { maxTokens = MAX_TOKENS, temperature = 0, topP } = sampling;
    return {
        name,
        seesImages: model.model.media !== undefined,
        sampling: { ...sampling, maxTokens },
        async replies(requests, { signal, onReply, onFailed }) {
            for (const [place, { messages, seed }] of requests.entries()) {
                try {
                    let text = '';
                    const options = { maxTokens, temperature, seed, signal, ...(topP === undefined ? {} : { topP }) };
                    for await (const piece of model.stream({ messages: [...messages], ...options }))
                        text += piece.text;
                    onReply(place, text);
                }
                catch (error) {
                    if (isAbort(error) || !(error instanceof SensoriumError))
                        throw error;
                    onFailed(place, error.message);
                }
            }
        },
    };
}
//# sourceMappingURL=teachers.js.map