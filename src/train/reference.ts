// Log-probabilities of whole sequences under the values that a stage began with: computed before its first step, and kept in a file.

import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameter, Tensor } from '../graph/index.js';
import type { Model, Sequence } from '../model/index.js';
import { compile, type Program } from '../runtime/compile.js';
import { SensoriumError } from '../util/errors.js';
import { appendJsonl, mapIoError, readJson, readJsonl, writeAtomic } from '../util/fs.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { errno } from '../util/io.js';
import { fingerprint } from './checkpoint.js';
import { type Read, type SequenceBatch, SequenceGraph, type SequenceGraphOptions, temperedLogProbs } from './sequence-graph.js';
import { trainingSession } from './session.js';
import { perToken } from './token-values.js';

/**
 * Log-probabilities of samples of two sequences under a reference, [samples, 2]; each sample is scored once. A sample is known by its first
 * sequence, not by its row: held-out rows are numbered on their own.
 */
export function pairScores(
  logProbs: (sequences: readonly Sequence[]) => Promise<Float32Array>,
): (sequences: readonly Sequence[]) => Promise<HostTensor<'float32'>> {
  const known = new WeakMap<Sequence, readonly number[]>();
  return async (sequences) => {
    const values: number[] = [];
    for (let i = 0; i < sequences.length; i += 2) {
      const first = sequences[i] as Sequence;
      const pair = known.get(first) ?? [...(await logProbs(sequences.slice(i, i + 2)))];
      known.set(first, pair);
      values.push(...pair);
    }
    return hostTensor('float32', [sequences.length / 2, 2], Float32Array.from(values));
  };
}

/** Scores sequences; programs are compiled once for each shape. */
export class Reference {
  private readonly graph: SequenceGraph;
  private readonly programs = new Map<string, Promise<Program>>();

  constructor(private readonly o: Omit<SequenceGraphOptions, 'trained'>) {
    this.graph = new SequenceGraph({ ...o, trained: new Set() });
  }

  /** Sum of the weighted log-probabilities of each sequence's predicted tokens, in order: [sequences]. */
  async logProbs(sequences: readonly Sequence[]): Promise<Float32Array> {
    const batch = await this.graph.batch(sequences);
    return this.run(batch, 'sums', (read) => read.perSequence(read.logProbs));
  }

  /** Log-probabilities of each sequence's predicted tokens, in order, at a temperature. */
  async tokenLogProbs(sequences: readonly Sequence[], temperature = 1): Promise<number[][]> {
    const batch = await this.graph.batch(sequences);
    const values = await this.run(batch, `tokens ${temperature}`, (read) => temperedLogProbs(read, temperature));
    return perToken(batch.packed, values, sequences.length);
  }

  private async run({ bucket, feeds }: SequenceBatch, what: string, trace: (read: Read) => Tensor): Promise<Float32Array> {
    const key = `${what} ${bucket}`;
    let made = this.programs.get(key);
    if (!made) {
      const { values: frozen, runtime, threads } = this.o;
      const y = trace(this.graph.trace(bucket));
      made = compile({ y }, { ...trainingSession({ y }), frozen, runtime, threads, name: `reference.${bucket}` });
      this.programs.set(key, made);
    }
    const program = await made;
    const { y } = await program.run(Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name] as HostTensor])));
    return Float32Array.from((y as HostTensor<'float32'>).data);
  }

  async dispose(): Promise<void> {
    for (const program of await Promise.allSettled(this.programs.values())) if (program.status === 'fulfilled') program.value.dispose();
    this.programs.clear();
    await this.graph.dispose();
  }
}

/** Names a sample by all that its scores depend on beside the model: the row and the template are in the ids, the images in their keys. */
export function sampleKey(sequences: readonly Sequence[]): string {
  const hash = createHash('sha256');
  const numbers = (name: string, data: Int32Array | Float32Array | undefined): void => {
    hash.update(`${name} ${data?.length ?? 0}\n`);
    if (data) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  };
  const one = ({ ids, weights, ends, positions, media, epsilon, source }: Sequence): void => {
    numbers('ids', ids);
    numbers('weights', weights);
    numbers('positions', positions);
    hash.update(JSON.stringify([ends ?? [], epsilon ?? 0, media.map(({ key, at }) => [key, [...at]])]));
    if (source) one(source);
  };
  for (const sequence of sequences) one(sequence);
  return hash.digest('base64url').slice(0, 22);
}

