// Many chains over one responder: what they ask at the same time is asked together, so that models answer in batches.

import type { PartialResponder, SamplingOfReply } from '../../evaluate/responder.js';
import type { ChatMessage } from '../../text/index.js';

/** One question to a responder. */
export interface Asked {
  messages: readonly ChatMessage[];
  maxTokens: number;
  sampling?: SamplingOfReply;
}

/** A reply; undefined with the reason where there is none. */
export type Told = { reply: string } | { failed: string };

interface Waiting extends Asked {
  resolve(told: Told): void;
  reject(error: unknown): void;
}

/** Asks a responder, one batch after another; what is asked while one runs is the next. */
export class Gather {
  private waiting: Waiting[] = [];
  private running = false;

  constructor(
    private readonly responder: PartialResponder,
    private readonly signal?: AbortSignal,
  ) {}

  /** Errors: those of the responder, for all of a batch; the signal's reason. */
  ask(asked: Asked): Promise<Told> {
    return new Promise<Told>((resolve, reject) => {
      this.waiting.push({ ...asked, resolve, reject });
      if (!this.running) void this.run();
    });
  }

  /** Never rejects. */
  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      // Chains that are at the same point ask in the same turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      const groups = new Map<string, Waiting[]>();
      for (const one of this.waiting.splice(0)) {
        const key = JSON.stringify([one.maxTokens, one.sampling]);
        groups.set(key, [...(groups.get(key) ?? []), one]);
      }
      for (const group of groups.values()) await this.batch(group);
    }
    this.running = false;
  }

  private async batch(group: readonly Waiting[]): Promise<void> {
    const [{ maxTokens, sampling }] = group as [Waiting];
    const reasons = new Map<number, string>();
    try {
      this.signal?.throwIfAborted();
      const replies = await this.responder.replies(
        group.map(({ messages }) => messages),
        { maxTokens, sampling, signal: this.signal, onFailed: (place, reason) => void reasons.set(place, reason) },
      );
      for (const [i, one] of group.entries()) {
        const failed = reasons.get(i) ?? (replies[i] === undefined ? 'no reply' : undefined);
        one.resolve(failed === undefined ? { reply: replies[i] as string } : { failed });
      }
    } catch (error) {
      for (const one of group) one.reject(error);
    }
  }
}
