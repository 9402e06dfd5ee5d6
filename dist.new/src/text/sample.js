// From conversations and documents to training samples: token ids, loss mask and image runs, made in one pass over the rendered pieces.
import { SensoriumError } from '../util/errors.js';
import { utf8Length } from './bytes.js';
import { checkMessages, isLearnt, mediaParts } from './messages.js';
import { placeReplies, renderChat } from './replies.js';
import { checkPlaceholders, frameOf, isFramed, mediaIds, mediaOrder, placeMedia, writePrompt, } from './written.js';
/**
 * Encodes a conversation, for asking (`addGenerationPrompt`, a mask of zeros) and for training, with the same ids up to the reply.
 * Each image placeholder becomes exactly as many image tokens as the connector emits; the loss covers what the model has to write itself:
 * the assistant's replies with their end tokens. Where the template writes no end, the model's own end token is learnt: it follows
 * the last reply, and after earlier ones it is a target only (`ends`).
 * A prompt (`addGenerationPrompt` or `continueFinalMessage`) has a mask of zeros.
 * With `maxLength`, whole turns are dropped from the end (never part of an image or of a reply); with
 * a prompt nothing is dropped. Throws `text.length` when that does not fit, `text.images` when images
 * and placeholders differ in number.
 */
export function encodeChat(messages, options) {
    const { maxLength = Number.POSITIVE_INFINITY, imageTokens } = options;
    const isPrompt = isPromptOf(options);
    const whole = encodeOnce(messages, options);
    if (whole.ids.length <= maxLength)
        return whole;
    if (!isPrompt)
        for (let n = messages.length - 1; n > 0; n--) {
            if (messages[n - 1]?.role !== 'assistant')
                continue;
            const kept = messages.slice(0, n);
            // Dropped turns take their images with them.
            const lengths = typeof imageTokens === 'object' ? imageTokens.slice(0, mediaParts(kept).length) : imageTokens;
            const sample = encodeOnce(kept, { ...options, imageTokens: lengths });
            if (sample.ids.length <= maxLength && sample.lossTokens > 0)
                return sample;
        }
    throw new SensoriumError('text.length', isPrompt ? 'the prompt is too long' : 'not even the first turn fits', {
        expected: `at most ${maxLength} tokens`,
        got: `${whole.ids.length} (${whole.imageRuns.length} images)`,
        hint: isPrompt ? 'Send fewer messages or images' : 'Raise the maximum length, or leave this conversation out',
    });
}
function encodeOnce(messages, options) {
    const { template, imageTokens, written } = options;
    if (template.layout.prompt)
        return encodeWithoutTurns(messages, options);
    if (isPromptOf(options))
        return promptSample(placeMedia(written ?? writePrompt(messages, options), runIds(imageTokens, mediaIds(messages, options))), messages.length);
    const whole = renderChat(messages, options);
    checkPlaceholders(messages, whole, template);
    return encodeRendered(placeReplies(whole, messages, options, endIdsOf(options)), messages, options);
}
/** A prompt as a sample: nothing is in the loss. */
function promptSample({ ids, imageRuns }, messages) {
    return { ids, mask: new Uint8Array(ids.length), imageRuns, lossTokens: 0, messages };
}
/** True where the ids are to be continued by the model, so that nothing is in the loss. */
function isPromptOf({ addGenerationPrompt, continueFinalMessage }) {
    return addGenerationPrompt === true || Boolean(continueFinalMessage);
}
/** Ids at which the model ends a reply; the first is the one to train on. */
function endIdsOf({ tokenizer, template }) {
    const { eos } = tokenizer.specialIds;
    return template.layout.endIds ?? (eos === undefined ? [] : [eos]);
}
/** Ids, mask and image runs of what was rendered for training. */
function encodeRendered({ rendered, ends, unended }, messages, options) {
    const { tokenizer, template, imageTokens } = options;
    const runs = runIds(imageTokens, mediaIds(messages, options));
    const mediaOf = mediaOrder(messages, options);
    const { ids: compact, offsets } = tokenizer.encodePieces(rendered.pieces, true);
    const inLoss = lossFilter(rendered);
    const { before } = options.frame ?? frameOf(tokenizer, template.layout);
    const ids = isFramed(compact, before) ? [...before] : [];
    const mask = ids.map(() => 0);
    const imageRuns = [];
    const targets = [];
    const open = ends.map((end) => ({ id: end.id, byte: utf8Length(rendered.text, 0, end.at) }));
    compact.forEach((id, i) => {
        const m = mediaOf(id);
        if (m !== undefined) {
            const run = runs[m];
            // The run keeps its length: an edge that it shares is the last id before it.
            const shared = template.layout.sharesImageEdges === true && compact[i - 1] === id ? 1 : 0;
            imageRuns[m] = [ids.length - shared, run.length];
            for (const imageToken of run.slice(shared)) {
                ids.push(imageToken);
                mask.push(0);
            }
            return;
        }
        const [start, end] = offsets[i];
        while (open[0] && open[0].byte <= start)
            targets.push([ids.length - 1, open.shift().id]);
        ids.push(id);
        mask.push(inLoss(start, end) ? 1 : 0);
    });
    for (const { id } of open) {
        ids.push(id);
        mask.push(1);
    }
    return finish(ids, mask, imageRuns, { messages: messages.length, ends: targets, unended });
}
/** For models that know no turns: the prompt as in asking, and the last reply, which alone is in the loss. */
function encodeWithoutTurns(messages, options) {
    const { tokenizer, template, imageTokens, addGenerationPrompt = false, continueFinalMessage = false } = options;
    const { prompt, reply: how = {} } = template.layout;
    checkMessages(messages);
    const last = messages.at(-1);
    const asked = addGenerationPrompt || last.role !== 'assistant' ? messages : messages.slice(0, -1);
    if (asked.length === 0)
        throw new SensoriumError('text.messages', 'a reply without a question', { expected: 'a user message before the reply', got: 'none' });
    const { ids, imageRuns } = prompt(asked, imageTokens === undefined
        ? []
        : runIds(imageTokens, mediaParts(asked).map(() => tokenizer.specialTokens.get(template.imageToken))));
    if (asked === messages)
        return finish([...ids], [...ids].map(() => 0), imageRuns, { messages: messages.length });
    const text = textOf(last);
    const words = text.trim() === '' ? [] : replyIds(text, tokenizer, how);
    if (continueFinalMessage)
        return finish([...ids, ...words], new Array(ids.length + words.length).fill(0), imageRuns, { messages: messages.length });
    const [end] = endIdsOf(options);
    const reply = words.length > 0 && end !== undefined ? [...words, end] : words;
    const learnt = isLearnt(last);
    const mask = [...[...ids].map(() => 0), ...reply.map(() => (learnt ? 1 : 0))];
    const unended = learnt && words.length > 0 && end === undefined ? 1 : 0;
    return finish([...ids, ...reply], mask, imageRuns, { messages: messages.length, unended });
}
const textOf = ({ content }) => typeof content === 'string' ? content : (content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
/** Sentence pieces put the space before a word themselves. */
function replyIds(text, tokenizer, { special, space }) {
    const plain = tokenizer.encode(text, { special });
    const spaced = tokenizer.token(plain[0])?.startsWith('\u2581') || /^\s/.test(text) || !space;
    return spaced ? plain : tokenizer.encode(` ${text}`, { special });
}
/** What the placeholder of each image or video becomes; `ids` are the placeholders. */
function runIds(tokens, ids) {
    const images = ids.length;
    if (images === 0 && (tokens === undefined || typeof tokens === 'number'))
        return [];
    if (tokens === undefined)
        throw new SensoriumError('text.images', 'the messages have images, the number of tokens for each is missing', { place: 'imageTokens' });
    const each = typeof tokens === 'number' ? new Array(images).fill(tokens) : tokens;
    if (each.length !== images)
        throw new SensoriumError('text.images', each.length < images ? 'more image placeholders than images' : 'more token counts than images', {
            place: 'imageTokens',
            expected: `${images} token counts`,
            got: String(each.length),
        });
    return each.map((one, m) => {
        const length = typeof one === 'number' ? one : one.length;
        if (!Number.isInteger(length) || length < 1)
            throw new SensoriumError('text.images', 'an image needs a positive number of tokens', { place: 'imageTokens', got: String(length) });
        return typeof one === 'number' ? new Array(one).fill(ids[m]) : one;
    });
}
/** Tells whether a token, given by its bytes in the text, holds any of a reply. Tokens must be asked for in order. */
function lossFilter({ text, spans }) {
    let at = 0;
    let bytes = 0;
    const byteAt = (index) => {
        bytes += utf8Length(text, at, index);
        at = index;
        return bytes;
    };
    const byteSpans = spans.map(([start, end]) => [byteAt(start), byteAt(end)]);
    let next = 0;
    return (start, end) => {
        while (next < byteSpans.length && byteSpans[next]?.[1] <= start)
            next++;
        const span = byteSpans[next];
        return span !== undefined && end > span[0] && start < span[1];
    };
}
function finish(ids, mask, imageRuns, { messages, ends = [], unended = 0 }) {
    let lossTokens = ends.length;
    for (let i = 1; i < mask.length; i++)
        lossTokens += mask[i];
    const more = { ...(ends.length > 0 ? { ends } : {}), ...(unended > 0 ? { unended } : {}) };
    return { ids: Int32Array.from(ids), mask: Uint8Array.from(mask), imageRuns, lossTokens, messages, ...more };
}
/** Encodes plain text, all of it in the loss: `<|text|>` (else the tokenizer's bos, if any), the text, eos. */
export function encodeDocument(text, options) {
    return documentSamples(text, options, 1)[0];
}
/** Encodes plain text into as many samples of at most `maxLength` tokens as it takes; only the last ends with eos. */
export function encodeDocumentChunks(text, options) {
    return documentSamples(text, options, Number.POSITIVE_INFINITY);
}
function documentSamples(text, { tokenizer, maxLength = Number.POSITIVE_INFINITY }, most) {
    const { bos, eos } = tokenizer.specialIds;
    const begin = tokenizer.specialTokens.get('<|text|>') ?? bos;
    const prefix = begin === undefined ? [] : [begin];
    const room = maxLength - prefix.length;
    if (room < 1)
        throw new SensoriumError('text.length', 'no room for text', {
            place: 'maxLength',
            expected: `more than ${prefix.length}`,
            got: String(maxLength),
        });
    const body = tokenizer.encode(text);
    if (eos !== undefined)
        body.push(eos);
    const samples = [];
    for (let i = 0; (i < body.length || i === 0) && samples.length < most; i += room) {
        const ids = [...prefix, ...body.slice(i, i + room)];
        samples.push(finish(ids, new Array(ids.length).fill(1), [], { messages: 0 }));
    }
    return samples;
}
//# sourceMappingURL=sample.js.map