// `sensorium data preferences`: pairs of replies, of a model to prompts of a data set or of the scene world, or of the scene world alone.
import { defineCommand } from 'citty';
import { conversations, PairFile } from '../data/index.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import { correctedBy, filePrompts, worldPrompts, writeOnPolicy, writeWorldPairs } from '../trust/on-policy.js';
import { judgeRater, RATING_AXES, truthRater } from '../trust/rated-replies.js';
import { PAIR_KINDS, SPLITS, world } from '../world/index.js';
import { FORMAT_NAMES, hubOptions, maxDownload, plural } from './data-flags.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { checkJudgeOption, judgeFrom } from './judge-option.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const preferenceArgs = {
    model: { type: 'positional', description: 'whose replies are compared; without it the scene world makes both', required: false },
    data: {
        type: 'string',
        description: '"world", or a data set whose questions are asked: a file or folder, or owner/name on the hub',
        default: 'world',
        valueHint: 'DATA',
    },
    out: { type: 'string', description: "file to write, JSON lines in TRL's columns", required: true, valueHint: 'FILE.jsonl' },
    n: { type: 'string', description: 'replies to each prompt', default: '4' },
    temperature: { type: 'string', description: 'of sampling', default: '1' },
    'max-tokens': { type: 'string', description: 'longest reply', default: '128' },
    judge: {
        type: 'string',
        description: 'rates on three axes: an address, or the folder of a model (default: the truth of scenes)',
        valueHint: 'JUDGE',
    },
    'judge-model': {
        type: 'string',
        description: 'name of the model where --judge is an address; its key is OPENAI_API_KEY',
        valueHint: 'NAME',
    },
    axis: { type: 'string', description: `by which replies are compared: ${RATING_AXES.join(', ')}`, default: 'mean' },
    pairs: {
        type: 'string',
        description: 'of a model: best (with the worst), all, or corrected (RLHF-V); of the world: kinds, with commas',
        valueHint: 'KINDS',
    },
    wrong: { type: 'string', description: 'simulate an annotator who prefers the worse reply this often' },
    long: { type: 'string', description: 'simulate an annotator who prefers the longer reply this often' },
    captions: { type: 'string', description: 'of the world: true captions beside each pair', default: '2' },
    limit: { type: 'string', description: 'prompts of a data set at most' },
    seed: { type: 'string', description: 'of the scenes and of sampling', default: '0' },
    format: { type: 'string', description: `format of DATA, where its content does not tell: ${FORMAT_NAMES.join(', ')}`, valueHint: 'NAME' },
    images: { type: 'string', description: 'folder of the images of DATA (default: the folder of the file)', valueHint: 'FOLDER' },
    scenes: { type: 'string', description: 'of the world: number of scenes', default: '1000' },
    size: { type: 'string', description: 'of the world: image side in pixels', default: '64' },
    split: { type: 'string', description: `of the world: ${SPLITS.join(', ')}`, default: 'train' },
    language: { type: 'string', description: 'of the world: en, zh or mixed', default: 'en' },
    prior: { type: 'string', description: 'of the world: co-occurrence strength, 0..1' },
    evidence: { type: 'string', description: 'of the world: 1 = clean pixels, 0 = fully degraded' },
    'max-download': maxDownload,
    resume: { type: 'boolean', description: 'go on where a run was stopped' },
    force: { type: 'boolean', description: 'replace what is already there' },
    json: { type: 'boolean', description: 'print the result as JSON' },
};
/** `sensorium data preferences`. */
export const preferencesCommand = defineCommand({
    meta: { name: 'preferences', description: 'Make pairs of replies: sampled from a model and rated, or made by the scene world' },
    args: preferenceArgs,
    async run({ args }) {
        const [name, ...others] = args._;
        if (others.length > 0)
            throw usageError('one model at a time', { got: others.join(' ') });
        const isWorld = args.data === 'world';
        if (name === undefined && !isWorld)
            throw usageError('a data set needs a model whose replies are compared', { expected: 'a folder, or owner/name' });
        checkJudgeOption(args);
        if (name !== undefined && !isWorld && args.judge === undefined)
            throw usageError('replies about images whose truth is not known need a judge', {
                place: '--judge',
                hint: 'Or compare replies about scenes: --data world',
            });
        if (args.pairs === 'corrected' && !isWorld)
            throw usageError('replies are corrected by the truth of scenes', { place: '--pairs', hint: 'Take --data world' });
        const seed = numberOption('seed', args.seed, { integer: true });
        const share = (key) => numberOption(key, args[key], { min: 0, max: 1 });
        const [wrong, long] = [share('wrong'), share('long')];
        const annotator = wrong === undefined && long === undefined ? undefined : { wrong: wrong ?? 0, long: long ?? 0 };
        const scenes = {
            scenes: numberOption('scenes', args.scenes, { min: 1, integer: true }),
            size: numberOption('size', args.size, { min: 32, max: 1024, integer: true }),
            split: choiceOption('split', args.split, SPLITS),
            language: choiceOption('language', args.language, ['en', 'zh', 'mixed']),
            prior: numberOption('prior', args.prior, { min: 0, max: 1 }),
            evidence: numberOption('evidence', args.evidence, { min: 0, max: 1 }),
            seed,
        };
        const captions = numberOption('captions', args.captions, { min: 0, max: 16, integer: true });
        const opening = { force: args.force, resume: args.resume };
        const progress = createProgress();
        const onPrompt = (done, total) => progress.update({ label: 'prompts', done, total });
        const held = [];
        const written = await withInterrupt(async (signal) => {
            if (name === undefined) {
                const kinds = args.pairs?.split(',').map((kind) => choiceOption('pairs', kind.trim(), PAIR_KINDS));
                const options = { ...scenes, captions, ...(kinds ? { pairs: kinds } : {}), ...(annotator ? { annotator } : {}) };
                const source = world.preferences(options);
                return writeWorldPairs(await PairFile.open(args.out, { options, ...opening }), source, { signal, onPrompt });
            }
            const how = {
                n: numberOption('n', args.n, { min: 2, max: 64, integer: true }),
                temperature: numberOption('temperature', args.temperature, { min: 0.01, max: 5 }),
                maxTokens: numberOption('max-tokens', args['max-tokens'], { min: 1, integer: true }),
                axis: choiceOption('axis', args.axis, RATING_AXES),
                pairs: choiceOption('pairs', args.pairs ?? 'best', ['best', 'all', 'corrected']),
                seed,
                ...(annotator ? { annotator } : {}),
            };
            const limit = numberOption('limit', args.limit, { min: 1, integer: true });
            const set = isWorld
                ? undefined
                : await conversations(args.data, {
                    images: args.images,
                    format: choiceOption('format', args.format, FORMAT_NAMES),
                    hub: hubOptions(args['max-download'], progress),
                }).open(signal);
            if (set)
                held.push(set);
            const all = set ? filePrompts(set) : await worldPrompts(world.captions({ ...scenes, detail: 'long' }), { captions });
            const prompts = limit === undefined ? all : { ...all, length: Math.min(limit, all.length) };
            const options = { model: name, ...how, judge: args.judge ?? 'truth', prompts: prompts.describe, length: prompts.length };
            const file = await PairFile.open(args.out, { options, ...opening });
            const { Mllm } = await import('../generate/mllm.js');
            const model = await Mllm.load(await fetchModel(name, { signal }), { signal });
            held.unshift(model);
            const judge = judgeFrom(args, { held, signal });
            const rater = judge ? judgeRater(judge) : truthRater(worldVocabulary());
            const vocabulary = worldVocabulary();
            const { pairs, ...sampling } = how;
            const paired = pairs === 'corrected' ? { correct: (scene, reply) => correctedBy(vocabulary, scene, reply) } : { pairs };
            return writeOnPolicy(file, { model, name, prompts, rater, ...sampling, ...paired, signal, onPrompt });
        }).finally(async () => {
            progress.end();
            for (const one of held)
                await one.dispose();
        });
        const { pairs, prompts, ties, unrated } = written;
        const less = [
            ...(ties > 0 ? [`${ties} prompts without a preference`] : []),
            ...(unrated > 0 ? [`${plural(unrated, 'reply')} not rated`] : []),
        ];
        const words = `wrote ${plural(pairs, 'pair')} of ${plural(prompts, 'prompt')} to ${args.out}${less.length > 0 ? `; ${less.join(', ')}` : ''}`;
        process.stdout.write(`${args.json ? JSON.stringify({ out: args.out, ...written }) : words}\n`);
    },
});
//# sourceMappingURL=data-preferences.js.map