// A model behind an OpenAI-compatible server as a responder: images as data URLs, a few requests at once.
import { atOnce } from '../util/at-once.js';
import { serverCall } from './server-call.js';
/**
 * Asks a server, greedily unless `sampling` says otherwise. A request that fails (`serverCall`) is a row without a reply. Errors: those of `serverCall`.
 */
export function serverResponder(options, role) {
    const call = serverCall(options, role);
    const { concurrency = 4 } = options;
    return {
        replies: (conversations, { maxTokens, signal, onReply, onFailed }) => atOnce(conversations, concurrency, async (messages, place, either) => {
            const outcome = await call(messages, { maxTokens, signal: either });
            if ('reply' in outcome) {
                onReply?.({ place, reply: outcome.reply });
                return outcome.reply;
            }
            onFailed?.(place, outcome.failed);
            onReply?.();
            return undefined;
        }, signal),
    };
}
//# sourceMappingURL=server-responder.js.map