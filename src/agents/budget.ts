// What an agent may use up: calls, seconds, characters. It holds for all that runs beneath it, whatever a tool or a model does.

import { SensoriumError } from '../util/errors.js';

/** Bounds of one task. */
export interface BudgetOptions {
  /** Calls of tools; default 32. */
  maxCalls?: number;
  /** Replies of models; default 64. */
  maxReplies?: number;
  /** Seconds in all; default 300. */
  maxSeconds?: number;
  /** Characters of what one call gives back; default 20,000. */
  maxOutput?: number;
  /** A clock in milliseconds; default `performance.now`. */
  now?: () => number;
}

/** What is left of the bounds of one task. */
export class Budget {
  calls = 0;
  replies = 0;
  readonly maxOutput: number;
  private readonly limits: { calls: number; replies: number; seconds: number };
  private readonly now: () => number;
  private readonly started: number;

  constructor({ maxCalls = 32, maxReplies = 64, maxSeconds = 300, maxOutput = 20_000, now = () => performance.now() }: BudgetOptions = {}) {
    this.limits = { calls: maxCalls, replies: maxReplies, seconds: maxSeconds };
    this.maxOutput = maxOutput;
    this.now = now;
    this.started = now();
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.now() - this.started) / 1000;
  }

  /** Milliseconds that are left; at least 0. */
  get leftMs(): number {
    return Math.max(0, this.limits.seconds * 1000 - (this.now() - this.started));
  }

  /** Counts a call of a tool or a reply of a model. Errors: `agent.budget` when a bound is reached. */
  spend(what: 'calls' | 'replies'): void {
    if (this.seconds >= this.limits.seconds) throw this.over('seconds', this.seconds.toFixed(1));
    if (this[what] >= this.limits[what]) throw this.over(what, `${this[what] + 1}`);
    this[what]++;
  }

  private over(what: keyof Budget['limits'], got: string): SensoriumError {
    return new SensoriumError('agent.budget', 'the budget of the task is used up', {
      place: what,
      expected: `at most ${this.limits[what]}`,
      got,
    });
  }
}
