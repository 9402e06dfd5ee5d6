// world-generator: a small generator of images. A flow from noise to the pixels of a scene (rectified flow, Liu et al. 2022), by a diffusion transformer
// with cross-attention to a text (PixArt-α, Chen et al. 2023, arXiv:2310.00426) whose tower begins as that of world-clip; classifier-free guidance.
//   sensorium train recipes/generator.ts --out runs/generator
//   sensorium draw "a red apple left of a dog" --model runs/generator/model --out apple.png   (models/world-generator is one such)
// Must show: world-detector finds the object that was asked for in >= 0.7 of drawings; beside it, how often it finds one that was asked for elsewhere.

import { join } from 'node:path';
import type { FinishContext } from '../src/cli/recipe-module.js';
import { ImageGenerator } from '../src/generate/index.js';
import { generatorConfig, SensoriumGenerator } from '../src/networks/index.js';
import { defineRecipe, drawings, GeneratorState, generatorProcessor, stage } from '../src/train/index.js';
import { worldTokenizer } from '../src/train/world-tokenizer.js';
import { writeAtomic } from '../src/util/fs.js';
import type { HostTensor } from '../src/util/host.js';
import { loadWeights, saveFolder } from '../src/weights/index.js';
import { curveFile } from './parts/curve.js';
import { asked, measureDrawings } from './parts/drawings.js';
import { IMAGE_SIZE, worldClipConfig } from './parts/vision.js';
import { shipped } from './quickstart.js';

/** Published: 28 layers of width 1152 over the latents of 512 px, 0.6 billion parameters, 25 million images, 675 A100-days (PixArt-α). */
const config = generatorConfig.parse({
  image_size: IMAGE_SIZE,
  patch_size: 8,
  hidden_size: 128,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  condition_length: 20,
  condition_size: worldClipConfig.text_config.hidden_size,
  text_config: worldClipConfig.text_config,
});

const network = new SensoriumGenerator(config).nameParameters();

/** The values of world-clip's text tower. */
async function towerOf(dir: string): Promise<Record<string, HostTensor>> {
  const names = network.parameters().flatMap(({ name }) => (name.startsWith('text_model.') ? [name] : []));
  return (await loadWeights(dir)).readMany(names, { as: 'float32' });
}

const shared = { batch: 16, weightDecay: 0.01, betas: [0.9, 0.98] as [number, number], blindEvery: 0 };

export default defineRecipe({
  name: 'world-generator',
  seed: 0,
  model: network,
  state: async ({ seed }) => new GeneratorState(network, worldTokenizer(), { seed, values: await towerOf(shipped('world-clip')) }),
  describe: { from: 'world-clip', config },
  // What things look like is learned first, then which of two is where; both by the same pictures, of which those with two things show twice as much.
  stages: [stage.generator({ data: drawings({ seed: 302, scenes: 200_000 }), steps: 8500, lr: 1.5e-3, minRatio: 0.01, ...shared })],
});

/** Saves the generator in `DIR/model`, measured on 200 scenes of the split `test`. */
export async function finish({ result, dir, signal, note, publish }: FinishContext, quick?: { rows: number }): Promise<void> {
  const { generator, tokenizer, values } = result.state as GeneratorState;
  const painter = ImageGenerator.of(generator, { values, tokenizer });
  const scores = await measureDrawings((text, seed) => painter.draw(text, { seed, signal }), asked(quick?.rows ?? 200), { dir, signal });
  await painter.dispose();
  const report = {
    what: 'drawings of held-out requests, graded by world-detector at a score of 0.5: requests whose objects are all there, objects that are there, and objects of the next request that are there',
    command: 'sensorium train recipes/generator.ts --out runs/generator',
    parameters: network.parameters().reduce((n, p) => n + p.count, 0),
    stages: result.summaries,
    scores,
  };
  const text = `${JSON.stringify(report, null, 2)}\n`;
  await writeAtomic(join(dir, 'report.json'), text);
  await publish('generator.json', text);
  await saveFolder(join(dir, 'model'), {
    config,
    weights: result.state.record(),
    tokenizer: worldTokenizer().json as unknown as Record<string, unknown>,
    tokenizerConfig: worldTokenizer().config,
    preprocessor: generatorProcessor(IMAGE_SIZE).toJSON(),
    extra: { 'report.json': text, 'curve.jsonl': await curveFile(dir) },
  });
  for (const score of scores)
    note(`${score.name}: ${score.value.toFixed(3)} (${score.low.toFixed(3)}-${score.high.toFixed(3)}, n=${score.n})`);
}
