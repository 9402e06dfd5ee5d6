// `npm run bench -- rollouts`: tokens per second of completions under training, weights read anew at each step, beside the engine that serves.
import { Engine } from '../src/generate/engine/index.js';
import { Mllm } from '../src/generate/mllm.js';
import { open } from '../src/model/index.js';
import { lora } from '../src/networks/adapters/index.js';
import { selectRuntime } from '../src/runtime/select.js';
import { OpenedState, sceneConversations, selectParameters } from '../src/train/index.js';
import { promptRows } from '../src/train/online/prompts.js';
import { completed, Rollouts } from '../src/train/online/rollout.js';
import { loadSprites, world } from '../src/world/index.js';
import { benchOptions, median, numbersOf, report, runBench } from './report.js';
const USAGE = `usage: npm run bench -- rollouts [options]

Completions of pictures of the scene world by a model under training: low-rank adapters, or the whole language model. 'serve' is the engine with
the same prompts, all weights packed once, which trains nothing; the time runs from the first request to the last token, prompts included.
`;
/** The benchmark. */
export async function main(args) {
    return runBench(async () => {
        const options = benchOptions(args, USAGE, {
            model: 'FOLDER  the model (default models/sensorium-tiny)',
            prompts: 'N       prompts (default 8)',
            group: 'N       completions of each (default 8)',
            tokens: 'N       tokens of every completion at most (default 48)',
        });
        if (!options)
            return;
        const { more, repeats, quick } = options;
        const [prompts = 0] = numbersOf('prompts', more.prompts ?? (quick ? '2' : '8'));
        const [group = 0] = numbersOf('group', more.group ?? (quick ? '2' : '8'));
        const [maxTokens = 0] = numbersOf('tokens', more.tokens ?? (quick ? '4' : '48'));
        const runtime = await selectRuntime();
        const sprites = await loadSprites();
        const rows = [];
        for (const train of ['adapters', 'language']) {
            const adapters = train === 'adapters' ? [lora({ rank: 16, targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj'] })] : [];
            const model = await open(more.model ?? 'models/sensorium-tiny', { adapters }).open({ seed: 0 });
            const state = new OpenedState(model, { seed: 0 });
            const trained = selectParameters(model.network, [train], 'bench');
            state.pack(trained);
            const data = sceneConversations(world.captions({ scenes: prompts, detail: 'long' }), { sprites });
            const prompt = promptRows(data, model.processor, {});
            const asked = [];
            for (let i = 0; i < prompts; i++)
                asked.push({ sequence: (await prompt(i)).sequence, seeds: Array.from({ length: group }, (_, k) => 100 * i + k) });
            const rollouts = new Rollouts({ model: state.trained(), trained: new Set(trained), runtime, maxTokens });
            const mllm = Mllm.of(state.trained(), { runtime });
            const engine = await Engine.create(mllm, { slots: 32, lookup: false, maxQueue: 10_000 });
            const timed = async (run) => {
                const began = performance.now();
                const tokens = await run();
                return (1000 * tokens) / (performance.now() - began);
            };
            const draw = async () => (await rollouts.sample(asked)).flat().reduce((n, { ids }) => n + ids.length, 0);
            const serve = async () => {
                engine.forget();
                const streams = asked.flatMap(({ sequence, seeds }) => seeds.map(async (seed) => {
                    let n = 0;
                    for await (const piece of engine.submit({ encode: () => sequence, maxTokens, temperature: 1, seed }))
                        if (piece.token ?? piece.end)
                            n++;
                    return n;
                }));
                return (await Promise.all(streams)).reduce((a, b) => a + b, 0);
            };
            await draw();
            await serve();
            const [ours, served] = [[], []];
            for (let i = 0; i < repeats; i++) {
                ours.push(await timed(draw));
                served.push(await timed(serve));
            }
            rows.push({
                name: 'rollouts',
                case: `${train} trained (${trained.reduce((n, p) => n + p.count, 0)} parameters), ${prompts} prompts x ${group}, up to ${maxTokens} tokens`,
                unit: 'tokens/s',
                sensorium: median(ours),
                peers: { serve: median(served) },
                roofline: null,
                extra: { sequence: completed(asked[0].sequence, [0]).ids.length - 1 },
            });
            await engine.dispose();
            await mllm.dispose();
            await rollouts.dispose();
        }
        report(rows, options);
    });
}
//# sourceMappingURL=rollouts.js.map