// Held-out questions of a fine-tuning run, answered by the model before and after it.
import { responderOf } from '../evaluate/responder.js';
import { Mllm } from '../generate/mllm.js';
import { splitRows } from '../train/holdout.js';
/** Held-out conversations that are answered before and after. */
const SHOWN = 32;
/** The first held-out conversations, each up to its last reply. */
export async function heldOut(data, { holdout, seed }) {
    if (holdout === 0)
        return [];
    const { held } = splitRows(data.length, { share: holdout, seed });
    const out = [];
    for (const index of held.slice(0, SHOWN)) {
        const { messages, at } = await data.get(index);
        const last = messages.at(-1);
        if (last.role !== 'assistant' || typeof last.content !== 'string')
            continue;
        const asked = messages.slice(0, -1);
        const images = asked.flatMap(partsOf).filter((part) => part.type !== 'text').length;
        // What is asked is what stands behind the reply before.
        const start = asked.findLastIndex(({ role }) => role === 'assistant') + 1;
        const question = asked
            .slice(start)
            .filter(({ role }) => role !== 'system')
            .map(textOf)
            .join(' ')
            .trim();
        const earlier = asked.slice(0, start).map((message) => ({ role: message.role, text: textOf(message) }));
        const about = { file: at.file, row: at.row, ...(earlier.length > 0 ? { earlier } : {}), question, images, answer: last.content };
        out.push({ messages: asked, about });
    }
    return out;
}
const partsOf = ({ content }) => typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
const textOf = (message) => partsOf(message)
    .flatMap((part) => (part.type === 'text' ? [String(part.text)] : []))
    .join(' ')
    .trim();
/** The model's replies, one by one. */
export async function replies(model, held, signal, onReply) {
    if (held.length === 0)
        return [];
    const answerer = Mllm.of(model);
    try {
        const responder = await responderOf(answerer);
        const out = [];
        for (const { messages } of held) {
            out.push(...(await responder.replies([messages], { maxTokens: 48, signal })));
            onReply(out.length);
        }
        return out;
    }
    finally {
        await answerer.dispose();
    }
}
//# sourceMappingURL=sft-predictions.js.map