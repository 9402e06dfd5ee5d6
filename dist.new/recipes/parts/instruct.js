// What the recipes of instruction tuning share: how they end. The trained model is measured on held-out scenes beside the model that it began with.
import { join } from 'node:path';
import { responderOf, runBenchmarks, WORLD_BENCHMARKS, worldScenes } from '../../src/evaluate/index.js';
import { Mllm } from '../../src/generate/mllm.js';
import { writeAtomic } from '../../src/util/fs.js';
import { loadSprites } from '../../src/world/index.js';
/** Items of a measure in tests. */
const FEW = 3;
/** Few enough that a recipe ends within twenty minutes. */
const ROWS = { pope: 80, vqa: 60, caption: 40 };
/**
 * The `finish` of a recipe: saves the model, measures it and its base on the split `test` (POPE, questions, captions) with intervals and the blind
 * row, and writes `results.json` in the run's folder and `results/NAME.json`. `quick`, for tests: few rows and items, no `results/`.
 */
export function finishInstruct(name, { shows, base, rows: all = ROWS, languages = ['en'], measure }) {
    return async ({ result, dir, signal, note }, quick) => {
        const rows = quick?.rows ?? all;
        const saved = join(dir, 'model');
        await result.state.save(saved);
        const of = async (folder, baselines) => {
            const model = await Mllm.load(folder, { signal });
            try {
                const responder = await responderOf(model);
                const benchmarks = {};
                for (const language of languages) {
                    const scenes = worldScenes(await loadSprites(), { seed: 77, split: 'test', language });
                    const own = WORLD_BENCHMARKS.map((open) => open(scenes));
                    benchmarks[language] = await runBenchmarks({ responder, benchmarks: own, n: rows, baselines, signal });
                }
                const more = measure ? await measure(model, signal, quick ? FEW : undefined) : [];
                await responder.dispose();
                return { benchmarks, more };
            }
            finally {
                await model.dispose();
            }
        };
        const after = await of(saved, true);
        const before = base === undefined ? undefined : await of(base, false);
        const seconds = Math.round(result.seconds);
        const text = `${JSON.stringify({ name, command: `sensorium train recipes/${name}.ts`, shows, trainSeconds: seconds, rows, after, before }, null, 2)}\n`;
        await writeAtomic(join(dir, 'results.json'), text);
        if (!quick)
            await writeAtomic(join('results', `${name}.json`), text);
        for (const line of lines(after, before))
            note(line);
    };
}
function lines(after, before) {
    const shown = ({ value, low, high }) => `${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
    const line = (title, now, was, blind) => `${title} ${now.name}: ${shown(now)}${was ? `, before ${shown(was)}` : ''}${blind ? `, blind ${shown(blind)}` : ''}`;
    const of = Object.entries(after.benchmarks).flatMap(([language, benches]) => benches.flatMap(({ title, scores }, i) => (scores.model ?? []).flatMap((now, k) => now.detail ? [] : [line(`${language} ${title}`, now, before?.benchmarks[language]?.[i]?.scores.model?.[k], scores.blind?.[k])])));
    return [...of, ...after.more.map((now, i) => line('', now, before?.more[i]))];
}
/** Replies to questions about one thing each, and the share of them that `right` accepts. */
export async function shareRight(name, model, items, o) {
    const { proportion } = await import('../../src/evaluate/index.js');
    let k = 0;
    for (const item of items) {
        let reply = '';
        const asked = { messages: [...o.messages(item)], maxTokens: o.maxTokens ?? 24, temperature: 0, signal: o.signal };
        for await (const { text } of model.stream(asked))
            reply += text;
        if (o.right(reply, item))
            k++;
    }
    return { name, ...proportion(k, items.length), better: 'higher' };
}
/** Settings of stages that teach the shipped model something new in a few minutes. */
export const TUNE = { batch: 10, lr: 5e-4, betas: [0.9, 0.98], weightDecay: 0.02, minRatio: 0.05, maxLength: 256 };
//# sourceMappingURL=instruct.js.map