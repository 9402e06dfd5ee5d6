// `sensorium compare A B`: two runs over the same rows, with paired tests and the rows that changed sides.
import { stat } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { compareRuns } from '../evaluate/compare.js';
import { comparedSample, comparisonJson, probability, writeComparison } from '../evaluate/report/compare-page.js';
import { Pictures } from '../evaluate/report/picture.js';
import { readRunRows } from '../evaluate/run-rows.js';
import { image } from '../media/index.js';
import { writeAtomic } from '../util/fs.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';
const share = (value) => value.toFixed(3);
const signed = (value) => `${value < 0 ? '-' : '+'}${share(Math.abs(value))}`;
const NAMED = 5;
const named = (rows) => `${rows.slice(0, NAMED).join(', ')}${rows.length > NAMED ? ', …' : ''}`;
/** A comparison in plain text. */
export function compareTable({ a, b, benchmarks }) {
    return [`A  ${a}\nB  ${b}`, ...benchmarks.map(benchTable)].join('\n\n');
}
function benchTable({ bench, n, onlyA, onlyB, scores, uncompared, right, gained, lost }) {
    const rows = [
        ['', 'A', 'B', 'B - A', '95 %', 'p', 'n'],
        ...scores.map((s) => [
            `${s.name}${s.better === 'lower' ? ' (lower is better)' : ''}`,
            share(s.a),
            share(s.b),
            signed(s.difference),
            `${signed(s.low)}..${signed(s.high)}`,
            probability(s.p),
            String(s.n),
        ]),
    ];
    const changed = [
        ...(gained.length > 0 ? [`  wrong in A, right in B: ${named(gained.map((pair) => pair.a.row))}`] : []),
        ...(lost.length > 0 ? [`  right in A, wrong in B: ${named(lost.map((pair) => pair.a.row))}`] : []),
    ];
    return [
        `${bench}, ${n} rows in both`,
        ...(onlyA.length > 0 ? [`  only in A, in no score: ${onlyA.length} (${named(onlyA)})`] : []),
        ...(onlyB.length > 0 ? [`  only in B, in no score: ${onlyB.length} (${named(onlyB)})`] : []),
        ...(uncompared.length > 0 ? [`  not compared, as other rows would weigh in: ${uncompared.join(', ')}`] : []),
        ...(right
            ? [
                `  right: A ${share(right.a)}, B ${share(right.b)}; ${right.onlyB} gained, ${right.onlyA} lost (McNemar, p ${probability(right.p)})`,
                ...changed,
            ]
            : []),
        ...(scores.length > 0 ? [alignColumns(rows)] : []),
    ].join('\n');
}
/** What a page shows of the rows that changed sides. */
const MOST_ROWS = 2000;
const PICTURE_BYTES = 24 * 2 ** 20;
/** The rows that changed sides with their pictures, where these are files that are still there. */
async function changedRows({ benchmarks }, signal) {
    const pictures = new Pictures(PICTURE_BYTES);
    const samples = [];
    const changed = benchmarks.flatMap(({ bench, gained, lost }) => [...gained, ...lost].map((pair) => ({ bench, pair })));
    let gone = 0;
    for (const { bench, pair } of changed.slice(0, MOST_ROWS)) {
        signal.throwIfAborted();
        const path = [...pair.a.media, ...pair.b.media][0];
        const there = path !== undefined &&
            (await stat(path).then((info) => info.isFile(), () => false));
        if (path !== undefined && !there)
            gone++;
        const shown = there ? await pictures.of({ messages: [{ role: 'user', content: [{ ...image(path) }] }] }) : {};
        samples.push({ ...comparedSample(bench, pair), ...shown });
    }
    const some = changed.length > samples.length ? `The first ${samples.length} of ${changed.length} rows` : `${changed.length} rows`;
    const missing = gone > 0 ? ` The image files of ${gone} are not there any more.` : '';
    return { samples, samplesNote: `${some} that one run has right and the other wrong.${missing}` };
}
export default defineCommand({
    meta: {
        name: 'compare',
        description: 'Compare two runs over the same rows: paired tests of every score, and the rows that changed sides',
    },
    args: {
        a: { type: 'positional', description: 'file of replies, log of samples or their folder', required: true },
        b: { type: 'positional', description: 'the same of the second run', required: true },
        seed: { type: 'string', description: 'draws the resamples', default: '0', valueHint: 'N' },
        samples: { type: 'string', description: 'resamples of each test (default: 1,000 to 10,000 by the number of rows)', valueHint: 'N' },
        out: { type: 'string', description: 'also write the result as JSON', valueHint: 'FILE' },
        report: { type: 'string', description: 'also write compare.html and compare.json into a folder', valueHint: 'DIR' },
        json: { type: 'boolean', description: 'print the result as JSON' },
    },
    async run({ args, rawArgs }) {
        if (args._.length > 2)
            throw usageError('two runs are compared', { got: args._.join(' ') });
        const seed = numberOption('seed', args.seed, { integer: true });
        const samples = numberOption('samples', args.samples, { min: 100, max: 100_000, integer: true });
        await withInterrupt(async (signal) => {
            const [a, b] = [await readRunRows(args.a, { signal }), await readRunRows(args.b, { signal })];
            const comparison = compareRuns(a, b, { seed, samples });
            const json = JSON.stringify(comparisonJson(comparison), null, args.json ? undefined : 2);
            if (args.out)
                await writeAtomic(args.out, `${json}\n`);
            if (args.report)
                await writeComparison(args.report, {
                    comparison,
                    ...(await changedRows(comparison, signal)),
                    command: `sensorium compare ${rawArgs.join(' ')}`,
                    versions: { node: process.versions.node },
                });
            process.stdout.write(`${args.json ? json : compareTable(comparison)}\n`);
        });
    },
});
//# sourceMappingURL=compare.js.map