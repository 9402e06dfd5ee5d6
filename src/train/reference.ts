// Log-probabilities of whole sequences under values that do not change: those with which a stage began.

import type { Sequence } from '../model/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { HostTensor } from '../util/host.js';
import { SequenceGraph, type SequenceGraphOptions } from './sequence-graph.js';
import { trainingSession } from './session.js';

/** Scores sequences; programs are compiled once for each shape. */
export class Reference {
  private readonly graph: SequenceGraph;
  private readonly programs = new Map<string, Promise<Program>>();

  constructor(private readonly o: Omit<SequenceGraphOptions, 'trained'>) {
    this.graph = new SequenceGraph({ ...o, trained: new Set() });
  }

  /** Sum of the weighted log-probabilities of each sequence's predicted tokens, in order: [sequences]. */
  async logProbs(sequences: readonly Sequence[]): Promise<Float32Array> {
    const { bucket, feeds } = await this.graph.batch(sequences);
    let made = this.programs.get(bucket);
    if (!made) {
      const read = this.graph.trace(bucket);
      const { values: frozen, runtime, threads } = this.o;
      const y = read.perSequence(read.logProbs);
      made = compile({ y }, { ...trainingSession({ y }), frozen, runtime, threads, name: `reference.${bucket}` });
      this.programs.set(bucket, made);
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