/** Values of a model that are scored by. */
export interface ReferenceModel {
  model: Model;
  values: ReadonlyMap<Parameter, HostTensor>;
}

/** Scores of a stage. */
export interface ReferenceScoresOptions {
  /** Folder of the files. */
  dir: string;
  place: string;
  /** Whether the stage goes on: its values are then not those that it began with. */
  resumed: boolean;
  /** The values of the state. */
  state: ReferenceModel;
  /** Makes the values that the stage began with anew; undefined where that cannot be. */
  again: (() => Promise<ReferenceModel>) | undefined;
  scorer: Omit<SequenceGraphOptions, 'trained' | 'model' | 'values'>;
}

interface Line {
  key: string;
  scores: number[];
}

/** Samples that are scored between two writes. */
const BLOCK = 64;

/**
 * Scores of samples under the values that a stage began with. `DIR/MODEL.jsonl` holds those of each model, by content, so that a resumed run
 * and the next one have them again, to the bit; `DIR/start.json` names the model. No model is held while a stage trains.
 */
export class ReferenceScores {
  private readonly scores = new Map<string, Float32Array>();
  /** The values that the stage began with, where they had to be made anew. */
  private made: ReferenceModel | undefined;

  constructor(private readonly o: ReferenceScoresOptions) {}

  /** Scores of a sample. Errors: `train.reference` for one that was not scored before the first step. */
  async of(sequences: readonly Sequence[]): Promise<Float32Array> {
    const found = this.scores.get(sampleKey(sequences));
    if (found) return found;
    throw new SensoriumError('train.reference', 'a sample has no score of the reference', {
      place: this.o.place,
      expected: 'data whose rows are the same each time that they are read',
      got: 'a row that has changed since the stage began',
    });
  }

  /**
   * Scores the samples that have no scores yet. Errors: `train.reference` where they can only be scored by values that are gone, those of the
   * model.
   */
  async fill(samples: AsyncIterable<readonly Sequence[]>, signal?: AbortSignal): Promise<void> {
    const start = await this.begin();
    const file = join(this.o.dir, `${start}.jsonl`);
    for (const { key, scores } of (await ifPresent(file, () => readJsonl<Line>(file))) ?? [])
      this.scores.set(key, Float32Array.from(scores));
    let scorer: Reference | undefined;
    let lines: Line[] = [];
    const write = async (): Promise<void> => {
      if (lines.length > 0) await appendJsonl(file, ...lines);
      lines = [];
    };
    try {
      for await (const sequences of samples) {
        signal?.throwIfAborted();
        const key = sampleKey(sequences);
        if (this.scores.has(key)) continue;
        scorer ??= new Reference({ ...this.o.scorer, ...(await this.model(start)) });
        const scores = await scorer.logProbs(sequences);
        this.scores.set(key, scores);
        lines.push({ key, scores: [...scores] });
        if (lines.length === BLOCK) await write();
      }
      await write();
    } finally {
      await scorer?.dispose();
      this.made = undefined;
    }
  }

  /** Names the values that the stage began with. */
  private async begin(): Promise<string> {
    const { dir, resumed, state, again } = this.o;
    const file = join(dir, START);
    const known = resumed ? await ifPresent(file, () => readJson<{ model: string }>(file)) : undefined;
    if (known) return known.model;
    if (resumed) this.made = await again?.();
    const start = nameOf(this.made ?? state);
    await writeAtomic(file, `${JSON.stringify({ model: start })}\n`);
    return start;
  }

  private async model(start: string): Promise<ReferenceModel> {
    const { resumed, state, again, place } = this.o;
    if (!resumed) return state;
    this.made ??= await again?.();
    if (this.made && nameOf(this.made) === start) return this.made;
    throw new SensoriumError('train.reference', 'the values that the stage began with are gone, and rows are to be scored by them', {
      place,
      expected: 'the model that the run began with',
      got: this.made ? 'another model' : 'a stage behind others',
      hint: 'Go on with the same number of steps, or train into another folder',
    });
  }
}

const START = 'start.json';
const nameOf = ({ values }: ReferenceModel): string => fingerprint(values).slice(0, 16);

/** What `read` gives of a file, undefined where there is none. */
async function ifPresent<T>(file: string, read: () => Promise<T>): Promise<T | undefined> {
  const there = await access(file).then(
    () => true,
    (error: unknown) => {
      if (errno(error) === 'ENOENT') return false;
      throw mapIoError(error, file);
    },
  );
  return there ? read() : undefined;
}
