// One choice of a reply as it grows: text, calls of tools, log-probabilities and the reason it ended, from the events of the engine.
import { randomUUID } from 'node:crypto';
import { ToolCallReader } from '../text/tool-calls.js';
/** What a reader expects of the reply to a request. */
export function expectedCalls({ tools, toolChoice = 'auto', singleCall }) {
    return { tools: toolChoice === 'auto' ? tools !== undefined : 'forced', single: singleCall };
}
/** Turns the engine's events into what the API shows. */
export class ReplyReader {
    options;
    tokens = 0;
    calls = 0;
    reader;
    constructor(options) {
        this.options = options;
        this.reader = options.tools ? new ToolCallReader(options.tools === 'forced') : undefined;
    }
    read(event) {
        if (event.token)
            this.tokens++;
        const read = this.reader?.push(event.text) ?? { text: event.text, calls: [] };
        if (event.finish && this.reader) {
            const rest = this.reader.end();
            read.text += rest.text;
            read.calls.push(...rest.calls);
        }
        if (this.options.single)
            read.calls.splice(this.calls === 0 ? 1 : 0);
        this.calls += read.calls.length;
        const finish = event.finish === 'stop' && this.calls > 0 ? 'tool_calls' : event.finish;
        const logprobs = this.options.logprobs && event.token ? [shownToken(event.token)] : [];
        const prompt = event.prompt?.map(({ logProb, ...token }) => ({
            ...shownToken({ ...token, logProb: logProb ?? 0 }),
            ...(logProb === undefined ? { logprob: null } : {}),
        }));
        return { text: read.text, calls: read.calls.map(shownCall), logprobs, finish, ...(prompt ? { prompt } : {}) };
    }
}
function shownCall({ name, arguments: args }) {
    return { id: `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`, type: 'function', function: { name, arguments: args } };
}
function shown({ text, bytes, logProb }) {
    // JSON has no -Infinity; OpenAI's own stand-in for "practically never".
    return { token: text, logprob: Number.isFinite(logProb) ? logProb : -9999, bytes: [...bytes] };
}
function shownToken(token) {
    return { ...shown(token), top_logprobs: token.top.map(shown) };
}
//# sourceMappingURL=reply.js.map