// Thinkers: what splits a question and joins the answers. A model that is prompted, or rules (grammar-thinker.ts).

import type { PartialResponder } from '../../evaluate/responder.js';
import type { Tier } from './chain.js';
import type { Turn } from './problem.js';
import type { AskOptions } from './strategy.js';

/** A part of a question. */
export interface SubQuestion {
  /** `#1` stands for the answer to the first sub-question. */
  question: string;
  /** What the thinker knows without the image; absent where it is uncertain. */
  answer?: string;
}

/** A sub-question with its answer. */
export interface Answered {
  question: string;
  answer: string;
  /** The answer is the eye's, and may be wrong. */
  looked: boolean;
}

/** Asks the model behind a thinker. */
export type AskThinker = (turns: readonly Turn[], options?: AskOptions) => Promise<string>;

/** Thinks about questions. */
export interface Thinker {
  readonly tier: Tier;
  /** What is asked in dialogues; absent of rules. */
  readonly responder?: PartialResponder;
  /** It sees the media itself. */
  readonly sees: boolean;
  /** The parts of a question; none where it cannot be split. */
  split(question: string, most: number, ask: AskThinker): Promise<SubQuestion[]>;
  /** The answer to a question from those to its parts, with a thought where there is one. */
  join(question: string, parts: readonly Answered[], ask: AskThinker): Promise<{ thought?: string; answer: string }>;
}

/** What says that the image is needed. */
export const UNCERTAIN = 'Uncertain';

const splitPrompt = (question: string, most: number): string =>
  `Question: ${question}

Split the question into at most ${most} smaller questions whose answers lead to its answer. You have no picture. Answer each as briefly as possible from what you know; where only a look at the picture can tell, write "${UNCERTAIN}" and do not guess. A smaller question may use the answer of an earlier one as #1, #2 and so on.

Use this form:
Sub-questions:
1. …
2. …
Sub-answers:
1. …
2. …`;

const joinPrompt = (question: string, parts: readonly Answered[]): string =>
  `Question: ${question}

What was found out:
${parts.map(({ question: asked, answer, looked }, i) => `${i + 1}. ${asked} ${answer}${looked ? ' (seen by a vision model, which may be wrong)' : ''}`).join('\n')}

What the vision model saw may be false: doubt it where it contradicts the rest or what you know. Think step by step in a few sentences, then end with "The answer is …".`;

const item = /^\s*(?:[-*]\s*)?(?:\*\*)?\(?(\d{1,2})[.):]\s*(?:\*\*)?\s*(.+?)\s*$/;

/** The numbered lines behind each of the two headings; markup around them is ignored. Lines without a number belong to none. */
export function readSplit(reply: string): SubQuestion[] {
  const [questions, answers] = [new Map<number, string>(), new Map<number, string>()];
  let list: Map<number, string> | undefined = questions;
  for (const line of reply.split('\n')) {
    if (/sub-?\s?questions?\b.*:?\s*$/i.test(line) && !item.test(line)) list = questions;
    else if (/sub-?\s?answers?\b.*:?\s*$/i.test(line) && !item.test(line)) list = answers;
    else if (/^\W*answer\W/i.test(line)) list = undefined;
    else {
      const [, number, text] = item.exec(line) ?? [];
      if (list && number !== undefined && text !== undefined && !list.has(Number(number)))
        list.set(Number(number), text.replace(/\*\*/g, ''));
    }
  }
  return [...questions].map(([number, question]) => {
    const answer = answers.get(number);
    return answer === undefined || answer === '' || /\buncertain\b/i.test(answer) ? { question } : { question, answer };
  });
}

const ANSWER = /\b(?:so |therefore,? |thus,? )?the (?:final )?answer is:?\s*/i;

/** What stands before the answer of a reply, and the answer: behind "the answer is", else the last line. */
export function readAnswer(reply: string): { thought: string; answer: string } {
  const text = reply.trim();
  const found = [...text.matchAll(new RegExp(ANSWER, 'gi'))].at(-1);
  const at = found ? found.index : text.lastIndexOf('\n') + 1;
  const answer = text.slice(found ? at + found[0].length : at);
  return { thought: text.slice(0, at).trim(), answer: answer.replace(/^[\s"“*]+|[\s.。"”*]+$/g, '') };
}

/** A model that is prompted (DDCoT's form: what it cannot know it leaves uncertain, and what was seen it doubts). `sees`: it is shown the media. */
export function promptedThinker(responder: PartialResponder, { tier, sees }: { tier: Tier; sees: boolean }): Thinker {
  return {
    tier,
    responder,
    sees,
    split: async (question, most, ask) =>
      readSplit(await ask([{ role: 'user', text: splitPrompt(question, most) }], { maxTokens: 384, blind: true })).slice(0, most),
    join: async (question, parts, ask) =>
      readAnswer(await ask([{ role: 'user', text: joinPrompt(question, parts) }], { maxTokens: 384, blind: true })),
  };
}
