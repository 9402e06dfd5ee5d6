// A sheet for people to rate replies on: rows in a drawn order, models without their names, and the key that undoes both.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
const keySchema = z.object({
    version: z.literal(1),
    sheet: z.string(),
    scale: z.string(),
    seed: z.number(),
    models: z.array(z.string()).min(1),
    rows: z
        .array(z.object({ row: z.string(), bench: z.string(), kind: z.string(), question: z.string(), models: z.array(z.string()) }))
        .min(1),
});
/** Rows that a sheet holds at most. */
const MOST = 5000;
/**
 * A blinded sheet and its key. Rows are shuffled with the seed, and in each row the models. All items must have a reply of every model. Errors:
 * `evaluate.sheet`.
 */
export function makeSheet(items, { scale, seed = 0 }) {
    const fail = (expected, got) => {
        throw new SensoriumError('evaluate.sheet', 'a sheet cannot be made of these rows', { expected, got });
    };
    if (items.length === 0 || items.length > MOST)
        fail(`1 to ${MOST} rows`, String(items.length));
    const models = Object.keys(items[0]?.replies ?? {}).sort();
    if (models.length === 0 || models.length > 8)
        fail('replies of 1 to 8 models', String(models.length));
    const uneven = items.findIndex(({ replies }) => Object.keys(replies).sort().join('\n') !== models.join('\n'));
    if (uneven >= 0)
        fail(`replies of ${models.join(', ')}`, `${Object.keys(items[uneven]?.replies ?? {}).join(', ')} in row ${uneven}`);
    const rng = new Rng(`sheet/${seed}`);
    const digits = Math.max(3, String(items.length).length);
    const order = rng
        .shuffle([...items])
        .map((item, i) => ({ item, row: `r${String(i + 1).padStart(digits, '0')}`, own: rng.shuffle([...models]) }));
    const hash = createHash('sha256').update(scale.name);
    for (const { item, own } of order)
        hash.update(JSON.stringify([item.question, own.map((model) => item.replies[model])]));
    const id = hash.digest('hex').slice(0, 8);
    return {
        sheet: {
            id,
            scale,
            rows: order.map(({ item, row, own }) => ({
                row,
                question: item.question,
                ...(item.picture === undefined ? {} : { picture: item.picture }),
                replies: own.map((model) => item.replies[model]),
            })),
        },
        key: {
            version: 1,
            sheet: id,
            scale: scale.name,
            seed,
            models,
            rows: order.map(({ item: { bench, kind, question }, row, own }) => ({ row, bench, kind, question, models: own })),
        },
    };
}
/** A key that was read. Errors: `evaluate.sheet` for something that is not a key. */
export function parseKey(value, place) {
    const { success, data, error } = keySchema.safeParse(value);
    if (success)
        return data;
    const [issue] = error.issues;
    throw new SensoriumError('evaluate.sheet', 'this is not the key of a sheet', {
        place,
        expected: 'the file NAME.key.json that was written beside the sheet',
        got: `${issue?.path.join('.') || 'the file'}: ${issue?.message}`,
    });
}
/** The columns of a sheet with so many replies in a row. */
export const sheetColumns = (replies) => [
    'sheet',
    'row',
    'rater',
    'picture',
    'question',
    ...Array.from({ length: replies }, (_, i) => [`reply ${i + 1}`, `rating ${i + 1}`]).flat(),
    'remark',
];
/** A cell of CSV. What a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvCell(text) {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",;\t\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
/** The sheet as CSV to be filled in; `pictures`: the name of the picture file of each row. */
export function sheetCsv({ id, rows }, pictures = []) {
    const columns = sheetColumns(rows[0]?.replies.length ?? 1);
    const lines = rows.map(({ row, question, replies }, i) => [id, row, '', pictures[i] ?? '', question, ...replies.flatMap((reply) => [reply, '']), ''].map(csvCell).join(','));
    // The mark in front lets spreadsheets read it as UTF-8.
    return `\uFEFF${[columns.join(','), ...lines].join('\r\n')}\r\n`;
}
//# sourceMappingURL=sheet.js.map