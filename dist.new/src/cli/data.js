// `sensorium data`: data sets made, inspected, measured and converted; here the scene world as a data set of real files.
import { defineCommand } from 'citty';
import { worldSamples, writeLlava, writeParquet } from '../data/index.js';
import { formatDuration } from '../util/progress.js';
import { SPLITS } from '../world/index.js';
import { bestOfCommand } from './data-best-of.js';
import { captionCommand } from './data-caption.js';
import { convertCommand } from './data-convert.js';
import { dedupCommand } from './data-dedup.js';
import { diversityCommand } from './data-diversity.js';
import { filterCommand } from './data-filter.js';
import { inspectCommand } from './data-inspect.js';
import { instructCommand } from './data-instruct.js';
import { leakCommand } from './data-leak.js';
import { lrvCommand } from './data-lrv.js';
import { preferencesCommand } from './data-preferences.js';
import { selectCommand } from './data-select.js';
import { statsCommand } from './data-stats.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const worldArgs = {
    out: { type: 'string', description: 'folder (llava) or file (parquet) to write', required: true, valueHint: 'PATH' },
    format: { type: 'string', description: 'llava or parquet', default: 'llava' },
    scenes: { type: 'string', description: 'number of scenes', default: '1000' },
    seed: { type: 'string', description: 'seed of the world', default: '0' },
    size: { type: 'string', description: 'image side in pixels', default: '64' },
    split: { type: 'string', description: 'train, test, test-style, test-pairs, test-tints or test-backgrounds', default: 'train' },
    language: { type: 'string', description: 'en, zh or mixed', default: 'en' },
    turns: { type: 'string', description: 'question-answer pairs per scene', default: '4' },
    prior: { type: 'string', description: 'co-occurrence strength, 0..1' },
    evidence: { type: 'string', description: '1 = clean pixels, 0 = fully degraded' },
    'max-objects': { type: 'string', description: 'most objects per scene' },
    force: { type: 'boolean', description: 'replace a data set that is already there' },
    json: { type: 'boolean', description: 'print the result as JSON' },
};
const worldCommand = defineCommand({
    meta: { name: 'world', description: 'Write scenes with dialogues as image files and text' },
    args: worldArgs,
    async run({ args }) {
        if (args._.length)
            throw usageError('unexpected argument', { got: args._.join(' ') });
        const format = choiceOption('format', args.format, ['llava', 'parquet']);
        const scenes = numberOption('scenes', args.scenes, { min: 1, integer: true });
        const options = {
            scenes,
            seed: numberOption('seed', args.seed, { integer: true }),
            size: numberOption('size', args.size, { min: 32, max: 1024, integer: true }),
            split: choiceOption('split', args.split, SPLITS),
            language: choiceOption('language', args.language, ['en', 'zh', 'mixed']),
            turns: numberOption('turns', args.turns, { min: 1, max: 20, integer: true }),
            prior: numberOption('prior', args.prior, { min: 0, max: 1 }),
            evidence: numberOption('evidence', args.evidence, { min: 0, max: 1 }),
            maxObjects: numberOption('max-objects', args['max-objects'], { min: 1, max: 12, integer: true }),
        };
        const start = performance.now();
        const progress = createProgress();
        const onSample = (done) => progress.update({ label: 'scenes', done, total: scenes });
        const write = format === 'parquet' ? writeParquet : writeLlava;
        const written = await withInterrupt((signal) => write(args.out, worldSamples({ ...options, signal }), { force: args.force, signal, onSample })).finally(() => progress.end());
        const seconds = (performance.now() - start) / 1000;
        const rate = Math.round(written / seconds);
        const result = { out: args.out, format, scenes: written, seconds: Number(seconds.toFixed(3)), scenesPerSecond: rate };
        const words = `wrote ${written} scenes to ${args.out} (${format}) in ${formatDuration(seconds)}, ${rate} scenes/s`;
        process.stdout.write(`${args.json ? JSON.stringify(result) : words}\n`);
    },
});
/** The command group `sensorium data`. */
export const dataCommand = defineCommand({
    meta: { name: 'data', description: 'Make, inspect, measure, convert, filter and deduplicate data sets' },
    subCommands: {
        world: worldCommand,
        inspect: inspectCommand,
        stats: statsCommand,
        convert: convertCommand,
        filter: filterCommand,
        dedup: dedupCommand,
        caption: captionCommand,
        lrv: lrvCommand,
        preferences: preferencesCommand,
        'best-of': bestOfCommand,
        select: selectCommand,
        instruct: instructCommand,
        diversity: diversityCommand,
        leak: leakCommand,
    },
});
export default dataCommand;
//# sourceMappingURL=data.js.map