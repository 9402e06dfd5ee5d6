// `sensorium data leak`: which rows of benchmarks stand in data to train on, by image and by text.
import { defineCommand } from 'citty';
import { conversations } from '../data/index.js';
import { FILE_BENCHMARKS, WORLD_BENCHMARKS, WORLD_FORMS } from '../evaluate/benchmarks/index.js';
import { findLeaks } from '../evaluate/leak.js';
import { worldScenes } from '../evaluate/world-source.js';
import { loadSprites } from '../world/index.js';
import { FORMAT_NAMES, hubOptions, maxDownload } from './data-flags.js';
import { chooseBenchmarks } from './eval.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const args = {
    data: {
        type: 'string',
        description: 'data to train on: a file or folder of any format, or owner/name on the hub',
        required: true,
        valueHint: 'PATH',
    },
    images: { type: 'string', description: 'folder of its images', valueHint: 'DIR' },
    format: { type: 'string', description: 'its format, where its content does not tell', valueHint: 'NAME' },
    'max-download': maxDownload,
    bench: { type: 'string', description: 'benchmarks: names with commas (default: all of the scene world)', valueHint: 'NAMES' },
    'bench-data': { type: 'string', description: 'files of the benchmarks, where these are not of the scene world', valueHint: 'PATH' },
    'bench-images': { type: 'string', description: 'folder of their images', valueHint: 'DIR' },
    words: { type: 'string', description: 'words of a run that counts as the same text', default: '13' },
    rows: { type: 'string', description: 'rows of each kind of a benchmark (default: its own number)' },
    seed: { type: 'string', description: 'of the scene world', default: '0' },
    json: { type: 'boolean', description: 'print the result as JSON' },
};
/** `sensorium data leak`. */
export const leakCommand = defineCommand({
    meta: { name: 'leak', description: 'Look for the images and words of benchmarks in data to train on' },
    args,
    async run({ args }) {
        if (args._.length > 0)
            throw usageError('unexpected argument', { got: args._.join(' ') });
        const words = numberOption('words', args.words, { min: 1, integer: true });
        const n = numberOption('rows', args.rows, { min: 1, integer: true });
        const seed = numberOption('seed', args.seed, { integer: true });
        const format = choiceOption('format', args.format, FORMAT_NAMES);
        const benchData = args['bench-data'];
        if (benchData !== undefined && args.bench === undefined)
            throw usageError('whose files are these?', { place: '--bench', expected: 'the name of a benchmark' });
        const files = benchData?.split(',').map((file) => file.trim());
        const all = files
            ? FILE_BENCHMARKS.map((open) => open({ data: files, images: args['bench-images'] }))
            : await loadSprites().then((sprites) => {
                const scenes = worldScenes(sprites, { seed });
                return [...WORLD_BENCHMARKS, ...WORLD_FORMS].map((open) => open(scenes));
            });
        const benchmarks = chooseBenchmarks(all, args.bench);
        const progress = createProgress();
        const found = await withInterrupt(async (signal) => {
            const data = await conversations(args.data, { format, images: args.images, hub: hubOptions(args['max-download'], progress) }).open(signal);
            try {
                const onRow = (done, total) => progress.update({ label: 'rows', done, total });
                return await findLeaks({ data, benchmarks, words, n, signal, onRow });
            }
            finally {
                data.dispose();
            }
        }).finally(() => progress.end());
        if (args.json)
            process.stdout.write(`${JSON.stringify({ data: args.data, words, found })}\n`);
        else {
            const head = ['benchmark', 'rows', 'images', 'alike', 'texts', 'both'];
            const rows = found.map((f) => [f.bench, f.rows, f.images, f.nearImages, f.texts, f.both].map(String));
            const line = (cells) => `${cells[0].padEnd(24)}${cells
                .slice(1)
                .map((cell) => cell.padStart(9))
                .join('')}`;
            const examples = found.flatMap(({ bench, examples }) => examples.map(({ row, image, text }) => `  ${bench} ${row}: ${[image === undefined ? '' : `image of row ${image}`, text === undefined ? '' : `text of row ${text}`].filter(Boolean).join(', ')}`));
            process.stdout.write(`${[head, ...rows].map(line).join('\n')}\n${examples.join('\n')}${examples.length > 0 ? '\n' : ''}`);
        }
    },
});
//# sourceMappingURL=data-leak.js.map