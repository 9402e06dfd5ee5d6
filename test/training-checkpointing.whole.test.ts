// Gradient checkpointing: every family gives the loss and the gradients that it gives without, dropout included, and keeps less.

import { describe, expect, it } from 'vitest';
import { rewrite, type Tensor, topological, trainingRewrites } from '../src/graph/index.js';
import { open } from '../src/model/index.js';
import { lora } from '../src/networks/adapters/index.js';
import {
  GradientPrograms,
  gradientGraph,
  OpenedState,
  type SampleSequences,
  selectParameters,
  sequenceObjective,
} from '../src/train/index.js';
import { supervised } from '../src/train/objectives/supervised.js';
import type { Trainable } from '../src/train/select.js';
import { layerOf } from '../src/train/step.js';
import { openTrained, sequenceOf, trainingGolden } from './golden/training.js';

const MODELS = [
  ...['llama/untied', 'mixtral/five-experts', 'opt/tied', 'gemma3/tied-bf16', 't5/flan'],
  ...['llava/clip', 'idefics3/tiles', 'qwen2-vl/untied', 'blip-2/opt', 'instructblip/t5'],
];

/** Loss and gradients of a batch with and without checkpointing, and the layers that are computed twice. */
async function both(name: string, train: readonly string[], dropout?: number) {
  const { rows } = trainingGolden(name);
  const adapters = dropout === undefined ? [] : [lora({ rank: 2, targets: 'all-linear', dropout })];
  const model =
    dropout === undefined ? await openTrained(name) : await open(`test/golden/families/${name}`, { adapters }).open({ seed: 3 });
  const network = model.network as unknown as Trainable;
  const samples: SampleSequences[] = [];
  for (const row of rows) samples.push({ sequences: [await sequenceOf(model, row)] });
  const trained = selectParameters(network, train, name);
  const state = new OpenedState(model, { seed: 3 });
  const buffers = state.pack(trained);
  // B is zero at the start, and nothing would reach A.
  for (const slot of buffers.slots) if (slot.parameter.name.includes('lora_B')) buffers.view(slot, 'values').data.fill(0.01);
  const objective = sequenceObjective({
    ...{ model, state, trained, loss: supervised(), maxLength: 512, pad: model.tokenizer?.specialIds.pad ?? 0 },
    ...{ count: samples.length, batch: samples.length, sample: async (index: number) => samples[index] as SampleSequences },
  });
  const batch = await objective.batch(0);
  const results = [];
  try {
    for (const gradientCheckpointing of [false, true]) {
      const programs = new GradientPrograms(objective, buffers, { gradientCheckpointing });
      const { loss } = await programs.run(batch, buffers.gradients);
      results.push({ loss, gradients: buffers.gradients.slice() });
      await programs.dispose();
    }
    const outputs: Tensor[] = rewrite(
      Object.values(gradientGraph(objective, batch.bucket, { gradientCheckpointing: true })),
      trainingRewrites,
    );
    const waiting = topological(outputs).nodes.filter((node) => node.op.name === 'after');
    return { plain: results[0], again: results[1], layers: new Set(waiting.map((node) => node.path)) };
  } finally {
    objective.dispose?.();
  }
}

/** The largest difference between two blocks; NaN where there is one. */
function furthest(a = new Float32Array(0), b = new Float32Array(1)): number {
  return a.length === b.length ? a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), 0) : Number.NaN;
}

describe('gradient checkpointing', () => {
  it.each(MODELS)('gives %s the same loss and gradients', async (name) => {
    const { plain, again, layers } = await both(name, ['all']);
    // ONNX Runtime may join nodes of which nothing else reads what lies between them: BLIP-2 differs in the last bits, which depend on the processor.
    const bar = name.includes('blip') ? 1e-5 : 0;
    const { loss = Number.NaN, gradients = new Float32Array(0) } = plain ?? {};
    expect(Math.abs((again?.loss ?? 0) - loss)).toBeLessThanOrEqual(bar * loss);
    const largest = gradients.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    expect(furthest(again?.gradients, gradients) / largest).toBeLessThanOrEqual(bar);
    expect(layers.size).toBeGreaterThan(1);
  });

  it('draws the masks of dropout again', async () => {
    const { plain, again } = await both('llama/untied', ['adapters'], 0.5);
    const { plain: without } = await both('llama/untied', ['adapters'], 0);
    expect(furthest(again?.gradients, plain?.gradients)).toBe(0);
    expect(furthest(plain?.gradients, without?.gradients)).toBeGreaterThan(1e-4);
  });

  it('knows layers by the path they are traced in', () => {
    const layer = (path: string): string | undefined => layerOf({ path } as Parameters<typeof layerOf>[0]);
    expect(layer('language_model.model.layers.13.mlp.up_proj')).toBe('language_model.model.layers.13');
    expect(layer('encoder.block.2.layer.0.SelfAttention')).toBe('encoder.block.2');
    expect(layer('vision_tower.vision_model.encoder.layers.0')).toBe('vision_tower.vision_model.encoder.layers.0');
    expect(layer('language_model.model.norm')).toBeUndefined();
    expect(layer('')).toBeUndefined();
  });
});
