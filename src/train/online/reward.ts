// Rewards of completions: what a reward is given, and the checks on what it gives back.

import { createHash } from 'node:crypto';
import type { Conversation } from '../../data/index.js';
import type { ChatMessage } from '../../text/index.js';
import { isAbort, SensoriumError } from '../../util/errors.js';
import { show } from '../../util/show.js';

/** A completion to be judged. */
export interface RewardSample {
  /** The conversation that was answered, images included. */
  messages: readonly ChatMessage[];
  reply: string;
  /** The reply of the data, where the row has one. */
  answer?: string;
  /** The row, with all its fields (`row.extra`). */
  row: Conversation;
  /** Tokens of the completion. */
  tokens: number;
  /** The completion was cut at the limit. */
  truncated: boolean;
}

/** A function that judges completions: a finite number for each, higher is better. It may be called with any number of them. */
export type RewardFunction = (
  samples: readonly RewardSample[],
  options: { signal?: AbortSignal },
) => readonly number[] | Promise<readonly number[]>;

/** A reward: programmatic, or learned. */
export interface Reward {
  readonly name: string;
  score: RewardFunction;
  /** Throws for a row that it cannot judge replies to. */
  check?(row: Conversation): void;
  /** What it depends on beside the samples: part of a run's identity. */
  readonly describe?: Readonly<Record<string, unknown>>;
  /** Milliseconds after which a call is given up. Default 600,000. */
  readonly timeout?: number;
  dispose?(): void | Promise<void>;
}

const TIMEOUT = 600_000;

/** A function as a reward, known by its source. */
export function rewardOf(given: Reward | RewardFunction): Reward {
  if (typeof given !== 'function') return given;
  const source = createHash('sha256').update(given.toString()).digest('hex').slice(0, 16);
  return { name: given.name || 'function', score: given, describe: { source } };
}

/** True for what can be a reward. */
export function isReward(value: unknown): value is Reward | RewardFunction {
  if (typeof value === 'function') return true;
  const { name, score } = (typeof value === 'object' ? (value ?? {}) : {}) as Partial<Reward>;
  return typeof name === 'string' && typeof score === 'function';
}

/**
 * Judges samples. Throws `train.reward` where the reward throws, takes too long, or gives anything but a finite number for each of them; of a
 * reward model its own errors (`reward.nonfinite`, `reward.length`).
 */
export async function scoreSamples(
  reward: Reward,
  samples: readonly RewardSample[],
  { place, signal }: { place: string; signal?: AbortSignal },
): Promise<number[]> {
  signal?.throwIfAborted();
  if (samples.length === 0) return [];
  const fail = (summary: string, details: { expected?: string; got: string; hint?: string; cause?: unknown }): SensoriumError =>
    new SensoriumError('train.reward', summary, { place: `${place}: reward ${reward.name}`, ...details });
  let values: readonly number[];
  try {
    values = await inTime(
      Promise.resolve().then(() => reward.score(samples, { signal })),
      reward.timeout ?? TIMEOUT,
    );
  } catch (cause) {
    // What a reward model says of itself names it, and says more than that the reward failed.
    if (isAbort(cause) || (cause instanceof SensoriumError && /^(?:train\.reward$|reward\.)/.test(cause.code))) throw cause;
    throw fail('the reward failed', { got: cause instanceof Error ? cause.message : String(cause), cause });
  }
  if (!Array.isArray(values) || values.length !== samples.length)
    throw fail('the reward does not judge every completion', {
      expected: `${samples.length} numbers, one for each completion`,
      got: Array.isArray(values) ? `${values.length}` : show(values),
    });
  const odd = values.findIndex((v) => typeof v !== 'number' || !Number.isFinite(v));
  if (odd < 0) return [...values];
  const { reply, row } = samples[odd] as RewardSample;
  throw fail('the reward of a completion is not a finite number', {
    expected: 'a finite number',
    got: `${show(values[odd])} for ${show(reply.slice(0, 80))} (${row.at.file}, row ${row.at.row})`,
    hint: 'Give what cannot be judged the lowest reward, such as 0',
  });
}

/** Rejects with `train.reward` where a promise takes longer. What it does after that is not waited for. */
async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new SensoriumError('train.reward', 'the reward takes too long', {
            expected: `an answer within ${milliseconds / 1000} s`,
            got: 'none',
            hint: 'Give the reward a longer timeout',
          }),
        ),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
