// `sensorium sheet`: blinded sheets for people to rate replies on, and the filled ones read back.
import { basename, extname } from 'node:path';
import { defineCommand } from 'citty';
import { itemsOf, readReplies } from '../evaluate/human/from-replies.js';
import { humanScores } from '../evaluate/human/ratings.js';
import { readSheets } from '../evaluate/human/read-sheet.js';
import { SCALES, scaleOf } from '../evaluate/human/scales.js';
import { makeSheet, parseKey } from '../evaluate/human/sheet.js';
import { assertSheetName, writeSheet } from '../evaluate/human/write-sheet.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';
const stem = (file) => basename(file).slice(0, -extname(file).length || undefined);
const makeCommand = defineCommand({
    meta: { name: 'make', description: 'Write a blinded sheet from files of replies, several models side by side' },
    args: {
        replies: { type: 'positional', description: 'files that sensorium eval --replies wrote, one for each model', required: true },
        out: { type: 'string', description: 'sheet to write, .csv or .html; its key is written beside it', required: true, valueHint: 'FILE' },
        names: { type: 'string', description: 'names of the models, separated by commas (default: those of the files)', valueHint: 'LIST' },
        scale: { type: 'string', description: `one of ${Object.keys(SCALES).join(', ')}`, default: 'owleval', valueHint: 'NAME' },
        n: { type: 'string', description: 'rows (default: all)', valueHint: 'N' },
        seed: { type: 'string', description: 'draws the rows and their order', default: '0', valueHint: 'N' },
    },
    async run({ args }) {
        const n = numberOption('n', args.n, { min: 1, max: 5000, integer: true });
        const seed = numberOption('seed', args.seed, { integer: true });
        const scale = scaleOf(args.scale, '--scale');
        assertSheetName(args.out);
        const files = args._;
        const names = args.names?.split(',').map((name) => name.trim()) ?? files.map(stem);
        if (names.length !== files.length)
            throw usageError('a name for each file', { place: '--names', expected: `${files.length} names`, got: String(names.length) });
        await withInterrupt(async (signal) => {
            const models = await Promise.all(files.map(async (file, i) => ({ name: names[i], replies: await readReplies(file, signal) })));
            const { sheet, key } = makeSheet(itemsOf(models, { n, seed }), { scale, seed });
            const keyName = await writeSheet(args.out, sheet, key, { signal });
            process.stdout.write(`${sheetLine(args.out, keyName, sheet.rows.length, key.models.length)}\n`);
        });
    },
});
/** What was written, in one line. */
export const sheetLine = (file, key, rows, models) => `${file}: ${rows} rows, ${models} ${models === 1 ? 'model' : 'models'}; ${key} tells which is which, and is not for the raters`;
const fixed = (value) => value.toFixed(3);
const scoreRow = (head, { value, low, high, n }) => [
    head,
    fixed(value),
    `${fixed(low)}-${fixed(high)}`,
    String(n),
];
/** Faults that are printed one by one. */
const SHOWN = 20;
/** The ratings in plain text. */
export function humanTable(scores, faults) {
    const { models, pairs, agreement, raters } = scores;
    const parts = [
        alignColumns([
            [`ratings of ${raters.join(', ')}`, 'value', '95 %', 'n'],
            ...Object.entries(models).flatMap(([model, list]) => list.filter(({ n, detail }) => n > 0 && !detail).map((score) => scoreRow(`${model}: ${score.name}`, score))),
        ]),
        ...(pairs.length > 0
            ? [
                '',
                alignColumns([
                    ['model against model', 'better', 'equal', 'worse', 'wins', '95 %', 'p'],
                    ...pairs.map(({ a, b, better, equal, worse, wins, difference }) => [
                        `${a} against ${b}`,
                        ...[better, equal, worse].map(String),
                        fixed(wins.value),
                        `${fixed(wins.low)}-${fixed(wins.high)}`,
                        fixed(difference.p),
                    ]),
                ]),
            ]
            : []),
        ...(raters.length > 1
            ? ['', alignColumns([['agreement of the raters', 'value', '95 %', 'n'], ...agreement.map((score) => scoreRow(score.name, score))])]
            : []),
    ];
    if (faults.length > 0)
        parts.push('', `${faults.length} left out: ${Object.entries(scores.faults)
            .map(([kind, count]) => `${count} ${kind}`)
            .join(', ')}`, ...faults
            .slice(0, SHOWN)
            .map(({ kind, file, line, rater, row, column, got }) => `  ${file}${line === undefined ? '' : `, line ${line}`}: ${kind}, ${rater}, row ${row || '(none)'}${column ? `, ${column}` : ''}${got ? `: ${got}` : ''}`), ...(faults.length > SHOWN ? [`  … and ${faults.length - SHOWN} more, all in --json`] : []));
    return parts.join('\n');
}
const readCommand = defineCommand({
    meta: { name: 'read', description: 'Read filled sheets back: scores, models against each other, agreement of the raters' },
    args: {
        sheets: { type: 'positional', description: 'filled sheets, one or more for each rater', required: true },
        key: { type: 'string', description: 'key that was written with the sheet', required: true, valueHint: 'FILE' },
        out: { type: 'string', description: 'also write the result as JSON', valueHint: 'FILE' },
        json: { type: 'boolean', description: 'print the result as JSON' },
    },
    async run({ args }) {
        await withInterrupt(async (signal) => {
            const key = parseKey(await readJson(args.key), args.key);
            const filled = await readSheets(args._, key, signal);
            const scores = humanScores(filled);
            const result = { sheet: key.sheet, ...scores, faultList: filled.faults };
            if (args.out)
                await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
            process.stdout.write(args.json ? `${JSON.stringify(result)}\n` : `${humanTable(scores, filled.faults)}\n`);
        });
    },
});
/** The command group `sensorium sheet`. */
export const sheetCommand = defineCommand({
    meta: { name: 'sheet', description: 'Sheets for people to rate replies on, out and in' },
    subCommands: { make: makeCommand, read: readCommand },
});
export default sheetCommand;
//# sourceMappingURL=sheet.js.map