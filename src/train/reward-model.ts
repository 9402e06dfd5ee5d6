// A reward model that scores replies: `rewardModel(folder)`. It reads texts and images, not ids, so any policy can be scored by it.

import type { Parameter } from '../graph/index.js';
import { type Model, type OpenModelOptions, openModel, type Sequence } from '../model/index.js';
import { endAdapter, RewardHead } from '../networks/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime } from '../runtime/runtime.js';
import type { ChatMessage } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { defaultLength } from './fine-tune.js';
import { readAtEnd, withFacts } from './reward-samples.js';
import { SequenceGraph } from './sequence-graph.js';
import { trainingSession } from './session.js';

/** A reply to be scored. */
export interface ScoredReply {
  /** The conversation up to the reply, images included. */
  messages: readonly ChatMessage[];
  reply: string;
  /** What the reward model is told beside it, such as captions of the image. */
  facts?: readonly string[];
}

/** How replies are scored. */
export interface RewardModelOptions {
  /** Replies of one run. Default 8. */
  batch?: number;
  /** Longest conversation in tokens. Default: what the model reads, at most 2048. */
  maxLength?: number;
  runtime?: Runtime;
  threads?: number;
}

/** Scores replies; programs are compiled once for each shape. */
export class RewardModel {
  private readonly head: RewardHead;
  private readonly graph: SequenceGraph;
  private readonly programs = new Map<string, Promise<Program>>();
  private readonly batch: number;
  private readonly maxLength: number;

  /** `values`: those of a training state, read when replies are scored. Errors: `reward.model` for a model without a reward head. */
  constructor(
    readonly model: Model,
    private readonly o: RewardModelOptions & { values?: ReadonlyMap<Parameter, HostTensor> } = {},
  ) {
    const head = endAdapter(model.network, RewardHead);
    if (!head)
      throw new SensoriumError('reward.model', 'this is not a reward model', {
        place: model.dir,
        expected: 'a folder that `sensorium reward` wrote, or a …ForSequenceClassification with one label',
        got: `${model.family.architectures[0]} without a reward head`,
      });
    this.head = head;
    this.batch = o.batch ?? 8;
    this.maxLength = o.maxLength ?? defaultLength(model.network);
    const values = o.values ?? model.values;
    const pad = model.tokenizer?.specialIds.pad ?? 0;
    this.graph = new SequenceGraph({ model, values, trained: new Set(), maxLength: this.maxLength, pad, ...runtimeOf(o) });
  }

  /**
   * The scores of replies, in order. Errors: those of `Processor.encode`, with the number of the reply; `reward.length` for a conversation that
   * does not fit, `reward.nonfinite` for a score that is not a number.
   */
  async scores(replies: readonly ScoredReply[], signal?: AbortSignal): Promise<Float32Array> {
    const sequences: Sequence[] = [];
    for (const [i, reply] of replies.entries()) sequences.push(await this.encode(reply, i));
    return this.sequenceScores(sequences, signal);
  }

  /** The scores of whole conversations, each read at its last token. */
  async sequenceScores(sequences: readonly Sequence[], signal?: AbortSignal): Promise<Float32Array> {
    const out = new Float32Array(sequences.length);
    const order = sequences.map((_, i) => i).sort((a, b) => lengthOf(sequences[b]) - lengthOf(sequences[a]));
    const size = Math.min(this.batch, order.length);
    for (let start = 0; start < order.length; start += size) {
      signal?.throwIfAborted();
      const taken = order.slice(start, start + size);
      // The last batch is filled with its last reply, so that one program serves all.
      const full = Array.from({ length: size }, (_, k) => taken[Math.min(k, taken.length - 1)] as number);
      const scores = await this.run(full.map((i) => sequences[i] as Sequence));
      for (const [k, i] of taken.entries()) out[i] = scores[k] as number;
    }
    const bad = out.findIndex((score) => !Number.isFinite(score));
    if (bad < 0) return out;
    throw new SensoriumError('reward.nonfinite', 'a reward model gives a score that is not a finite number', {
      place: `reward model ${this.model.dir || 'under training'}, reply ${bad} of ${out.length}`,
      expected: 'a finite number',
      got: String(out[bad]),
      hint: 'Its training may have diverged: take one of its earlier checkpoints, or train it again at a lower lr',
    });
  }

  async dispose(): Promise<void> {
    for (const program of await Promise.allSettled(this.programs.values())) if (program.status === 'fulfilled') program.value.dispose();
    this.programs.clear();
    await this.graph.dispose();
  }

  private async encode({ messages, reply, facts = [] }: ScoredReply, index: number): Promise<Sequence> {
    const told = withFacts(messages, facts);
    const { maxLength } = this;
    const tooLong = (cause?: unknown): SensoriumError =>
      new SensoriumError('reward.length', 'a reply is too long for the reward model', {
        place: `reply ${index}`,
        expected: `a conversation of at most ${maxLength} tokens`,
        hint: 'Ask for shorter replies, or take a reward model that reads more',
        cause,
      });
    try {
      const sequence = await this.model.processor.encode([...told, { role: 'assistant', content: reply }], { maxLength });
      if (sequence.dropped === 0) return readAtEnd(sequence);
    } catch (error) {
      throw error instanceof SensoriumError && error.code === 'text.length' ? tooLong(error) : error;
    }
    throw tooLong();
  }

  /** Whether a reply can be scored: it fits with its conversation, its images and its facts. Errors: those of `Processor.encode` but for the length. */
  async fits(reply: ScoredReply): Promise<boolean> {
    try {
      await this.encode(reply, 0);
      return true;
    } catch (error) {
      if (error instanceof SensoriumError && error.code === 'reward.length') return false;
      throw error;
    }
  }

  private async run(sequences: readonly Sequence[]): Promise<Float32Array> {
    const { bucket, feeds } = await this.graph.batch(sequences);
    let made = this.programs.get(bucket);
    if (!made) {
      const read = this.graph.trace(bucket);
      const y = this.head.read(read.perSequence(read.hidden));
      const frozen = this.o.values ?? this.model.values;
      made = compile({ y }, { ...trainingSession({ y }), frozen, ...runtimeOf(this.o), name: `reward.${bucket}` });
      this.programs.set(bucket, made);
    }
    const program = await made;
    const { y } = await program.run(Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name] as HostTensor])));
    return (y as HostTensor<'float32'>).data;
  }
}

const runtimeOf = ({ runtime, threads }: RewardModelOptions) => ({ runtime, threads });

const lengthOf = (sequence: Sequence | undefined): number => sequence?.ids.length ?? 0;

/**
 * Opens a reward model: a folder that `sensorium reward` wrote, or one of the hub in the form of transformers' sequence classification.
 * Errors: those of `openModel`, `reward.model`.
 */
export async function rewardModel(
  name: string,
  { signal, hub, ...options }: RewardModelOptions & Pick<OpenModelOptions, 'signal' | 'hub'> = {},
): Promise<RewardModel> {
  return new RewardModel(await openModel(name, { signal, hub }), options);
}
