// The tokenizer of images of recipes/unified.ts: a VQ-VAE (van den Oord et al. 2017, arXiv:1711.00937) over pictures of 48 pixels, 36 codes each. First it learns
// without a codebook, which then begins as k-means of its vectors, so that hardly any code is never used.
// Must show: masks that are encoded and decoded overlap with themselves at a mean IoU >= 0.85; at least half of the codes are in use.
//
//   sensorium train recipes/vq.ts --out runs/vq [seed=1]

import { join } from 'node:path';
import type { FinishContext } from '../src/cli/recipe-module.js';
import { meanInterval, type Score } from '../src/evaluate/index.js';
import { input } from '../src/graph/index.js';
import type { RgbImage } from '../src/media/index.js';
import { VqVae, vqImages, vqVaeConfig } from '../src/networks/index.js';
import { UnifiedEpisodes, unifiedPictures } from '../src/reason/index.js';
import { compile } from '../src/runtime/compile.js';
import { mediaParts } from '../src/text/index.js';
import { codebookOf, defineRecipe, runRecipe, stage, VqState } from '../src/train/index.js';
import { writeAtomic } from '../src/util/fs.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { saveFolder } from '../src/weights/index.js';
import { overlap } from './parts/unified.js';

/** Published (VQGAN of the paper): 256 px to 16 x 16 codes of 1,024, trained on ImageNet with an adversarial loss. */
const config = vqVaeConfig.parse({
  image_size: 48,
  strides: [4, 2],
  channels: [64, 128],
  num_res_layers: 2,
  res_channels: 32,
  num_embeddings: 512,
  embedding_dim: 16,
});

const network = new VqVae(config).nameParameters();
const data = (seed: number) => unifiedPictures({ seed, size: config.image_size });
const shared = { batch: 32, weightDecay: 0.01, betas: [0.9, 0.98] as [number, number], blindEvery: 0, lr: 2e-3 };

/** Vectors first: there is nothing to be quantized yet. */
const vectors = defineRecipe({
  name: 'vq-vectors',
  seed: 0,
  model: network,
  state: async ({ seed }) => new VqState(network, { seed }),
  describe: { config },
  stages: [stage.vq({ name: 'vectors', data: data(501), quantized: false, steps: 250, minRatio: 0.5, ...shared })],
});

/** Pictures that the codebook begins with. */
const PICTURES = 256;

async function somePictures(): Promise<RgbImage[]> {
  const rows = await data(503).open();
  const pictures: RgbImage[] = [];
  for (let i = 0; i < PICTURES; i++) {
    const [part] = mediaParts((await rows.get(i)).messages);
    if (part?.type === 'image') pictures.push(part.source as RgbImage);
  }
  return pictures;
}

export default defineRecipe({
  name: 'vq',
  seed: 0,
  model: network,
  state: async ({ seed, dir, signal }) => {
    const { state } = await runRecipe({ ...vectors, seed }, { dir: join(dir, vectors.name), resume: true, signal });
    const codebook = await codebookOf(state as VqState, await somePictures(), { seed });
    return new VqState(network, { seed, values: { ...state.record(), [network.embedding.weight.name]: codebook } });
  },
  describe: { config, after: vectors.stages.map(({ name, options }) => ({ name, options })) },
  stages: [stage.vq({ name: 'codes', data: data(502), steps: 1000, minRatio: 0.02, ...shared })],
});

/** What a picture is after it was encoded and decoded, over held-out ones, and the share of the codes that they use. */
async function measured(state: VqState, n: number, signal: AbortSignal): Promise<Score[]> {
  const episodes = await UnifiedEpisodes.open({ split: 'test', seed: 511, size: config.image_size });
  const { image_size: size } = config;
  const images = vqImages(size);
  const codes = network.encode(input('pixels', [1, 3, size, size]));
  const program = await compile({ codes, y: network.decode(codes) }, { frozen: state.values, name: 'vq' });
  const used = new Set<bigint>();
  const [errors, overlaps]: [number[], number[]] = [[], []];
  try {
    for (let i = 0; i < n; i++) {
      signal.throwIfAborted();
      const { query } = episodes.at(i, { shots: 0, task: 'segment' });
      for (const picture of [query.image, query.answer as RgbImage]) {
        const pixels = images.process(picture);
        const out = await program.run({ pixels: hostTensor('float32', [1, 3, size, size], pixels) });
        const made = (out.y as HostTensor<'float32'>).data;
        for (const code of (out.codes as HostTensor<'int64'>).data) used.add(code);
        errors.push(made.reduce((sum, v, k) => sum + (v - (pixels[k] as number)) ** 2, 0) / made.length);
        if (picture !== query.image)
          overlaps.push(
            overlap(
              made.subarray(0, size * size).map((v) => (v > 0 ? 1 : 0)),
              episodes.mask(query.scene),
            ),
          );
      }
    }
  } finally {
    program.dispose();
  }
  const mean = (name: string, values: number[], better: Score['better']): Score => ({
    name,
    ...meanInterval(values),
    n: values.length,
    better,
  });
  const share = used.size / config.num_embeddings;
  return [
    mean('mean IoU of masks, decoded from their codes', overlaps, 'higher'),
    mean('squared error of pixels in -1..1', errors, 'lower'),
    { name: 'share of codes in use', value: share, low: share, high: share, n: 2 * n * network.codes, better: 'higher' },
  ];
}

/** Saves the tokenizer in `DIR/model` with what it shows. */
export async function finish({ result, dir, signal, note }: FinishContext, quick?: { rows: number }): Promise<void> {
  const state = result.state as VqState;
  const scores = await measured(state, quick?.rows ?? 200, signal);
  const report = {
    world: 'scene world',
    command: 'sensorium train recipes/vq.ts --out runs/vq',
    parameters: network.parameters().reduce((n, p) => n + p.count, 0),
    seconds: Math.round(result.seconds),
    stages: result.summaries,
    scores,
  };
  const text = `${JSON.stringify(report, null, 2)}\n`;
  await writeAtomic(join(dir, 'report.json'), text);
  await saveFolder(join(dir, 'model'), { config, weights: state.record(), extra: { 'report.json': text } });
  for (const { name, value, n } of scores) note(`${name}: ${value.toFixed(4)} (n=${n})`);
}
