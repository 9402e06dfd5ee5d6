// Our side of the fine-tuning benchmark, in a process of its own: one training step per line, through the programs of src/train.
// Arguments: a JSON of `SideSetup`. Prints `ready …`; `step fresh` and `step kept` are answered with milliseconds, milliseconds of CPU
// and the loss, `peak` with the peak of resident memory in MB.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { patchRows } from '../src/media/index.js';
import { openModel, type Sequence, saveModelAdapter } from '../src/model/index.js';
import { lora } from '../src/networks/index.js';
import type { Runtime } from '../src/runtime/runtime.js';
import { selectRuntime } from '../src/runtime/select.js';
import {
  AdamW,
  clipScale,
  GradientBlock,
  GradientPrograms,
  makeResident,
  OpenedState,
  selectParameters,
  sequenceObjective,
} from '../src/train/index.js';
import { supervised } from '../src/train/objectives/supervised.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { SafetensorsFile } from '../src/weights/index.js';
import { CASES, type CaseBatch, type FineTuneCase, imageOf, OPTIMIZER } from './finetune-case.js';
import { type Shape, TRAINED_SHAPES } from './shapes.js';

/** What the process is told. */
export interface SideSetup {
  case: string;
  /** The model. */
  folder: string;
  /** File with the batch. */
  batch: string;
  /** Where the adapter is written as it is before the first step. */
  adapter: string;
  /** Folder for what the frozen tower makes of images. */
  cache: string;
}

/** Peak of this process's resident memory, in MB. The maximum of `getrusage` begins with the parent's. */
function peakMb(): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (line) return Number(line[1]) / 1024;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return process.resourceUsage().maxRSS / 1024;
}

/** A conversation of the batch, whose image is known by `key`. */
function sequence({ ids, weights, pixels }: CaseBatch, shape: Shape, row: number, key: string): Sequence {
  const length = ids.shape[1] as number;
  const image = imageOf(shape);
  const own = <A extends Int32Array | Float32Array>(all: A): A => all.subarray(row * length, (row + 1) * length) as A;
  const text = { ids: own(ids.data), weights: own(weights.data) };
  if (!image) return { ...text, media: [] };
  const at = Int32Array.from([...text.ids.keys()].filter((t) => text.ids[t] === image.id));
  const feeds = (): { patches: HostTensor } => {
    const { side } = image;
    const { patch_size: patch } = shape.config.vision_config as { patch_size: number };
    const count = 3 * side * side;
    const patches = patchRows(pixels.data.subarray(row * count, (row + 1) * count), { width: side, height: side }, patch);
    return { patches: hostTensor('float32', [1, (side / patch) ** 2, 3 * patch * patch], patches) };
  };
  return { ...text, media: [{ at, key, feeds }] };
}

async function readBatch(path: string): Promise<CaseBatch> {
  const file = await SafetensorsFile.open(path);
  const [ids, weights, pixels] = await Promise.all(['ids', 'weights', 'pixels'].map((name) => file.read(name)));
  return { ids, weights, pixels } as CaseBatch;
}

/** A model, its batch and the programs that train it. */
export class FineTuneSide {
  private steps = 0;

  private constructor(
    /** Parameters that are trained. */
    readonly count: number,
    private readonly take: (imageKey: (row: number) => string) => Promise<number>,
    readonly dispose: () => Promise<void>,
  ) {}

  static async create(setup: SideSetup, runtime: Runtime): Promise<FineTuneSide> {
    const one = CASES[setup.case] as FineTuneCase;
    const shape = TRAINED_SHAPES[one.shape] as Shape;
    const model = await openModel(setup.folder, { adapters: one.lora ? [lora({ ...one.lora })] : [], seed: 1 });
    if (one.lora) await saveModelAdapter(model, setup.adapter);
    const state = new OpenedState(model, { seed: 1 });
    const trained = selectParameters(state.network, [one.lora ? 'adapters' : 'all'], 'bench');
    const batch = await readBatch(setup.batch);
    let key = (_row: number): string => '';
    const objective = sequenceObjective({
      ...{ model, state, loss: supervised(), trained, runtime },
      ...{ maxLength: one.tokens, pad: 0, cacheDir: setup.cache, count: one.batch, batch: one.batch },
      sample: async (row) => ({ sequences: [sequence(batch, shape, row, key(row))] }),
    });
    const buffers = state.pack(trained);
    await makeResident(buffers, { runtime });
    const gradients = new GradientPrograms(objective, buffers, { runtime });
    const block = await GradientBlock.create(buffers, { runtime });
    const optimizer = await AdamW.create(buffers, { ...OPTIMIZER, weightDecay: 0, runtime });
    const take = async (imageKey: (row: number) => string): Promise<number> => {
      key = imageKey;
      const { loss } = await gradients.run(await objective.batch(0), buffers.gradients);
      await optimizer.update({ lr: OPTIMIZER.lr, scale: clipScale(await block.norm(), OPTIMIZER.clip) });
      return loss;
    };
    return new FineTuneSide(buffers.count, take, async () => {
      await gradients.dispose();
      block.dispose();
      optimizer.dispose();
      objective.dispose?.();
    });
  }

  /** One step; resolves with its loss. `fresh`: images that no cache has, so that the tower runs. */
  step(fresh: boolean): Promise<number> {
    const name = fresh ? `fresh ${this.steps}` : 'kept';
    this.steps++;
    return this.take((row) => `image ${row} ${name}`);
  }
}

async function serve(setup: SideSetup): Promise<void> {
  const runtime = await selectRuntime();
  const side = await FineTuneSide.create(setup, runtime);
  const count = (side.count / 1e6).toFixed(2);
  process.stdout.write(`ready sensorium: ${count} M parameters trained, ONNX Runtime ${runtime.version} (${runtime.name})\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'peak') {
      process.stdout.write(`${peakMb()}\n`);
      continue;
    }
    const before = process.cpuUsage();
    const start = performance.now();
    const loss = await side.step(line !== 'step kept');
    const milliseconds = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(`${milliseconds} ${(user + system) / 1e3} ${loss}\n`);
  }
  await side.dispose();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(JSON.parse(process.argv[2] as string) as SideSetup);
