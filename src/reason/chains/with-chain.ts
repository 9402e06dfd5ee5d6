// A responder that reasons in chains: it composes with any other, and with every benchmark.

import type { PartialResponder } from '../../evaluate/responder.js';
import { type ChatMessage, withThinking } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { Chain, ChainLimits, ChainStep, Tier } from './chain.js';
import type { CheckOptions } from './check.js';
import { Gather } from './gather.js';
import { problemOf } from './problem.js';
import { CHAINS } from './registry.js';
import { NoReply, runChain } from './run.js';
import { type ChainStrategy, chainNamed } from './strategy.js';
import { promptedThinker, type Thinker } from './thinker.js';

/** Options of `withChain` and `chainsOf`. */
export interface ChainOptions extends ChainLimits {
  /** A strategy, or its name. */
  chain: string | ChainStrategy;
  /** Thinks in place of the responder, which is then the eye alone. Default: the responder, which sees what it thinks about. */
  thinker?: Thinker;
  /** What the responder is, where it thinks itself. Default `own`. */
  tier?: Tier;
  check?: CheckOptions;
  seed?: number;
  countTokens?: (text: string) => number;
  /** Called with every chain, and the place of its conversation. */
  onChain?: (chain: Chain, place: number) => void;
  /** Called with every step as it stands, and the place of its conversation. */
  onStep?: (step: ChainStep, place: number) => void;
}

/** How chains are made. */
export interface ChainsOptions extends ChainOptions {
  /** Tokens of a short answer. Default 32. */
  answerTokens?: number;
  signal?: AbortSignal;
  /** Called for a conversation, by its place, that has no chain, and why. */
  onFailed?: (place: number, reason: string) => void;
}

/**
 * The chains of some conversations, whose last questions are asked in batches; undefined where a model has no reply. Errors: `reason.chain`
 * for a name that there is not; `reason.thinker` for rules that are to do what only a model can; those of the responders and the verifier.
 */
export async function chainsOf(
  eye: PartialResponder,
  conversations: readonly (readonly ChatMessage[])[],
  options: ChainsOptions,
): Promise<(Chain | undefined)[]> {
  const {
    chain,
    tier = 'own',
    thinker = promptedThinker(eye, { tier, sees: true }),
    signal,
    onChain,
    onStep,
    onFailed,
    ...parts
  } = options;
  const strategy = typeof chain === 'string' ? chainNamed(CHAINS, chain) : chain;
  if (!thinker.responder && !strategy.splits)
    throw new SensoriumError('reason.thinker', 'rules split questions and join answers, and nothing else', {
      place: strategy.name,
      expected: CHAINS.flatMap(({ name, splits }) => (splits ? [name] : [])).join(', '),
      got: strategy.name,
      hint: 'Let a model think, or choose one of these chains',
    });
  const looks = new Gather(eye, signal);
  const thinks = thinker.responder && (thinker.responder === eye ? looks : new Gather(thinker.responder, signal));
  return Promise.all(
    conversations.map(async (messages, place) => {
      try {
        const told = onStep && ((step: ChainStep): void => onStep(step, place));
        const made = await runChain(strategy, problemOf(messages), { ...parts, thinker, think: thinks, eye: looks, onStep: told, signal });
        onChain?.(made, place);
        return made;
      } catch (error) {
        if (!(error instanceof NoReply)) throw error;
        onFailed?.(place, error.message);
        return undefined;
      }
    }),
  );
}

/** A step as a line of text. */
export const stepText = ({ text, kind, dropped }: ChainStep): string =>
  `${kind === 'question' ? 'Q: ' : ''}${text}${dropped ? ' (not so)' : ''}`;

/** The steps of a chain as text, a line each. */
export const chainText = ({ steps }: Chain): string => steps.map(stepText).join('\n');

/**
 * A responder whose replies are the answers of chains, with the steps as thinking in front, which scores leave out and reports show. Choices are
 * not ranked: a chain has no probability.
 * @example withChain(await responderOf(model), { chain: 'ddcot', thinker: grammarThinker() })
 * Errors: those of `chainsOf`.
 */
export function withChain(responder: PartialResponder, options: ChainOptions): PartialResponder {
  return {
    async replies(conversations, { maxTokens, signal, onReply, onFailed }) {
      const made = await chainsOf(responder, conversations, {
        ...options,
        answerTokens: maxTokens,
        signal,
        onFailed(place, reason) {
          onFailed?.(place, reason);
          onReply?.();
        },
        onChain(chain, place) {
          options.onChain?.(chain, place);
          onReply?.({ place, reply: replyOf(chain) });
        },
      });
      return made.map((chain) => chain && replyOf(chain));
    },
  };
}

const replyOf = (chain: Chain): string => withThinking({ text: chain.answer, thinking: chainText(chain) });
