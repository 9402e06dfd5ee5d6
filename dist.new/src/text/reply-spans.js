// The places of replies in a rendered conversation, for the loss of training: found by where each character came from.
import { SensoriumError } from '../util/errors.js';
import { text } from './jinja/index.js';
import { endOfRuns, loneReply, runsOf } from './reply-alone.js';
/**
 * The spans of all replies with their end-of-turn tokens, in order. Replies that are empty or that the template leaves out have none; one that
 * a tool's result interrupts has several. Errors: `text.template`, with the index of the message, where the template writes something else in
 * place of a reply, or writes it twice.
 */
export function replySpans(search) {
    const { messages, rendered } = search;
    const found = stretches(rendered);
    const whole = text(rendered);
    const mixed = messages.some(({ role }, i) => role === 'assistant' && found.get(i)?.some(({ isContent }) => !isContent));
    return messages.flatMap((message, i) => {
        if (message.role !== 'assistant')
            return [];
        const all = found.get(i);
        const lone = mixed ? loneReply(messages, i, search.render) : undefined;
        const last = lone && endOfRuns(runsOf(rendered, i), lone.runs);
        const own = all?.filter(({ start }) => last === undefined || start < last);
        const others = [...found].flatMap(([message, some]) => (message === i ? [] : some));
        if (!own)
            checkLeftOut(search, i);
        checkOnce(search, i);
        return (own ?? [])
            .filter(({ start, end }) => whole.slice(start, end).trim() !== '')
            .map((stretch, nth) => {
            const { start, end, isContent } = stretch;
            return spanOf(search, { start, end: Math.min(end, last ?? end), isContent }, { nth, lone, mixed, others });
        });
    });
}
/** Stretches of each message, in order. */
function stretches(rendered) {
    const out = new Map();
    let at = 0;
    let last;
    for (const { end, source } of typeof rendered === 'string' ? [] : rendered.runs) {
        const from = source;
        if (from) {
            const all = out.get(from.message) ?? [];
            out.set(from.message, all);
            const open = last === from.message ? all.at(-1) : undefined;
            if (open) {
                open.end = end;
                open.isContent &&= from.isContent;
            }
            else
                all.push({ start: at, end, isContent: from.isContent });
            last = from.message;
        }
        at = end;
    }
    return out;
}
/** `mixed`: some replies of the conversation have calls or thoughts of their own, so `placeReplies` cannot tell where each begins. */
function spanOf(search, { start, end, isContent }, { nth, lone, mixed, others }) {
    const whole = text(search.rendered);
    const floor = Math.max(0, ...others.filter((other) => other.end <= start).map((other) => other.end));
    const from = mixed && lone && nth === 0 ? openedAt(whole, start, lone, floor) : start;
    if (isContent)
        return [from, endBehind(search.ends, whole, end)];
    // Calls and thoughts stand in text of the template that the model has to write, too: up to the end token of the turn.
    const bound = Math.min(whole.length, ...others.filter((other) => other.start >= end).map((other) => other.start));
    const ends = [...search.ends].filter(([at]) => at >= end && at < bound);
    const sure = ends.find(([, one]) => one.isSure);
    if (sure)
        return [from, sure[1].to];
    if (lone && whole.startsWith(lone.after, end))
        return [from, end + lone.after.length];
    return [from, ends[0] ? endBehind(search.ends, whole, ends[0][0]) : end];
}
/** Where a reply begins: what stands before it in the conversation that ends with it, or behind the opening that a prompt has. */
function openedAt(whole, start, lone, floor) {
    const { before } = lone;
    if (before !== '' && whole.endsWith(before, start))
        return start - before.length;
    const opening = lone.opening();
    const at = opening === '' ? -1 : whole.slice(floor, start).lastIndexOf(opening);
    return at < 0 ? start : floor + at + opening.length;
}
/** Where the end tokens behind a reply end: several may follow one another, up to one that the model is known to stop at. */
function endBehind(ends, whole, end) {
    let to = end;
    for (let at = end;;) {
        while (at < whole.length && /\s/.test(whole.charAt(at)))
            at++;
        const one = ends.get(at);
        if (!one)
            return to;
        to = one.to;
        at = to;
        if (one.isSure)
            return to;
    }
}
/** Nothing of the reply is in the text: it was left out (a thought, an old turn), or something else stands for it, which training cannot use. */
function checkLeftOut({ messages, rendered, render, place }, index) {
    const { content } = messages[index];
    if (!content || JSON.stringify(content).length < 3)
        return;
    const word = { type: 'text', text: 'qjxz' };
    const longer = typeof content === 'string' ? content + word.text : [...content, word];
    const other = render(messages.map((one, i) => (i === index ? { ...one, content: longer } : one)), false);
    if (!stretches(other).has(index) && text(other) !== text(rendered))
        throw lost(place, index, 'something else in its place');
}
/** A reply that is written twice would count twice, and the second place may be anything. */
function checkOnce({ messages, rendered, place }, index) {
    const { content } = messages[index];
    if (typeof rendered === 'string' || typeof content !== 'string')
        return;
    let at = 0;
    let written = 0;
    for (const { end, source } of rendered.runs) {
        const from = source;
        if (from?.message === index && from.isContent)
            written += end - at;
        at = end;
    }
    // Letters may grow in upper case, never to twice their number.
    if (written >= 2 * content.trim().length && written > content.length)
        throw lost(place, index, 'the reply more than once');
}
function lost(place, index, got) {
    return new SensoriumError('text.template', 'the template rewrites replies, so their place in the text is unknown', {
        place: `${place}, messages[${index}]`,
        expected: 'the text of the reply, once',
        got,
        hint: 'Use a template that writes the content of assistant messages, or leave this conversation out',
    });
}
//# sourceMappingURL=reply-spans.js.map