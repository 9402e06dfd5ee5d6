// Requests and answers of /tokenize and /detokenize.
import { z } from 'zod';
import { chatRequest } from './chat-schema.js';
/** Ids of one request. */
const MOST_IDS = 131_072;
const { messages, tools, chat_template_kwargs, continue_final_message } = chatRequest.shape;
/** Body of POST /tokenize: a `prompt`, or `messages`. */
export const tokenizeRequest = z.strictObject({
    model: z.string().min(1),
    prompt: z.string().nullish(),
    add_special_tokens: z.boolean().nullish().describe('of a prompt: what the tokenizer puts around texts; default true'),
    messages: messages.nullish().describe('without images'),
    tools,
    chat_template_kwargs,
    continue_final_message,
    add_generation_prompt: chatRequest.shape.add_generation_prompt,
    return_token_strs: z.boolean().nullish(),
});
/** Answer of POST /tokenize. */
export const tokenizeAnswer = z.object({
    count: z.int(),
    max_model_len: z.int(),
    tokens: z.array(z.int()),
    token_strs: z.array(z.string()).nullable(),
});
/** Body of POST /detokenize. */
export const detokenizeRequest = z.strictObject({ model: z.string().min(1), tokens: z.array(z.int().min(0)).max(MOST_IDS) });
/** Answer of POST /detokenize. */
export const detokenizeAnswer = z.object({ prompt: z.string() });
//# sourceMappingURL=tokenize-schema.js.map