// CSV and TSV with an image column: question and answer, caption or label beside it.
import { openCsv } from '../csv-table.js';
import { mediaKeys, writeJsonFolder } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { readRecord } from '../record.js';
import { fromValueTurns, plainPair } from './turns.js';
const COLUMNS = ['id', 'image', 'video', 'question', 'answer', 'conversations'];
/** A cell, in quotes where it needs them. */
const cell = (text) => (/[",\t;\r\n]|^\s|\s$|^\ufeff/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
/** CSV and TSV. Plain pairs are written as question and answer, others as JSON in the column `conversations`. */
export const csv = {
    name: 'csv',
    summary: 'CSV or TSV with a column of images, and question and answer, caption or label',
    target: 'folder',
    detect: ({ kind, path }) => kind === 'csv' || kind === 'tsv' || (/\.[ct]sv$/i.test(path) && (kind === 'text' || kind === 'yaml')),
    open: openCsv,
    read: (record, context, options) => {
        const { extra, ...conversation } = readRecord(record, context, options);
        // A cell is empty where other rows have something.
        const filled = Object.fromEntries(Object.entries(extra ?? {}).filter(([, value]) => value !== ''));
        return Object.keys(filled).length > 0 ? { ...conversation, extra: filled } : conversation;
    },
    write: (dir, conversations, options) => writeJsonFolder(dir, conversations, options, {
        file: 'data.csv',
        media: 'images',
        check: (conversation) => void (plainPair(conversation) ?? checkMarks(conversation)),
        toRow: (conversation, names) => {
            const { id, tools, extra } = conversation;
            const pair = plainPair(conversation);
            const media = mediaKeys(conversation, names);
            const row = { id, ...media, ...(pair ?? { conversations: fromValueTurns(conversation) }) };
            return { row, lost: [...Object.keys(extra ?? {}), ...(tools ? ['tools'] : [])] };
        },
        text: {
            start: `${COLUMNS.join()}\n`,
            between: '\n',
            end: '\n',
            row: (given) => {
                const row = given;
                // A list, or a name that would be read as one, is JSON.
                const text = (value) => (typeof value !== 'string' ? (value === undefined ? '' : JSON.stringify(value)) : value);
                const media = (value) => typeof value === 'string' && /^\s*[[{]/.test(value) ? JSON.stringify([value]) : text(value);
                return COLUMNS.map((name) => cell(name === 'image' || name === 'video' ? media(row[name]) : text(row[name]))).join();
            },
        },
    }),
};
//# sourceMappingURL=csv.js.map