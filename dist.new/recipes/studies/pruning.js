// Study: how many image tokens can go when a trained model is asked, and what that saves. sensorium-tiny learns a little more with all of its 64 tokens
// (`plain`) or with 16 merged ones (`merged`), and is then asked under budgets from 64 to 4 tokens, by merging (ToMe), pruning (TextMonkey's measure) and
// plain strides, which choosing has to beat.
//   sensorium train recipes/studies/pruning.ts --sweep variant=plain,merged seed=1,2,3 --out runs/studies/pruning
// The claim (FastV, ToMe): half of the tokens go without a loss outside the intervals, and choosing beats strides. `pruning.json` in a run's folder has
// accuracy and milliseconds to the first token for each budget.
import { join } from 'node:path';
import { responderOf, runBenchmarks, worldVqa } from '../../src/evaluate/index.js';
import { Mllm } from '../../src/generate/mllm.js';
import { open } from '../../src/models.js';
import { defineRecipe, saveTrained, stage } from '../../src/train/index.js';
import { writeAtomic } from '../../src/util/fs.js';
import { world } from '../../src/world/index.js';
import { measured, SHORT } from '../parts/claim.js';
import { latency } from '../parts/int4.js';
import { ofWorld } from '../parts/zoo.js';
const BUDGETS = [
    { tokens: 64 },
    ...[48, 32, 16, 8, 4].flatMap((tokens) => ['merge', 'prune', 'stride'].map((by) => ({ tokens, by }))),
];
/** Accuracy of the saved model under each budget on the same rows, and what the first token takes. */
export async function curve(dir, folder, signal, rows = 60) {
    const points = [];
    for (const budget of BUDGETS) {
        const model = await Mllm.load(folder, { imageTokens: budget, signal });
        try {
            const responder = await responderOf(model);
            const [result] = await runBenchmarks({ responder, benchmarks: [await ofWorld(worldVqa)()], n: rows, baselines: false, signal });
            await responder.dispose();
            const all = result?.scores.model ?? [];
            const accuracy = all.find(({ name }) => name === 'pooled');
            points.push({ ...budget, accuracy, types: all.filter((s) => s !== accuracy), ms: (await latency(model, signal)).first });
        }
        finally {
            await model.dispose();
        }
    }
    await writeAtomic(join(dir, 'pruning.json'), `${JSON.stringify(points, null, 2)}\n`);
    return Object.fromEntries(points.map(({ tokens, by = 'all', accuracy }) => [`${tokens} tokens, ${by}`, accuracy]));
}
export async function finish(context) {
    const { dir, result, signal } = context;
    const folder = await saveTrained(result.state, dir);
    const points = await curve(dir, folder, signal);
    await measured('pruning', { benches: ['vqa'], more: async () => points })(context);
}
const learn = [
    stage.instruct({
        ...SHORT,
        train: ['connector', 'language'],
        data: world.instructions({ scenes: 8000, seed: 51, turns: 10, candidates: 2 }),
    }),
];
export default defineRecipe({
    name: 'study-pruning',
    model: open('models/sensorium-tiny'),
    stages: learn,
    variants: {
        plain: { stages: learn },
        merged: { model: open('models/sensorium-tiny', { imageTokens: { tokens: 16, by: 'merge' } }), stages: learn },
    },
});
//# sourceMappingURL=pruning.js.map