// A folder of images with metadata.jsonl or metadata.csv (Hugging Face's imagefolder), or with a folder for each class.
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isHeldOutSplit, isTrainingSplit } from '../../weights/hub-data.js';
import { openCsv } from '../csv-table.js';
import { mediaOf } from '../dataset.js';
import { DIALOGUE_KEYS } from '../dialogue.js';
import { openJson } from '../json-table.js';
import { writeJsonFolder } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { namesIn } from '../open-file.js';
import { openParquet } from '../parquet-table.js';
import { readRecord } from '../record.js';
import { RowError } from '../row.js';
import { isImageName } from '../sniff.js';
import { hasContent } from '../turns.js';
import { fromValueTurns, plainPair } from './turns.js';
const openers = { 'metadata.jsonl': openJson, 'metadata.csv': openCsv, 'metadata.parquet': openParquet };
/** True for a folder of metadata. */
const hasMetadata = (names) => Object.keys(openers).some((name) => names.includes(name));
/** True for a folder with a folder of images for each of several classes: not for those of splits, or where rows of text stand beside them. */
function hasClasses(names) {
    const inner = names.filter((name) => name.includes('/'));
    const images = inner.filter(isImageName);
    const isSplit = (name) => isTrainingSplit(dirname(name)) || isHeldOutSplit(dirname(name));
    const isText = (name) => /^[^./][^/]*\.(?:jsonl?|csv|tsv|parquet|arrow)$|\/metadata\.\w+$/i.test(name);
    return images.length > 1 && !images.every(isSplit) && !names.some(isText);
}
/** Images in one folder for each class; the label is the folder's name. */
class ClassTable {
    root;
    files;
    length;
    fingerprint;
    constructor(root, files) {
        this.root = root;
        this.files = files;
        this.length = files.length;
        const hash = createHash('sha256')
            .update(files.map(({ name }) => name).join('\0'))
            .digest('hex');
        this.fingerprint = { rows: files.length, hash };
    }
    at(index) {
        return { file: this.root, row: index };
    }
    async record(index) {
        const { name, label } = this.files[index];
        if (label === undefined)
            throw new RowError(this.at(index), 'label', 'the image is not in the folder of a class', {
                expected: 'CLASS/IMAGE',
                got: name,
                hint: 'Move it into the folder of its class, or leave it out (--skip-bad)',
            });
        return { id: name, file_name: name, label };
    }
    dispose() { }
}
async function openClasses(dir) {
    const files = [];
    // What systems and archives leave beside the files is no part of a data set.
    const isOwn = ({ name }) => !name.startsWith('.') && !name.startsWith('__');
    const walk = async (folder, label, depth) => {
        const entries = (await readdir(join(dir, folder), { withFileTypes: true })).filter(isOwn);
        for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
            const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
            if (entry.isDirectory())
                await walk(name, depth === 0 ? entry.name : undefined, depth + 1);
            else if (isImageName(name))
                files.push({ name, label });
        }
    };
    await walk('', undefined, 0);
    return new ClassTable(dir, files);
}
/** Image folders. Written: `metadata.jsonl` beside the images. */
export const imagefolder = {
    name: 'imagefolder',
    summary: 'a folder of images with metadata.jsonl or metadata.csv (file_name, …), or a folder for each class',
    target: 'folder',
    detect: ({ kind, names }) => kind === 'folder' && (hasMetadata(names) || hasClasses(names)),
    open: async (dir, options) => {
        const names = await namesIn(dir);
        for (const [name, open] of Object.entries(openers))
            if (names.includes(name))
                return open(join(dir, name), options);
        return openClasses(dir);
    },
    read: (record, context, options) => {
        const { file_name: one, file_names: many, ...rest } = record;
        const isDialogue = DIALOGUE_KEYS.some((key) => hasContent(record[key])) && !hasContent(record.image) && !hasContent(record.images);
        return readRecord(isDialogue && hasContent(one ?? many) ? { image: one ?? many, ...rest } : record, context, options);
    },
    write: (dir, conversations, options) => writeJsonFolder(dir, conversations, options, {
        file: 'metadata.jsonl',
        media: '',
        check: (conversation) => void (plainPair(conversation) ?? checkMarks(conversation)),
        toRow: (conversation, names) => {
            const { id, tools, extra } = conversation;
            const of = (type) => mediaOf(conversation).flatMap((part, i) => (part.type === type ? [names[i]] : []));
            const [images, videos] = [of('image'), of('video')];
            const text = plainPair(conversation) ?? { conversations: fromValueTurns(conversation) };
            return {
                row: {
                    ...(images.length === 1 ? { file_name: images[0] } : images.length ? { file_names: images } : {}),
                    ...(videos.length ? { videos } : {}),
                    id,
                    ...extra,
                    ...text,
                    ...(tools ? { tools } : {}),
                },
            };
        },
    }),
};
//# sourceMappingURL=imagefolder.js.map