// world-clip: a CLIP of the scene world (Radford et al. 2021), trained contrastively on captions and, densely, on phrases for every patch.
// Must show: zero-shot top-1 over the categories on single-object scenes >= 0.95 on trained styles.
import { ClipImageProcessor } from '../../src/media/index.js';
import { Clip, clipConfig } from '../../src/networks/index.js';
import { DETAIL_GROUPS, denseScenes, LETTER_GROUP, PHRASE_GROUPS, RELATION_GROUPS } from '../../src/train/dense-world.js';
import { defineRecipe, defineStage, ModelState } from '../../src/train/index.js';
import { contrastiveObjective, denseHead } from '../../src/train/objectives/contrastive.js';
import { VOCABULARY, worldTokenizer } from '../../src/train/world-tokenizer.js';
import { loadSprites } from '../../src/world/index.js';
export const IMAGE_SIZE = 64;
const PATCH = 8;
const WIDTH = 128;
/** Three blocks of width 128 behind three strided convolutions; a small text tower. */
export const worldClipConfig = clipConfig.parse({
    model_type: 'sensorium_clip',
    projection_dim: WIDTH,
    vision_config: {
        model_type: 'sensorium_clip_vision_model',
        hidden_size: WIDTH,
        intermediate_size: 4 * WIDTH,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        image_size: IMAGE_SIZE,
        patch_size: PATCH,
        stem_channels: [32, 64],
        stem_norm: true,
    },
    text_config: {
        vocab_size: VOCABULARY,
        hidden_size: 64,
        intermediate_size: 256,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        max_position_embeddings: 28,
        eos_token_id: 1,
    },
});
/** Preprocessing of every model of the scene world: 64x64, CLIP's mean and deviation. */
export const worldProcessor = ClipImageProcessor.fromConfig({
    size: { shortest_edge: IMAGE_SIZE },
    crop_size: { height: IMAGE_SIZE, width: IMAGE_SIZE },
});
/** The network whose parameters a run trains. */
export const worldClip = new Clip(worldClipConfig).nameParameters();
const LETTERS = [...PHRASE_GROUPS, ...DETAIL_GROUPS, LETTER_GROUP];
/** What is left, right … of things too, each with this share of the loss. */
function relating(name, seed, share, scenes, steps = 5000) {
    return { name, seed, groups: [...LETTERS, ...RELATION_GROUPS.map((g) => ({ ...g, share }))], scenes, steps, lr: 1e-3 };
}
/**
 * First what, which tint, how many and where; then letters too, in scenes that mostly have a sign, since words are not learnt in the first;
 * then relations, which take longest (docs/training-small.md), in ever more crowded scenes.
 */
const RUNS = [
    { name: 'contrastive', seed: 0, groups: [...PHRASE_GROUPS, ...DETAIL_GROUPS], scenes: { seed: 1 }, steps: 4500, lr: 1e-3 },
    { name: 'reading', seed: 1, groups: LETTERS, scenes: { seed: 6, text: 0.8 }, steps: 4000, lr: 8e-4 },
    relating('relating', 2, 1 / 3, { seed: 7, text: 0.5 }, 4000),
    relating('relating-again', 3, 1 / 3, { seed: 8, text: 0.3, singles: 16 }),
    relating('relating-dense', 4, 1, { seed: 9, text: 0.3, singles: 16, candidates: 3 }),
    relating('relating-crowds', 5, 1, { seed: 10, text: 0.3, singles: 16, candidates: 6 }),
    relating('relating-last', 6, 1, { seed: 11, text: 0.4, singles: 8, candidates: 6 }, 4000),
];
/** Those values that are as large as their parameters: a classifier of other phrases begins anew. */
function fitting(parameters, values) {
    const fits = (p) => values[p.name]?.shape.join() === p.dims.join();
    return Object.fromEntries(parameters.filter(fits).map((p) => [p.name, values[p.name]]));
}
/** The recipe of one run over the weights of the run before. */
function visionRecipe(run, values) {
    const head = denseHead(worldClip, run.groups);
    const dense = defineStage(run.name, { batch: 16, scenesSeed: run.scenes.seed }, async ({ options }) => contrastiveObjective({
        network: worldClip,
        tokenizer: worldTokenizer(),
        processor: worldProcessor,
        batchSize: options.batch,
        sample: denseScenes(await loadSprites(), IMAGE_SIZE / PATCH, { ...run.scenes, seed: options.scenesSeed }),
        groups: run.groups,
        head,
        describe: { scenes: 'dense', ...run.scenes, seed: options.scenesSeed },
    }));
    return defineRecipe({
        name: run === RUNS[0] ? 'world-clip' : `world-clip-${run.name}`,
        seed: run.seed,
        state: ({ seed }) => {
            const parameters = [...worldClip.parameters(), ...head.parameters()];
            return new ModelState(parameters, { seed, values: values && fitting(parameters, values) });
        },
        // Small batches: many updates matter more here than many negatives (docs/training-small.md).
        stages: [dense({ steps: run.steps, lr: run.lr, weightDecay: 0.05, betas: [0.9, 0.98], blindEvery: 0, minRatio: 0.01 })],
    });
}
export default visionRecipe(RUNS[0]);
/** Every run in order; each gets the weights that the one before left, its throw-away classifier included. */
export const visionRuns = RUNS.map((run) => (values) => visionRecipe(run, values));
//# sourceMappingURL=vision.js.map