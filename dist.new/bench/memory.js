// Peak memory of training beside what the plan says, plan and run each in a process of its own: `npm run bench -- memory`.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineRecipe, defineStage, ModelState, planRecipe, runRecipe } from '../src/train/index.js';
import { hostTensor } from '../src/util/host.js';
import { makeModel, memoryRecipe, RECIPES } from './memory-recipes.js';
import { benchOptions, runBench } from './report.js';
import { StepModel } from './step-model.js';
const USAGE = `usage: npm run bench -- memory [options]

Peak resident memory of a few steps of a small and a medium decoder, all of it trained or the head alone, and of what is tuned of an opened model, and what --plan says.`;
const CASES = [
    { width: 384, layers: 6, batch: 8, tokens: 256, train: '' },
    { width: 384, layers: 6, batch: 1, tokens: 32, train: '' },
    { width: 384, layers: 6, batch: 8, tokens: 256, train: 'head' },
    { width: 384, layers: 6, batch: 8, tokens: 256, train: '.n' }, // norms: gradients go through all frozen products
    { width: 768, layers: 8, batch: 1, tokens: 64, train: '' },
    { width: 768, layers: 8, batch: 4, tokens: 128, train: '.n' },
    { width: 576, layers: 8, batch: 2, tokens: 1024, train: '' },
    { width: 576, layers: 8, batch: 2, tokens: 1024, train: '', gradientCheckpointing: true },
];
function recipeOf({ width, layers, batch, tokens, train, gradientCheckpointing }) {
    const model = new StepModel({ batch, tokens, width, layers, heads: width / 64, vocab: 2048 });
    const loss = model.loss();
    const ids = hostTensor('int32', [batch, tokens]);
    for (let i = 0; i < ids.data.length; i++)
        ids.data[i] = (i * 7919) % 2048;
    const step = defineStage('step', {}, ({ state }) => {
        const trained = model.parameters().filter((p) => p.name.includes(train));
        const feeds = { ids, targets: ids };
        return {
            name: 'step',
            trained,
            frozen: state.frozen(trained),
            graph: () => ({ loss }),
            batch: async () => ({ bucket: 'only', feeds, tokens: ids.data.length, items: batch }),
        };
    });
    const state = ({ seed }) => new ModelState(model.parameters(), { seed });
    return defineRecipe({ state, stages: [step({ steps: 3, logEvery: 1, checkpointEvery: 0, gradientCheckpointing })] });
}
/** In a process of its own: prints bytes. */
async function child(what, one) {
    if (what === 'make')
        return makeModel(one.folder);
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-memory-'));
    try {
        const recipe = 'tuning' in one ? memoryRecipe(one.tuning, one.folder) : recipeOf(one);
        if (what === 'plan')
            process.stdout.write(JSON.stringify((await planRecipe(recipe, { dir })).stages[0]?.memory));
        else {
            const steps = [];
            await runRecipe(recipe, { dir, onEvent: (event) => void (event.type === 'step' && steps.push(event.milliseconds)) });
            process.stdout.write(JSON.stringify({ total: process.resourceUsage().maxRSS * 1024, milliseconds: Math.min(...steps) }));
        }
    }
    finally {
        await rm(dir, { recursive: true });
    }
}
/** What the plan says, by kind and in `total`, or the peak of a run as `total`; in bytes, measured in a process of its own. */
export const measure = (what, one) => {
    const args = ['--import', 'tsx', fileURLToPath(import.meta.url), what, JSON.stringify(one)];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }) || '{}');
};
function nameOf(one) {
    if ('tuning' in one)
        return one.tuning;
    const { width, layers, batch, tokens, train, gradientCheckpointing } = one;
    return `${layers} layers of ${width}, ${batch} x ${tokens}, ${train ? `'${train}' trained` : 'all trained'}${gradientCheckpointing ? ', checkpointed' : ''}`;
}
/** Prints a table: megabytes that were planned, by kind, and the peak of the run. */
export async function main(args) {
    return runBench(async () => {
        const options = benchOptions(args, USAGE);
        if (!options)
            return;
        const folder = await mkdtemp(join(tmpdir(), 'sensorium-memory-model-'));
        const tunings = options.quick ? [] : RECIPES.map((tuning) => ({ tuning, folder }));
        if (tunings[0])
            measure('make', tunings[0]);
        for (const one of [...(options.quick ? CASES.slice(1, 2) : CASES), ...tunings]) {
            const { total: planned = 0, ...kinds } = measure('plan', one);
            const { total: peak = 0, milliseconds = 0 } = measure('run', one);
            const mb = (bytes) => (bytes / 1e6).toFixed(0);
            const parts = Object.entries(kinds).map(([kind, bytes]) => `${kind} ${mb(bytes)}`);
            const off = `${planned > peak ? '+' : ''}${((100 * (planned - peak)) / peak).toFixed(1)} %`;
            process.stdout.write(`${nameOf(one)}: planned ${mb(planned)} MB, peak ${mb(peak)} MB, ${off}, ${milliseconds.toFixed(0)} ms a step (${parts.join(', ')})\n`);
        }
        await rm(folder, { recursive: true });
    });
}
const [what, one] = process.argv.slice(2);
if (process.argv[1] === fileURLToPath(import.meta.url) && what && one)
    await child(what, JSON.parse(one));
//# sourceMappingURL=memory.js.map