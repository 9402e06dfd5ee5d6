// Items of the Responses API to messages of the chat API: calls join the reply that they belong to, references are looked up.
import { randomUUID } from 'node:crypto';
/** The request's own items as they are kept: each with an id, references resolved. Throws `ApiError` 404. */
export function inputItems(request, { store, owner }) {
    if (typeof request.input === 'string')
        return [keptItem({ role: 'user', content: request.input })];
    return request.input.map((item, i) => (isReference(item) ? store.item(owner, item.id, `input[${i}].id`) : keptItem(item)));
}
function isReference(item) {
    return !('role' in item) && (item.type === 'item_reference' || item.type === undefined || item.type === null);
}
const ID_PREFIXES = { message: 'msg', function_call: 'fc', function_call_output: 'fco', reasoning: 'rs' };
function keptItem(item) {
    const type = 'role' in item ? 'message' : item.type;
    const id = item.id || `${ID_PREFIXES[type]}_${randomUUID().replaceAll('-', '')}`;
    return { ...item, type, id, status: item.status ?? 'completed' };
}
/** An item as the API shows it: texts as parts, nothing left out. */
export function shownItem(item) {
    if ('role' in item)
        return { ...item, content: shownParts(item.content, item.role === 'assistant' ? 'output_text' : 'input_text') };
    if (item.type === 'function_call_output' && typeof item.output !== 'string')
        return { ...item, output: shownParts(item.output, 'input_text') };
    return item.type === 'reasoning' ? { ...item, summary: item.summary ?? [] } : item;
}
function shownParts(content, type) {
    const parts = typeof content === 'string' ? [{ type, text: content }] : content;
    return parts.map((part) => {
        if (part.type === 'input_image')
            return { ...part, detail: part.detail ?? 'auto' };
        if (!('text' in part))
            return part;
        return { ...part, type, ...(type === 'output_text' ? { annotations: part.annotations ?? [] } : {}) };
    });
}
/** Messages of a conversation of items, `earlier` of which came with responses before. */
export function messagesOfItems(items, earlier, instructions) {
    const messages = [];
    const places = [];
    let place = 'instructions';
    const add = (message) => {
        messages.push(message);
        places.push(place);
    };
    if (instructions)
        add({ role: 'system', content: instructions });
    let thought;
    /** The assistant's message that texts and calls may still join. */
    let open;
    const assistant = () => {
        if (open)
            return open;
        open = { role: 'assistant', content: null };
        if (thought !== undefined)
            open.reasoning_content = thought;
        thought = undefined;
        add(open);
        return open;
    };
    for (const [i, item] of items.entries()) {
        place = i < earlier ? 'previous_response_id' : `input[${i - earlier}]`;
        if ('role' in item) {
            if (item.role === 'assistant') {
                if (open?.content || open?.tool_calls)
                    open = undefined;
                assistant().content = plainText(item.content);
                continue;
            }
            open = undefined;
            add({ role: item.role, content: contentOf(item.content) });
        }
        else if (item.type === 'function_call') {
            const message = assistant();
            message.tool_calls = [
                ...(message.tool_calls ?? []),
                { id: item.call_id, type: 'function', function: { name: item.name, arguments: item.arguments } },
            ];
        }
        else if (item.type === 'function_call_output') {
            open = undefined;
            add({ role: 'tool', tool_call_id: item.call_id, content: contentOf(item.output) });
        }
        else if (item.type === 'reasoning') {
            open = undefined;
            thought = item.content?.map(({ text }) => text).join('') || undefined;
        }
    }
    return { messages, places };
}
/** Parts in the words of the chat API; those that a role does not take are refused when the messages are checked. */
function contentOf(content) {
    if (typeof content === 'string')
        return content;
    return content.map((part) => {
        if (part.type === 'refusal')
            return part;
        if (part.type === 'input_image')
            return part.image_url
                ? { type: 'image_url', image_url: { url: part.image_url } }
                : { type: 'file', file: { file_id: part.file_id ?? undefined } };
        if (part.type === 'input_file')
            return part.file_url
                ? { type: 'image_url', image_url: { url: part.file_url } }
                : { type: 'file', file: { file_id: part.file_id ?? undefined, file_data: part.file_data ?? undefined } };
        return { type: 'text', text: part.text };
    });
}
function plainText(content) {
    if (typeof content === 'string')
        return content;
    return content.map((part) => ('text' in part ? part.text : part.type === 'refusal' ? part.refusal : '')).join('');
}
//# sourceMappingURL=responses-input.js.map