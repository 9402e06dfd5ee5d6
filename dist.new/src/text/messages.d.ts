/**
 * A part of a message. `image_url` and `input_image`, as clients send them, count as images; a video is its `frames` or a file, its `source`;
 * audio is a decoded `sound` or a file, its `source`; points are a cloud, `points`.
 */
export type ContentPart = {
    type: 'text';
    text: string;
} | {
    type: 'image';
    [key: string]: unknown;
} | {
    type: 'image_url' | 'input_image';
    [key: string]: unknown;
} | {
    type: 'video' | 'audio' | 'points';
    [key: string]: unknown;
};
export interface ChatMessage {
    role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
    /** null for an assistant message that only calls tools. */
    content: string | readonly ContentPart[] | null;
    [key: string]: unknown;
}
/** False for a reply that is read and not learnt: `weight: 0` as OpenAI's fine-tuning has it, `loss: false` as ms-swift. */
export declare const isLearnt: ({ weight, loss }: ChatMessage) => boolean;
/** True for every spelling of an image part. */
export declare function isImagePart(part: ContentPart): boolean;
/** A part other than text. */
export type MediaPart = Exclude<ContentPart, {
    type: 'text';
}>;
/** Media of a conversation, in order of appearance. */
export declare function mediaParts(messages: readonly ChatMessage[]): MediaPart[];
/** Throws `text.messages`, naming the message and part, for anything that is not a conversation. */
export declare function checkMessages(messages: readonly ChatMessage[]): void;
