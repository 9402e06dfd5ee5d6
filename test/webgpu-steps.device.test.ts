// Twenty steps on a device give the losses of the CPU's, while what is trained and what is frozen stay there: bytes are counted.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Model, openModel, type Sequence } from '../src/model/index.js';
import { lora } from '../src/networks/index.js';
import { selectRuntime } from '../src/runtime/select.js';
import { selectParameters } from '../src/train/index.js';
import { supervised } from '../src/train/objectives/supervised.js';
import { type HostTensor, hostTensor, sizeOf } from '../src/util/host.js';
import { Rng } from '../src/util/rng.js';
import { castFloat, readAll, SafetensorsFile, writeSafetensors } from '../src/weights/index.js';
import { noise } from './golden/noise.js';
import { FAMILIES } from './golden/read.js';
import { sequenceOf, trainingGolden, trainSequences } from './golden/training.js';
import { watched } from './webgpu/placement.js';
import { BOUNDS, IS_WHOLE, record, short } from './webgpu/record.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

interface Run {
  open(): Promise<Model>;
  encode(model: Model): Promise<Sequence[]>;
  parts: readonly string[];
  steps: number;
}

/** Trains on both, and expects the same losses, no node of any program on the CPU, and no more than the batch and a few numbers to cross. */
async function twice(name: string, { open, encode, parts, steps }: Run): Promise<{ share: number }> {
  const train = async (device: 'cpu' | 'webgpu') => {
    const watch = device === 'webgpu' ? watched(await selectRuntime('native', device)) : undefined;
    const runtime = watch?.runtime ?? (await selectRuntime('native', device));
    const model = await open();
    const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], parts, 'device');
    const samples = (await encode(model)).map((s) => [s]);
    const optimizer = { lr: 1e-3, betas: [0.9, 0.999] as [number, number], eps: 1e-8, weightDecay: 0 };
    const run = await trainSequences(model, { samples, trained, loss: supervised(), optimizer, steps, runtime });
    const bytes = 4 * model.network.parameters().reduce((n, p) => n + p.count, 0);
    return { ...run, placed: watch?.placed(), bytes, count: trained.reduce((n, p) => n + p.count, 0), tensors: trained.length };
  };
  const cpu = await train('cpu');
  const gpu = await train('webgpu');
  const off = Math.max(...gpu.losses.map((loss, i) => Math.abs(loss - (cpu.losses[i] as number))));
  const most = Math.max(...gpu.crossed);
  const share = most / gpu.bytes;
  record('steps', name, {
    ...{ steps, trained: gpu.count, parameterBytes: gpu.bytes, batchBytes: gpu.batchBytes, crossedBytes: most, share: short(share) },
    ...{ firstLoss: short(cpu.losses[0] as number), lastLoss: short(cpu.losses.at(-1) as number), off: short(off) },
  });
  expect(gpu.placed?.onCpu, 'nodes on the CPU').toEqual([]);
  expect(gpu.placed?.onDevice).toBeGreaterThan(10);
  expect(off, `${gpu.losses} against ${cpu.losses}`).toBeLessThan(BOUNDS.losses);
  expect(cpu.losses.at(-1), `${cpu.losses}`).toBeLessThan(cpu.losses[0] as number);
  expect(gpu.crossed).toHaveLength(steps);
  // The batch, the loss, and for each group of parameters a few numbers of the update.
  expect(most, `of ${gpu.crossed}`).toBeLessThan(gpu.batchBytes + 200);
  expect(most).toBeGreaterThan(0);
  return { share };
}

const QWEN = 'qwen2-vl/untied';

/** LoRA on a Qwen2-VL, over a text and a text with an image. */
const adapted = (dir: string, steps: number): Run => ({
  open: () =>
    openModel(dir, {
      template: trainingGolden(QWEN).template,
      adapters: [lora({ rank: 4, targets: ['q_proj', 'v_proj'] })],
      seed: 1,
    }),
  encode: async (model) => [
    await sequenceOf(model, trainingGolden(QWEN).rows[0] as never),
    await sequenceOf(model, trainingGolden(QWEN).rows[1] as never),
  ],
  parts: ['adapters'],
  steps,
});

/** The golden Qwen2-VL with feed-forward layers `wide` times as wide, at random: its batch is then small beside its weights, as it is in any model that is used. */
async function widened(wide: number): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'wide-'));
  cpSync(join(FAMILIES, QWEN), dir, { recursive: true });
  const config = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as { text_config: { intermediate_size: number } };
  const narrow = config.text_config.intermediate_size;
  config.text_config.intermediate_size = wide * narrow;
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  const file = join(dir, 'model.safetensors');
  const tensors: Record<string, HostTensor> = { ...(await readAll(await SafetensorsFile.open(file))) };
  const rng = new Rng('wide');
  let changed = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    tensors[name] = castFloat(tensor, 'float32', name);
    if (!/mlp\.(gate|up|down)_proj\.weight$/.test(name) || name.includes('visual')) continue;
    const shape = tensor.shape.map((d) => (d === narrow ? wide * narrow : d));
    tensors[name] = hostTensor(
      'float32',
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => 0.02 * rng.normal()),
    );
    changed++;
  }
  expect(changed).toBe(6);
  await writeSafetensors(file, tensors, { format: 'pt' });
  return dir;
}

describe.runIf(isHere)('twenty steps on a device', () => {
  it('of LoRA on the golden Qwen2-VL', async () => {
    await twice('LoRA, golden Qwen2-VL', adapted(join(FAMILIES, QWEN), 20));
  });

  // The golden checkpoint has 600 kB of parameters, of which 1 % is less than the rows of one image.
  it.runIf(IS_WHOLE)('of LoRA on a Qwen2-VL with wide layers: less than a hundredth of their bytes crosses', async () => {
    const dir = await widened(24);
    try {
      const { share } = await twice('LoRA, Qwen2-VL with wide layers', adapted(dir, 20));
      expect(share).toBeLessThan(BOUNDS.crossed);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it.runIf(IS_WHOLE)('of sensorium-tiny: less than a hundredth of the parameters crosses', async () => {
    const { share } = await twice('sensorium-tiny', {
      open: () => openModel(join(import.meta.dirname, '..', 'models', 'sensorium-tiny')),
      encode: (model) =>
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
        ),
      parts: ['connector', 'language'],
      steps: 20,
    });
    expect(share).toBeLessThan(BOUNDS.crossed);
  });
});
