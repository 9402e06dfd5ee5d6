import type { Conversation } from '../../data/index.js';
import type { ChatMessage } from '../../text/index.js';
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
export type RewardFunction = (samples: readonly RewardSample[], options: {
    signal?: AbortSignal;
}) => readonly number[] | Promise<readonly number[]>;
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
/** A function as a reward, known by its source. */
export declare function rewardOf(given: Reward | RewardFunction): Reward;
/** True for what can be a reward. */
export declare function isReward(value: unknown): value is Reward | RewardFunction;
/**
 * Judges samples. Throws `train.reward` where the reward throws, takes too long, or gives anything but a finite number for each of them; of a
 * reward model its own errors (`reward.nonfinite`, `reward.length`).
 */
export declare function scoreSamples(reward: Reward, samples: readonly RewardSample[], { place, signal }: {
    place: string;
    signal?: AbortSignal;
}): Promise<number[]>;
