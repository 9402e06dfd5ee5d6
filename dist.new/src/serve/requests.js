// The bodies of all endpoints that take JSON, by name: what a thread is told that reads one.
import { chatRequest } from './chat-schema.js';
import { completionRequest } from './completions-schema.js';
import { responseRequest } from './responses-schema.js';
import { embeddingsRequest } from './schema.js';
import { detokenizeRequest, tokenizeRequest } from './tokenize-schema.js';
/** Schemas by name. */
export const REQUESTS = {
    chat: chatRequest,
    completions: completionRequest,
    responses: responseRequest,
    embeddings: embeddingsRequest,
    tokenize: tokenizeRequest,
    detokenize: detokenizeRequest,
};
//# sourceMappingURL=requests.js.map