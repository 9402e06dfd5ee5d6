// Direct preference optimization on a golden checkpoint equals PyTorch's: log-probabilities, losses and parameters of five steps;
// so do pairs and judged replies to images.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { constant } from '../src/graph/index.js';
import type { Sequence } from '../src/model/index.js';
import { compile } from '../src/runtime/compile.js';
import { selectParameters } from '../src/train/index.js';
import { kto } from '../src/train/objectives/kto.js';
import { PAIR_LOSSES } from '../src/train/objectives/pair-losses.js';
import { NONE, pairs, sidesOf } from '../src/train/objectives/pairs.js';
import { Reference } from '../src/train/reference.js';
import { hostTensor } from '../src/util/host.js';
import {
  differences,
  openTrained,
  sequenceOf,
  type TensorSummary,
  type TrainingGolden,
  type TrainingRow,
  trainSequences,
  written,
} from './golden/training.js';

const BAR = 1e-4;
const STEPS = 5;

interface Facts {
  model: string;
  optimizer: TrainingGolden['optimizer'];
  beta: number;
  worked: { chosen: number; chosenReference: number; rejected: number; rejectedReference: number; margin: number; loss: number };
  training: {
    pairs: { prompt: number[]; chosen: number[]; rejected: number[] }[];
    reference: [number, number][];
    losses: number[];
    logProbabilities: [number, number][][];
    parameters: Record<string, TensorSummary>;
  };
}

const facts = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/training/dpo.json'), 'utf8')) as Facts;

const sequence = (prompt: number[], reply: number[]): Sequence => ({
  ids: Int32Array.from([...prompt, ...reply]),
  weights: Float32Array.from([...prompt.map(() => 0), ...reply.map(() => 1)]),
  media: [],
});

const pair = (...values: number[]) => constant(hostTensor('float32', [1, 2], Float32Array.from(values)));

describe('direct preference optimization', () => {
  const { training, beta, optimizer, worked } = facts;
  const samples = training.pairs.map(({ prompt, chosen, rejected }) => [sequence(prompt, chosen), sequence(prompt, rejected)]);

  it('has the loss of the definition', async () => {
    const policy = sidesOf(pair(worked.chosen, worked.rejected));
    const gained = sidesOf(pair(worked.chosen - worked.chosenReference, worked.rejected - worked.rejectedReference));
    const losses = PAIR_LOSSES.sigmoid.losses({ policy, gained, tokens: policy }, { ...NONE, beta });
    const program = await compile({ losses });
    const out = await program.run({});
    program.dispose();
    expect(out.losses?.data[0]).toBeCloseTo(worked.loss, 5);
    expect((worked.chosen - worked.chosenReference - worked.rejected + worked.rejectedReference) * beta).toBeCloseTo(worked.margin, 5);
  });

  it('trains as PyTorch does', async () => {
    const model = await openTrained(facts.model);
    const frozen = new Reference({ model, values: model.values, maxLength: 512, pad: 0 });
    try {
      const start = await frozen.logProbs(samples.flat());
      training.reference.flat().forEach((v, i) => {
        expect(Math.abs((start[i] as number) - v)).toBeLessThan(BAR);
      });
      const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], ['all'], 'test');
      const loss = pairs({ beta, reference: (s) => frozen.logProbs(s) });
      const { losses, state } = await trainSequences(model, { samples, trained, loss, optimizer, steps: STEPS });
      expect(losses).toHaveLength(training.losses.length);
      losses.forEach((v, i) => {
        expect(Math.abs(v - (training.losses[i] as number)), `${losses} against ${training.losses}`).toBeLessThan(BAR);
      });
      const after = new Reference({ model, values: state.values, maxLength: 512, pad: 0 });
      const end = await after.logProbs(samples.flat());
      await after.dispose();
      training.logProbabilities
        .at(-1)
        ?.flat()
        .forEach((v, i) => {
          expect(Math.abs((end[i] as number) - v)).toBeLessThan(10 * BAR); // sums over up to eight tokens
        });
      const tensors = await written((dir) => state.save(dir));
      expect(Object.entries(training.parameters).flatMap(([key, summary]) => differences(tensors.get(key), summary, BAR))).toEqual([]);
    } finally {
      await frozen.dispose();
    }
  });
});

interface ImageFacts {
  model: string;
  optimizer: TrainingGolden['optimizer'];
  beta: number;
  /** Two rows to each sample: chosen and rejected, or a judged reply and another one. */
  samples: [TrainingRow, TrainingRow][];
  labels: boolean[];
  reference: [number, number][];
  dpo: Steps;
  kto: Steps;
}
interface Steps {
  losses: number[];
  /** After the last step. */
  logProbabilities: [number, number][];
}

const images = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/training/preferences.json'), 'utf8')) as ImageFacts;

describe('preferences about images', () => {
  const { beta, optimizer, labels } = images;

  it.each(['dpo', 'kto'] as const)('five steps of %s are those of PyTorch', async (method) => {
    const model = await openTrained(images.model);
    const samples: Sequence[][] = [];
    for (const rows of images.samples) samples.push([await sequenceOf(model, rows[0]), await sequenceOf(model, rows[1])]);
    samples.forEach((both, i) => {
      both.forEach(({ ids }, k) => {
        expect([...ids]).toEqual(images.samples[i]?.[k]?.ids);
      });
    });
    const frozen = new Reference({ model, values: new Map(model.values), maxLength: 512, pad: 0 });
    try {
      const start = await frozen.logProbs(samples.flat());
      images.reference.flat().forEach((v, i) => {
        expect(Math.abs((start[i] as number) - v)).toBeLessThan(BAR);
      });
      const judged = new Map(samples.map(([own], i) => [own, labels[i]]));
      const reference = (s: readonly Sequence[]) => frozen.logProbs(s);
      const loss =
        method === 'dpo'
          ? pairs({ beta, reference })
          : kto({ beta, desirable: 1, undesirable: 1, reference, labelOf: (own) => judged.get(own) === true });
      const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], ['all'], 'test');
      const { losses, state } = await trainSequences(model, { samples, trained, loss, optimizer, steps: STEPS });
      const wanted = images[method];
      expect(losses).toHaveLength(STEPS + 1);
      losses.forEach((v, i) => {
        expect(Math.abs(v - (wanted.losses[i] as number)), `${losses} against ${wanted.losses}`).toBeLessThan(BAR);
      });
      const after = new Reference({ model, values: state.values, maxLength: 512, pad: 0 });
      const end = await after.logProbs(samples.flat());
      await after.dispose();
      wanted.logProbabilities.flat().forEach((v, i) => {
        expect(Math.abs((end[i] as number) - v)).toBeLessThan(20 * BAR); // sums over up to twenty tokens
      });
    } finally {
      await frozen.dispose();
    }
  });
});
