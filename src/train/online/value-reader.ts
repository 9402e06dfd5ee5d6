// What the value head expects at each token of completions, with the values that training has reached.

import type { Parameter } from '../../graph/index.js';
import type { Sequence } from '../../model/index.js';
import type { ValueHead } from '../../networks/index.js';
import { compile, type Program } from '../../runtime/compile.js';
import type { HostTensor } from '../../util/host.js';
import { SequenceGraph, type SequenceGraphOptions } from '../sequence-graph.js';
import { trainingSession } from '../session.js';
import { perToken } from '../token-values.js';
import type { TrainedModel } from '../trained-model.js';

/** Whose values are read. */
export interface ValueReaderOptions extends Omit<SequenceGraphOptions, 'values' | 'trained'> {
  state: TrainedModel;
  trained: readonly Parameter[];
  head: ValueHead;
}

/** Reads values before each token; programs are compiled once for each shape, and are given the trained parameters at each run. */
export class ValueReader {
  private readonly graph: SequenceGraph;
  private readonly programs = new Map<string, Promise<Program>>();

  constructor(private readonly o: ValueReaderOptions) {
    this.graph = new SequenceGraph({ ...o, values: o.state.values, trained: new Set(o.trained) });
  }

  /** The value before each predicted token of each sequence, in order. */
  async values(sequences: readonly Sequence[]): Promise<number[][]> {
    const { state, trained, head, runtime, threads } = this.o;
    const { bucket, feeds, packed } = await this.graph.batch(sequences);
    let made = this.programs.get(bucket);
    if (!made) {
      const y = head.read(this.graph.trace(bucket).hidden);
      const frozen = state.frozen(trained);
      made = compile({ y }, { ...trainingSession({ y }), frozen, runtime, threads, name: `values.${bucket}` });
      this.programs.set(bucket, made);
    }
    const program = await made;
    const all: Record<string, HostTensor> = {};
    for (const { name } of program.inputs) if (feeds[name]) all[name] = feeds[name] as HostTensor;
    for (const p of trained) if (program.parameters.has(p.name)) all[p.name] = state.value(p);
    const { y } = await program.run(all);
    return perToken(packed, (y as HostTensor<'float32'>).data, sequences.length);
  }

  async dispose(): Promise<void> {
    for (const program of await Promise.allSettled(this.programs.values())) if (program.status === 'fulfilled') program.value.dispose();
    this.programs.clear();
    await this.graph.dispose();
  }
}
