// POST /v1/completions: prompts that are continued, without a chat template.
import { chosenModel } from './catalog.js';
import { badRequest } from './errors.js';
import { answerHead, choicesOf, startReplies, streamReplies, wholeReplies } from './replies.js';
import { readJson } from './request.js';
import { samplingOf } from './sampling-schema.js';
import { sendJson } from './write-json.js';
/** OpenAI's default length. */
const DEFAULT_TOKENS = 16;
/** Answers a completion request. Choice i of prompt p has the index `p * n + i`. */
export async function completions(c, server) {
    const started = performance.now();
    const request = await readJson(c, 'completions');
    const model = await chosenModel(c, server, request.model);
    check(request, model.engine);
    const prompts = promptsOf(request);
    const n = request.n ?? 1;
    const logprobs = typeof request.logprobs === 'number';
    const wanted = prompts.flatMap((prompt) => choicesOf({ ...wishesOf(request), prompt, adapter: model.adapter }, n));
    const replies = await startReplies(c, model, wanted, { logprobs, param: 'prompt', started });
    const answer = new Answer(request, echoesOf(request, model.engine), answerHead('cmpl', request.model));
    const usage = () => usageOf(c, replies, n);
    try {
        if (request.stream)
            return await streamReplies(c, replies, (deltas) => chunks(request, answer, deltas, usage));
        const choices = (await wholeReplies(c, replies)).map((reply, index) => answer.choice(index, reply, reply.finish ?? 'stop'));
        return await sendJson(c, answer.body(choices, usage()));
    }
    catch (error) {
        replies.abort();
        throw error;
    }
}
function check(request, { tokenizer }) {
    if (request.stream_options && !request.stream)
        throw badRequest("'stream_options' is only allowed when 'stream' is true", 'stream_options');
    if (request.echo && !tokenizer && promptsOf(request).some((prompt) => typeof prompt !== 'string'))
        throw badRequest('Only prompts that are texts can be sent back', 'echo', { code: 'unsupported_parameter' });
    if (request.max_tokens === 0 && !request.echo)
        throw badRequest('Nothing is asked for', 'max_tokens', { code: 'invalid_value', expected: 'at least 1, or echo' });
    if (request.best_of && request.best_of !== (request.n ?? 1))
        throw badRequest("'best_of' other than 'n' is not available", 'best_of', { code: 'unsupported_parameter' });
}
function wishesOf(request) {
    return {
        messages: [],
        ...samplingOf(request),
        maxTokens: request.max_tokens ?? DEFAULT_TOKENS,
        topLogProbs: request.logprobs || undefined,
        promptLogProbs: request.echo ? (request.logprobs ?? undefined) : undefined,
    };
}
function promptsOf({ prompt }) {
    if (typeof prompt === 'string')
        return [prompt];
    return typeof prompt[0] === 'number' ? [prompt] : prompt;
}
/** What is sent back of each prompt. */
function echoesOf(request, { tokenizer }) {
    return promptsOf(request).map((prompt) => {
        if (!request.echo)
            return '';
        return typeof prompt === 'string' ? prompt : (tokenizer?.decode(prompt) ?? '');
    });
}
/** Every prompt counts once, however many continuations it has. */
function usageOf(c, { all, readers }, n) {
    const record = c.get('record');
    const prompt_tokens = all.reduce((sum, reply, i) => (i % n === 0 ? sum + reply.promptTokens : sum), 0);
    const completion_tokens = readers.reduce((sum, reader) => sum + reader.tokens, 0);
    record.promptTokens = prompt_tokens;
    return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
/** Puts choices together; knows how far the text of each has come. */
class Answer {
    request;
    head;
    lengths;
    echoes;
    constructor(request, echoes, head) {
        this.request = request;
        this.head = head;
        this.echoes = echoes.flatMap((echo) => new Array(request.n ?? 1).fill(echo));
        this.lengths = this.echoes.map((text) => text.length);
    }
    /** The next part of a choice; the first one begins with the prompt, where that is asked for. */
    choice(index, { text, logprobs, prompt }, finish) {
        const echo = this.echoes[index];
        this.echoes[index] = '';
        return {
            index,
            text: echo + text,
            logprobs: typeof this.request.logprobs === 'number' ? this.logprobs(index, logprobs, prompt) : null,
            finish_reason: finish === undefined ? null : finish === 'length' ? 'length' : 'stop',
        };
    }
    body(choices, usage) {
        return { ...this.head, object: 'text_completion', choices, ...(usage === undefined ? {} : { usage }) };
    }
    logprobs(index, reply, prompt = []) {
        const text_offset = [];
        let at = 0;
        for (const { token } of prompt) {
            text_offset.push(at);
            at += token.length;
        }
        for (const { token } of reply) {
            text_offset.push(this.lengths[index]);
            this.lengths[index] = this.lengths[index] + token.length;
        }
        const tokens = [...prompt, ...reply];
        return {
            tokens: tokens.map(({ token }) => token),
            token_logprobs: tokens.map(({ logprob }) => logprob),
            top_logprobs: this.request.logprobs
                ? tokens.map(({ logprob: own, top_logprobs: top }) => own === null ? null : Object.fromEntries(top.map(({ token, logprob }) => [token, logprob])))
                : null,
            text_offset,
        };
    }
}
async function* chunks(request, answer, deltas, usage) {
    const withUsage = request.stream_options?.include_usage === true;
    const event = (choices, total) => JSON.stringify(answer.body(choices, withUsage ? total : undefined));
    for await (const [index, delta] of deltas)
        if (delta.text !== '' || delta.logprobs.length > 0 || delta.prompt || delta.finish)
            yield event([answer.choice(index, delta, delta.finish)], null);
    if (withUsage)
        yield event([], usage());
    yield '[DONE]';
}
//# sourceMappingURL=completions.js.map