// TRL's prompt and completion, and its preferences of chosen and rejected, as JSON lines or as parquet.
import { isLearnt } from '../../text/index.js';
import { mediaOf } from '../dataset.js';
import { writeJsonFolder } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { isPrompt, rejectedReply } from '../prompts.js';
import { openRows } from './json-rows.js';
/** Messages with the places of pictures and videos, whose files stand beside them. */
const written = (messages) => messages.map(({ content, marked: _, ...rest }) => ({
    ...rest,
    content: Array.isArray(content)
        ? content.map((part) => (part.type === 'text' ? { type: 'text', text: part.text } : { type: part.type }))
        : content,
}));
/** Messages of a prompt, whose replies are not learned: none of them says so. */
const unmarked = (messages) => messages.map(({ weight, ...message }) => (message.role === 'assistant' || weight === undefined ? message : { ...message, weight }));
/**
 * A conversation as the columns of a prompt and what follows it: of a completion all from the first reply that is learned, of a preference
 * both last replies.
 */
export function promptColumns(conversation) {
    const { messages } = conversation;
    const rejected = rejectedReply(conversation);
    const last = messages.findLastIndex(({ role }, i) => role !== 'assistant' && i < messages.length - 1) + 1;
    if (rejected !== undefined) {
        const chosen = written(messages.slice(last));
        return {
            prompt: written(messages.slice(0, last)),
            chosen,
            rejected: [...chosen.slice(0, -1), { role: 'assistant', content: rejected }],
        };
    }
    const learned = messages.findIndex((message) => message.role === 'assistant' && isLearnt(message));
    const at = learned < 0 ? last : learned;
    return { prompt: written(unmarked(messages.slice(0, at))), completion: written(messages.slice(at)) };
}
/** JSON lines of prompts; parquet with the same columns is read by `parquet` and written by `trl-parquet`. */
export const trl = {
    name: 'trl',
    summary: 'TRL JSON lines: prompt and completion, or prompt, chosen and rejected, as texts or messages; images',
    target: 'folder',
    detect: ({ first }) => first !== undefined && !('messages' in first) && !('conversations' in first) && isPrompt(first),
    open: openRows,
    write: (dir, conversations, options) => writeJsonFolder(dir, conversations, options, {
        file: 'data.jsonl',
        media: 'images',
        check: checkMarks,
        toRow: (conversation, names) => {
            const { id, tools, extra = {}, at } = conversation;
            const { rejected, rejected_response, ...others } = extra;
            const media = mediaOf(conversation);
            const of = (type) => media.flatMap((part, i) => (part.type === type ? [names[i]] : []));
            const [images, videos] = [of('image'), of('video')];
            return {
                row: {
                    ...(id === String(at.row) ? {} : { id }),
                    ...others,
                    ...promptColumns(conversation),
                    ...(images.length > 0 ? { images } : {}),
                    ...(videos.length > 0 ? { videos } : {}),
                    ...(tools ? { tools } : {}),
                },
            };
        },
    }),
};
//# sourceMappingURL=trl.js.map