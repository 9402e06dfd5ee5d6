// Checkpoints: a folder each, written as a whole or not at all, with everything that a bit-identical continuation needs.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Parameter, storedTensors } from '../graph/index.js';
import { collectGarbage } from '../util/collect.js';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, readJson, recoverFolder, writeFolderAtomic } from '../util/fs.js';
import { type DType, type HostTensor, hostTensor } from '../util/host.js';
import type { RngState } from '../util/rng.js';
import { layoutSafetensors, SafetensorsFile } from '../weights/safetensors.js';
import type { TrainBuffers } from './buffers.js';
import type { StageSummary, UnusedRows } from './events.js';
import type { HeldOutProgress } from './held-out.js';
import type { RecipeIdentity } from './identity.js';
import type { Objective } from './objective.js';
import { type Ranks, sharedAs, soloRanks } from './parallel/ranks.js';
import type { RunFingerprint } from './sameness.js';
import type { ModelState } from './state.js';

const FORMAT = 1;
const KEEP = 2;
const WEIGHTS = 'weights.safetensors';
const OPTIMIZER = 'optimizer.safetensors';
const CARRIED = 'carried.safetensors';
const TRAINER = 'trainer.json';
const NAME = /^(\d{3})-(.+)-(\d{8})$/;
const LEFTOVER = /^(\d{3}-.+-\d{8})\.(?:tmp|new|old)-\d+-[0-9a-f]{8}$/;

/** What the loop has counted so far in a stage. */
export interface Progress {
  /** Wall-clock and, within it, time of steps. */
  seconds: number;
  busySeconds: number;
  tokens: number;
  flops: number;
  firstLosses: number[];
  lastLosses: number[];
  blindStrikes: number;
  unused?: UnusedRows;
  heldOut?: HeldOutProgress;
  /** The last batches whose numbers were not finite. */
  nonFiniteInARow?: number;
}

/** `trainer.json`. */
export interface TrainerState {
  format: number;
  versions: Record<string, string>;
  recipe: RecipeIdentity;
  /** `Objective.describe` of the stage. */
  objective: RecipeIdentity;
  stage: { index: number; name: string; step: number; steps: number; finished: boolean };
  /** The step with the best held-out loss, where its weights are the stage's result: its checkpoint is kept. */
  best?: number;
  /** The next batch. */
  dataPosition: number;
  rng: RngState;
  progress: Progress;
  /** Of all finished stages. */
  summaries: StageSummary[];
  /** SHA-256 over the frozen parameters of the stage. */
  frozen: string;
  /** Of the loss and of batches that were trained on. */
  fingerprint?: RunFingerprint;
  /** `Objective.memory` of the stage. */
  memory?: unknown;
  /** Updates of the parameters that have had fewer than the stage has made. */
  updates?: Record<string, number>;
  /** SHA-256 of the files beside. */
  files: Record<string, string>;
}

/** Both moments of all trained parameters, laid out as the blocks of training are. */
export type Moments = Readonly<Record<'m' | 'v', Float32Array>>;

/** A checkpoint on disk whose files are whole. */
export interface Checkpoint {
  readonly path: string;
  readonly trainer: TrainerState;
}

/** A checkpoint with its tensors in memory. */
export interface LoadedCheckpoint extends Checkpoint {
  readonly weights: Record<string, HostTensor>;
  readonly m: Record<string, HostTensor>;
  readonly v: Record<string, HostTensor>;
}

