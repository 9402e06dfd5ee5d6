// `sensorium judge JUDGE`: how far a judge agrees with exact truth, how steady it is, and what the order of options does to it.
import { defineCommand } from 'citty';
import { checkJudge, JUDGE_TASKS } from '../evaluate/judge-check.js';
import { writeAtomic } from '../util/fs.js';
import { makeScene, SPLITS } from '../world/scene.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { checkJudgeOption, judgeFrom } from './judge-option.js';
import { judgeTable } from './judge-table.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
/** The tasks of `--tasks a,b`; undefined where the option is not given. */
export function chooseTasks(list) {
    if (list === undefined)
        return undefined;
    const wanted = list.split(',').map((name) => name.trim());
    const wrong = wanted.find((name) => !JUDGE_TASKS.includes(name));
    if (wrong !== undefined)
        throw usageError('there is no such task', { place: '--tasks', expected: JUDGE_TASKS.join(', '), got: wrong || 'nothing' });
    return JUDGE_TASKS.filter((name) => wanted.includes(name));
}
export default defineCommand({
    meta: { name: 'judge', description: 'Measure how far a judge agrees with exact truth' },
    args: {
        judge: {
            type: 'positional',
            description: 'address of an OpenAI-compatible server, folder of a model, or haelm:FOLDER',
            required: true,
        },
        'judge-model': { type: 'string', description: 'name of the model at an address; its key is OPENAI_API_KEY', valueHint: 'NAME' },
        tasks: {
            type: 'string',
            description: `some of ${JUDGE_TASKS.join(', ')} (default: all; statements alone for haelm:FOLDER)`,
            valueHint: 'LIST',
        },
        n: { type: 'string', description: 'items of each task', default: '100', valueHint: 'N' },
        repeats: { type: 'string', description: 'how often each is judged', default: '2', valueHint: 'N' },
        seed: { type: 'string', description: 'draws the scenes and what is said of them', default: '0', valueHint: 'N' },
        split: { type: 'string', description: `of the scene world: ${SPLITS.join(', ')} (default: test)`, valueHint: 'SPLIT' },
        language: { type: 'string', description: 'en or zh (default: en)', valueHint: 'LANG' },
        batch: { type: 'string', description: 'questions answered at once by a model of a folder (default: 32)', valueHint: 'N' },
        out: { type: 'string', description: 'also write the result as JSON', valueHint: 'FILE' },
        json: { type: 'boolean', description: 'print the result as JSON' },
    },
    async run({ args }) {
        if (args._.length > 1)
            throw usageError('one judge at a time', { got: args._.join(' ') });
        checkJudgeOption(args, 'JUDGE as');
        const n = numberOption('n', args.n, { min: 1, max: 100_000, integer: true });
        const repeats = numberOption('repeats', args.repeats, { min: 1, max: 100, integer: true });
        const seed = numberOption('seed', args.seed, { integer: true });
        const slots = numberOption('batch', args.batch, { min: 1, integer: true });
        const split = choiceOption('split', args.split, SPLITS) ?? 'test';
        const language = choiceOption('language', args.language, ['en', 'zh']);
        const tasks = chooseTasks(args.tasks);
        const progress = createProgress();
        await withInterrupt(async (signal) => {
            const held = [];
            try {
                const judge = judgeFrom(args, { held, slots, signal });
                if (!judge)
                    throw usageError('which judge?', { place: 'JUDGE' });
                const check = await checkJudge({
                    judge,
                    scene: (index) => makeScene(index, { split, seed }),
                    ...{ language, n, repeats, tasks, seed, signal },
                    onProgress: (done, total) => progress.update({ label: 'judged', done, total }),
                });
                progress.end();
                const result = { ...check, split };
                if (args.out)
                    await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
                process.stdout.write(args.json ? `${JSON.stringify(result)}\n` : `${judgeTable(check)}\n`);
            }
            finally {
                progress.end();
                for (const item of held)
                    await item.dispose();
            }
        });
    },
});
//# sourceMappingURL=judge.js.map