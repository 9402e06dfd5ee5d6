import { Dict } from './jinja/index.js';
import type { ChatMessage } from './messages.js';
/** How a template takes content. */
export interface ContentForms {
    /** As a string. */
    string: boolean;
    /** As parts, with placeholders for images. */
    parts: boolean;
    /** As parts that are all text. */
    textParts: boolean;
}
export interface Placeholders {
    image: string;
    /** Of models that take videos. */
    video: string | undefined;
    place: string;
}
/**
 * One message: keys without a value are left out, as transformers leaves them out; `content: null` is None where a template asks and empty where
 * it is written. All strings but the role are marked with the message's number. Errors: `text.messages` for a video where the model takes none.
 */
export declare function messageValue(message: ChatMessage, index: number, forms: ContentForms, placeholders: Placeholders): Dict;
