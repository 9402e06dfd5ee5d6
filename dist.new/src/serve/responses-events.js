// A reply as items of the Responses API, and the events that tell of them as they grow.
import { randomUUID } from 'node:crypto';
import { isJson } from '../text/tool-calls.js';
const newId = (prefix) => `${prefix}_${randomUUID().replaceAll('-', '')}`;
/** The items of one reply. Text goes to the message that is open; a call closes it. */
export class OutputItems {
    logprobs;
    items = [];
    open;
    constructor(logprobs) {
        this.logprobs = logprobs;
    }
    /** Adds what came; gives the changes in order. */
    add({ text, calls, logprobs, finish }) {
        const changes = [];
        if (text !== '' || (this.logprobs && logprobs.length > 0)) {
            const item = this.message(changes);
            const part = item.content[0];
            part.text += text;
            part.logprobs?.push(...logprobs);
            changes.push({ kind: 'text', index: this.items.indexOf(item), item, delta: text, logprobs });
        }
        for (const call of calls) {
            this.close(changes, 'completed');
            this.call(changes, call, finish === 'length' && !isJson(call.function.arguments) ? 'incomplete' : 'completed');
        }
        return changes;
    }
    /** The finished items; there is always one. `cut`: the reply ended at its limit. */
    end(cut, changes = []) {
        if (this.items.length === 0)
            this.message(changes);
        this.close(changes, cut ? 'incomplete' : 'completed');
        return this.items;
    }
    message(changes) {
        if (this.open)
            return this.open;
        this.open = {
            type: 'message',
            id: newId('msg'),
            role: 'assistant',
            status: 'in_progress',
            content: [{ type: 'output_text', text: '', annotations: [], ...(this.logprobs ? { logprobs: [] } : {}) }],
        };
        this.items.push(this.open);
        changes.push({ kind: 'opened', index: this.items.length - 1, item: this.open });
        return this.open;
    }
    call(changes, { id, function: f }, status) {
        const item = {
            type: 'function_call',
            id: newId('fc'),
            call_id: id,
            name: f.name,
            arguments: f.arguments,
            status,
        };
        const index = this.items.push(item) - 1;
        changes.push({ kind: 'opened', index, item }, { kind: 'closed', index, item });
    }
    close(changes, status) {
        if (!this.open)
            return;
        this.open.status = status;
        changes.push({ kind: 'closed', index: this.items.indexOf(this.open), item: this.open });
        this.open = undefined;
    }
}
/** The events of a streamed response, in the order of OpenAI's and numbered. */
export class ResponseEvents {
    options;
    count = 0;
    items;
    constructor(options) {
        this.options = options;
        this.items = new OutputItems(options.logprobs);
    }
    /** The events of a reply. */
    async *of(deltas) {
        const { begun, finished } = this.options;
        yield this.event('response.created', { response: begun });
        yield this.event('response.in_progress', { response: begun });
        let cut = false;
        for await (const [, delta] of deltas) {
            cut ||= delta.finish === 'length';
            for (const change of this.items.add(delta))
                yield* eventsOf(change, this.event);
        }
        const last = [];
        const all = this.items.end(cut, last);
        for (const change of last)
            yield* eventsOf(change, this.event);
        yield this.event(cut ? 'response.incomplete' : 'response.completed', { response: finished(all, cut) });
    }
    /** What follows the events so far when the reply fails. */
    failure({ message, apiCode, param }) {
        const error = { code: 'server_error', message };
        const response = { ...this.options.begun, status: 'failed', error, output: [...this.items.items] };
        return [this.event('error', { code: apiCode, message, param }), this.event('response.failed', { response })];
    }
    event = (type, fields) => ({
        event: type,
        data: JSON.stringify({ type, sequence_number: this.count++, ...fields }),
    });
}
/** The event of a request that fails before there is a response. */
export function failedEarly({ message, apiCode, param }) {
    return [{ event: 'error', data: JSON.stringify({ type: 'error', sequence_number: 0, code: apiCode, message, param }) }];
}
function* eventsOf(change, event) {
    const { index: output_index, item } = change;
    const at = { item_id: item.id, output_index };
    if (change.kind === 'text') {
        const { delta, logprobs } = change;
        yield event('response.output_text.delta', { ...at, content_index: 0, delta, logprobs });
    }
    else if (item.type === 'function_call') {
        if (change.kind === 'opened') {
            yield event('response.output_item.added', { output_index, item: { ...item, arguments: '', status: 'in_progress' } });
            yield event('response.function_call_arguments.delta', { ...at, delta: item.arguments });
            yield event('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments });
        }
        else
            yield event('response.output_item.done', { output_index, item });
    }
    else if (change.kind === 'opened') {
        yield event('response.output_item.added', { output_index, item: { ...item, content: [] } });
        yield event('response.content_part.added', { ...at, content_index: 0, part: { ...item.content[0], text: '' } });
    }
    else {
        const [part] = item.content;
        yield event('response.output_text.done', { ...at, content_index: 0, text: part?.text ?? '', logprobs: part?.logprobs ?? [] });
        yield event('response.content_part.done', { ...at, content_index: 0, part });
        yield event('response.output_item.done', { output_index, item });
    }
}
//# sourceMappingURL=responses-events.js.map