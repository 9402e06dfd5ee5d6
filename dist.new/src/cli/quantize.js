// `sensorium quantize MODEL --out DIR`: weights in four or eight bits, and what that costs in perplexity.
import { stat } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { ifThere, throwIfAborted } from '../util/errors.js';
import { readText } from '../util/fs.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { locateModel } from './root.js';
import { alignColumns } from './score-table.js';
import { createProgress } from './terminal.js';
const BITS = ['4', '8'];
const PART = ['4', '8', 'float'];
/** '4', '8' or 'float' as the API has it. */
function partBits(name, text) {
    const choice = choiceOption(name, text, PART);
    return choice === undefined ? undefined : choice === 'float' ? null : Number(choice);
}
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e8 ? 2 : 0)} MB`;
/** The report as a table: one column for each way of stepping. */
export function reportTable({ bytes, results }) {
    const rows = [
        ['tokens', (r) => String(r.tokens)],
        ['perplexity, float', (r) => r.perplexity.float.toFixed(3)],
        ['perplexity, quantized', (r) => r.perplexity.quantized.toFixed(3)],
        ['logit error, mean', (r) => r.logitError.mean.toFixed(4)],
        ['logit error, largest', (r) => r.logitError.max.toFixed(4)],
        ['spread of the logits', (r) => r.logitSpread.toFixed(4)],
        ['same first choice', (r) => `${(r.topOne * 100).toFixed(1)} %`],
    ];
    const table = results.length > 0
        ? `${alignColumns([['', ...results.map((r) => r.steps)], ...rows.map(([name, f]) => [name, ...results.map(f)])])}\n\n`
        : '';
    const times = (bytes.before / bytes.after).toFixed(2);
    return `${table}${megabytes(bytes.before)} -> ${megabytes(bytes.after)}, ${times} times smaller`;
}
export default defineCommand({
    meta: { name: 'quantize', description: 'Write a model with weights in four or eight bits, and measure what it costs' },
    args: {
        model: { type: 'positional', description: 'folder or name of a model', required: true },
        out: { type: 'string', description: 'the new folder', valueHint: 'DIR' },
        bits: { type: 'string', description: 'of weights in products: 4 or 8', default: '4', valueHint: 'N' },
        'block-size': { type: 'string', description: 'weights per scale, a power of two from 16', default: '32', valueHint: 'N' },
        'accuracy-level': { type: 'string', description: '1 multiplies in float32, 4 in int8 (fastest)', default: '4', valueHint: 'N' },
        head: { type: 'string', description: '4, 8 or float (default: 8)', valueHint: 'BITS' },
        embedding: { type: 'string', description: '4, 8 or float (default: 8)', valueHint: 'BITS' },
        activations: {
            type: 'string',
            description: 'int8: vision and prefill in eight bits on both sides',
            default: 'float',
            valueHint: 'TYPE',
        },
        skip: { type: 'string', description: 'parts that stay as they are: lm_head,layers.0,*.down_proj', valueHint: 'NAMES' },
        report: { type: 'boolean', description: 'compare with the float model, which must fit into memory', default: true },
        text: { type: 'string', description: 'text to measure on (default: captions of the scene world)', valueHint: 'FILE' },
        tokens: { type: 'string', description: 'tokens of it', default: '2048', valueHint: 'N' },
        json: { type: 'boolean', description: 'print the report as JSON' },
    },
    async run({ args }) {
        if (!args.out)
            throw usageError('there is no place for the result', { place: '--out', expected: 'a folder' });
        if (args._.length > 1)
            throw usageError('one model at a time', { got: args._.join(' ') });
        const options = {
            bits: Number(choiceOption('bits', args.bits, BITS)),
            blockSize: numberOption('block-size', args['block-size'], { min: 16, integer: true }),
            accuracyLevel: numberOption('accuracy-level', args['accuracy-level'], { min: 0, max: 4, integer: true }),
            headBits: partBits('head', args.head),
            embeddingBits: partBits('embedding', args.embedding),
            activations: choiceOption('activations', args.activations, ['float', 'int8']),
            skip: args.skip ? args.skip.split(',').map((name) => name.trim()) : undefined,
        };
        const tokens = numberOption('tokens', args.tokens, { min: 2, integer: true });
        if (args.text !== undefined)
            await stat(args.text).catch(() => readText(args.text)); // a wrong name is told before the work
        const model = locateModel(args.model);
        const out = args.out;
        const progress = createProgress();
        await withInterrupt(async (signal) => {
            const { compareQuantized, quantizeFolder, writeQuantizeReport } = await import('../generate/index.js');
            try {
                const made = await quantizeFolder(model, out, {
                    ...options,
                    signal,
                    onProgress: ({ done, total }) => progress.update({ label: 'quantizing', done, total }),
                });
                const measured = args.report
                    ? await measuredText(model, { file: args.text, tokens, signal })
                    : { text: 'not measured', ids: new Int32Array() };
                const results = measured.ids.length < 2
                    ? []
                    : await compareQuantized(model, out, {
                        ids: measured.ids,
                        signal,
                        onProgress: (done, total) => progress.update({ label: 'measuring', done, total }),
                    });
                progress.end();
                const report = {
                    model: args.model,
                    text: measured.text,
                    settings: made.settings,
                    bytes: { before: made.bytesBefore, after: made.bytesAfter },
                    matrices: made.quantized,
                    results,
                };
                await writeQuantizeReport(out, report);
                process.stdout.write(args.json
                    ? `${JSON.stringify(report)}\n`
                    : `${out}: ${made.quantized} matrices quantized, ${made.copied} tensors kept. ${measured.text}\n\n${reportTable(report)}\n`);
            }
            finally {
                progress.end();
            }
        });
    },
});
/** Token ids of a text: of a file, or of captions of the scene world. Models without a tokenizer are not measured. */
async function measuredText(model, { file, tokens, signal }) {
    const [{ Tokenizer }, { world }] = await Promise.all([import('../text/index.js'), import('../world/index.js')]);
    const tokenizer = await ifThere(() => Tokenizer.fromFolder(model));
    if (!tokenizer)
        return { text: 'not measured: the model has no tokenizer', ids: new Int32Array() };
    if (file !== undefined)
        return { text: file, ids: Int32Array.from(tokenizer.encode(await readText(file))).subarray(0, tokens) };
    const source = world.captions({ scenes: 100_000, split: 'test' });
    const ids = [];
    for (let i = 0; ids.length < tokens; i++) {
        throwIfAborted(signal);
        ids.push(...tokenizer.encode(`${source.get(i).text} `));
    }
    return { text: `captions of the scene world (${tokens} tokens)`, ids: Int32Array.from(ids).subarray(0, tokens) };
}
//# sourceMappingURL=quantize.js.map