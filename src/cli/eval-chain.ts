// `sensorium eval --chain NAME`: every question of the benchmarks answered in a chain, what that took, and a page of chains.

import type { PartialResponder } from '../evaluate/responder.js';
import type { BenchRecord } from '../evaluate/runner.js';
import type { Chain } from '../reason/chains/index.js';
import type { ChatMessage } from '../text/index.js';
import { type ChainChoice, openChain, writeTrace } from './chain-options.js';
import type { Held } from './judge-option.js';

/** Chains that a page shows. */
const SHOWN = 200;

/** What the chains of a run took. */
export interface ChainsTaken {
  chain: string;
  tier: Chain['tier'];
  chains: number;
  calls: number;
  tokens: number;
  /** Chains that ran out of calls or tokens. */
  stopped: number;
}

/** A responder that reasons in chains, and what it did. */
export interface ChainedResponder {
  responder: PartialResponder;
  about(): ChainsTaken;
  /** Writes the trace that the options ask for: the chains of the model's rows. */
  write(records: readonly BenchRecord[], command: string): Promise<void>;
}

/** The chains of a choice over a responder. Errors: those of `openChain`. */
export async function chainedResponder(
  choice: ChainChoice,
  eye: PartialResponder,
  o: { held: Held; tier: 'own' | 'url'; seed?: number; signal?: AbortSignal },
): Promise<ChainedResponder> {
  const options = await openChain(choice, o);
  const { withChain } = await import('../reason/chains/index.js');
  const taken: ChainsTaken = { chain: choice.chain, tier: options.thinker?.tier ?? o.tier, chains: 0, calls: 0, tokens: 0, stopped: 0 };
  const kept = new Map<readonly ChatMessage[], Chain>();
  const count = (chain: Chain): void => {
    taken.chains++;
    taken.calls += chain.calls;
    taken.tokens += chain.tokens;
    if (chain.stopped) taken.stopped++;
  };
  return {
    responder: {
      replies: (conversations, asked) =>
        withChain(eye, {
          ...options,
          seed: o.seed,
          onChain(chain, place) {
            count(chain);
            if (choice.trace !== undefined && kept.size < SHOWN) kept.set(conversations[place] as readonly ChatMessage[], chain);
          },
        }).replies(conversations, asked),
    },
    about: () => taken,
    async write(records, command) {
      if (choice.trace === undefined) return;
      const shown = records.flatMap(({ messages, right, truth }) => {
        const chain = kept.get(messages);
        return chain ? [{ chain, messages, right, truth }] : [];
      });
      await writeTrace(choice.trace, shown, { title: `Chains: ${choice.chain}`, command });
    },
  };
}
