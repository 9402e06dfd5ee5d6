// `sensorium data dedup`: of rows that are nearly the same, by image or text, the first stays.
import { defineCommand } from 'citty';
import { DUPLICATE_BY, dedup } from '../curate/index.js';
import { curateArgs, curateOptions } from './curate-flags.js';
import { plural } from './data-flags.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const dedupArgs = {
    ...curateArgs,
    by: { type: 'string', description: 'what is compared: image, text, either, or pair (both at once)', default: 'image', valueHint: 'KIND' },
    jaccard: { type: 'string', description: 'least similarity of texts (default: 0.8)', valueHint: '0..1' },
    shingle: { type: 'string', description: 'characters of a piece of text (default: 5)', valueHint: 'N' },
    distance: { type: 'string', description: 'most bits of 64 in which the hashes of images differ (default: 4)', valueHint: 'BITS' },
};
const LABELS = { fingerprints: 'reading', compare: 'comparing', rows: 'writing' };
/** `sensorium data dedup`. */
export const dedupCommand = defineCommand({
    meta: { name: 'dedup', description: 'Remove rows whose image or text nearly repeats that of an earlier one' },
    args: dedupArgs,
    async run({ args }) {
        if (args._.length > 1)
            throw usageError('one data set', { got: args._.join(' ') });
        const { out } = args;
        if (out === undefined)
            throw usageError('where the rows are written is missing', { place: '--out' });
        const options = {
            ...curateOptions(args),
            out,
            by: choiceOption('by', args.by, DUPLICATE_BY),
            jaccard: numberOption('jaccard', args.jaccard, { min: 0.3, max: 1 }),
            shingle: numberOption('shingle', args.shingle, { min: 1, max: 32, integer: true }),
            distance: numberOption('distance', args.distance, { min: 0, max: 11, integer: true }),
        };
        const progress = createProgress();
        const report = await withInterrupt((signal) => dedup(args.path, {
            ...options,
            signal,
            onProgress: ({ stage, done, total, note }) => progress.update({ label: LABELS[stage], done, total, ...(note ? { note } : {}) }),
        })).finally(() => progress.end());
        if (args.json) {
            process.stdout.write(`${JSON.stringify({ out, ...report })}\n`);
            return;
        }
        const { rows, kept, duplicates, sets, largest, skipped, first } = report;
        const lines = [
            `kept ${kept} of ${plural(rows, 'row')} in ${out} (${report.to})`,
            `  ${plural(duplicates, 'row')} nearly repeat an earlier one, in ${plural(sets, 'set')}${sets > 0 ? `, the largest of ${largest}` : ''}`,
        ];
        for (const name of ['row', 'caption', 'image'])
            if (first[name])
                lines.push(`  ${name.padEnd(11)} dropped ${first[name]}`);
        if (skipped > 0)
            lines.push(`  ${skipped} comparisons of texts that share a beginning with thousands of others were left out`);
        process.stdout.write(`${lines.join('\n')}\n`);
    },
});
//# sourceMappingURL=data-dedup.js.map