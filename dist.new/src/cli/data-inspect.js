// `sensorium data inspect`: every row and image of a data set is checked, the first ones are drawn.
import { writeFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { checkData, checkTarget, contactSheet, markedText, writeDataFile } from '../data/index.js';
import { SensoriumError } from '../util/errors.js';
import { badLines, besideOf, plural, readArgs, readOptions, writeBadRows } from './data-flags.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const inspectArgs = {
    ...readArgs,
    'skip-bad': { type: 'boolean', description: 'leave bad rows out, and list them in PATH.bad.jsonl' },
    out: { type: 'string', description: 'contact sheet to write (default: PATH.png)', valueHint: 'FILE.png' },
    count: { type: 'string', description: 'samples on the sheet; every row is checked in any case', default: '24' },
    force: { type: 'boolean', description: 'replace the sheet and the list if they are there' },
    json: { type: 'boolean', description: 'print the result as JSON' },
};
/** `sensorium data inspect`. */
export const inspectCommand = defineCommand({
    meta: { name: 'inspect', description: 'Check every row and image of a data set, count them, and draw the first ones as a contact sheet' },
    args: inspectArgs,
    async run({ args }) {
        if (args._.length > 1)
            throw usageError('one data set at a time', { got: args._.join(' ') });
        const keep = numberOption('count', args.count, { min: 1, max: 400, integer: true });
        const path = args.path.replace(/(?<=.)\/+$/, '');
        const beside = besideOf(path);
        const out = args.out ?? `${beside}.png`;
        const list = args['skip-bad'] ? `${beside}.bad.jsonl` : undefined;
        for (const target of [out, list])
            if (target)
                await checkTarget(target, { force: args.force });
        const progress = createProgress();
        const found = await withInterrupt((signal) => checkData(path, {
            ...readOptions(args, progress),
            signal,
            keep,
            onRow: (done, bad) => progress.update({ label: 'rows', done, ...(bad ? { note: `${bad} bad` } : {}) }),
        })).finally(() => progress.end());
        const { first, bad, badRows, ...counts } = found;
        if (counts.samples + badRows === 0)
            throw new SensoriumError('data.read', 'the data set has no samples', { place: path, expected: 'at least one row', got: 'none' });
        if (first.length) {
            const sheet = await contactSheet(first);
            await writeDataFile(out, { force: args.force }, (temporary) => writeFile(temporary, sheet));
        }
        if (list && badRows)
            await writeBadRows(list, bad, args);
        const sheet = first.length ? out : null;
        if (args.json)
            process.stdout.write(`${JSON.stringify({ path, ...counts, sheet, badRows, bad })}\n`);
        else {
            const { samples, images, videos, turns, format, bare } = counts;
            const drawn = first.length ? `; the first ${first.length} are drawn in ${out}` : '';
            const without = bare > 0 && bare < samples ? ` (${plural(bare, 'sample')} without any)` : '';
            const media = `${plural(images, 'image')}${videos ? `, ${plural(videos, 'video')}` : ''}${without}`;
            const lines = [`${plural(samples, 'sample')}, ${media}, ${plural(turns, 'question-answer pair')} (${format})${drawn}`];
            for (const message of first[0]?.messages ?? [])
                lines.push(`${message.role === 'assistant' ? '    ' : '  '}${markedText(message)}`);
            lines.push(...badLines(bad, badRows, list));
            process.stdout.write(`${lines.join('\n')}\n`);
        }
        if (badRows && !list)
            throw new SensoriumError('data.bad', 'some rows of the data set cannot be used', {
                place: path,
                expected: plural(counts.samples + badRows, 'good row'),
                got: plural(badRows, 'bad row'),
                hint: 'Correct them, or leave them out with --skip-bad; --json lists all',
            });
    },
});
//# sourceMappingURL=data-inspect.js.map