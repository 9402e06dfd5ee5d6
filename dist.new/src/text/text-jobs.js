// Texts to ids in a worker thread. A thread makes the tokenizer and the template of a model once, out of JSON that all threads share.
import { defineJob } from '../util/jobs.js';
import { ChatTemplate } from './chat.js';
import { exceeds } from './prompt-length.js';
import { Tokenizer } from './tokenizer.js';
import { writePrompt } from './written.js';
/** Things that a thread keeps. */
const MOST_KEPT = 8;
const kept = new Map();
/** What `make` made of a value, now or before. */
function made({ id, bytes }, make) {
    const value = kept.get(id) ?? make(JSON.parse(Buffer.from(bytes).toString('utf8')));
    kept.delete(id); // the latest is last
    kept.set(id, value);
    if (kept.size > MOST_KEPT)
        for (const oldest of [...kept.keys()].slice(0, 1))
            kept.delete(oldest);
    return value;
}
const tokenizerOf = (parts) => made(parts, ({ json, config, place }) => Tokenizer.fromJson(json, config, place));
/** Writes a prompt; `exceeded` for one that is certainly longer than allowed, with a number of tokens that it has at least. */
export function writeMessages({ tokenizer, template, messages = [], render, size }) {
    const ours = tokenizerOf(tokenizer);
    const exceeded = size && exceeds(ours, messages, size);
    if (exceeded !== undefined)
        return { exceeded };
    const chat = made(template, ({ source, options }) => new ChatTemplate(source, options));
    return writePrompt(messages, { tokenizer: ours, template: chat, ...render });
}
/** Ids of texts; `exceeded` as above, for the first text. */
export function encodeTexts({ tokenizer, texts = [], special, size }) {
    const ours = tokenizerOf(tokenizer);
    const exceeded = size && exceeds(ours, texts[0], size);
    if (exceeded !== undefined)
        return { exceeded };
    return texts.map((text) => Int32Array.from(ours.encode(text, { special })));
}
/** `writeMessages` in a worker thread. */
export const writeJob = defineJob(import.meta.url, writeMessages);
/** `encodeTexts` in a worker thread. */
export const encodeJob = defineJob(import.meta.url, encodeTexts);
//# sourceMappingURL=text-jobs.js.map