// `sensorium data caption`: captions for images by any model, several for each, of which a CLIP chooses (LAION-COCO).
import { defineCommand } from 'citty';
import { curate, modelCaptioner, responderCaptioner, writeSamplePage } from '../curate/index.js';
import { Mllm } from '../generate/mllm.js';
import { curateArgs, curateOptions, openEmbedder, shareOption } from './curate-flags.js';
import { reportLines } from './data-filter.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const { path: data, ...shared } = curateArgs;
const captionArgs = {
    model: { type: 'positional', description: 'captioner: a folder, a model of the hub, or http://…/v1 of a server', required: true },
    data: { type: 'string', description: data.description, required: true, valueHint: 'DATA' },
    ...shared,
    'model-name': { type: 'string', description: 'name of the model behind a server; its key is OPENAI_API_KEY', valueHint: 'NAME' },
    n: { type: 'string', description: 'captions for each image', default: '1', valueHint: 'K' },
    select: { type: 'string', description: 'how one is chosen: clip, or first (default: clip for several)', valueHint: 'HOW' },
    clip: {
        type: 'string',
        description: 'CLIP that chooses; of several with commas each but the last leaves 5 (default: models/world-clip)',
        valueHint: 'MODEL',
    },
    'min-clip': { type: 'string', description: 'least cosine of the chosen caption', valueHint: 'COSINE' },
    prompt: { type: 'string', description: 'what the captioner is asked', default: 'Describe the image.', valueHint: 'TEXT' },
    temperature: { type: 'string', description: 'of sampling (default: 1 for several captions, else 0)', valueHint: 'T' },
    'top-p': { type: 'string', description: 'share of the likeliest tokens that are drawn from', default: '0.9', valueHint: 'P' },
    'max-tokens': { type: 'string', description: 'longest caption', default: '64', valueHint: 'N' },
    seed: { type: 'string', description: 'the same seed gives the same captions', default: '0' },
    shard: { type: 'string', description: 'one of n shares of the rows, such as 2/4', valueHint: 'i/n' },
};
/** Opens a captioner: a folder, a model of the hub, a server. */
async function openCaptioner(model, name, signal) {
    if (/^https?:\/\//.test(model)) {
        if (name === undefined)
            throw usageError('a model at an address needs its name', { place: '--model-name' });
        const { serverResponder } = await import('../evaluate/server-responder.js');
        const open = ({ temperature, topP, seed }) => serverResponder({
            url: model,
            model: name,
            apiKey: process.env.OPENAI_API_KEY,
            sampling: temperature > 0 ? { temperature, topP, seed } : {},
        });
        return { ...responderCaptioner(`${name} at ${model}`, open), dispose: async () => { } };
    }
    const mllm = await Mllm.load(await fetchModel(model, { signal }), { signal });
    return { ...modelCaptioner(model, mllm), dispose: () => mllm.dispose() };
}
/** `sensorium data caption`. */
export const captionCommand = defineCommand({
    meta: { name: 'caption', description: 'Write captions for images with a model, and choose among several by a CLIP' },
    args: captionArgs,
    async run({ args }) {
        if (args._.length > 1)
            throw usageError('one captioner', { got: args._.join(' ') });
        const { out } = args;
        if (out === undefined)
            throw usageError('where the rows are written is missing', { place: '--out' });
        const options = curateOptions(args);
        const n = numberOption('n', args.n, { min: 1, max: 1000, integer: true });
        const select = choiceOption('select', args.select, ['clip', 'first']) ?? (n > 1 ? 'clip' : 'first');
        const least = numberOption('min-clip', args['min-clip'], { min: -1, max: 1 });
        if (least !== undefined && select !== 'clip')
            throw usageError('--min-clip needs a CLIP', { hint: 'Add --select clip' });
        const how = {
            n,
            prompt: args.prompt,
            temperature: numberOption('temperature', args.temperature, { min: 0, max: 10 }) ?? (n > 1 ? 1 : 0),
            topP: numberOption('top-p', args['top-p'], { min: 0, max: 1 }),
            maxTokens: numberOption('max-tokens', args['max-tokens'], { min: 1, integer: true }),
            seed: numberOption('seed', args.seed, { integer: true }),
        };
        const share = shareOption(args.shard);
        const target = share ? `${out.replace(/\/+$/, '')}/${share.index + 1}-of-${share.count}` : out;
        const progress = createProgress();
        const report = await withInterrupt(async (signal) => {
            const captioner = await openCaptioner(args.model, args['model-name'], signal);
            const names = select === 'clip' ? (args.clip ?? 'world-clip').split(',').map((name) => name.trim()) : [];
            const selectors = [];
            try {
                for (const name of names)
                    selectors.push(await openEmbedder(name, signal));
                return await curate(args.data, {
                    ...options,
                    out: target,
                    share,
                    signal,
                    filters: least === undefined ? [] : [{ name: 'clip', settings: { min: least } }],
                    embedder: selectors.at(-1),
                    caption: { captioner, selectors, ...how },
                    onProgress: ({ done, total, kept }) => progress.update({ label: 'captions', done, total, note: `${kept} written` }),
                });
            }
            finally {
                await captioner.dispose();
                for (const selector of selectors)
                    await selector.dispose();
            }
        }).finally(() => progress.end());
        const command = ['sensorium data caption', args.model, '--data', args.data, '--n', args.n, '--out', out].join(' ');
        const page = await writeSamplePage(args.data, target, report, { ...options, command });
        const lines = [...reportLines(report, target), `pictures: ${page}`];
        process.stdout.write(`${args.json ? JSON.stringify({ out: target, ...report, page }) : lines.join('\n')}\n`);
    },
});
//# sourceMappingURL=data-caption.js.map