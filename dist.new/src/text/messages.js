// Chat messages as in the OpenAI chat API, and the checks that come before any rendering.
import { SensoriumError } from '../util/errors.js';
const media = new Set(['video', 'audio', 'points']);
const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool']);
/** False for a reply that is read and not learnt: `weight: 0` as OpenAI's fine-tuning has it, `loss: false` as ms-swift. */
export const isLearnt = ({ weight, loss }) => weight !== 0 && loss !== false;
/** True for every spelling of an image part. */
export function isImagePart(part) {
    return part.type === 'image' || part.type === 'image_url' || part.type === 'input_image';
}
/** Media of a conversation, in order of appearance. */
export function mediaParts(messages) {
    return messages.flatMap(({ content }) => Array.isArray(content) ? content.filter((part) => part.type !== 'text') : []);
}
/** Throws `text.messages`, naming the message and part, for anything that is not a conversation. */
export function checkMessages(messages) {
    const fail = (place, expected, got) => new SensoriumError('text.messages', 'this is not a chat', {
        place,
        expected,
        got: JSON.stringify(got)?.slice(0, 80) ?? 'nothing',
    });
    if (!Array.isArray(messages) || messages.length === 0)
        throw fail('messages', 'an array with at least one message', messages);
    for (const [i, message] of messages.entries()) {
        const place = `messages[${i}]`;
        if (typeof message !== 'object' || message === null)
            throw fail(place, 'an object with role and content', message);
        if (!roles.has(message.role))
            throw fail(`${place}.role`, [...roles].join(', '), message.role);
        const { content } = message;
        if (typeof content === 'string' || content === null || content === undefined)
            continue;
        if (!Array.isArray(content))
            throw fail(`${place}.content`, 'a string or an array of parts', content);
        for (const [p, part] of content.entries()) {
            const where = `${place}.content[${p}]`;
            if (typeof part !== 'object' || part === null)
                throw fail(where, "an object such as {type: 'text', text}", part);
            if (part.type === 'text' ? typeof part.text !== 'string' : !isImagePart(part) && !media.has(part.type))
                throw fail(where, "{type: 'text', text}, {type: 'image'}, {type: 'video'}, {type: 'audio'} or {type: 'points'}", part);
        }
    }
}
//# sourceMappingURL=messages.js.map