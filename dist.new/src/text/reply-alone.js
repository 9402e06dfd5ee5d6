// A reply in the conversation that ends with it: what the template writes around the reply, and which stretches of the whole text are its own.
import { SensoriumError } from '../util/errors.js';
import { text } from './jinja/index.js';
/** The runs of one message, in order. */
export function runsOf(rendered, index) {
    const out = [];
    const whole = text(rendered);
    let at = 0;
    for (const { end, source } of typeof rendered === 'string' ? [] : rendered.runs) {
        if (source?.message === index)
            out.push({ start: at, end, words: whole.slice(at, end).trim() });
        at = end;
    }
    return out.filter(({ words }) => words !== '');
}
/** Undefined where the template refuses the shorter conversation, or writes it in another way than the prompt. */
export function loneReply(messages, index, render) {
    if (index === 0)
        return undefined;
    try {
        const prompt = text(render(messages.slice(0, index), true));
        const rendered = render(messages.slice(0, index + 1), false);
        const whole = text(rendered);
        const runs = runsOf(rendered, index);
        const [first, last] = [runs[0], runs.at(-1)];
        if (!first || !last)
            return undefined;
        const follows = whole.startsWith(prompt) && first.start >= prompt.length;
        return {
            opening: () => {
                const history = text(render(messages.slice(0, index), false));
                return prompt.startsWith(history) ? prompt.slice(history.length) : '';
            },
            before: follows ? whole.slice(prompt.length, first.start) : '',
            after: whole.slice(last.end).trimEnd(),
            runs,
        };
    }
    catch (error) {
        if (error instanceof SensoriumError)
            return undefined; // a template that refuses half a conversation
        throw error;
    }
}
/**
 * Where the reply ends among the runs of its message: templates write names of its calls again as labels of the results. The runs of the whole
 * text are followed through those of the reply alone, of which some may have been cut; what comes after the last of them is another message's.
 */
export function endOfRuns(whole, alone) {
    let next = 0;
    let end;
    for (const run of whole) {
        const found = alone.findIndex(({ words }, i) => i >= next && words === run.words);
        if (found < 0)
            return next === alone.length ? end : undefined;
        next = found + 1;
        end = run.end;
    }
    return end;
}
//# sourceMappingURL=reply-alone.js.map