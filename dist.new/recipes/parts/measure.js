// Measuring a trained state over the scene world and writing its report: what every recipe ends with.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pickSamples, responderOf, runBenchmarks, WORLD_BENCHMARKS, worldScenes, writeReport, } from '../../src/evaluate/index.js';
import { image, Mllm } from '../../src/index.js';
import { encodePng } from '../../src/media/index.js';
import { readRun, saveTrained } from '../../src/train/index.js';
import { writeAtomic } from '../../src/util/fs.js';
import { Rng } from '../../src/util/rng.js';
import { loadSprites, makeScene, questions, renderScene } from '../../src/world/index.js';
/** Saves the model to `dir/model` (adapters alone to `dir/adapter`), measures it, asks it about image files and writes report.json and report.html. */
export async function measureAndReport(o) {
    const began = Date.now();
    const { dir, state, signal, onEvent, over: { split, language } = { split: 'test', language: 'en' } } = o;
    const saved = await saveTrained(state, dir);
    const adapted = state.model.adapters.length > 0;
    const model = adapted ? await Mllm.load(state.model.dir, { adapters: [saved] }) : await Mllm.load(saved);
    const sprites = await loadSprites();
    // Encoders of images of any size are measured over scenes of the size that the world has where nothing is said.
    const { vision_config } = state.model.network.config;
    const size = vision_config?.image_size ?? 64;
    const responder = await responderOf(model);
    const onProgress = (p) => onEvent?.({ type: 'measure', ...p });
    const shared = { responder, n: o.counts, signal, onProgress };
    const over = (of, spoken) => {
        const scenes = worldScenes(sprites, { split: of, seed: o.seed, size, language: spoken });
        return WORLD_BENCHMARKS.map((open) => open(scenes)).filter(({ name }) => o.benches?.includes(name) ?? true);
    };
    const records = [];
    const benchmarks = await runBenchmarks({
        ...shared,
        benchmarks: over(split, language),
        baselines: o.baselines,
        onRecord: (record) => records.push(record),
    });
    const splits = {};
    for (const { name, split: of, language: spoken } of o.splits ?? [])
        splits[name] = await runBenchmarks({ ...shared, benchmarks: over(of, spoken), baselines: false, who: name });
    const measures = await o.more?.(model);
    await responder.dispose();
    const answers = await askFiles(model, join(dir, 'images'), o.seed, size, signal);
    await model.dispose();
    const seconds = o.trainSeconds + (Date.now() - began) / 1000;
    await writeReport(dir, {
        title: o.title,
        source: {
            name: 'scene world',
            description: `split ${split}, language ${language}, seed ${o.seed}, ${size}x${size} pixels, default prior and evidence`,
        },
        seconds,
        stages: o.summaries.map(stageRow),
        benchmarks,
        ...(measures ? { measures } : {}),
        ...(Object.keys(splits).length > 0 ? { splits } : {}),
        seed: o.seed,
        command: o.command,
        versions: { node: process.versions.node, ...versionsOf(await readRun(dir)) },
        curves: curvesOf(await readRun(dir)),
        samples: await pickSamples(records),
    });
    return { seconds, benchmarks, answers };
}
function stageRow(s) {
    return { name: s.name, steps: s.steps, loss: s.loss, tokensPerSecond: s.tokensPerSecond, gflops: s.gflops, seconds: s.seconds };
}
function versionsOf(events) {
    const run = events.findLast((e) => e.type === 'run');
    return run?.type === 'run' ? run.versions : {};
}
function curvesOf(events) {
    const curves = {};
    for (const e of events) {
        if (e.type !== 'step')
            continue;
        curves[e.stage] ??= { steps: [], loss: [] };
        curves[e.stage]?.steps.push(e.step);
        curves[e.stage]?.loss.push(e.loss);
    }
    return curves;
}
/** Writes a few test scenes as PNG files and asks one question about each, through the same door a user takes. */
async function askFiles(model, dir, seed, size, signal) {
    await mkdir(dir, { recursive: true });
    const sprites = await loadSprites();
    const answers = [];
    for (let i = 0; i < 5; i++) {
        const scene = makeScene(9000 + i, { split: 'test', seed, size });
        const file = join(dir, `scene-${i + 1}.png`);
        await writeAtomic(file, await encodePng({ width: size, height: size, data: renderScene(scene, sprites) }));
        const rng = new Rng(seed).fork('ask', i);
        const asked = questions(scene, { language: 'en', rng });
        const q = asked[i % asked.length];
        if (!q)
            continue;
        const reply = await model.generate([image(file), q.question], { maxTokens: 24, signal });
        answers.push({ image: file, question: q.question, answer: reply.text, truth: q.answer });
    }
    return answers;
}
//# sourceMappingURL=measure.js.map