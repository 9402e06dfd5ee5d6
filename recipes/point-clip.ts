// PointCLIP V2 (Zhu et al. 2023, arXiv:2211.11682): a CLIP of drawn solids, which has never met a cloud of points, classifies clouds by their projections.
// world-clip goes on with pictures of eight solids and their names; then clouds are measured with all four steps of the projection, without each, and
// without all, and world-clip itself, which knows none of the shapes by name: `sensorium train recipes/point-clip.ts --out runs/point-clip`.
// Must show: all four steps better than none (results/point-clip.json).

import { join } from 'node:path';
import { classifyPoints, type PointEmbedder, shapePrompts } from '../src/agents/point-clip.js';
import type { ProjectionSteps } from '../src/agents/point-projection.js';
import type { FinishContext } from '../src/cli/recipe-module.js';
import { cohenKappa, proportion } from '../src/evaluate/index.js';
import { ClipEmbedder } from '../src/serve/clip-embedder.js';
import { defineRecipe, defineStage, ModelState } from '../src/train/index.js';
import type { DenseSample } from '../src/train/objectives/contrastive.js';
import { contrastiveObjective, denseHead, type PhraseGroup } from '../src/train/objectives/contrastive.js';
import { worldTokenizer } from '../src/train/world-tokenizer.js';
import { throwIfAborted } from '../src/util/errors.js';
import { writeAtomic } from '../src/util/fs.js';
import { packageRoot } from '../src/util/package.js';
import { Rng } from '../src/util/rng.js';
import { loadWeights, saveFolder } from '../src/weights/index.js';
import { cloudPoints, SHAPES_3D } from '../src/world/points.js';
import { commitOf, machine } from './parts/provenance.js';
import { drawSolid, SOLIDS } from './parts/solids.js';
import { tokenizerFiles, weightsOf } from './parts/train.js';
import { IMAGE_SIZE, worldClip, worldClipConfig, worldProcessor } from './parts/vision.js';
import { shipped } from './quickstart.js';

const NAMES = Object.keys(SOLIDS);
const GROUPS: readonly PhraseGroup[] = [{ name: 'solid', phrases: NAMES.map((name) => `a ${name}`), present: true }];
const PATCHES = (IMAGE_SIZE / 8) ** 2;
const head = denseHead(worldClip, GROUPS);

function sample(seed: string): DenseSample {
  const { shape, pixels } = drawSolid(seed, IMAGE_SIZE);
  const at = NAMES.indexOf(shape);
  const caption = new Rng(seed).pick(shapePrompts([shape])[shape] as readonly string[]);
  return { pixels, caption, labels: { solid: new Int32Array(PATCHES).fill(at) }, present: { solid: [at] } };
}

const solids = defineStage('solids', { batch: 16, drawings: 1 }, async ({ options }) =>
  contrastiveObjective({
    network: worldClip,
    tokenizer: worldTokenizer(),
    processor: worldProcessor,
    batchSize: options.batch,
    sample: (index) => sample(`solids/${options.drawings}/${index}`),
    groups: GROUPS,
    head,
    describe: { data: 'drawn solids', seed: options.drawings },
  }),
);

/** How clouds are projected. */
const WAYS: Readonly<Record<string, Partial<ProjectionSteps>>> = {
  'all four steps': {},
  'without densifying': { densify: false },
  'without smoothing': { smooth: false },
  'without squeezing': { squeeze: false },
  'none of the steps': { quantize: false },
};

/** Clouds of one shape each, upright and turned, as the split `test-rotated` has them. */
function clouds(n: number): { shape: string; points: ReturnType<typeof cloudPoints> }[] {
  return Array.from({ length: n }, (_, i) => {
    const rng = new Rng(`point-clip/${i}`);
    const shape = i % SHAPES_3D.length;
    const [angle, tilt] = [rng.uniform(0, 2 * Math.PI), rng.uniform(-0.5, 0.5)];
    const [c, s, ct, st] = [Math.cos(angle), Math.sin(angle), Math.cos(tilt), Math.sin(tilt)];
    const rotation = [c, 0, s, st * s, ct, -st * c, -ct * s, st, ct * c];
    const item = {
      solids: [{ shape, tint: 0, size: 1, at: [0, 0, 0] as [number, number, number] }],
      rotation,
      points: 512,
      noise: 0.01,
      seed: rng.u32(),
    };
    return { shape: (SHAPES_3D[shape] as (typeof SHAPES_3D)[number]).en, points: cloudPoints(item) };
  });
}

async function accuracy(embedder: PointEmbedder, steps: Partial<ProjectionSteps>, n: number, signal: AbortSignal) {
  const prompts = shapePrompts(NAMES);
  const rows: [string, string][] = [];
  for (const { shape, points } of clouds(n)) {
    throwIfAborted(signal);
    rows.push([shape, (await classifyPoints(points, { embedder, prompts, steps, signal })).best]);
  }
  const { value } = cohenKappa(
    rows.map(([a]) => a),
    rows.map(([, b]) => b),
    { categories: NAMES },
  );
  return { accuracy: proportion(rows.filter(([a, b]) => a === b).length, rows.length), kappa: value };
}

/** Saves the CLIP and measures each way of projecting: `point-clip.json` in the run's folder and `results/`. `quick`: few clouds, nothing in `results/`. */
export async function finish({ result, dir, signal, note, publish }: FinishContext, quick?: { rows: number }): Promise<void> {
  const saved = join(dir, 'model');
  await saveFolder(saved, {
    config: worldClipConfig,
    weights: weightsOf(worldClip, result.state as ModelState),
    ...tokenizerFiles(),
    preprocessor: worldProcessor.toJSON(),
  });
  const n = quick?.rows ?? 320;
  const trained = await ClipEmbedder.load(saved);
  const before = await ClipEmbedder.load(shipped('world-clip'));
  const ways: Record<string, Awaited<ReturnType<typeof accuracy>>> = {};
  for (const [way, steps] of Object.entries(WAYS)) {
    ways[way] = await accuracy(trained, steps, n, signal);
    const { value, low, high } = ways[way].accuracy;
    note(`${way}: ${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`);
  }
  const untaught = await accuracy(before, {}, n, signal);
  note(`world-clip, which was not taught solids: ${untaught.accuracy.value.toFixed(3)}`);
  const { summaries, seconds } = result;
  const about = {
    command: 'sensorium train recipes/point-clip.ts',
    commit: commitOf(packageRoot()),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
  };
  const training = {
    data: 'drawn solids, no clouds',
    steps: summaries.reduce((sum, { steps }) => sum + steps, 0),
    seconds: Math.round(seconds),
    loss: summaries.at(-1)?.loss,
  };
  const text = `${JSON.stringify({ name: 'point-clip', world: 'clouds of eight procedural shapes, 512 points', guessing: 1 / NAMES.length, ...about, training, ways, 'world-clip': untaught }, null, 2)}\n`;
  await writeAtomic(join(dir, 'point-clip.json'), text);
  await publish('point-clip.json', text);
}

export default defineRecipe({
  name: 'point-clip',
  seed: 0,
  state: async ({ seed }) => {
    const weights = await loadWeights(shipped('world-clip'));
    const own = worldClip.parameters();
    return new ModelState([...own, ...head.parameters()], {
      seed,
      values: await weights.readMany(
        own.map(({ name }) => name),
        { as: 'float32' },
      ),
    });
  },
  describe: { from: 'world-clip' },
  stages: [solids({ steps: 900, lr: 6e-4, weightDecay: 0.05, betas: [0.9, 0.98], blindEvery: 0, minRatio: 0.02 })],
});
