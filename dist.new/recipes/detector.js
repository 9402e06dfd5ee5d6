// world-detector: a small detector of the scene world, so that corrections have another pair of eyes than the model (Woodpecker, Yin et al.
// 2023). It begins with world-clip's tower and is trained, all of it, on scenes of its own in clear and in poor pixels; the head is FCOS's
// (Tian et al. 2019).
//   sensorium train recipes/detector.ts --out runs/detector
// Must show: mAP@0.5 >= 0.80 on held-out scenes, precision and recall >= 0.80 at a threshold of 0.5; other splits are reported.
import { join } from 'node:path';
import { detectionScores } from '../src/evaluate/index.js';
import { detectorConfig, SensoriumDetector } from '../src/networks/index.js';
import { detectionScenes } from '../src/train/detection-world.js';
import { defineRecipe, defineStage, ModelState } from '../src/train/index.js';
import { detectionObjective } from '../src/train/objectives/detection.js';
import { TrainedDetector } from '../src/trust/index.js';
import { throwIfAborted } from '../src/util/errors.js';
import { writeAtomic } from '../src/util/fs.js';
import { loadWeights, saveFolder } from '../src/weights/index.js';
import { CATEGORIES, loadSprites, makeScene, renderScene } from '../src/world/index.js';
import { curveFile } from './parts/curve.js';
import { IMAGE_SIZE, worldProcessor } from './parts/vision.js';
import { shipped } from './quickstart.js';
const WIDTH = 128;
const config = detectorConfig.parse({
    model_type: 'sensorium_detector',
    vision_config: {
        model_type: 'sensorium_clip_vision_model',
        hidden_size: WIDTH,
        intermediate_size: 4 * WIDTH,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        image_size: IMAGE_SIZE,
        patch_size: 8,
        stem_channels: [32, 64],
        stem_norm: true,
    },
    id2label: Object.fromEntries(CATEGORIES.map(({ id }, i) => [i, id])),
});
const network = new SensoriumDetector(config).nameParameters();
/** The values of a CLIP's vision tower, which ours is built like. */
async function towerOf(dir) {
    const weights = await loadWeights(dir);
    const names = network.parameters().flatMap(({ name }) => (name.startsWith('vision_model.') ? [name] : []));
    return weights.readMany(names, { as: 'float32' });
}
/** Seeds that no model of the package has: of the scenes that are trained on, and of those that are measured. */
const SEEDS = { train: 201, test: 202 };
const detect = defineStage('detect', { batch: 8, headRate: 5, least: 0.3, scenesSeed: SEEDS.train }, async ({ options }) => {
    const scenes = { seed: options.scenesSeed, least: options.least };
    return detectionObjective({
        network,
        processor: worldProcessor,
        batchSize: options.batch,
        headRate: options.headRate,
        sample: detectionScenes(await loadSprites(), scenes),
        describe: { scenes: 'detection', ...scenes },
    });
});
export default defineRecipe({
    name: 'world-detector',
    seed: 0,
    model: network,
    // The tower knows what is where; made anew it takes thousands of steps more.
    state: async ({ seed }) => new ModelState(network.parameters(), { seed, values: await towerOf(shipped('world-clip')) }),
    describe: { from: 'world-clip' },
    stages: [detect({ steps: 640, lr: 6e-4, weightDecay: 0.05, betas: [0.9, 0.98], blindEvery: 0, minRatio: 0.01 })],
});
/** What is measured: the world as it is by default, other styles, and the poor pixels of the trust bench. */
const MEASURED = [
    { name: 'test', split: 'test' },
    { name: 'held-out style', split: 'test-style' },
    { name: 'held-out pairs', split: 'test-pairs' },
    { name: 'strong prior', split: 'test', prior: 0.9 },
    { name: 'poor pixels', split: 'test', prior: 0.9, evidence: 0.4 },
];
/** Scores over `n` scenes of each kind. */
async function measure(detector, n, signal) {
    const sprites = await loadSprites();
    const out = [];
    for (const { name, ...options } of MEASURED) {
        const images = [];
        for (let i = 0; i < n; i++) {
            throwIfAborted(signal);
            const scene = makeScene(i, { ...options, seed: SEEDS.test });
            const source = { width: scene.size, height: scene.size, data: renderScene(scene, sprites) };
            const found = await detector.detect({ type: 'image', source }, { signal });
            images.push({ truth: scene.objects.map(({ category, box }) => ({ label: CATEGORIES[category]?.id ?? '', box })), found });
        }
        out.push({ name, ...detectionScores(images) });
    }
    return out;
}
/** Saves the detector in `DIR/model`, measured on 300 scenes of each kind. */
export async function finish({ result, dir, signal, note }) {
    const { state, summaries } = result;
    const detector = await TrainedDetector.of(network, { values: state.values, processor: worldProcessor });
    const scores = await measure(detector, 300, signal);
    detector.dispose();
    const report = {
        what: 'world-detector on held-out scenes: precision and recall at a score of 0.5, mean average precision, all at an overlap of 0.5',
        command: 'sensorium train recipes/detector.ts --out runs/detector',
        seeds: SEEDS,
        parameters: network.parameters().reduce((n, p) => n + p.count, 0),
        stages: summaries,
        scores,
    };
    await writeAtomic(join(dir, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    await saveFolder(join(dir, 'model'), {
        config,
        weights: state.record(),
        preprocessor: worldProcessor.toJSON(),
        extra: { 'report.json': `${JSON.stringify(report, null, 2)}\n`, 'curve.jsonl': await curveFile(dir) },
    });
    for (const { name, meanAveragePrecision: map, precision, recall } of scores)
        note(`${name}: mAP@0.5 ${map.value.toFixed(3)}, precision ${precision.value.toFixed(3)}, recall ${recall.value.toFixed(3)}`);
}
//# sourceMappingURL=detector.js.map