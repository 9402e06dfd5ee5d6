// A row of pretraining data: an image, its caption, the labels given for it, and everything else that stands beside them.
import { mediaEntry } from '../data/media-entry.js';
const CAPTIONS = ['caption', 'text', 'txt', 'alt_text', 'alt', 'TEXT', 'description'];
const IMAGES = ['image', 'images', 'file_name', 'image_path', 'img', 'jpg', 'png', 'webp'];
const LABELS = ['labels', 'tags', 'objects', 'label'];
const DIALOGUES = ['conversations', 'messages'];
/** Reads an image and a caption from a record of any table. Errors: `data.row` for an image that is named wrongly or lies outside the folder. */
export function readPair(record, context) {
    const rest = { ...record };
    const take = (key) => {
        if (key === undefined)
            return undefined;
        const value = rest[key];
        delete rest[key];
        return value;
    };
    const present = (keys) => keys.find((key) => hasValue(record[key]));
    const imageKey = present(IMAGES);
    const image = firstImage(take(imageKey), imageKey ?? 'image', context);
    const captionKey = CAPTIONS.find((key) => typeof record[key] === 'string');
    const caption = captionKey === undefined ? replyOf(record) : take(captionKey);
    const labels = labelsOf(record[present(LABELS) ?? '']);
    const id = record.id ?? record.key ?? record.image_id;
    for (const key of ['id', 'curation'])
        delete rest[key];
    return {
        id: typeof id === 'string' || typeof id === 'number' ? String(id) : String(context.at.row),
        ...(caption === undefined ? {} : { caption }),
        ...(image ? { image } : {}),
        ...(labels ? { labels } : {}),
        rest,
        at: context.at,
    };
}
/** The row of a table at an index. Errors: those of the table and of `readPair`. */
export async function pairAt(table, index, root) {
    return readPair(await table.record(index), { at: table.at(index), root });
}
const hasValue = (value) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
function firstImage(value, key, context) {
    const first = Array.isArray(value) ? value[0] : value;
    return hasValue(first) ? mediaEntry(first, 'image', key, context) : undefined;
}
/** What the first reply of a dialogue says, as captions stand in LLaVA's files for pretraining. */
function replyOf(record) {
    for (const key of DIALOGUES) {
        const turns = record[key];
        if (!Array.isArray(turns))
            continue;
        for (const turn of turns) {
            const isReply = turn?.from === 'gpt' || turn?.from === 'assistant' || turn?.role === 'assistant';
            const text = turn?.value ?? turn?.content;
            if (isReply && typeof text === 'string')
                return text;
        }
    }
    return undefined;
}
/** Labels as a list of strings, of objects with a name, or as text with commas. */
function labelsOf(value) {
    if (typeof value === 'string' && value.trim())
        return value.split(',').map((text) => text.trim());
    if (!Array.isArray(value))
        return undefined;
    const names = value.map((item) => {
        if (typeof item === 'string')
            return item;
        const { label, name, category } = (typeof item === 'object' && item !== null ? item : {});
        const text = label ?? name ?? category;
        return typeof text === 'string' ? text : '';
    });
    const found = names.filter(Boolean);
    return found.length > 0 ? found : undefined;
}
//# sourceMappingURL=pair.js.map