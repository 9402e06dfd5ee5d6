// Conversations for models that know nothing of turns: the texts alone, and no more images than they can see.
import { SensoriumError } from '../util/errors.js';
/** All texts of a conversation, one after another. */
export function textOf(messages) {
    const texts = messages.map(({ content }) => typeof content === 'string' ? content : (content ?? []).map((part) => ('text' in part ? String(part.text) : '')).join(''));
    return texts.join(' ');
}
/** Errors: `model.images` for a second image. */
export function oneImage(count) {
    if (count > 1)
        throw new SensoriumError('model.images', 'this model sees one image', {
            expected: 'at most one image in a prompt',
            got: String(count),
        });
}
//# sourceMappingURL=plain-text.js.map