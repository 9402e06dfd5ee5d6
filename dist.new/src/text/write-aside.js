// Texts to ids without holding up the thread that serves everybody: short ones here, long ones in a worker thread.
import { hasWorkers, runJob } from '../util/jobs.js';
import { exceeds } from './prompt-length.js';
import { encodeJob, writeJob } from './text-jobs.js';
import { writePrompt } from './written.js';
/** Characters, each value of the data counting as sixteen, from which a text is left to a worker thread: one or two milliseconds of work. */
export const LONG_TEXT = 4096;
const VALUE = 16;
/**
 * `writePrompt`, in a worker thread for a conversation that is long. A template that a worker cannot make, or data that it cannot be sent, is
 * rendered here. Rejects as `writePrompt` throws, with the errors of `runJob`, and with the reason of `signal`.
 */
export async function writePromptAside(messages, options, { limit, signal } = {}) {
    signal?.throwIfAborted();
    const { tokenizer, template: chat, frame, ...render } = options;
    const size = limit === undefined ? undefined : { limit, trims: /\btrim\b|strip\(/.test(chat.source), variables: render.variables };
    const texts = messages.map(withoutMedia);
    const weight = weigh([texts, render.variables]);
    const isFar = weight.size >= LONG_TEXT && weight.plain && frame === undefined && hasWorkers();
    const template = isFar ? sharedTemplate(chat) : undefined;
    if (!template) {
        const exceeded = size && exceeds(tokenizer, messages, size);
        return exceeded === undefined ? writePrompt(messages, options) : { exceeded };
    }
    return runJob(writeJob, { tokenizer: sharedTokenizer(tokenizer), template, messages: texts, render, size }, { signal, urgent: true });
}
/** Ids of texts, in a worker thread where they are long together; with a limit `exceeded` for a first text that is certainly longer. */
export async function encodeAside(tokenizer, texts, { special = false, limit, signal } = {}) {
    signal?.throwIfAborted();
    const size = limit === undefined ? undefined : { limit };
    if (texts.reduce((sum, text) => sum + text.length, 0) >= LONG_TEXT && hasWorkers()) {
        const input = { tokenizer: sharedTokenizer(tokenizer), texts, special, size };
        return runJob(encodeJob, input, { signal, urgent: true });
    }
    const exceeded = size && exceeds(tokenizer, texts[0], size);
    return exceeded === undefined ? texts.map((text) => tokenizer.encode(text, { special })) : { exceeded };
}
/** Makes a tokenizer, and a template, ready to be sent to threads: of a large vocabulary that takes a tenth of a second. */
export function shareText(tokenizer, template) {
    sharedTokenizer(tokenizer);
    if (template)
        sharedTemplate(template);
}
/** The same message with nothing of its images but that they are there. */
function withoutMedia(message) {
    if (!Array.isArray(message.content))
        return message;
    const parts = message.content;
    return { ...message, content: parts.map((part) => (part.type === 'text' ? part : { type: part.type })) };
}
/** How much there is to write: characters, and values as characters. `plain`: a worker that is sent it has the same. */
function weigh(value) {
    let size = 0;
    const open = [value];
    while (open.length > 0) {
        const one = open.pop();
        if (typeof one === 'string')
            size += one.length;
        size += VALUE;
        if (typeof one === 'function' || typeof one === 'symbol')
            return { size, plain: false };
        if (typeof one !== 'object' || one === null)
            continue;
        if (Array.isArray(one)) {
            for (const item of one)
                open.push(item);
            continue;
        }
        const prototype = Object.getPrototypeOf(one);
        if (prototype !== Object.prototype && prototype !== null)
            return { size, plain: false };
        for (const [key, item] of Object.entries(one)) {
            size += key.length;
            open.push(item);
        }
    }
    return { size, plain: true };
}
let count = 0;
const tokenizers = new WeakMap();
const templates = new WeakMap();
function shared(value) {
    const json = Buffer.from(JSON.stringify(value));
    const bytes = new Uint8Array(new SharedArrayBuffer(json.length));
    bytes.set(json);
    return { id: ++count, bytes };
}
function sharedTokenizer(tokenizer) {
    const { json, config, place } = tokenizer;
    const known = tokenizers.get(tokenizer) ?? shared({ json, config, place });
    tokenizers.set(tokenizer, known);
    return known;
}
/** Undefined for a template that functions are a part of. */
function sharedTemplate(template) {
    const { source, options } = template;
    if (options.now || options.layout?.adapt || options.layout?.prompt)
        return undefined;
    const known = templates.get(template) ?? shared({ source, options });
    templates.set(template, known);
    return known;
}
//# sourceMappingURL=write-aside.js.map