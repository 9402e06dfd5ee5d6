// Where replies begin and end in a rendered conversation, so that training predicts exactly what the model writes when it is asked.
import { SensoriumError } from '../util/errors.js';
import { DEFAULT_TEMPLATE } from './chat.js';
import { cutText, replaceText } from './layout.js';
import { isLearnt } from './messages.js';
/** What the template writes, as the model's layout changes it. */
export function renderChat(messages, { template, addGenerationPrompt, continueFinalMessage, variables }) {
    const rendered = template.render(messages, { addGenerationPrompt, continueFinalMessage, variables });
    return template.layout.adapt?.(rendered, template.imageToken) ?? rendered;
}
/**
 * Moves the beginning of every reply to where its prompt ends, and gives every reply an end. A template that writes another opening
 * in a conversation than in a prompt (`assistant \n` against `assistant\n`) gets that of the prompt.
 */
export function placeReplies(whole, messages, options, endIds) {
    const replies = messages.flatMap((message, i) => (message.role === 'assistant' && hasText(message) ? [i] : []));
    // Our own template opens and ends every reply with special tokens.
    const known = options.template.source === DEFAULT_TEMPLATE || replies.length !== whole.spans.length;
    let rendered = whole;
    if (!known)
        for (const [k, at] of replies.entries())
            if (at > 0)
                rendered = opened(rendered, k, messages.slice(0, at), options);
    const ended = specialEnds(rendered);
    const ends = [];
    let unended = 0;
    const kept = learntSpans(rendered, messages, replies);
    for (const [, end] of kept) {
        const written = ended.get(end);
        const [endId] = endIds;
        if (written === undefined && endId !== undefined)
            ends.push({ at: end, id: endId });
        else if (written === undefined || !endIds.includes(options.tokenizer.specialTokens.get(written)))
            unended++;
    }
    const last = rendered.spans.at(-1);
    const closes = last !== undefined && replies.at(-1) === messages.length - 1 && replies.length === rendered.spans.length;
    // What a template writes after a last reply that it does not end (`<\s> `, a space) is not what the model should learn or see.
    if (closes && ends.at(-1)?.at === last[1])
        rendered = cutText(rendered, last[1]);
    // Cutting leaves the spans as they are: it cuts behind the last one.
    return { rendered: kept.length === rendered.spans.length ? rendered : { ...rendered, spans: kept }, ends, unended };
}
/** The spans of replies that are learnt. Errors: `text.messages` where a reply is not, and the template does not write one span for each. */
function learntSpans({ spans }, messages, replies) {
    const spoken = messages.filter(({ role }) => role === 'assistant');
    if (spoken.every(isLearnt))
        return spans;
    const each = replies.length === spans.length ? replies.map((i) => messages[i]) : spoken;
    if (each.length === spans.length)
        return spans.filter((_, k) => isLearnt(each[k]));
    throw new SensoriumError('text.messages', 'the template does not show which reply is left out of the loss', {
        expected: `${each.length} replies in what it writes`,
        got: String(spans.length),
        hint: 'Leave the conversation out, or its weight (loss) keys',
    });
}
/** The same with reply `k` beginning where the prompt of `before` ends. */
function opened(rendered, k, before, options) {
    const [start, end] = rendered.spans[k];
    const history = renderChat(before, options).text;
    const asked = renderChat(before, { ...options, addGenerationPrompt: true }).text;
    const opening = asked.startsWith(history) ? asked.slice(history.length) : '';
    // Earlier openings may have been replaced: what stands directly before the reply counts.
    const from = openingStart(rendered, k, { history, opening });
    if (from === undefined)
        return rendered;
    const written = rendered.text.slice(from, start);
    let placed = rendered;
    let at = from + opening.length;
    if (!written.startsWith(opening)) {
        const [same, tail] = [commonStart(written, opening), commonEnd(written, opening)];
        const rest = Math.min(tail, Math.min(written.length, opening.length) - same);
        const replaced = replaceText(rendered, [from + same, start - rest], opening.slice(same, opening.length - rest));
        if (!replaced)
            return rendered;
        placed = replaced;
    }
    const grown = placed.text.length - rendered.text.length;
    at = Math.min(at, start + grown);
    const spans = placed.spans.map((span, i) => (i === k ? [at, end + grown] : span));
    return splitAt({ ...placed, spans }, at, options.tokenizer);
}
/** Where the opening of reply `k` begins; undefined where prompt and conversation differ in more than white space. */
function openingStart(rendered, k, { history, opening }) {
    const [start] = rendered.spans[k];
    const text = rendered.text.slice(0, start);
    if (text.startsWith(history) && text.slice(history.length).startsWith(opening))
        return history.length;
    // The tail of the history is searched, since an earlier opening may have become shorter or longer.
    const floor = rendered.spans[k - 1]?.[1] ?? 0;
    const tail = history.slice(-24);
    const found = text.lastIndexOf(tail);
    const from = tail !== '' && found >= 0 && found + tail.length >= floor ? found + tail.length : undefined;
    const bare = (s) => s.replace(/\s+/g, '');
    return from !== undefined && bare(text.slice(from)).startsWith(bare(opening)) ? from : undefined;
}
/** Keeps a token from reaching over the end of the prompt, where one would. */
function splitAt(rendered, at, tokenizer) {
    let start = 0;
    const index = rendered.pieces.findIndex((piece) => {
        if (at < start + piece.text.length)
            return true;
        start += piece.text.length;
        return false;
    });
    const piece = rendered.pieces[index];
    if (!piece || piece.special || at === start)
        return rendered;
    const before = rendered.pieces.slice(0, index);
    const [left, right] = [piece.text.slice(0, at - start), piece.text.slice(at - start)];
    const prompt = tokenizer.encodePieces([...before, { text: left, special: false }]).ids;
    const whole = tokenizer.encodePieces([...before, piece]).ids;
    if (prompt.every((id, i) => id === whole[i]))
        return rendered;
    const pieces = [...before, { text: left, special: false }, { text: right, special: false }, ...rendered.pieces.slice(index + 1)];
    const cut = { ...rendered, pieces };
    // Sentence pieces begin a piece with a space of their own.
    const own = tokenizer.encodePieces([
        { text: 'a', special: false },
        { text: 'a', special: false },
    ]).ids[1];
    const doubles = right.startsWith(' ') && own !== undefined && tokenizer.token(own)?.startsWith('\u2581') === true;
    return doubles ? withoutSpace(cut, index + 1, at) : cut;
}
/** Drops the first character of a piece. */
function withoutSpace(rendered, index, at) {
    const moved = (place) => (place > at ? place - 1 : place);
    return {
        ...rendered,
        text: rendered.text.slice(0, at) + rendered.text.slice(at + 1),
        pieces: rendered.pieces.map((piece, i) => (i === index ? { ...piece, text: piece.text.slice(1) } : piece)),
        spans: rendered.spans.map(([a, b]) => [moved(a), moved(b)]),
    };
}
/** The special tokens of the text by where they end. */
function specialEnds({ pieces }) {
    const ends = new Map();
    let at = 0;
    for (const { text, special } of pieces) {
        at += text.length;
        if (special)
            ends.set(at, text);
    }
    return ends;
}
function hasText({ content }) {
    return typeof content === 'string'
        ? content.trim() !== ''
        : (content ?? []).some((part) => part.type === 'text' && String(part.text).trim() !== '');
}
function commonStart(a, b) {
    let n = 0;
    while (n < a.length && n < b.length && a[n] === b[n])
        n++;
    return n;
}
function commonEnd(a, b) {
    let n = 0;
    while (n < a.length && n < b.length && a[a.length - 1 - n] === b[b.length - 1 - n])
        n++;
    return n;
}
//# sourceMappingURL=replies.js.map