// TRL's prompt and completion, and its preferences of chosen and rejected, as JSON lines or as parquet.

import { type ChatMessage, isLearnt } from '../../text/index.js';
import { type Conversation, type MediaContent, mediaOf } from '../dataset.js';
import type { Format } from '../format.js';
import { writeJsonFolder } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { isPrompt, rejectedReply } from '../prompts.js';
import { openRows } from './json-rows.js';

type Part = MediaContent | { type: 'text'; text: string };

/** Messages with the places of pictures and videos, whose files stand beside them. */
const written = (messages: readonly ChatMessage[]): Record<string, unknown>[] =>
  messages.map(({ content, marked: _, ...rest }) => ({
    ...rest,
    content: Array.isArray(content)
      ? (content as Part[]).map((part) => (part.type === 'text' ? { type: 'text', text: part.text } : { type: part.type }))
      : content,
  }));

/** Messages of a prompt, whose replies are not learned: none of them says so. */
const unmarked = (messages: readonly ChatMessage[]): ChatMessage[] =>
  messages.map(({ weight, ...message }) => (message.role === 'assistant' || weight === undefined ? message : { ...message, weight }));

/**
 * A conversation as the columns of a prompt and what follows it: of a completion all from the first reply that is learned, of a preference
 * both last replies.
 */
export function promptColumns(conversation: Conversation): {
  prompt: Record<string, unknown>[];
  completion?: Record<string, unknown>[];
  chosen?: Record<string, unknown>[];
  rejected?: Record<string, unknown>[];
} {
  const { messages } = conversation;
  const rejected = rejectedReply(conversation);
  const last = messages.findLastIndex(({ role }, i) => role !== 'assistant' && i < messages.length - 1) + 1;
  if (rejected !== undefined) {
    const chosen = written(messages.slice(last));
    return {
      prompt: written(messages.slice(0, last)),
      chosen,
      rejected: [...chosen.slice(0, -1), { role: 'assistant', content: rejected }],
    };
  }
  const learned = messages.findIndex((message) => message.role === 'assistant' && isLearnt(message));
  const at = learned < 0 ? last : learned;
  return { prompt: written(unmarked(messages.slice(0, at))), completion: written(messages.slice(at)) };
}

/** JSON lines of prompts; parquet with the same columns is read by `parquet` and written by `trl-parquet`. */
export const trl: Format = {
  name: 'trl',
  summary: 'TRL JSON lines: prompt and completion, or prompt, chosen and rejected, as texts or messages; images',
  target: 'folder',
  detect: ({ first }) => first !== undefined && !('messages' in first) && !('conversations' in first) && isPrompt(first),
  open: openRows,
  write: (dir, conversations, options) =>
    writeJsonFolder(dir, conversations, options, {
      file: 'data.jsonl',
      media: 'images',
      check: checkMarks,
      toRow: (conversation, names) => {
        const { id, tools, extra = {}, at } = conversation;
        const { rejected, rejected_response, ...others } = extra;
        const media = mediaOf(conversation);
        const of = (type: string): string[] => media.flatMap((part, i) => (part.type === type ? [names[i] as string] : []));
        const [images, videos] = [of('image'), of('video')];
        return {
          row: {
            ...(id === String(at.row) ? {} : { id }),
            ...others,
            ...promptColumns(conversation),
            ...(images.length > 0 ? { images } : {}),
            ...(videos.length > 0 ? { videos } : {}),
            ...(tools ? { tools } : {}),
          },
        };
      },
    }),
};
