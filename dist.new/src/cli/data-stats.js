// `sensorium data stats`: counts and distributions of a data set.
import { defineCommand } from 'citty';
import { dataStats } from '../data/index.js';
import { badLines, plural, readArgs, readOptions } from './data-flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const statsArgs = { ...readArgs, json: { type: 'boolean', description: 'print the result as JSON' } };
/** `sensorium data stats`. */
export const statsCommand = defineCommand({
    meta: { name: 'stats', description: 'Count rows, images, turns, lengths, sizes and duplicates of a data set' },
    args: statsArgs,
    async run({ args }) {
        if (args._.length > 1)
            throw usageError('one data set at a time', { got: args._.join(' ') });
        const progress = createProgress();
        const onRow = (done, total) => progress.update({ label: 'rows', done, total });
        const stats = await withInterrupt((signal) => dataStats(args.path, { ...readOptions(args, progress), signal, onRow })).finally(() => progress.end());
        process.stdout.write(args.json ? `${JSON.stringify({ path: args.path, ...stats })}\n` : `${statsText(stats).join('\n')}\n`);
    },
});
const counts = (of) => Object.entries(of)
    .map(([key, n]) => `${key}: ${n}`)
    .join(', ');
const round = (x) => String(Number(x.toPrecision(3)));
/** The text of the command. */
function statsText(stats) {
    const table = (name, { min, median, mean, p95, max }) => `  ${name.padEnd(22)}${[min, median, mean, p95, max].map((x) => round(x).padStart(10)).join('')}`;
    const videos = Object.keys(stats.videosPerRow).some((n) => n !== '0');
    return [
        `${plural(stats.rows, 'row')} (${stats.format}), of which ${stats.badRows} cannot be used`,
        `images per row      ${counts(stats.imagesPerRow)}`,
        ...(videos ? [`videos per row      ${counts(stats.videosPerRow)}`] : []),
        `messages            ${counts(stats.roles)}${stats.toolCalls ? `; ${stats.toolCalls} call tools` : ''}`,
        `  ${''.padEnd(22)}${['least', 'median', 'mean', '95 %', 'most'].map((name) => name.padStart(10)).join('')}`,
        table('replies per row', stats.turns),
        table('question, characters', stats.questionLength),
        table('reply, characters', stats.replyLength),
        table('row, characters', stats.rowLength),
        ...(stats.pictures
            ? [
                table('picture width', stats.pictures.width),
                table('picture height', stats.pictures.height),
                table('picture bytes', stats.pictures.bytes),
                `picture types       ${counts(stats.pictures.types)}`,
            ]
            : []),
        `duplicates          ${plural(stats.duplicateImages, 'picture')}, ${plural(stats.duplicateRows, 'row')}`,
        ...stats.repeated.map(({ row, of }) => `  row ${row} repeats row ${of}`),
        ...badLines(stats.bad, stats.badRows, undefined),
    ];
}
//# sourceMappingURL=data-stats.js.map