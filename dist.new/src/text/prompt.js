// Messages as templates get them: marked with where they came from, content in the form that the template takes.
import { SensoriumError } from '../util/errors.js';
import { Blank, concat, Dict, marked, toValue } from './jinja/index.js';
/** Names under which a message's thoughts are passed; transformers fills in the first two. */
const THOUGHTS = ['reasoning_content', 'thinking', 'reasoning'];
/** A message without content answers a template that adds to it or splits it as an empty string would. */
class MessageDict extends Dict {
    get(key) {
        const found = super.get(key);
        return found === undefined && key === 'content' ? new Blank('undefined') : found;
    }
}
/**
 * One message: keys without a value are left out, as transformers leaves them out; `content: null` is None where a template asks and empty where
 * it is written. All strings but the role are marked with the message's number. Errors: `text.messages` for a video where the model takes none.
 */
export function messageValue(message, index, forms, placeholders) {
    const isContent = message.role === 'assistant';
    const source = { message: index, isContent: false };
    const contentSource = { message: index, isContent };
    const out = new MessageDict();
    const { content, ...rest } = message;
    const thought = THOUGHTS.map((key) => rest[key]).find((value) => value !== null && value !== undefined);
    const keys = thought === undefined ? Object.keys(message) : [...new Set(['thinking', ...Object.keys(message), 'reasoning_content'])];
    for (const key of keys) {
        const value = key === 'reasoning_content' && thought !== undefined ? thought : key === 'thinking' ? (rest[key] ?? thought) : message[key];
        if (key === 'role')
            out.set('role', message.role);
        else if (key === 'content') {
            if (content === null)
                out.set('content', new Blank('none'));
            else if (content !== undefined)
                out.set('content', contentValue(content, contentSource, forms, placeholders));
        }
        else if (value !== null && value !== undefined)
            out.set(marked(key, source), toValue(value, source));
    }
    return out;
}
function contentValue(content, source, forms, { image, video, place }) {
    if (typeof content === 'string') {
        const whole = marked(content, source);
        return forms.string
            ? whole
            : [
                new Dict([
                    ['type', 'text'],
                    ['text', whole],
                ]),
            ];
    }
    if (video === undefined && content.some(({ type }) => type === 'video'))
        throw new SensoriumError('text.messages', 'this model takes no videos', { place, hint: 'Send frames as images' });
    const kind = ({ type }) => (type === 'text' || (type === 'video' && video !== image) ? type : 'image');
    const isText = content.every(({ type }) => type === 'text');
    if (forms.parts || (isText && forms.textParts))
        return content.map((part) => {
            if (part.type !== 'text')
                return new Dict([['type', kind(part)]]);
            const { type: _, text, ...more } = part;
            return new Dict([['type', 'text'], ['text', marked(text, source)], ...toValue(more, source).entries()]);
        });
    return concat(content.map((part) => (part.type === 'text' ? marked(part.text, source) : (kind(part) === 'video' ? video : image))));
}
//# sourceMappingURL=prompt.js.map