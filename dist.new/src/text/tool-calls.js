// Calls of tools in a reply: `<tool_call>{"name": …, "arguments": …}</tool_call>`, the form of Hermes that Qwen's templates teach.
export const CALL_START = '<tool_call>';
export const CALL_END = '</tool_call>';
/** Separates calls from text while a reply streams in. What could begin a call is held back until it is known. */
export class ToolCallReader {
    forced;
    held = '';
    inside = false;
    /** What ends a call. Strings of a forced one may hold the mark itself, but no line ends. */
    endMark;
    /** `forced`: the reply is nothing but calls in the form of `callsFormat`; there is no text, and a call that was cut is given as far as it went. */
    constructor(forced = false) {
        this.forced = forced;
        this.endMark = forced ? `\n${CALL_END}` : CALL_END;
    }
    push(piece) {
        this.held += piece;
        const out = { text: '', calls: [] };
        for (;;) {
            const mark = this.inside ? this.endMark : CALL_START;
            const at = this.held.indexOf(mark);
            if (at < 0)
                break;
            const before = this.held.slice(0, at);
            this.held = this.held.slice(at + mark.length);
            if (this.inside) {
                const call = this.forced ? readForced(before) : readCall(before);
                if (call)
                    out.calls.push(call);
                else
                    out.text += CALL_START + before + CALL_END; // not a call after all: the client sees what was written
            }
            else
                out.text += before;
            this.inside = !this.inside;
        }
        if (!this.inside) {
            const safe = this.held.length - dangling(this.held);
            out.text += this.held.slice(0, safe);
            this.held = this.held.slice(safe);
        }
        return this.forced ? { ...out, text: '' } : out;
    }
    /** The rest at the end of a reply. A call that was cut is given if its JSON is whole, else as text; a forced one in any case. */
    end() {
        const { held, inside } = this;
        this.held = '';
        this.inside = false;
        const call = inside ? (this.forced ? readForced(held) : readCall(held)) : undefined;
        if (call)
            return { text: '', calls: [call] };
        if (this.forced)
            return { text: '', calls: [] };
        return { text: inside ? CALL_START + held : held, calls: [] };
    }
}
function readCall(json) {
    let value;
    try {
        value = JSON.parse(json);
    }
    catch {
        return undefined; // the model wrote no JSON: the caller shows it as text
    }
    if (typeof value !== 'object' || value === null)
        return undefined;
    const { name, arguments: args = {} } = value;
    if (typeof name !== 'string' || name === '')
        return undefined;
    return { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) };
}
const FORCED_HEAD = /^\s*\{"name": ("(?:[^"\\]|\\.)*"), "arguments": /;
/** A call in the form of `callsFormat`: its arguments as they were written, so that no number is rounded. */
function readForced(written) {
    const head = FORCED_HEAD.exec(written);
    if (!head || !isJson(head[1]))
        return undefined;
    const [rest = ''] = written.slice(head[0].length).split('\n', 1);
    // The last brace ends the call itself, unless the reply was cut before it.
    const args = [rest.slice(0, -1), rest].find(isJson) ?? rest;
    return { name: JSON.parse(head[1]), arguments: args };
}
/** Whether a text is all of a JSON value. */
export function isJson(written) {
    try {
        JSON.parse(written);
        return true;
    }
    catch {
        return false;
    }
}
function dangling(text) {
    for (let n = Math.min(CALL_START.length - 1, text.length); n > 0; n--)
        if (text.endsWith(CALL_START.slice(0, n)))
            return n;
    return 0;
}
/** A message as chat templates want it: the arguments of earlier calls as objects, not as JSON text, where `reads` allows it. */
export function forTemplate(message, reads = () => true) {
    const calls = message.tool_calls;
    if (!Array.isArray(calls))
        return message;
    return { ...message, tool_calls: calls.map((call) => ({ ...call, function: { ...call.function, arguments: parsed(call, reads) } })) };
}
function parsed({ function: f }, reads) {
    if (typeof f?.arguments !== 'string' || !reads(f.arguments))
        return f?.arguments;
    try {
        return JSON.parse(f.arguments);
    }
    catch {
        return f.arguments; // text that is no JSON is shown to the model as it is
    }
}
//# sourceMappingURL=tool-calls.js.map