// One training sample as every reader yields it and every writer takes it: images as file bytes, what is said as text and places of images.
import { SensoriumError } from '../util/errors.js';
/** Where an image stands in a text of LLaVA's format. */
export const IMAGE_MARK = '<image>';
/** The dialogue in full: `messages`, or made from `turns` with all images before the first question, a line break after each. */
export function messagesOf(sample) {
    if (sample.messages)
        return sample.messages;
    return sample.turns.flatMap((turn, i) => {
        const before = i === 0
            ? sample.images.flatMap((_, image) => [
                { type: 'image', image },
                { type: 'text', text: '\n' },
            ])
            : [];
        return [
            { role: 'user', parts: joined([...before, { type: 'text', text: turn.user }]) },
            { role: 'assistant', parts: [{ type: 'text', text: turn.assistant }] },
        ];
    });
}
/** Parts with neighbouring texts as one and empty texts left out. */
export function joined(parts) {
    const out = [];
    for (const part of parts) {
        const last = out.at(-1);
        if (part.type === 'text' && last?.type === 'text')
            out[out.length - 1] = { type: 'text', text: last.text + part.text };
        else if (part.type === 'image' || part.text !== '')
            out.push(part);
    }
    return out;
}
/** The text of a message with `<image>` where its images stand. */
export function textOf(message) {
    return message.parts.map((part) => (part.type === 'image' ? IMAGE_MARK : part.text)).join('');
}
/** The dialogue, and the order in which its images stand in it. Throws `data.row` where an image has no place, or a text spells `<image>`. */
export function inOrder(sample) {
    const messages = messagesOf(sample);
    const order = messages.flatMap((message) => message.parts.flatMap((part) => (part.type === 'image' ? [part.image] : [])));
    const lost = sample.images.findIndex((_, i) => !order.includes(i));
    const marks = messages.reduce((n, message) => n + textOf(message).split(IMAGE_MARK).length - 1, 0);
    if (lost >= 0 || order.some((i) => !sample.images[i]) || marks !== order.length)
        throw new SensoriumError('data.row', 'the images of a sample and their places do not agree', {
            place: `sample ${sample.id}`,
            expected: `${sample.images.length} images, each with a place in the dialogue`,
            got: lost >= 0 ? `no place for image ${lost}` : `${marks} marks for ${order.length} places`,
            hint: marks === order.length ? 'Give every image a part in `messages`' : 'A text spells <image>, which this format keeps for images',
        });
    return { messages, order };
}
/** A sample of a dialogue; `messages` is kept only where `turns` say less. `id`: the sample's; `images`: in the order of their parts. */
export function sampleOf(id, images, messages) {
    const turns = [];
    let open;
    for (const message of messages) {
        const text = textOf(message);
        if (message.role === 'user')
            open = [...(open ?? []), text];
        else if (message.role === 'assistant') {
            if (open || turns.length === 0)
                turns.push({ user: (open ?? []).join('\n'), assistant: text });
            else
                turns.at(-1).assistant += `\n${text}`;
            open = undefined;
        }
    }
    if (open)
        turns.push({ user: open.join('\n'), assistant: '' });
    const first = turns[0];
    const marks = new RegExp(`^(?:\\s*${IMAGE_MARK}\\s*){${images.length}}(?![\\s\\S]*${IMAGE_MARK})`);
    const plain = { id, images, turns };
    if (first && images.length && marks.test(first.user))
        turns[0] = { ...first, user: first.user.replace(marks, '').trim() };
    return same(messagesOf(plain), messages) ? plain : { ...plain, messages };
}
const same = (a, b) => a.length === b.length &&
    a.every((m, i) => m.role === b[i]?.role && textOf(m) === textOf(b[i]) && samePlaces(m, b[i]));
/** Image by image: a text that spells `<image>` is not an image. */
const samePlaces = (a, b) => a.parts.length === b.parts.length &&
    a.parts.every((part, i) => part.type === b.parts[i]?.type && (part.type === 'text' || part.image === b.parts[i].image));
//# sourceMappingURL=sample.js.map