// POST /tokenize and /detokenize, as vLLM has them: the ids that a prompt or a conversation would be, and the text of ids.
import { chosenModel } from './catalog.js';
import { ApiError, badRequest } from './errors.js';
import { ownerOf } from './files-api.js';
import { openMessages } from './messages.js';
import { readJson } from './request.js';
import { sendJson } from './write-json.js';
/** Answers POST /tokenize. */
export async function tokenize(c, server) {
    const request = await readJson(c, 'tokenize');
    const { engine } = await chosenModel(c, server, request.model);
    const { prompt } = request;
    const isText = typeof prompt === 'string';
    if (isText === Boolean(request.messages))
        throw badRequest('Either prompt or messages', isText ? 'messages' : 'prompt', { code: 'invalid_value' });
    const opened = await openMessages(request.messages ?? [], {
        maxImages: 0,
        images: false,
        sources: { remote: undefined, files: undefined, owner: ownerOf(c) },
        signal: c.get('signal'),
    });
    const tokens = await tokenizerOf(engine).encode({
        messages: opened.messages,
        prompt: isText ? prompt : undefined,
        bare: request.add_special_tokens === false,
        tools: request.tools ?? undefined,
        variables: request.chat_template_kwargs ?? undefined,
        continueFinalMessage: request.continue_final_message ?? undefined,
        signal: c.get('signal'),
    });
    return await sendJson(c, {
        count: tokens.length,
        max_model_len: engine.contextLength,
        tokens: [...tokens],
        token_strs: request.return_token_strs ? tokens.map((id) => tokenizerOf(engine).decode([id])) : null,
    });
}
/** Answers POST /detokenize. */
export async function detokenize(c, server) {
    const request = await readJson(c, 'detokenize');
    const { engine } = await chosenModel(c, server, request.model);
    return c.json({ prompt: tokenizerOf(engine).decode(request.tokens) });
}
function tokenizerOf({ tokenizer }) {
    if (tokenizer)
        return tokenizer;
    throw new ApiError(404, 'The engine of this model does not tell tokens', { code: 'unknown_url' });
}
//# sourceMappingURL=tokenize.js.map