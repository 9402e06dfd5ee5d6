// Prompts to be completed: the rows of a data set up to their last reply, which is the answer of the data.
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { placeOf } from '../conversation-samples.js';
/** Most tokens of a completion, where nothing is said. */
export const COMPLETION_TOKENS = 64;
/** Prompts that are kept encoded at most. */
const KEPT = 10_000;
/** A function from a row to its prompt. Errors: `train.data` for a row that asks nothing, `text.length` for one of more than `maxPrompt` tokens. */
export function promptRows(data, processor, { maxPrompt }) {
    const known = new Map();
    return async (index) => {
        const found = known.get(index);
        if (found)
            return found;
        const row = await data.get(index);
        const last = row.messages.at(-1);
        const answered = last?.role === 'assistant';
        const messages = answered ? row.messages.slice(0, -1) : row.messages;
        if (messages.at(-1)?.role === 'assistant' || !messages.some(({ role }) => role === 'user'))
            throw new SensoriumError('train.data', 'a row asks nothing that could be completed', {
                place: placeOf(row),
                expected: 'a conversation that ends with a question, or with one and its answer',
                got: row.messages.map(({ role }) => role).join(', ') || 'no messages',
            });
        const variables = row.tools ? { variables: { tools: row.tools } } : {};
        const options = { addGenerationPrompt: true, keepImages: false, maxLength: maxPrompt, ...variables };
        const { ids, media, positions } = await processor.encode(messages, options);
        const made = {
            index,
            sequence: { ids, media, ...(positions ? { positions } : {}) },
            messages,
            ...(answered && typeof last.content === 'string' ? { answer: last.content } : {}),
            row,
        };
        if (known.size < KEPT)
            known.set(index, made);
        return made;
    };
}
/** Prompts as `LossOptions.samples`: throws for rows that cannot be completed. */
export function promptSamples(data, processor, { maxLength } = {}) {
    const prompt = promptRows(data, processor, { maxPrompt: maxLength });
    return async (index) => ({ sequences: [(await prompt(index)).sequence] });
}
/** What prompts are made from, for a fingerprint: their ids one after the other. */
export function promptFeeds(prompts) {
    const ids = prompts.flatMap(({ sequence }) => [...sequence.ids]);
    return { prompts: hostTensor('int32', [ids.length], Int32Array.from(ids)) };
}
/** The same prompts with the images of equal layouts exchanged; undefined where there are none, or all are equal. */
export function exchangedImages(prompts) {
    const groups = new Map();
    for (const [i, { sequence }] of prompts.entries()) {
        if (sequence.media.length === 0)
            continue;
        const layout = sequence.media.map(({ at }) => at.length).join();
        groups.set(layout, [...(groups.get(layout) ?? []), i]);
    }
    const out = prompts.map(({ sequence }) => sequence);
    let changed = false;
    for (const group of groups.values())
        group.forEach((i, k) => {
            const own = prompts[i].sequence;
            const other = prompts[group[(k + 1) % group.length]].sequence;
            const media = own.media.map(({ at }, m) => ({ ...other.media[m], at }));
            if (media.some(({ key }, m) => key !== own.media[m]?.key))
                changed = true;
            out[i] = { ...own, media };
        });
    return changed ? out : undefined;
}
//# sourceMappingURL=prompts.js.map