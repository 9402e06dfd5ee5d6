// A chain strategy: a program over a thinker and an eye, with budgets; and what it is run with.

import type { SamplingOfReply } from '../../evaluate/responder.js';
import { SensoriumError } from '../../util/errors.js';
import type { Chain, ChainStep } from './chain.js';
import type { Problem, Turn } from './problem.js';
import type { Thinker } from './thinker.js';

/** How one thing is asked. */
export interface AskOptions {
  /** Longest reply in tokens, as far as the budget reaches. */
  maxTokens?: number;
  /** Default: the likeliest reply. */
  sampling?: SamplingOfReply;
  /** A thinker that does not see is not told what is in the media either. */
  blind?: true;
}

/** What a strategy works with. It asks through this alone, so that every call is counted. */
export interface ChainTools {
  readonly problem: Problem;
  readonly thinker: Thinker;
  /** Tokens of a short answer. */
  readonly answerTokens: number;
  /** A number that sampling begins with. */
  readonly seed: number;
  /** The thinker's reply to a dialogue about the problem. It is shown the media, or where it does not see them their description. What it thinks between marks becomes a step. */
  think(turns: readonly Turn[], options?: AskOptions): Promise<string>;
  /** The eye's answer to a question about the media, which becomes a step. */
  look(question: string, more?: AskOptions & Pick<ChainStep, 'depth' | 'doubt'>): Promise<string>;
  /** Adds thoughts, a step for each sentence. Where there is a verifier their claims are checked. Returns what may be used of them, as one text. */
  thoughts(text: string, more?: Pick<ChainStep, 'depth'>): Promise<string>;
  add(step: ChainStep): void;
  /** The same tools, whose steps have this number of a sample. */
  sample(number: number): ChainTools;
}

/** What a strategy ends with. */
export type ChainResult = string | (Pick<Chain, 'answer'> & Partial<Pick<Chain, 'vote' | 'ties'>>);

/** A way from a question to an answer. */
export interface ChainStrategy {
  /** As `--chain` takes it. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly about: string;
  /** It only splits questions and joins answers, so that a thinker of rules can do it. */
  readonly splits?: true;
  run(tools: ChainTools): Promise<ChainResult>;
}

/** A strategy for the registry. */
export const defineChain = (strategy: ChainStrategy): ChainStrategy => strategy;

/** A strategy by its name. Errors: `reason.chain`, with the names there are. */
export function chainNamed(all: readonly ChainStrategy[], name: string): ChainStrategy {
  const found = all.find((one) => one.name === name);
  if (found) return found;
  throw new SensoriumError('reason.chain', 'there is no such way to reason', {
    place: 'chain',
    expected: all.map((one) => one.name).join(', '),
    got: name,
  });
}
