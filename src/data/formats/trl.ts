// TRL's prompt and completion, and its preferences of chosen and rejected, as JSON lines or as parquet.

import type { ChatMessage } from '../../text/index.js';
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

/** A conversation as the columns of a prompt and what follows it: its last reply, or of a preference both of them. */
export function promptColumns(conversation: Conversation): {
  prompt: Record<string, unknown>[];
  completion?: Record<string, unknown>[];
  chosen?: Record<string, unknown>[];
  rejected?: Record<string, unknown>[];
} {
  const { messages } = conversation;
  const last = messages.findLastIndex(({ role }, i) => role !== 'assistant' && i < messages.length - 1) + 1;
  const [prompt, reply] = [written(messages.slice(0, last)), written(messages.slice(last))];
  const rejected = rejectedReply(conversation);
  if (rejected === undefined) return { prompt, completion: reply };
  return { prompt, chosen: reply, rejected: [...reply.slice(0, -1), { role: 'assistant', content: rejected }] };
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
