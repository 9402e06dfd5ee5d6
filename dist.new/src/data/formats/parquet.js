// Parquet with embedded images: TRL's messages and images, The Cauldron's texts, LLaVA-OneVision's conversations, plain columns.
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { ConcatTable } from '../concat-table.js';
import { mediaOf } from '../dataset.js';
import { eachConversation, Lost } from '../json-writer.js';
import { checkMarks, markedText, textOnly } from '../marks.js';
import { mediaBytes, mediaEnding } from '../media-writer.js';
import { openParquet } from '../parquet-table.js';
import { RowError } from '../row.js';
import { shardsAt } from '../shards.js';
import { writeDataFile } from '../target.js';
import { promptColumns } from './trl.js';
/** A row group ends at so many rows or bytes of images: it is written, and read, in one piece. */
const GROUP = 1000;
const GROUP_BYTES = 32 * 2 ** 20;
const list = (name, fields, children = fields.length) => [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', num_children: children },
    ...fields,
];
const bytes = (name) => ({ name, type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' });
const text = (name) => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' });
const images = list('images', [bytes('bytes'), text('path')]);
const string = { dtype: 'string', _type: 'Value' };
const imageFeature = { feature: { _type: 'Image' }, _type: 'List' };
const turns = (name) => list(name, [text('role'), ...list('content', [text('type'), text('text')])], 2);
const turnsFeature = { feature: { role: string, content: { feature: { type: string, text: string }, _type: 'List' } }, _type: 'List' };
/** Parts of a content: text, and places of images in the order of `images`. */
const partsOf = (content) => typeof content === 'string'
    ? [{ type: 'text', text: content }]
    : content.map((part) => ({ type: part.type, text: part.type === 'text' ? part.text : null }));
const messages = {
    schema: [{ name: 'schema', num_children: 3 }, text('id'), ...images, ...turns('messages')],
    features: { id: string, images: imageFeature, messages: turnsFeature },
    toRow: (conversation) => {
        textOnly(conversation, 'parquet');
        return { id: conversation.id, messages: conversation.messages.map(({ role, content }) => ({ role, content: partsOf(content) })) };
    },
};
const PROMPTS = ['prompt', 'completion', 'chosen', 'rejected'];
const prompts = {
    schema: [{ name: 'schema', num_children: 6 }, text('id'), ...images, ...PROMPTS.flatMap(turns)],
    features: { id: string, images: imageFeature, ...Object.fromEntries(PROMPTS.map((name) => [name, turnsFeature])) },
    toRow: (conversation) => {
        textOnly(conversation, 'trl-parquet');
        const columns = promptColumns(conversation);
        const parts = (name) => columns[name]?.map(({ role, content }) => ({ role, content: partsOf(content) }));
        return { id: conversation.id, ...Object.fromEntries(PROMPTS.map((name) => [name, parts(name)])) };
    },
    messages: (conversation) => Object.values(promptColumns(conversation)).flat(),
};
const texts = {
    schema: [{ name: 'schema', num_children: 2 }, ...images, ...list('texts', [text('user'), text('assistant')])],
    features: { images: imageFeature, texts: { feature: { user: string, assistant: string }, _type: 'List' } },
    toRow: (conversation) => {
        textOnly(conversation, 'cauldron');
        checkMarks(conversation);
        return { texts: pairsOf(conversation) };
    },
};
/** Pairs of question and answer; marks stand in the text only where images do not simply come first. */
function pairsOf({ messages, at }) {
    const pairs = [];
    const isPlain = messages.every(({ content }, i) => i === 0 || typeof content === 'string') && leads(messages[0]?.content);
    for (let i = 0; i < messages.length; i += 2) {
        const [user, assistant] = [messages[i], messages[i + 1]];
        if (user?.role !== 'user' || assistant?.role !== 'assistant')
            throw new RowError(at, `messages[${user?.role === 'user' ? i + 1 : i}]`, 'the columns of this format hold pairs of question and answer only', {
                expected: user?.role === 'user' ? 'a reply' : 'a question',
                got: (user?.role === 'user' ? assistant?.role : user?.role) ?? 'nothing',
                hint: 'Write it as parquet, with messages, or as llava',
            });
        const question = isPlain && i === 0 ? (partsOf(user.content).at(-1)?.text ?? '') : markedText(user);
        pairs.push({ user: question, assistant: markedText(assistant) });
    }
    return pairs;
}
/** True where all media come first, each on a line of its own. */
function leads(content) {
    if (typeof content === 'string' || !content)
        return true;
    const parts = content;
    return parts.every((part, i) => (part.type === 'text' ? i === parts.length - 1 : isLine(part)));
}
const isLine = ({ origin }) => (origin.before ?? '') === '' && (origin.after ?? '\n') === '\n';
async function write(file, conversations, options, layout) {
    return writeDataFile(file, { force: options.force }, async (temporary) => {
        const writer = new ParquetWriter({
            writer: fileWriter(temporary),
            schema: layout.schema,
            statistics: false,
            createdBy: 'sensorium',
            kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features: layout.features } }) }],
        });
        const lost = new Lost();
        const names = Object.keys(layout.features);
        let group = [];
        let size = 0;
        let isEmpty = true;
        const flush = async () => {
            const column = (name) => ({
                name,
                data: group.map((row) => row[name]),
                ...(name === 'images' ? { codec: 'UNCOMPRESSED' } : {}),
            });
            await writer.write({ columnData: names.map(column), rowGroupSize: GROUP });
            [group, size, isEmpty] = [[], 0, false];
        };
        const rows = await eachConversation(conversations, options, async (conversation) => {
            const media = mediaOf(conversation);
            const video = media.find(({ type }) => type === 'video');
            if (video)
                throw new RowError(conversation.at, video.origin.key, 'parquet has no place for videos', { hint: 'Write it as llava' });
            const row = layout.toRow(conversation);
            const embedded = [];
            for (const [i, part] of media.entries()) {
                const data = await mediaBytes(part, conversation);
                size += data.length;
                const name = part.origin.name ?? `${conversation.id}${media.length > 1 ? `-${i}` : ''}${mediaEnding(undefined, data)}`;
                embedded.push({ bytes: data, path: name });
            }
            group.push({ ...row, images: embedded });
            lost.add([
                ...Object.keys(conversation.extra ?? {}).filter((key) => !(layout === prompts && /^rejected(_response)?$/.test(key))),
                ...(conversation.tools ? ['tools'] : []),
                ...besideText(layout.messages?.(conversation) ?? conversation.messages),
            ]);
            if (group.length === GROUP || size >= GROUP_BYTES)
                await flush();
        });
        if (group.length || isEmpty)
            await flush();
        await writer.finish();
        return { rows, lost: lost.counts };
    });
}
/** Keys of messages that columns of roles and contents have no place for, such as `weight`. */
function besideText(messages) {
    const keys = new Set(messages.flatMap((message) => Object.keys(message)));
    for (const known of ['role', 'content', 'marked'])
        keys.delete(known);
    return [...keys].map((key) => `messages[].${key}`);
}
/** Opens a parquet file, or all of a folder or pattern in the order of their names. */
async function open(path) {
    const shards = await shardsAt(path, '.parquet');
    if (shards.length === 0)
        return openParquet(path);
    const tables = [];
    for (const shard of shards)
        tables.push(await openParquet(shard));
    return tables.length === 1 ? tables[0] : new ConcatTable(tables);
}
/** Parquet. Written: `id`, `images` and `messages` with parts. */
export const parquet = {
    name: 'parquet',
    summary: 'parquet with embedded images or paths: messages, conversations, texts, question and answer, caption, label',
    target: '.parquet',
    detect: ({ kind, names }) => kind === 'parquet' || (kind === 'folder' && names.some((name) => name.endsWith('.parquet'))),
    open,
    write: (file, conversations, options) => write(file, conversations, options, messages),
};
/** Parquet in the columns of The Cauldron; read as any other. */
export const cauldron = {
    name: 'cauldron',
    summary: 'parquet with the columns of The Cauldron and nanoVLM: images, texts [{user, assistant}]',
    target: '.parquet',
    detect: () => false,
    open,
    write: (file, conversations, options) => write(file, conversations, options, texts),
};
/** Parquet in the columns of TRL; read as any other. */
export const trlParquet = {
    name: 'trl-parquet',
    summary: "parquet with TRL's columns: images, prompt and completion, or prompt, chosen and rejected",
    target: '.parquet',
    detect: () => false,
    open,
    write: (file, conversations, options) => write(file, conversations, options, prompts),
};
//# sourceMappingURL=parquet.js.map