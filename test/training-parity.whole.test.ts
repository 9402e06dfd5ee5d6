// Three AdamW steps on every golden checkpoint that trains equal PyTorch's: ids, losses, gradient norm and every parameter in the saved folder.

import { describe, expect, it } from 'vitest';
import { selectParameters } from '../src/train/index.js';
import { supervised } from '../src/train/objectives/supervised.js';
import {
  differences,
  lossOf,
  openTrained,
  sequenceOf,
  startOf,
  type TrainingVariant,
  trainingGolden,
  trainingNames,
  trainSequences,
  written,
} from './golden/training.js';

const BAR = 1e-4;

const LANGUAGE = ['llama', 'llama-rope', 'windows', 'qwen2', 'qwen3', 'mixtral', 'opt', 'smollm3', 'lfm2', 'gemma', 'gemma3', 't5'];
const VISION = [
  'llava',
  'llava-next',
  'llava-onevision',
  'idefics2',
  'idefics3',
  'internvl',
  'pixtral',
  'lfm2-vl',
  'gemma3-vl',
  'paligemma',
  'qwen2-vl',
  'qwen2-5-vl',
  'qwen3-vl',
  'fuyu',
  'kosmos2',
  'blip-2',
  'instructblip',
];

async function compare(name: string, train: readonly string[], expected: TrainingVariant): Promise<void> {
  const { rows, optimizer } = trainingGolden(name);
  const model = await openTrained(name);
  const sequences = [];
  for (const row of rows) sequences.push(await sequenceOf(model, row));
  const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], train, name);
  const samples = sequences.map((s) => [s]);
  const got = await trainSequences(model, { samples, trained, loss: supervised(), optimizer });
  const tensors = await written((dir) => got.state.save(dir));
  const start = await startOf(name);
  got.losses.forEach((loss, i) => {
    expect(Math.abs(loss - (expected.losses[i] as number)), `loss ${i}: ${got.losses} against ${expected.losses}`).toBeLessThan(BAR);
  });
  expect(Math.abs(got.gradientNorm / expected.gradientNorm - 1), 'gradient norm').toBeLessThan(BAR);
  const wrong = Object.entries(expected.parameters).flatMap(([key, summary]) =>
    differences(tensors.get(key), summary, BAR).map((what) => `${key} ${what}`),
  );
  for (const key of [...expected.frozen, ...expected.untouched])
    if (`${tensors.get(key)?.data}` !== `${start.get(key)?.data}`) wrong.push(`${key} has changed`);
  expect(wrong).toEqual([]);
  expect([...tensors.keys()].sort()).toEqual([...Object.keys(expected.parameters), ...expected.frozen, ...expected.untouched].sort());
}

describe.each(trainingNames(...LANGUAGE, ...VISION))('%s', (name) => {
  const { rows, variants } = trainingGolden(name);

  it('encodes the rows with the ids and the loss of the published processor', async () => {
    const model = await openTrained(name);
    for (const row of rows) {
      const sequence = await sequenceOf(model, row);
      expect([...sequence.ids]).toEqual(row.ids);
      expect(lossOf(sequence)).toEqual(row.loss);
      expect(sequence.source && [...sequence.source.ids]).toEqual(row.source);
    }
  });

  it('trains all parameters as PyTorch does', () => compare(name, ['all'], variants.all));

  const { visionFrozen } = variants;
  if (visionFrozen) it('trains all but the vision tower as PyTorch does', () => compare(name, ['connector', 'language'], visionFrozen));
});
