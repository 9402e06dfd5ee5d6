// Log-probabilities of whole sequences under values that do not change: those with which a stage began.

import type { Tensor } from '../graph/index.js';
import type { Sequence } from '../model/index.js';
import { compile, type Program } from '../runtime/compile.js';
import { type HostTensor, hostTensor } from '../util/host.js';
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
