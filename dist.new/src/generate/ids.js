// The loop over token ids alone: no tokenizer, no text. Language models that are asked in ids, and encoder-decoders, run on it.
import { SensoriumError } from '../util/errors.js';
import { prepareOptions } from './constrain/compiled.js';
import { withMethod } from './methods/index.js';
import { ReplyBuilder } from './reply-builder.js';
import { resolveOptions } from './resolve.js';
import { ReplyLoop } from './run.js';
/** Chooses tokens until an end id or the limit. Errors: `generate.option`, `generate.context` where there is no room at all. */
export async function* generateIds(model, { prompt, config, tokenizer }, o) {
    const policy = withMethod(model, o);
    const size = { promptTokens: prompt.ids.length, room: policy.room(prompt) };
    const options = resolveOptions(await prepareOptions(o, tokenizer), { ...config, stop: [] }, size);
    const reply = new ReplyBuilder({ tokenizer, options, promptIds: prompt.ids, text: false });
    const loop = new ReplyLoop(policy, [prompt], { replies: [reply], signal: o.signal });
    while (await loop.next())
        yield reply.choice;
}
/** Prompts are ids of the model's vocabulary, at least one. Errors: `generate.input`, naming the place of the wrong id. */
export function checkIds(ids, vocabSize) {
    if (ids.length === 0)
        throw new SensoriumError('generate.input', 'the prompt is empty', { expected: 'at least one token', got: 'none' });
    for (let i = 0; i < ids.length; i++) {
        const id = ids[i];
        if (!(Number.isInteger(id) && id >= 0 && id < vocabSize))
            throw new SensoriumError('generate.input', 'a token id is outside the vocabulary', {
                place: `ids[${i}]`,
                expected: `0 to ${vocabSize - 1}`,
                got: String(id),
            });
    }
}
//# sourceMappingURL=ids.js.map