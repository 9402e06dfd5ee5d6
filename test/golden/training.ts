// Reads test/golden/training: batches of mixed rows with what three AdamW steps of PyTorch make of a golden checkpoint (make_training.py).

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Parameter } from '../../src/graph/index.js';
import { type Model, openModel, type Sequence } from '../../src/model/index.js';
import type { ChatMessage } from '../../src/text/index.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { selectRuntime } from '../../src/runtime/select.js';
import { AdamW, GradientPrograms, makeResident, type Objective, OpenedState, type SequenceLoss, sequenceObjective } from '../../src/train/index.js';
import type { HostTensor } from '../../src/util/host.js';
import { castFloat, loadWeights, type WeightSource } from '../../src/weights/index.js';
import { noise } from './noise.js';
import { picture } from './picture.js';

const FAMILIES = join(import.meta.dirname, 'families');
const TRAINING = join(import.meta.dirname, 'training');

/** An image by formula. */
interface DrawnImage {
  type: 'image';
  formula: 'noise' | 'picture';
  width: number;
  height: number;
  seed: number;
}

/** A row of a batch. Rows of models without a tokenizer have no messages. */
export interface TrainingRow {
  name: string;
  messages?: {
    role: 'user' | 'assistant';
    content: ({ type: 'text'; text: string } | DrawnImage | { type: 'video'; frames: DrawnImage[] })[];
  }[];
  /** Of encoder-decoders: what the encoder reads; `ids` are then the decoder's, its start token first. */
  source?: number[];
  ids: number[];
  /** Places in `ids` whose tokens are predicted. */
  loss: number[];
}

/** One tensor after the last step, under its name in the folder. */
export interface TensorSummary {
  shape: number[];
  /** Absent where rounding decides them. */
  mean?: number;
  rms?: number;
  /** Some elements, by flat index. None of those that rounding decides. */
  at?: number[];
  values?: number[];
  /** How many elements rounding decides: Adam makes a whole step of a gradient that is 0 but for rounding. */
  undetermined?: number;
}

export interface TrainingVariant {
  /** Tensors that are not trained. */
  frozen: string[];
  /** Means over the loss tokens of the batch, before each step and after the last. */
  losses: number[];
  /** Means over the loss tokens of each row, before the first step. */
  rowLosses: number[];
  /** Norm of the first step's gradient. */
  gradientNorm: number;
  /** Trained tensors that no gradient reaches: neither moved nor decayed. */
  untouched: string[];
  parameters: Record<string, TensorSummary>;
}

/** A file of test/golden/training. */
export interface TrainingGolden {
  model: string;
  optimizer: { lr: number; betas: [number, number]; eps: number; weightDecay: number };
  /** Chat template in place of the folder's. */
  template?: string;
  rows: TrainingRow[];
  lossTokens: number;
  variants: { all: TrainingVariant; visionFrozen?: TrainingVariant };
}

/** Names of the models of families with training values: `llava/clip`. */
export function trainingNames(...families: string[]): string[] {
  return families.flatMap((family) =>
    readdirSync(join(TRAINING, family))
      .sort()
      .map((file) => `${family}/${file.replace('.json', '')}`),
  );
}

export function trainingGolden(name: string): TrainingGolden {
  return JSON.parse(readFileSync(join(TRAINING, `${name}.json`), 'utf8')) as TrainingGolden;
}

/** The golden checkpoint that values were made with. */
export const openTrained = (name: string, adapters?: readonly string[]): Promise<Model> =>
  openModel(join(FAMILIES, name), { template: trainingGolden(name).template, adapters });

const pixels = ({ formula, width, height, seed }: DrawnImage) => ({ noise, picture })[formula](width, height, seed);

/** The conversation of a row, with its images drawn. */
export function messagesOf({ messages = [] }: TrainingRow): ChatMessage[] {
  return messages.map(({ role, content }) => ({
    role,
    content: content.map((part) => {
      if (part.type === 'text') return part;
      if (part.type === 'image') return { type: 'image' as const, source: pixels(part) };
      return { type: 'video' as const, frames: part.frames.map(pixels) };
    }),
  }));
}

/** A row as the model's processor encodes it, or its ids where there are no messages. */
export async function sequenceOf(model: Model, row: TrainingRow): Promise<Sequence> {
  if (row.messages) return model.processor.encode(messagesOf(row));
  const weights = new Float32Array(row.ids.length);
  for (const i of row.loss) weights[i] = 1;
  const source = row.source && { ids: Int32Array.from(row.source), media: [] };
  return { ids: Int32Array.from(row.ids), weights, media: [], ...(source ? { source } : {}) };
}

/** Places in a sequence whose tokens are predicted. */
export const lossOf = ({ weights }: Sequence): number[] => [...(weights ?? [])].flatMap((w, i) => (w ? [i] : []));

