// What the commands that filter, deduplicate and caption share: the data set, the output, a share of the rows, a CLIP, a detector.
import { SINKS } from '../curate/index.js';
import { image } from '../media/image.js';
import { FORMAT_NAMES } from './data-flags.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { usageError } from './report.js';
import { openDetector } from './trust-detectors.js';
/** Options of all of them. */
export const curateArgs = {
    path: {
        type: 'positional',
        description: 'WebDataset tar, parquet, JSON, CSV, or a folder of images with KEY.txt or KEY.json beside them',
        required: true,
    },
    out: { type: 'string', description: 'folder to write', valueHint: 'FOLDER' },
    to: { type: 'string', description: `what is written: ${SINKS.join(', ')} (default: webdataset)`, valueHint: 'KIND' },
    list: { type: 'boolean', description: 'write only id, file and row of what is kept: --to list' },
    'rows-per-file': { type: 'string', description: 'rows in one shard of the output (default: 10000)', valueHint: 'N' },
    format: { type: 'string', description: `format, where its content does not tell: ${FORMAT_NAMES.join(', ')}`, valueHint: 'NAME' },
    images: { type: 'string', description: 'folder of the images (default: the folder of the file)', valueHint: 'FOLDER' },
    limit: { type: 'string', description: 'look at the first N rows only', valueHint: 'N' },
    concurrency: { type: 'string', description: 'rows that are read and decoded at once (default: 8)', valueHint: 'N' },
    'max-pixels': { type: 'string', description: 'largest picture that is decoded (default: 50000000)', valueHint: 'N' },
    resume: { type: 'boolean', description: 'go on where a run with the same options stopped' },
    force: { type: 'boolean', description: 'replace an earlier run' },
    json: { type: 'boolean', description: 'print the result as JSON' },
};
/** The options that `curateArgs` stand for. */
export function curateOptions(args) {
    const text = (name) => args[name];
    const to = choiceOption('to', text('to'), SINKS);
    if (args.list && to !== undefined && to !== 'list')
        throw usageError('--list is a kind of its own', { place: '--to', got: to });
    const count = (name) => numberOption(name, text(name), { min: 1, integer: true });
    return {
        to: args.list ? 'list' : to,
        format: choiceOption('format', text('format'), FORMAT_NAMES),
        images: text('images'),
        limit: count('limit'),
        rowsPerFile: count('rows-per-file'),
        concurrency: count('concurrency'),
        maxPixels: count('max-pixels'),
        resume: Boolean(args.resume),
        force: Boolean(args.force),
    };
}
/** A share `2/4` of the rows: the second of four. Errors: usage. */
export function shareOption(text) {
    if (text === undefined)
        return undefined;
    const [, i, n] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
    const [index, count] = [Number(i), Number(n)];
    if (!(index >= 1 && count >= 1 && index <= count))
        throw usageError('not a valid value', { place: '--shard', expected: 'i/n, such as 1/4', got: text });
    return { index: index - 1, count };
}
/** Loads a CLIP: a folder, a model of the hub, or the shipped one. */
export async function openEmbedder(model = 'world-clip', signal) {
    const { ClipEmbedder } = await import('../serve/clip-embedder.js');
    return ClipEmbedder.load(await fetchModel(model, { signal }));
}
/** Scores from which an object counts as found. */
const FOUND = 0.4;
/** A detector for the labels of images: `world`, `nanodet`, `centernet`, several by commas, or a folder of one of ours. */
export async function openLabeler(name, signal) {
    const detector = await openDetector(name, { signal });
    return {
        name,
        labels: async (picture, stop) => {
            const found = await detector.detect(image(picture), { signal: stop });
            return [...new Set(found.filter(({ score }) => score >= FOUND).map(({ label }) => label))];
        },
        dispose: () => detector.dispose(),
    };
}
//# sourceMappingURL=curate-flags.js.map