/** SHA-256 over names and values: tells whether frozen weights are the ones a run began with. */
export function fingerprint(values: Iterable<readonly [Parameter, HostTensor]>): string {
  const hash = createHash('sha256');
  for (const [p, value] of [...values].sort(([a], [b]) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${p.name}\0`);
    for (const { data } of storedTensors(value)) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** The checkpoints of one run folder, `DIR/checkpoints/STAGE-NAME-STEP`. */
export class CheckpointStore {
  private readonly dir: string;

  constructor(runDir: string) {
    this.dir = join(runDir, 'checkpoints');
  }

  /** Paths, oldest first. Finishes or removes what a killed process left half done. */
  async list(): Promise<string[]> {
    const names = async (): Promise<string[]> => {
      try {
        return await readdir(this.dir);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw mapIoError(error, this.dir);
      }
    };
    for (const base of new Set((await names()).flatMap((n) => LEFTOVER.exec(n)?.[1] ?? []))) await recoverFolder(join(this.dir, base));
    // Zero-padded stage and step: but the name between them must not decide.
    const key = (n: string): string => n.replace(NAME, '$1 $3');
    return (await names())
      .filter((n) => NAME.test(n))
      .sort((a, b) => (key(a) < key(b) ? -1 : 1))
      .map((n) => join(this.dir, n));
  }

  private path({ index, name }: TrainerState['stage'], step: number): string {
    return join(this.dir, `${String(index).padStart(3, '0')}-${name}-${String(step).padStart(8, '0')}`);
  }

  /** Writes a checkpoint and removes all but the last two and those with the best weights that they name. */
  async write(
    trainer: Omit<TrainerState, 'format' | 'files'>,
    state: ModelState,
    { buffers, moments = buffers, carried = {} }: { buffers: TrainBuffers; moments?: Moments; carried?: Objective['carried'] },
  ): Promise<string> {
    const path = this.path(trainer.stage, trainer.stage.step);
    await mkdir(this.dir, { recursive: true }).catch((error) => {
      throw mapIoError(error, this.dir);
    });
    await writeFolderAtomic(path, async (tmp) => {
      const files: Record<string, string> = {};
      const put = async (file: string, tensors: Record<string, HostTensor>): Promise<void> => {
        files[file] = await writeTensors(join(tmp, file), tensors);
      };
      await put(WEIGHTS, state.record(state.touched));
      const named: Record<string, HostTensor> = {};
      for (const key of ['m', 'v'] as const) for (const [n, t] of Object.entries(buffers.record(moments[key]))) named[`${key}.${n}`] = t;
      await put(OPTIMIZER, named);
      if (Object.keys(carried).length > 0) await put(CARRIED, carried);
      await writeFile(join(tmp, TRAINER), `${JSON.stringify({ format: FORMAT, ...trainer, files } satisfies TrainerState, null, 1)}\n`);
    });
    const others = (await this.list()).filter((p) => p !== path);
    const last = [path, ...others.slice(-(KEEP - 1))];
    const kept = new Set([...last, ...(await Promise.all(last.map((p) => this.bestOf(p))))]);
    for (const old of others) if (!kept.has(old)) await rm(old, { recursive: true, force: true });
    return path;
  }

  /** The checkpoint that another one names as the best; undefined for none. */
  private async bestOf(path: string): Promise<string | undefined> {
    // One that cannot be read cannot be resumed from either, and needs nothing.
    const trainer = await readJson<TrainerState>(join(path, TRAINER)).catch(() => undefined);
    return trainer?.best === undefined ? undefined : this.path(trainer.stage, trainer.best);
  }

  /** Puts the best weights that a checkpoint names into a state. Does nothing where it names none, or has them itself. Errors: `train.checkpoint`. */
  async restoreBest({ stage, best }: Pick<TrainerState, 'stage' | 'best'>, state: ModelState, ranks: Ranks = soloRanks): Promise<void> {
    if (best === undefined || best === stage.step) return;
    const path = this.path(stage, best);
    try {
      await restoreWeights(await ranks.first(() => openCheckpoint(path)), state, ranks);
    } catch (error) {
      const failure = new SensoriumError('train.checkpoint', 'the checkpoint with the best held-out loss cannot be read', {
        place: path,
        got: (error as Error).message,
        hint: 'Resume with keepBest=false to end with the last weights',
        cause: error,
      });
      throw sharedAs(failure, error);
    }
  }

  /** The newest checkpoint that is whole. `onDamaged` hears of newer ones that are not; throws `train.checkpoint` when all are. */
  async latest(onDamaged: (path: string, error: Error) => void): Promise<Checkpoint | undefined> {
    const paths = (await this.list()).reverse();
    let failure: Error | undefined;
    for (const path of paths) {
      try {
        return await openCheckpoint(path);
      } catch (error) {
        failure ??= error as Error;
        onDamaged(path, error as Error);
      }
    }
    if (!failure) return undefined;
    throw new SensoriumError('train.checkpoint', 'no checkpoint of this run can be read', {
      place: this.dir,
      got: failure.message,
      hint: 'Remove the folder to start over',
      cause: failure,
    });
  }
}

/** Writes a safetensors file tensor by tensor, without a copy of them all. Returns its SHA-256. */
async function writeTensors(path: string, tensors: Readonly<Record<string, HostTensor>>): Promise<string> {
  const { head, offsets } = layoutSafetensors(Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape })));
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  try {
    const put = async (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      await file.writeFile(bytes); // goes on where the last one ended
    };
    await put(head);
    for (const name of offsets.keys()) {
      const { data } = tensors[name] as HostTensor;
      await put(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** Opens and verifies a checkpoint without reading its tensors. Throws `train.checkpoint` or what the file formats throw. */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const trainer = await readJson<TrainerState>(join(path, TRAINER));
  if (trainer.format !== FORMAT)
    throw new SensoriumError('train.checkpoint', 'the checkpoint has another format', {
      place: path,
      expected: String(FORMAT),
      got: String(trainer.format),
      hint: 'Resume with the version of Sensorium that wrote it',
    });
  for (const [file, expected] of Object.entries(trainer.files)) {
    const full = join(path, file);
    const hash = createHash('sha256');
    try {
      for await (const bytes of createReadStream(full)) hash.update(bytes as Uint8Array);
    } catch (error) {
      throw mapIoError(error, full);
    }
    const got = hash.digest('hex');
    if (got !== expected)
      throw new SensoriumError('train.checkpoint', 'a file of the checkpoint is damaged', {
        place: full,
        expected: `SHA-256 ${expected.slice(0, 12)}…`,
        got: `${got.slice(0, 12)}…`,
      });
  }
  return { path, trainer };
}

/** The tensors of a file, which rank 0 reads for all. */
async function readTensors(path: string, ranks: Ranks = soloRanks): Promise<Record<string, HostTensor>> {
  let tensors: Record<string, HostTensor> = {};
  const infos = await ranks.first(async () => {
    const source = await SafetensorsFile.open(path);
    tensors = await source.readMany([...source.tensors.keys()]);
    return Object.entries(tensors).map(([name, { dtype, shape }]): [string, DType, number[]] => [name, dtype, [...shape]]);
  });
  for (const [name, dtype, shape] of infos) {
    if (!ranks.isFirst) tensors[name] = hostTensor(dtype, shape);
    const { buffer, byteOffset, byteLength } = (tensors[name] as HostTensor).data;
    if (byteLength > 0) await ranks.communicator.broadcast(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  }
  return tensors;
}

/** Both moments of a checkpoint. */
async function readMoments({ path, trainer }: Checkpoint, ranks?: Ranks): Promise<Pick<LoadedCheckpoint, 'm' | 'v'>> {
  const moments = trainer.files[OPTIMIZER] ? await readTensors(join(path, OPTIMIZER), ranks) : {};
  const part = (prefix: string): Record<string, HostTensor> =>
    Object.fromEntries(Object.entries(moments).flatMap(([n, t]) => (n.startsWith(prefix) ? [[n.slice(prefix.length), t]] : [])));
  return { m: part('m.'), v: part('v.') };
}

/** Reads and verifies one checkpoint. Errors: as `openCheckpoint`. */
export async function readCheckpoint(path: string): Promise<LoadedCheckpoint> {
  const opened = await openCheckpoint(path);
  return { ...opened, weights: await readTensors(join(path, WEIGHTS)), ...(await readMoments(opened)) };
}

/** Puts a checkpoint's weights into a state. */
export async function restoreWeights({ path }: Checkpoint, state: ModelState, ranks?: Ranks): Promise<void> {
  const weights = await readTensors(join(path, WEIGHTS), ranks);
  state.load(weights, { partial: true, place: path });
  for (const name of Object.keys(weights)) state.touched.add(state.byName(name) as Parameter);
}

/** Puts what a checkpoint's last batch handed on into the tensors of its objective. Errors: `train.checkpoint` for tensors of other names or shapes. */
export async function restoreCarried({ path, trainer }: Checkpoint, carried: Objective['carried'] = {}): Promise<void> {
  const read = trainer.files[CARRIED] ? await readTensors(join(path, CARRIED)) : {};
  const shapes = (tensors: Readonly<Record<string, HostTensor>>): string =>
    Object.entries(tensors)
      .map(([name, { shape }]) => `${name} [${shape}]`)
      .sort()
      .join(', ') || 'nothing';
  if (shapes(read) !== shapes(carried))
    throw new SensoriumError('train.checkpoint', 'the checkpoint carries other tensors than the objective', {
      place: path,
      expected: shapes(carried),
      got: shapes(read),
    });
  for (const [name, { data }] of Object.entries(carried)) data.set((read[name] as HostTensor<'float32'>).data);
}

/** Puts a checkpoint's moments into the buffers of the stage that it was written in. */
export async function restoreMoments(checkpoint: Checkpoint, buffers: TrainBuffers, ranks?: Ranks): Promise<void> {
  const { m, v } = await readMoments(checkpoint, ranks);
  buffers.load('m', m, checkpoint.path);
  buffers.load('v', v, checkpoint.path);
  collectGarbage(8 * buffers.length); // of the copies that were read
}
