// NExT-GPT's second step: language learns to say signal tokens, and what their states become learns to be the condition of a text.

import { cast, concat, constant, equal, maximum, type Tensor } from '../../graph/index.js';
import type { Feeds, Sequence } from '../../model/index.js';
import type { SignalProjector } from '../../networks/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { SequenceLoss } from '../sequence-objective.js';

/** Options of `signalAlignment`. */
export interface SignalAlignmentOptions {
  projector: SignalProjector;
  /** Ids of its tokens. */
  ids: readonly number[];
  /** What a sequence asks to be drawn; undefined where it asks for nothing. */
  textOf(sequence: Sequence): string | undefined;
  /** The conditions that a generator makes of texts: [n, rows, size]. */
  conditions(texts: readonly string[]): Promise<HostTensor<'float32'>>;
  /** Of the alignment beside the loss of language. Default 1. */
  weight?: number;
  dispose?(): Promise<void>;
}

/** Throws `train.sequence` unless the tokens stand in the reply once, in order, all of them and what follows to be predicted. */
function assertSignals({ ids, weights, ends = [] }: Sequence, tokens: readonly number[]): void {
  const at = ids.indexOf(tokens[0] as number);
  const whole = tokens.every((id, k) => ids[at + k] === id && weights?.[at + k]);
  const last = at + tokens.length - 1;
  const followed = ends.some(([place]) => place === last) || Boolean(weights?.[last + 1]);
  if (at >= 0 && whole && followed && ids.indexOf(tokens[0] as number, at + 1) < 0) return;
  throw new SensoriumError('train.sequence', 'a row with something to draw has no reply with the signal tokens', {
    expected: `${tokens.length} signal tokens, in order and once, and the end of the reply behind them, all in the loss`,
    got: at < 0 ? 'none' : whole ? 'nothing behind them, or more than one image' : 'some of them',
    hint: 'Give the model the tokens (open(…, { tokens: signalTokens(4) })) and leave them whole in the reply',
  });
}

/**
 * Of the places that predict, the states at which a token of `tokens` stands: [sequences, tokens, width]. A place's own token is what the place before it
 * was to predict. A sequence without them has zeros.
 */
export function signalStates(
  read: { hidden: Tensor; targets: Tensor; perSequence(x: Tensor): Tensor; sequences: number },
  tokens: readonly number[],
): Tensor {
  const n = read.targets.size(0);
  const own = concat([constant(hostTensor('int32', [1], [-1])), read.targets], 0).slice({ axis: 0, end: n });
  const width = read.hidden.size(1);
  const each = tokens.map((id) => {
    const here = cast(equal(own, id), 'float32');
    return read.perSequence(read.hidden.mul(here.reshape([n, 1]))).reshape([read.sequences, 1, width]);
  });
  return concat(each, 1);
}

/**
 * The loss of language, and the mean squared difference of what the signal tokens' states become from the condition of the text, over the
 * sequences that ask for an image. One image in each at most.
 */
export function signalAlignment(o: SignalAlignmentOptions): SequenceLoss {
  const { projector, ids, weight = 1 } = o;
  const { rows, size } = projector.options;
  return {
    name: 'signals',
    over: 'samples',
    describe: { weight, tokens: projector.tokens },
    async prepare(sequences): Promise<Feeds> {
      const texts = sequences.map((sequence) => o.textOf(sequence));
      const drawn = hostTensor('float32', [sequences.length]);
      const condition = hostTensor('float32', [sequences.length, rows, size]);
      const asked = texts.flatMap((text, i) => (text === undefined ? [] : [{ text, i }]));
      for (const { i } of asked) assertSignals(sequences[i] as Sequence, ids);
      const made = await o.conditions(asked.map(({ text }) => text));
      for (const [k, { i }] of asked.entries()) {
        drawn.data[i] = 1;
        condition.data.set(made.data.subarray(k * rows * size, (k + 1) * rows * size), i * rows * size);
      }
      return { drawn, condition };
    },
    loss(read, feed) {
      const drawn = feed('drawn', [read.sequences]);
      const wrong = projector.project(signalStates(read, ids)).sub(feed('condition', [read.sequences, rows, size]));
      const align = wrong.mul(wrong).mean([1, 2]).mul(drawn).sum().div(maximum(drawn.sum(), 1));
      const language = read.logProbs.neg().mul(read.weights).sum().div(maximum(read.weights.sum(), 1e-6));
      return { loss: language.add(align.mul(weight)), metrics: { language, align } };
    },
    ...(o.dispose ? { dispose: () => o.dispose?.() } : {}),
  };
}
