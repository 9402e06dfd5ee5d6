// Runs a strategy on one problem: counts calls and tokens, records the steps, has them checked, and ends where the budget does.

import { withoutThinking } from '../../evaluate/reply.js';
import { captionRequest } from '../../world/index.js';
import type { Chain, ChainLimits, ChainStep } from './chain.js';
import { type CheckOptions, checkText } from './check.js';
import type { Gather, Told } from './gather.js';
import { messagesOf, type Problem, type Turn } from './problem.js';
import type { AskOptions, ChainStrategy, ChainTools } from './strategy.js';
import type { Thinker } from './thinker.js';

/** What a chain is run with. */
export interface RunParts extends ChainLimits {
  thinker: Thinker;
  /** Asks the thinker; absent of rules. */
  think?: Gather;
  /** Asks the eye. */
  eye: Gather;
  check?: CheckOptions;
  /** Tokens of a short answer. Default 32. */
  answerTokens?: number;
  seed?: number;
  /** Tokens of a reply. Default: a quarter of its characters, rounded up. */
  countTokens?: (text: string) => number;
  /** Called with every step as it stands. */
  onStep?: (step: ChainStep) => void;
  signal?: AbortSignal;
}

/** The budget is used up; never leaves `runChain`. */
class Spent extends Error {
  constructor(readonly what: 'calls' | 'tokens') {
    super(what);
  }
}
/** A reply that did not come; its reason becomes the row's. */
export class NoReply extends Error {}

const MAX_CALLS = 32;
const MAX_TOKENS = 4096;
/** Least tokens for which it is worth asking. */
const FEW = 4;

/** The chain of a problem. Errors: `NoReply` where a model that is asked has none; those of the responders and the verifier. */
export async function runChain(strategy: ChainStrategy, problem: Problem, parts: RunParts): Promise<Chain> {
  const { thinker, maxCalls = MAX_CALLS, maxTokens = MAX_TOKENS, countTokens = (text) => Math.ceil(text.length / 4) } = parts;
  const steps: ChainStep[] = [];
  const cost = { calls: 0, tokens: 0 };
  /** What the eye says of the media, for a thinker that does not see; asked once. */
  let description: Promise<string> | undefined;

  const ask = async (gather: Gather, messages: Parameters<Gather['ask']>[0]['messages'], o: AskOptions): Promise<string> => {
    if (cost.calls >= maxCalls) throw new Spent('calls');
    const room = maxTokens - cost.tokens;
    if (room < FEW) throw new Spent('tokens');
    cost.calls++;
    const told: Told = await gather.ask({ messages, maxTokens: Math.min(o.maxTokens ?? 256, room), sampling: o.sampling });
    if ('failed' in told) throw new NoReply(told.failed);
    cost.tokens += countTokens(told.reply);
    return told.reply;
  };
  const look = (question: string, o: AskOptions): Promise<string> =>
    ask(parts.eye, messagesOf(problem, [{ role: 'user', text: question }]), o);

  const tools = (sample?: number): ChainTools => {
    const add = (step: ChainStep): void => {
      const own = sample === undefined ? step : { ...step, sample };
      steps.push(own);
      parts.onStep?.(own);
    };
    const described = async (): Promise<string> => {
      const own = await look(captionRequest('en', 'long'), { maxTokens: 128 });
      add({ kind: 'look', by: 'eye', text: own.trim(), doubt: 'a description, which may leave out or make up things' });
      return own;
    };
    const self: ChainTools = {
      problem,
      thinker,
      answerTokens: parts.answerTokens ?? 32,
      seed: parts.seed ?? 0,
      add,
      sample: (number) => tools(number),
      async think(turns, o = {}) {
        const { media } = problem;
        let asked: readonly Turn[] = turns;
        if (media.length > 0 && !thinker.sees && o.blind !== true) {
          description ??= described();
          const picture = `Picture: ${(await description).trim()}`;
          asked = turns.map((turn, i) => (i === 0 ? { ...turn, text: `${picture}\n${turn.text}` } : turn));
        }
        const reply = await ask(parts.think as Gather, messagesOf(problem, asked, thinker.sees), o);
        const said = withoutThinking(reply).trim();
        const thought = /^\s*<think>([\s\S]*?)<\/think>/.exec(reply)?.[1]?.trim();
        if (thought) add({ kind: 'thought', by: 'thinker', text: thought });
        return said;
      },
      async look(question, { depth, doubt, ...o } = {}) {
        const more = depth === undefined ? {} : { depth };
        add({ kind: 'question', by: 'thinker', text: question, ...more });
        const reply = withoutThinking(await look(question, { maxTokens: self.answerTokens, ...o })).trim();
        const { evidence } = parts.check ? await checkText(reply, problem, parts.check, parts.signal) : { evidence: [] };
        const shown = evidence.length > 0 ? { evidence } : {};
        add({ kind: 'look', by: 'eye', text: reply, ...shown, ...(doubt === undefined ? {} : { doubt }), ...more });
        return reply;
      },
      async thoughts(text, more = {}) {
        const kept: string[] = [];
        for (const sentence of sentencesOf(text)) kept.push(...(await checkedThought(sentence, more)));
        return kept.join(' ');
      },
    };

    /** A thought as far as it may be used. */
    const checkedThought = async (text: string, more: Pick<ChainStep, 'depth'>): Promise<string[]> => {
      const step: ChainStep = { kind: 'thought', by: 'thinker', text, ...more };
      const { check } = parts;
      const { evidence, questions } = check ? await checkText(text, problem, check, parts.signal) : { evidence: [], questions: [] };
      const own: ChainStep = evidence.length > 0 ? { ...step, evidence } : step;
      if (questions.length === 0) {
        add(own);
        return [text];
      }
      const doubt = `${check?.verifier.name}: not so`;
      if (check?.onFalse === 'mark') {
        add({ ...own, doubt });
        return [text];
      }
      add({ ...own, doubt, dropped: true });
      if (check?.onFalse === 'drop') return [];
      const instead: string[] = [];
      for (const question of questions) instead.push(`${question} ${await self.look(question, more)}`);
      return instead;
    };
    return self;
  };

  const made = (answer: string, more: Partial<Chain> = {}): Chain => {
    return { strategy: strategy.name, tier: thinker.tier, question: problem.question, steps, answer, ...more, ...cost };
  };
  try {
    const result = await strategy.run(tools());
    return typeof result === 'string' ? made(result) : made(result.answer, result);
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
    // As far as it came: the last thing that was said.
    const last = steps.findLast(({ kind, dropped }) => (kind === 'answer' || kind === 'look') && !dropped);
    return made(last?.text ?? '', { stopped: error.what });
  }
}

/** Sentences of a text, line by line; a number or bullet in front is left out. */
export function sentencesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*(?:[-*•]|\(?\d{1,2}[.)])\s+/, '').trim())
    .flatMap((line) => line.match(/[^.!?。！？]+(?:[.!?](?!\s|$)[^.!?。！？]*)*[.!?。！？]*\s*/gu) ?? [])
    .map((sentence) => sentence.trim())
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}