/** What some steps gave. */
export interface Trained {
  /** Before each step, and after the last. */
  losses: number[];
  /** Norm of the first step's gradient. */
  gradientNorm: number;
  state: OpenedState;
  /** On a device: bytes that crossed in each step, there and back, its batch included. */
  crossed: number[];
  /** Bytes of the batch as it goes to a device: ids in int32. */
  batchBytes: number;
}

export interface TrainSequencesOptions {
  /** The batch: as many sequences of each sample as the loss reads. */
  samples: readonly (readonly Sequence[])[];
  trained: readonly Parameter[];
  loss: SequenceLoss;
  optimizer: TrainingGolden['optimizer'];
  /** Default 3. */
  steps?: number;
  /** Default: the one that works here. On a device everything that is trained stays there. */
  runtime?: Runtime;
}

/** The objective of one batch of samples. */
export function batchObjective(model: Model, state: OpenedState, o: Pick<TrainSequencesOptions, 'samples' | 'trained' | 'loss'>): Objective {
  const { samples, trained, loss } = o;
  return sequenceObjective({
    ...{ model, state, loss, trained, maxLength: 512, pad: model.tokenizer?.specialIds.pad ?? 0 },
    ...{ count: samples.length, batch: samples.length },
    sample: async (index) => ({ sequences: samples[index] as readonly Sequence[] }),
  });
}

/** Trains a model on one batch, step after step. */
export async function trainSequences(model: Model, o: TrainSequencesOptions): Promise<Trained> {
  const { trained, steps = 3, optimizer, runtime = await selectRuntime() } = o;
  const state = new OpenedState(model, { seed: 0 });
  const buffers = state.pack(trained);
  await makeResident(buffers, { runtime });
  const objective = batchObjective(model, state, o);
  const programs = new GradientPrograms(objective, buffers, { runtime });
  const adam = await AdamW.create(buffers, { ...optimizer, runtime });
  try {
    const batch = await objective.batch(0);
    const program = await programs.bucket(batch.bucket);
    const losses: number[] = [];
    const crossed: number[] = [];
    const { traffic = { uploaded: 0, downloaded: 0 } } = runtime.memory ?? {};
    const passed = (): number => traffic.uploaded + traffic.downloaded;
    let gradientNorm = 0;
    for (let step = 0; step <= steps; step++) {
      const before = passed();
      losses.push((await program.run(batch, buffers.gradients)).loss);
      const there = passed();
      if (step === 0) await buffers.resident?.pullGradients(0, buffers.gradients);
      if (step === 0) gradientNorm = Math.sqrt(buffers.gradients.reduce((sum, g) => sum + g * g, 0));
      const read = passed() - there; // for the norm that is returned: no part of a step
      if (step === steps) break;
      await adam.update({ lr: optimizer.lr, reached: program.reached });
      if (runtime.memory) crossed.push(passed() - before - read);
    }
    await buffers.resident?.pull();
    const batchBytes = Object.values(batch.feeds).reduce((n, { dtype, data }) => n + (dtype === 'int64' ? 4 * data.length : data.byteLength), 0);
    return { losses, gradientNorm, state, crossed, batchBytes };
  } finally {
    buffers.release();
    adam.dispose();
    await programs.dispose();
    objective.dispose?.();
  }
}

/** The tensors of a folder that `write` writes. */
export async function written(write: (dir: string) => Promise<void>): Promise<Map<string, HostTensor>> {
  const dir = mkdtempSync(join(tmpdir(), 'sensorium-parity-'));
  try {
    await write(join(dir, 'model'));
    return await everyTensor(await loadWeights(join(dir, 'model')));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function everyTensor(source: WeightSource): Promise<Map<string, HostTensor>> {
  const out = new Map<string, HostTensor>();
  for (const name of source.tensors.keys()) out.set(name, castFloat(await source.read(name), 'float32', name));
  return out;
}

/** The tensors of a golden checkpoint as they are before training, in float32. */
export const startOf = async (name: string): Promise<Map<string, HostTensor>> => everyTensor(await loadWeights(join(FAMILIES, name)));

/** Where a tensor differs from its summary by more than `bar`: what it is, with both values. */
export function differences(value: HostTensor | undefined, expected: TensorSummary, bar: number): string[] {
  if (!value) return ['missing'];
  const data = value.data as Float32Array;
  const found: string[] = [];
  const compare = (what: string, got: number, wanted: number): void => {
    if (!(Math.abs(got - wanted) <= bar)) found.push(`${what}: ${got}, expected ${wanted}`);
  };
  if (`${value.shape}` !== `${expected.shape}`) found.push(`shape ${value.shape}, expected ${expected.shape}`);
  const over = (f: (x: number) => number): number => data.reduce((sum, x) => sum + f(x), 0) / data.length;
  if (expected.mean !== undefined)
    compare(
      'mean',
      over((x) => x),
      expected.mean,
    );
  if (expected.rms !== undefined) compare('rms', Math.sqrt(over((x) => x * x)), expected.rms);
  expected.at?.forEach((i, k) => {
    compare(`[${i}]`, data[i] as number, expected.values?.[k] as number);
  });
  return found;
}
