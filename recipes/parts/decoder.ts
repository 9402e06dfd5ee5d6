// Emu's visual decoder: a generator that draws from rows of images, those that the connector makes of them and those that the language model regresses.

import { join } from 'node:path';
import type { FinishContext } from '../../src/cli/recipe-module.js';
import { HiddenStates, type Mllm } from '../../src/generate/index.js';
import { input } from '../../src/graph/index.js';
import { endAdapter, generatorConfig, LatentHead, SensoriumGenerator } from '../../src/networks/index.js';
import { compile } from '../../src/runtime/compile.js';
import {
  type ConditionSource,
  type DrawingSample,
  defineRecipe,
  drawings,
  GeneratorState,
  generatorProcessor,
  runRecipe,
  stage,
} from '../../src/train/index.js';
import { SensoriumError } from '../../src/util/errors.js';
import { type HostTensor, hostTensor } from '../../src/util/host.js';
import { loadWeights, readConfig, saveFolder } from '../../src/weights/index.js';
import { worldGenerator } from './drawings.js';

/** What the decoder is trained with. */
export interface DecoderContext extends Pick<FinishContext, 'dir' | 'signal' | 'note'> {
  /** Rows of an image. */
  rows: number;
  /** Default 1500. */
  steps?: number;
}

/**
 * Rows of images: as the connector makes them, and in every other batch as the language model regresses them behind the request and the rows before, which is what
 * it does when it draws.
 */
async function latentRows(model: Mllm, rows: number): Promise<ConditionSource & { dispose(): Promise<void> }> {
  const { network, values, media, processor } = model.model;
  const head = endAdapter(network, LatentHead);
  if (!head || !media)
    throw new SensoriumError('train.recipe', 'the model does not regress rows', { expected: 'adapters: [latents({ rows })]' });
  const width = head.stu_regress_head.outputs;
  const states = new HiddenStates(model.model);
  const next = await compile({ y: head.next(input('x', [rows, width])) }, { frozen: values, name: 'latents' });
  const regressed = async ({ text }: DrawingSample, known: HostTensor<'float32'>): Promise<HostTensor<'float32'>> => {
    const { ids: prompt } = await processor.encode([{ role: 'user', content: `Draw ${text}.` }], { addGenerationPrompt: true });
    const begin = processor.tokenizer.tokenId(head.options.begin) as number;
    const ids = Int32Array.from([...prompt, begin, ...new Array<number>(rows).fill(media.imageTokenId)]);
    const first = prompt.length + 1;
    const places = Array.from({ length: rows }, (_, i) => first + i);
    const x = await states.at(
      { ids, features: known, imagePositions: Int32Array.from(places) },
      places.map((place) => place - 1),
    );
    return (await next.run({ x })).y as HostTensor<'float32'>;
  };
  return {
    describe: { rows, of: 'connector and language model' },
    async of(samples, index) {
      const known = await model.encodeImages(samples.map(({ image }) => image));
      if (index % 2 === 0) return { ...known, shape: [samples.length, rows, width], data: known.data.slice() };
      const out = hostTensor('float32', [samples.length, rows, width]);
      for (const [i, sample] of samples.entries()) {
        const own = hostTensor('float32', [rows, width], known.data.slice(i * rows * width, (i + 1) * rows * width));
        out.data.set((await regressed(sample, own)).data, i * rows * width);
      }
      return out;
    },
    async dispose() {
      await states.dispose();
      next.dispose();
    },
  };
}

/** Trains the decoder in `DIR/decoder`, beginning with world-generator where the sizes are the same, and returns its folder. */
export async function trainDecoder(model: Mllm, { dir, signal, note, rows, steps = 1500 }: DecoderContext): Promise<string> {
  const weights = await loadWeights(worldGenerator());
  const { text_config: _, ...sizes } = generatorConfig.parse(await readConfig(worldGenerator()));
  const conditions = await latentRows(model, rows);
  const config = generatorConfig.parse({
    ...sizes,
    condition_length: rows,
    condition_size: endAdapter(model.model.network, LatentHead)?.stu_regress_head.outputs,
  });
  const network = new SensoriumGenerator(config).nameParameters();
  const same = network.parameters().flatMap(({ name }) => (name.includes('caption_projection') ? [] : [name]));
  const recipe = defineRecipe({
    name: 'emu-decoder',
    seed: 0,
    model: network,
    state: async ({ seed }) => new GeneratorState(network, undefined, { seed, values: await weights.readMany(same, { as: 'float32' }) }),
    describe: { from: 'world-generator', config },
    stages: [
      stage.generator({
        data: drawings({ seed: 307 }),
        conditions,
        text: false,
        steps,
        batch: 16,
        lr: 1e-3,
        minRatio: 0.01,
        weightDecay: 0.01,
        betas: [0.9, 0.98],
        blindEvery: 0,
      }),
    ],
  });
  try {
    const { state, seconds } = await runRecipe(recipe, { dir: join(dir, 'decoder'), resume: true, signal });
    note(`the decoder: ${steps} steps in ${Math.round(seconds)} s`);
    const out = join(dir, 'decoder', 'model');
    await saveFolder(out, { config, weights: state.record(), preprocessor: generatorProcessor(config.image_size).toJSON() });
    return out;
  } finally {
    await conditions.dispose();
  }
}
