// The question that a chain begins with: the last message of a conversation, its words apart from its media.

import type { ChatMessage, ContentPart, MediaPart } from '../../text/index.js';
import { mediaParts } from '../../text/index.js';

/** A question and what it is about. */
export interface Problem {
  question: string;
  /** Images and the like of the last message, in order, and regions that point into them. */
  media: readonly ContentPart[];
  /** The conversation before. */
  before: readonly ChatMessage[];
}

/** One side of a dialogue that a strategy holds. */
export interface Turn {
  role: 'user' | 'assistant';
  text: string;
}

/** The problem of a conversation. */
export function problemOf(messages: readonly ChatMessage[]): Problem {
  const last = messages.at(-1);
  const content = last?.content ?? '';
  if (typeof content === 'string') return { question: content, media: [], before: messages.slice(0, -1) };
  const parts = content as readonly ContentPart[];
  const question = parts
    .flatMap((part) => (part.type === 'text' ? [(part as { text: string }).text] : []))
    .join('\n')
    .trim();
  return { question, media: parts.filter(({ type }) => type !== 'text'), before: messages.slice(0, -1) };
}

/** A dialogue about a problem as messages; its media stand before the first words, or nowhere, also not in the messages before. */
export function messagesOf({ media, before }: Problem, turns: readonly Turn[], shown = true): ChatMessage[] {
  const text = ({ content }: ChatMessage): string =>
    typeof content === 'string' || content === null
      ? (content ?? '')
      : content.flatMap((part) => (part.type === 'text' ? [(part as { text: string }).text] : [])).join('\n');
  const history = shown ? before : before.map((message) => ({ ...message, content: text(message) }));
  const own = turns.map(
    ({ role, text: words }, i): ChatMessage =>
      i === 0 && shown && media.length > 0
        ? { role, content: [...media, { type: 'text', text: words }] as ContentPart[] }
        : { role, content: words },
  );
  return [...history, ...own];
}

/** The images of a problem. */
export const imagesOf = ({ media }: Problem): readonly MediaPart[] => mediaParts([{ role: 'user', content: media as ContentPart[] }]);
