// Gradient graphs on a device: those of every family that trains and of every loss of sequences. No node falls back, values are those of the CPU;
// twenty steps give the CPU's losses while what is trained stays on the device.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Model, openModel, type Sequence } from '../src/model/index.js';
import { lora } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { selectRuntime } from '../src/runtime/select.js';
import { gradientGraph, OpenedState, type SequenceLoss, selectParameters } from '../src/train/index.js';
import { PAIR_LOSSES, type PairLossName } from '../src/train/objectives/pair-losses.js';
import { pairs } from '../src/train/objectives/pairs.js';
import { supervised } from '../src/train/objectives/supervised.js';
import type { HostTensor } from '../src/util/host.js';
import { noise } from './golden/noise.js';
import { FAMILIES } from './golden/read.js';
import { batchObjective, openTrained, sequenceOf, trainingGolden, trainingNames, trainSequences } from './golden/training.js';
import { place } from './webgpu/placement.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

/** Relative to the largest number of an output, of the CPU's. */
const BAR = 1e-3;

const FAMILY_NAMES = [
  ...['gemma', 'gemma3', 'lfm2', 'llama', 'llama-rope', 'mixtral', 'opt', 'qwen2', 'qwen3', 'smollm3', 't5', 'windows'],
  ...['blip-2', 'fuyu', 'gemma3-vl', 'idefics2', 'idefics3', 'instructblip', 'internvl', 'kosmos2', 'lfm2-vl', 'llava', 'llava-next'],
  ...['llava-onevision', 'paligemma', 'pixtral', 'qwen2-5-vl', 'qwen2-vl', 'qwen3-vl'],
];

/** Runs the gradient graph of a batch on both. */
async function compare(model: Model, samples: readonly (readonly Sequence[])[], loss: SequenceLoss): Promise<void> {
  const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], ['all'], 'device');
  const state = new OpenedState(model, { seed: 0 });
  const objective = batchObjective(model, state, { samples, trained, loss });
  const batch = await objective.batch(0);
  const outputs = gradientGraph(objective, batch.bucket);
  const feeds: Record<string, HostTensor> = { ...batch.feeds };
  for (const p of trained) feeds[p.name] = state.value(p);
  const program = await compile(outputs, { runtime: await selectRuntime('native', 'cpu'), frozen: objective.frozen });
  const wanted = await program.run(Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name] as HostTensor])));
  program.dispose();
  const { values, onCpu } = await place(outputs, feeds, { runtime: await selectRuntime('native', 'webgpu'), frozen: objective.frozen });
  expect(onCpu, 'nodes on the CPU').toEqual([]);
  // Gradients are compared with the largest of them: those of biases before a softmax are nothing but rounding.
  const numbers = (t: HostTensor | undefined): Float32Array => (t as HostTensor<'float32'>).data;
  const scale = Math.max(...Object.values(wanted).map((t) => numbers(t).reduce((most, v) => Math.max(most, Math.abs(v)), 0)));
  for (const name of Object.keys(outputs))
    numbers(wanted[name]).forEach((v, i) => {
      const off = Math.abs((numbers(values[name])[i] as number) - v);
      if (!(off <= BAR * scale)) expect.fail(`${name}[${i}] is ${numbers(values[name])[i]}, on the CPU ${v}`);
    });
  objective.dispose?.();
}

describe.runIf(isHere)('gradient graphs on a device', () => {
  it.each(trainingNames(...FAMILY_NAMES))('of %s', async (name) => {
    const model = await openTrained(name);
    const rows = trainingGolden(name).rows.slice(0, 2);
    const samples = [];
    for (const row of rows) samples.push([await sequenceOf(model, row)]);
    await compare(model, samples, supervised());
  });

  it.each(Object.keys(PAIR_LOSSES) as PairLossName[])('of pairs with the loss %s', async (loss) => {
    const model = await openTrained('llama/untied');
    const rows = trainingGolden('llama/untied').rows.slice(0, 2);
    const sides = [];
    for (const row of rows) sides.push(await sequenceOf(model, row));
    const reference = async (sequences: readonly Sequence[]): Promise<Float32Array> => new Float32Array(sequences.length).fill(-5);
    await compare(model, [sides], pairs({ loss, reference }));
  });
});

describe.runIf(isHere)('twenty steps on a device', () => {
  /** Losses of both, and the share of the parameters that crossed in a step. */
  async function twice(open: () => Promise<Model>, encode: (model: Model) => Promise<Sequence[]>, parts: readonly string[]) {
    const optimizer = { lr: 1e-3, betas: [0.9, 0.999] as [number, number], eps: 1e-8, weightDecay: 0 };
    const losses: number[][] = [];
    let [parameters, crossed] = [0, 0];
    for (const device of ['cpu', 'webgpu'] as const) {
      const runtime = await selectRuntime('native', device);
      const model = await open();
      const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], parts, 'device');
      parameters = 4 * model.network.parameters().reduce((n, p) => n + p.count, 0);
      const samples = (await encode(model)).map((s) => [s]);
      const before = { ...runtime.memory?.traffic };
      const got = await trainSequences(model, { samples, trained, loss: supervised(), optimizer, steps: 20, runtime });
      losses.push(got.losses);
      const { traffic } = runtime.memory ?? {};
      if (traffic) crossed = traffic.uploaded + traffic.downloaded - (before.uploaded ?? 0) - (before.downloaded ?? 0);
    }
    const [cpu, gpu] = losses as [number[], number[]];
    return { cpu, gpu, parameters, crossed };
  }

  it('of LoRA on the golden Qwen2-VL', async () => {
    const name = 'qwen2-vl/untied';
    const open = (): Promise<Model> =>
      openModel(join(FAMILIES, name), {
        template: trainingGolden(name).template,
        adapters: [lora({ rank: 4, targets: ['q_proj', 'v_proj'] })],
        seed: 1,
      });
    const encode = (model: Model) =>
      Promise.all(
        trainingGolden(name)
          .rows.slice(0, 2)
          .map((row) => sequenceOf(model, row)),
      );
    const { cpu, gpu } = await twice(open, encode, ['adapters']);
    gpu.forEach((loss, i) => void expect(Math.abs(loss - (cpu[i] as number)), `step ${i}: ${gpu} against ${cpu}`).toBeLessThan(1e-3));
    expect(cpu.at(-1)).toBeLessThan(cpu[0] as number);
  });

  it('of sensorium-tiny', async () => {
    const open = (): Promise<Model> => openModel(join(import.meta.dirname, '..', 'models', 'sensorium-tiny'));
    const encode = (model: Model) =>
      Promise.all(
        ['A red cup.', 'Two dogs.'].map((text, i) =>
          model.processor.encode([
            {
              role: 'user',
              content: [
                { type: 'image', source: noise(64, 64, i) },
                { type: 'text', text: 'What is there?' },
              ],
            },
            { role: 'assistant', content: text },
          ]),
        ),
      );
    const { cpu, gpu, parameters, crossed } = await twice(open, encode, ['connector', 'language']);
    gpu.forEach((loss, i) => void expect(Math.abs(loss - (cpu[i] as number)), `step ${i}: ${gpu} against ${cpu}`).toBeLessThan(1e-3));
    expect(cpu.at(-1)).toBeLessThan(cpu[0] as number);
    process.stdout.write(`sensorium-tiny: ${crossed} bytes in 21 steps, start and end included; parameters ${parameters}\n`);
  });
});
