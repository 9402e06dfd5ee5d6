// `sensorium data diversity`: how varied the instructions of a data set are, and which tasks it covers.
import { defineCommand } from 'citty';
import { conversations, dataDiversity } from '../data/index.js';
import { plural, readArgs, readOptions } from './data-flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const args = { ...readArgs, json: { type: 'boolean', description: 'print the result as JSON' } };
/** `sensorium data diversity`. */
export const diversityCommand = defineCommand({
    meta: { name: 'diversity', description: 'Measure how varied instructions are: verb-noun roots, distinct n-grams, tasks' },
    args,
    async run({ args }) {
        if (args._.length > 1)
            throw usageError('one data set at a time', { got: args._.join(' ') });
        const progress = createProgress();
        const found = await withInterrupt(async (signal) => {
            const data = await conversations(args.path, readOptions(args, progress)).open(signal);
            try {
                return await dataDiversity(data, { signal, onRow: (done) => progress.update({ label: 'rows', done, total: data.length }) });
            }
            finally {
                data.dispose();
            }
        }).finally(() => progress.end());
        process.stdout.write(args.json ? `${JSON.stringify({ path: args.path, ...found })}\n` : `${text(found).join('\n')}\n`);
    },
});
function text({ instructions, different, distinct, roots, commonest, tasks, coverage, evenness }) {
    const share = (x) => x.toFixed(3);
    return [
        `${plural(instructions, 'instruction')}, ${different} different`,
        `distinct n-grams    ${distinct.map((x, i) => `${i + 1}: ${share(x)}`).join(', ')}`,
        `roots               ${roots}: ${commonest.map(({ root, n }) => `${root} ${n}`).join(', ')}`,
        `tasks               ${Object.entries(tasks)
            .map(([task, n]) => `${task} ${n}`)
            .join(', ')}`,
        `coverage            ${share(coverage)} of the known tasks, evenness ${share(evenness)}`,
    ];
}
//# sourceMappingURL=data-diversity.js.map