// `sensorium data lrv`: instructions with three kinds of wrong ones about the images of a data set, or of the scene world.
import { defineCommand } from 'citty';
import { conversations, lrvRows, lrvSceneRows, writeLrv } from '../data/index.js';
import { plurals, Vocabulary } from '../evaluate/mentions.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import { cocoObjects, cocoOther } from '../trust/coco-objects.js';
import { SPLITS } from '../world/index.js';
import { FORMAT_NAMES, hubOptions, maxDownload, plural } from './data-flags.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const lrvArgs = {
    from: {
        type: 'string',
        description: '"world", or a data set with boxes or captions: a file or folder, or owner/name on the hub',
        required: true,
        valueHint: 'DATA',
    },
    out: { type: 'string', description: 'file to write, JSON lines in the form of LLaVA', required: true, valueHint: 'FILE.jsonl' },
    language: { type: 'string', description: 'en, zh or mixed', default: 'en' },
    turns: { type: 'string', description: 'instructions about an image', default: '5' },
    negatives: { type: 'string', description: 'share of wrong instructions', default: '0.5' },
    seed: { type: 'string', description: 'the same seed gives the same rows', default: '0' },
    format: { type: 'string', description: `format of DATA, where its content does not tell: ${FORMAT_NAMES.join(', ')}`, valueHint: 'NAME' },
    images: { type: 'string', description: 'folder of the images of DATA (default: the folder of the file)', valueHint: 'FOLDER' },
    objects: { type: 'string', description: 'objects that captions are searched for: coco or world', default: 'coco' },
    scenes: { type: 'string', description: 'of the world: number of scenes', default: '1000' },
    size: { type: 'string', description: 'of the world: image side in pixels', default: '64' },
    split: { type: 'string', description: `of the world: ${SPLITS.join(', ')}`, default: 'train' },
    prior: { type: 'string', description: 'of the world: co-occurrence strength, 0..1' },
    evidence: { type: 'string', description: 'of the world: 1 = clean pixels, 0 = fully degraded' },
    'max-download': maxDownload,
    force: { type: 'boolean', description: 'replace what is already there' },
    json: { type: 'boolean', description: 'print the result as JSON' },
};
/** Names of the objects of a vocabulary, and what captions say of them. Labels that it does not know are called as they are. */
export function readerOf(vocabulary) {
    const [english, chinese] = [vocabulary.firstNames('en'), vocabulary.firstNames('zh')];
    return {
        nameOf: (label) => {
            const en = english.get(label) ?? label;
            return { en, enPlural: plurals(en)[0], zh: chinese.get(label) ?? label, measure: '个' };
        },
        mentions: (text) => [...new Set(vocabulary.mentions(text).map(({ id }) => id))],
    };
}
/** `sensorium data lrv`. */
export const lrvCommand = defineCommand({
    meta: { name: 'lrv', description: 'Make instructions about images, half of them wrong in one of three ways (LRV-Instruction)' },
    args: lrvArgs,
    async run({ args }) {
        if (args._.length > 0)
            throw usageError('unexpected argument', { got: args._.join(' ') });
        const how = {
            language: choiceOption('language', args.language, ['en', 'zh', 'mixed']),
            turns: numberOption('turns', args.turns, { min: 1, max: 64, integer: true }),
            negatives: numberOption('negatives', args.negatives, { min: 0, max: 1 }),
            seed: numberOption('seed', args.seed, { integer: true }),
        };
        const world = {
            scenes: numberOption('scenes', args.scenes, { min: 1, integer: true }),
            size: numberOption('size', args.size, { min: 32, max: 1024, integer: true }),
            split: choiceOption('split', args.split, SPLITS),
            prior: numberOption('prior', args.prior, { min: 0, max: 1 }),
            evidence: numberOption('evidence', args.evidence, { min: 0, max: 1 }),
        };
        const format = choiceOption('format', args.format, FORMAT_NAMES);
        const objects = choiceOption('objects', args.objects, ['coco', 'world']);
        const progress = createProgress();
        const onRow = (done) => progress.update({ label: 'rows', done });
        const writing = { force: args.force, onRow };
        const written = await withInterrupt(async (signal) => {
            if (args.from === 'world')
                return writeLrv(args.out, lrvSceneRows({ ...how, ...world, signal }), writing);
            const source = conversations(args.from, {
                format,
                images: args.images,
                objects: 'boxes',
                hub: hubOptions(args['max-download'], progress),
            });
            const set = await source.open(signal);
            const reader = readerOf(objects === 'world' ? worldVocabulary() : new Vocabulary(cocoObjects, cocoOther));
            try {
                return await writeLrv(args.out, lrvRows(set, { ...how, ...reader, signal }), writing);
            }
            finally {
                set.dispose();
            }
        }).finally(() => progress.end());
        const kinds = Object.entries(written.kinds).map(([kind, n]) => `${n} ${kind}`);
        const where = `${written.drawn ? `; images in ${written.drawn}` : ''}${written.images ? `; read it with --images ${written.images}` : ''}`;
        const words = `wrote ${plural(written.rows, 'row')} to ${args.out}: ${kinds.join(', ')}${where}`;
        process.stdout.write(`${args.json ? JSON.stringify({ out: args.out, ...written }) : words}\n`);
    },
});
//# sourceMappingURL=data-lrv.js.map