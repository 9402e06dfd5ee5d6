// Gradient graphs of every family that trains, on a device: no node falls back, losses and gradients are those of the CPU.

import { describe, it } from 'vitest';
import type { Parameter } from '../src/graph/index.js';
import { OpenedState, selectParameters } from '../src/train/index.js';
import { supervised } from '../src/train/objectives/supervised.js';
import { batchObjective, openTrained, sequenceOf, trainingGolden, trainingNames } from './golden/training.js';
import { compareGraphs, gradientsOf } from './webgpu/compare.js';
import { WRITERS } from './webgpu/names.js';
import { IS_WHOLE } from './webgpu/record.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

const NAMES = trainingNames(...WRITERS);

/** What is run where not everything is: experts with a router, an encoder-decoder, a tower that is trained with its connector, masks that open both ways. */
const SOME = ['mixtral/five-experts', 't5/flan', 'qwen2-vl/untied', 'paligemma/gemma'];

describe.runIf(isHere)('gradient graphs on a device', () => {
  it.each(IS_WHOLE ? NAMES : SOME)('of %s', async (name) => {
    const model = await openTrained(name);
    const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], ['all'], 'device');
    const state = new OpenedState(model, { seed: 0 });
    const samples = [];
    for (const row of trainingGolden(name).rows.slice(0, 2)) samples.push([await sequenceOf(model, row)]);
    const objective = batchObjective(model, state, { samples, trained, loss: supervised() });
    await compareGraphs('gradients', name, await gradientsOf(objective, (p: Parameter) => state.value(p)));
    objective.dispose?.();
  });
});
