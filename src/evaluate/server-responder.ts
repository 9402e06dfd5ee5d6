// A model behind an OpenAI-compatible server as a responder: images as data URLs, a few requests at once.

import { atOnce } from '../util/at-once.js';
import type { PartialResponder } from './responder.js';
import { type ServerOptions, type ServerRole, serverCall } from './server-call.js';

/**
 * Asks a server, greedily unless `sampling` says otherwise. A request that fails (`serverCall`) is a row without a reply. Errors: those of `serverCall`.
 */
export function serverResponder(options: ServerOptions, role?: ServerRole): PartialResponder {
  const call = serverCall(options, role);
  const { concurrency = 4 } = options;
  return {
    replies: (conversations, { maxTokens, sampling, signal, onReply, onFailed }) =>
      atOnce(
        conversations,
        concurrency,
        async (messages, place, either): Promise<string | undefined> => {
          const outcome = await call(messages, { maxTokens, sampling, signal: either });
          if ('reply' in outcome) {
            onReply?.({ place, reply: outcome.reply });
            return outcome.reply;
          }
          onFailed?.(place, outcome.failed);
          onReply?.();
          return undefined;
        },
        signal,
      ),
  };
}
