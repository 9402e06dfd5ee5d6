// A responder, which replies to conversations and is measured by the answers; and every kind of model as one.
import { Engine, Seq2SeqEngine } from '../generate/engine/index.js';
import { KvSlots } from '../generate/engine/kv-slots.js';
import { rankOptions } from '../generate/rank-options.js';
import { framedIds, mediaParts } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { questionOf } from './benchmark.js';
/** Bytes of keys and values that conversations may take together. */
const KV_BYTES = 2 ** 31;
/** Conversations wait in the runner, not in the engine. */
const QUEUE = 2 ** 20;
/**
 * A model as a responder: greedy replies of an engine to up to `slots` conversations at once (default 32; fewer where the whole context of
 * each takes more than 2 GiB together). A text model without a chat template is given the bare question. Errors: `evaluate.media` for images
 * in conversations with a model of text; those of the engine.
 */
export async function responderOf(model, { slots: most = 32 } = {}) {
    const { kind } = model.model;
    if (kind === 'seq2seq') {
        const engine = await Seq2SeqEngine.create(model, { slots: most, maxQueue: QUEUE });
        return {
            replies: (conversations, options) => replyAll(engine, conversations, options),
            rank: ranker(model),
            dispose: () => engine.dispose(),
        };
    }
    // Adapters that attend to images at every step are not served in one batch with others.
    const { language_model: language } = model.model.network;
    if (language?.readsMedia)
        return {
            replies: (conversations, options) => replyInTurn(model, conversations, options),
            rank: ranker(model),
            dispose: async () => undefined,
        };
    const { program, capacity } = await model.programs.decoder();
    const slots = Math.max(1, Math.min(most, Math.floor(KV_BYTES / (capacity * KvSlots.bytesPerPosition(program)))));
    const engine = await Engine.create(model, { slots, maxQueue: QUEUE });
    const promptOf = kind === 'causal' ? textPrompt(model) : undefined;
    return {
        replies: (conversations, options) => replyAll(engine, conversations, options, promptOf),
        rank: ranker(model),
        dispose: () => engine.dispose(),
    };
}
/** How a model of text is given a conversation. */
function textPrompt({ tokenizer, model: { template, dir } }) {
    return (messages) => {
        if (mediaParts(messages).length > 0)
            throw new SensoriumError('evaluate.media', 'this model takes no images', {
                place: dir,
                expected: 'rows of text',
                got: 'a row with an image',
                hint: 'Measure it on data without images',
            });
        return template ? { messages } : { ids: framedIds(tokenizer, questionOf(messages)) };
    };
}
/** All replies; the first that fails ends the others. */
async function replyAll(engine, conversations, { maxTokens, signal, onReply }, promptOf = (messages) => ({ messages })) {
    const prompts = conversations.map(promptOf);
    const failed = new AbortController();
    const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const reply = async (prompt, place) => {
        try {
            let text = '';
            for await (const piece of engine.submit({ ...prompt, maxTokens, temperature: 0, signal: either }))
                text += piece.text;
            onReply?.({ place, reply: text });
            return text;
        }
        catch (error) {
            failed.abort(error);
            throw error;
        }
    };
    return Promise.all(prompts.map(reply));
}
/** Greedy replies one after the other. */
async function replyInTurn(model, conversations, { maxTokens, signal, onReply }) {
    const replies = [];
    for (const [place, messages] of conversations.entries()) {
        let reply = '';
        for await (const { text } of model.stream({ messages: [...messages], maxTokens, temperature: 0, signal }))
            reply += text;
        replies.push(reply);
        onReply?.({ place, reply });
    }
    return replies;
}
/** Ranks choices by their mean log-probability a token, so that long ones have a chance. */
function ranker(model) {
    return async (items, { signal, onRank }) => {
        const policy = await model.policy();
        const best = [];
        for (const [place, { messages, choices }] of items.entries()) {
            throwIfAborted(signal);
            const ids = choices.map((choice) => model.tokenizer.encode(choice));
            const [first] = await rankOptions(policy, await model.encode([...messages]), ids, { normalize: 'mean' });
            const { index } = first;
            best.push(index);
            onRank?.(place, index);
        }
        return best;
    };
}
//# sourceMappingURL=responder.js.map