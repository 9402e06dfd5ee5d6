// How a judge is asked about statements, ratings and pairs beside reference captions, and how its replies are read.

import type { Language } from '../world/index.js';
import { parseChoice } from './choice.js';
import { namedNumber } from './judge.js';
import { withoutThinking } from './reply.js';
import { parseRobust, type Verdict } from './yes-no.js';

const listed = (references: readonly string[]): string => references.map((text) => `- ${text.replace(/\s+/g, ' ').trim()}`).join('\n');

/**
 * HaELM's question (Wang et al. 2023) in our words: reference captions, the caption to judge, and whether it is accurate, to be answered by
 * yes or no. `swapped` names "no" first, which a judge without a leaning does not notice.
 */
export function haelmPrompt(
  references: readonly string[],
  candidate: string,
  { language = 'en', swapped = false }: { language?: Language; swapped?: boolean } = {},
): string {
  const caption = withoutThinking(candidate).replace(/\s+/g, ' ').trim();
  if (language === 'zh')
    return `参考描述：\n${listed(references)}\n我们的描述：${caption}\n我们的描述准确吗？请回答${swapped ? '否或是' : '是或否'}。`;
  return `Reference captions:\n${listed(references)}\nOur caption: ${caption}\nIs our caption accurate? Answer ${swapped ? 'no or yes' : 'yes or no'}.`;
}

/** The replies that HaELM's question is answered with. */
export const HAELM_WORDS: Readonly<Record<Language, { yes: string; no: string }>> = {
  en: { yes: 'yes', no: 'no' },
  zh: { yes: '是', no: '否' },
};

/** What a judge says to HaELM's question. */
export const readHaelm = (reply: string): Verdict => parseRobust(reply);

/** Asks for a rating of four statements: 5 less one for each that is wrong. */
export const ratingPrompt = (references: readonly string[], answer: string): string =>
  `You judge an answer about an image that you cannot see. This is what is in the image:
${listed(references)}

Answer to judge: ${answer}

The answer makes four statements. Choose the rating by how many of them are wrong. 5: none. 4: one. 3: two. 2: three. 1: all four.
End with "Rating: N".`;

/** The rating of a reply, 1 to 5; undefined where it cannot be read. */
export const readRating = (reply: string): number | undefined => namedNumber(reply, 'rating', [1, 5]);

/** Asks which of two answers has fewer statements wrong. */
export const pairPrompt = (references: readonly string[], [a, b]: readonly [string, string]): string =>
  `You judge two answers about an image that you cannot see. This is what is in the image:
${listed(references)}

Answer A: ${a}
Answer B: ${b}

Which of the two has fewer statements that are wrong? End with "Better: A" or "Better: B".`;

/** The answer that a reply calls better; undefined where it calls neither. */
export function readPair(reply: string): 0 | 1 | undefined {
  const marked = Array.from(withoutThinking(reply).matchAll(/\bbetter\W{0,12}(?:answer\s+)?([AB])\b/gi)).at(-1)?.[1];
  const letter = marked?.toUpperCase() ?? parseChoice(reply, 2);
  return letter === 'A' ? 0 : letter === 'B' ? 1 : undefined;
}
