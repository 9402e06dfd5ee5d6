// Replies in text: a stream for one prompt, batches for many. Both run the loop of `run.ts` over a policy.
import { generationOf } from '../model/generation-config.js';
import { prepareOptions } from './constrain/compiled.js';
import { decoderPolicy } from './decoder-policy.js';
import { withMethod } from './methods/index.js';
import { ReplyBuilder } from './reply-builder.js';
import { resolveOptions } from './resolve.js';
import { ReplyLoop } from './run.js';
/** The policy of a request; a decoder stands for its own. */
export const policyOf = (model, options) => withMethod('start' in model ? model : decoderPolicy(model), options);
/** Streams a reply. Text that could begin a stop string is held back until it is known not to. `config`: default, the tokenizer's end. */
export async function* generateTokens(model, tokenizer, prompt, o = {}, config = generationOf(tokenizer)) {
    const policy = policyOf(model, o);
    const reply = replyTo(policy, prompt, { tokenizer, config, o: await prepareOptions(o, tokenizer) });
    const loop = new ReplyLoop(policy, [prompt], { replies: [reply], signal: o.signal });
    for (let pieces = await loop.next(); pieces; pieces = await loop.next())
        yield pieces[0];
}
/** Replies to many prompts at once, in batches of equal work; the same as one by one, also drawn: every row has the seed to itself. */
export async function generateMany(model, tokenizer, prompts, o = {}, config = generationOf(tokenizer)) {
    const { batch = 32 } = o;
    const policy = policyOf(model, o);
    const prepared = await prepareOptions({ ...o, maxTokens: o.maxTokens ?? 16 }, tokenizer);
    const order = prompts.map((_, i) => i).sort((a, b) => prompts[a].ids.length - prompts[b].ids.length || a - b);
    const replies = new Array(prompts.length).fill('');
    for (let at = 0; at < order.length; at += batch) {
        const members = order.slice(at, at + batch);
        const own = members.map((i) => prompts[i]);
        const builders = own.map((prompt) => replyTo(policy, prompt, { tokenizer, config, o: prepared }));
        const loop = new ReplyLoop(policy, own, { replies: builders, signal: o.signal });
        for (let pieces = await loop.next(); pieces; pieces = await loop.next())
            members.forEach((i, k) => {
                replies[i] += pieces?.[k]?.text ?? '';
            });
    }
    return replies;
}
/** Errors: `generate.option`, `generate.context` where there is no room at all, `constrain.*`. */
function replyTo(policy, prompt, { tokenizer, config, o }) {
    const options = resolveOptions(o, config, { promptTokens: prompt.ids.length, room: policy.room(prompt) });
    return new ReplyBuilder({ tokenizer, options, promptIds: prompt.ids });
}
//# sourceMappingURL=tokens.js.map