// A demonstration: a question about images with its answer, read from one turn of a conversation.

import type { Conversation } from '../../data/dataset.js';
import { type ChatMessage, type ContentPart, type MediaPart, mediaParts } from '../../text/index.js';

/** One question with its answer. */
export interface Demo {
  /** Images (and videos) with the words of the question, in the order of the data. */
  readonly content: readonly ContentPart[];
  /** The words of the question; empty where the data have none, as captions of pictures: then the question of the query stands for it. */
  readonly question: string;
  /** Empty for a picture without a caption, which can be found and not shown. */
  readonly answer: string;
  /** Where it is from: file and row. */
  readonly source: string;
}

/** The words of content. */
export const textOf = (content: ChatMessage['content']): string =>
  typeof content === 'string'
    ? content.trim()
    : (content ?? [])
        .flatMap((part) => (part.type === 'text' ? [String(part.text)] : []))
        .join(' ')
        .trim();

/** The images and videos of content. */
export const mediaIn = (content: ChatMessage['content']): MediaPart[] => mediaParts([{ role: 'user', content }]);

/** A demo of parts. */
export function makeDemo(content: readonly ContentPart[], answer: string, source = ''): Demo {
  return { content, question: textOf(content), answer, source };
}

/** The parts that a message holds. */
export const partsOf = (content: ChatMessage['content']): ContentPart[] =>
  typeof content === 'string' ? (content === '' ? [] : [{ type: 'text', text: content }]) : [...(content ?? [])];

/**
 * The demos of a conversation: one for each answer in words. What was shown in earlier turns stands in front of a question without images of
 * its own, since it is about them. `captions`: the question is the reader's own, and is left out.
 */
export function demosOf(conversation: Conversation, { captions = false }: { captions?: boolean } = {}): Demo[] {
  const { messages, at } = conversation;
  const source = `${at.file}, row ${at.row}`;
  const demos: Demo[] = [];
  let shown: ContentPart[] = [];
  let asked: ContentPart[] | undefined;
  for (const { role, content } of messages) {
    if (role === 'user') {
      const parts = partsOf(content);
      const own = mediaIn(parts);
      asked = captions ? own : own.length > 0 ? parts : [...shown, ...parts];
      if (own.length > 0) shown = own;
    } else if (role === 'assistant' && asked) {
      const answer = textOf(content);
      if (answer !== '') demos.push(makeDemo(asked, answer, source));
      asked = undefined;
    }
  }
  return demos;
}

/** File names of the media of a conversation's demo, undefined for embedded ones. */
export const pathsOf = (demo: Demo): (string | undefined)[] =>
  mediaIn(demo.content).map(({ source }) => (typeof source === 'string' ? source : undefined));
