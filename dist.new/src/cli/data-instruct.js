// `sensorium data instruct`: instructions about images written by a teacher, in the kinds of LLaVA, MiniGPT-4, DetGPT, LVIS-Instruct4V, ALLaVA and M3IT.
import { defineCommand } from 'citty';
import { conversations } from '../data/index.js';
import { INSTRUCT_PROMPTS, instructPrompt, rowInstructFacts, sceneInstructFacts, teachInstructions } from '../data/instruct/index.js';
import { readJson } from '../util/fs.js';
import { SPLITS } from '../world/index.js';
import { FORMAT_NAMES, hubOptions, maxDownload, plural } from './data-flags.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { openTeacher } from './teacher-option.js';
import { createProgress } from './terminal.js';
const args = {
    teacher: {
        type: 'string',
        description: 'who writes: world (exact, no model), http://…/v1, or the folder of a model',
        required: true,
        valueHint: 'WHO',
    },
    'teacher-model': {
        type: 'string',
        description: 'name of the model at the address of the teacher; its key is OPENAI_API_KEY',
        valueHint: 'NAME',
    },
    from: {
        type: 'string',
        description: 'images with captions or boxes: world, or a data set of any format',
        default: 'world',
        valueHint: 'PATH',
    },
    kinds: {
        type: 'string',
        description: `kinds of instructions: ${INSTRUCT_PROMPTS.map(({ name }) => name).join(', ')}`,
        default: 'conversation,detail,reasoning',
    },
    out: {
        type: 'string',
        description: 'file to write (JSON lines); replies are kept beside it, so that a run can go on',
        required: true,
        valueHint: 'FILE',
    },
    turns: { type: 'string', description: 'questions asked for each time', default: '3' },
    examples: { type: 'string', description: 'JSON list of questions that show the teacher what is wanted', valueHint: 'FILE' },
    distinct: {
        type: 'string',
        description: 'questions differ from those about the same image, or from all (self-instruct): image, all',
        default: 'image',
    },
    likeness: { type: 'string', description: 'ROUGE-L from which on two questions are the same', default: '0.7' },
    temperature: { type: 'string', description: 'of the teacher', default: '0.7' },
    'top-p': { type: 'string', description: 'of the teacher' },
    'max-tokens': { type: 'string', description: 'longest reply of the teacher', default: '1024' },
    language: { type: 'string', description: 'en or zh; for translate, the language to translate into', default: 'en' },
    seed: { type: 'string', description: 'of drawing and of the teacher', default: '0' },
    scenes: { type: 'string', description: 'of the world: number of scenes', default: '100' },
    size: { type: 'string', description: 'of the world: image side in pixels', default: '64' },
    split: { type: 'string', description: 'of the world', default: 'train' },
    images: { type: 'string', description: 'folder of the images of --from', valueHint: 'DIR' },
    format: { type: 'string', description: 'format of --from, where its content does not tell', valueHint: 'NAME' },
    'max-download': maxDownload,
    force: { type: 'boolean', description: 'replace the file' },
    json: { type: 'boolean', description: 'print the result as JSON' },
};
/** `sensorium data instruct`. */
export const instructCommand = defineCommand({
    meta: { name: 'instruct', description: 'Make instructions about images with a teacher: a model, a server, or the truth of the world' },
    args,
    async run({ args }) {
        if (args._.length > 0)
            throw usageError('unexpected argument', { got: args._.join(' ') });
        const kinds = args.kinds.split(',').map((kind) => kind.trim());
        const known = INSTRUCT_PROMPTS.map(({ name }) => name);
        for (const kind of kinds)
            choiceOption('kinds', kind, known);
        const by = [...new Set(kinds.map((kind) => instructPrompt(kind).by))];
        if (by.length > 1)
            throw usageError('kinds that rewrite rows are made apart from those about images', { place: '--kinds', got: kinds.join(', ') });
        const isWorld = args.from === 'world';
        if (isWorld && by[0] === 'row')
            throw usageError('scenes have no rows to rewrite', { place: '--from', hint: 'Name a data set' });
        const sampling = {
            temperature: numberOption('temperature', args.temperature, { min: 0 }),
            topP: numberOption('top-p', args['top-p'], { min: 0, max: 1 }),
            maxTokens: numberOption('max-tokens', args['max-tokens'], { min: 1, integer: true }),
        };
        const language = choiceOption('language', args.language, ['en', 'zh']);
        const seed = numberOption('seed', args.seed, { integer: true });
        const how = {
            ...{ kinds, language, seed, out: args.out, force: args.force },
            turns: numberOption('turns', args.turns, { min: 1, max: 20, integer: true }),
            distinct: choiceOption('distinct', args.distinct, ['image', 'all']),
            likeness: numberOption('likeness', args.likeness, { min: 0, max: 1 }),
            seeds: args.examples === undefined ? [] : await readExamples(args.examples),
        };
        const world = {
            scenes: numberOption('scenes', args.scenes, { min: 1, integer: true }),
            size: numberOption('size', args.size, { min: 32, max: 1024, integer: true }),
            split: choiceOption('split', args.split, SPLITS),
        };
        const format = choiceOption('format', args.format, FORMAT_NAMES);
        const progress = createProgress();
        const made = await withInterrupt(async (signal) => {
            const { teacher, dispose } = await openTeacher({
                teacher: args.teacher,
                model: args['teacher-model'],
                sampling: defined(sampling),
                seed,
                signal,
            });
            const onRow = (done) => progress.update({ label: 'rows', done });
            try {
                if (isWorld)
                    return await teachInstructions({
                        ...how,
                        teacher,
                        signal,
                        onRow,
                        facts: sceneInstructFacts({ ...world, language, seed, signal }),
                    });
                const hub = hubOptions(args['max-download'], progress);
                const set = await conversations(args.from, { format, images: args.images, objects: 'boxes', hub }).open(signal);
                try {
                    return await teachInstructions({ ...how, teacher, signal, onRow, facts: rowInstructFacts(set, { by: by[0], signal }) });
                }
                finally {
                    set.dispose();
                }
            }
            finally {
                await dispose();
            }
        }).finally(() => progress.end());
        const dropped = Object.entries(made.dropped).flatMap(([reason, n]) => (n > 0 ? [`${n} ${reason}`] : []));
        const words = [
            `wrote ${plural(made.rows, 'row')} with ${plural(made.pairs, 'pair')} to ${args.out}; asked ${plural(made.asked, 'time')}, ${made.known} replies were there already`,
            ...(dropped.length > 0 ? [`left out: ${dropped.join(', ')}`] : []),
            ...made.failures.map((failure) => `  ${failure}`),
            ...(made.drawn ? [`images in ${made.drawn}`] : []),
            ...(made.images ? [`read it with --images ${made.images}`] : []),
        ].join('\n');
        process.stdout.write(`${args.json ? JSON.stringify({ out: args.out, ...made }) : words}\n`);
    },
});
const defined = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
async function readExamples(path) {
    const list = await readJson(path);
    if (Array.isArray(list) && list.every((text) => typeof text === 'string' && text.trim() !== ''))
        return list;
    throw usageError('examples are a JSON list of questions', { place: `--examples ${path}`, expected: '["What …?", "How many …?"]' });
}
//# sourceMappingURL=data-instruct.js.map