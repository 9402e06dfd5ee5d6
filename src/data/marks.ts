// Messages as text with `<image>` and `<video>` where media stand, as LLaVA, ShareGPT and ms-swift write them.

import type { ChatMessage, ContentPart } from '../text/index.js';
import { type Conversation, type MediaContent, mediaOf } from './dataset.js';
import { MARKS } from './dialogue.js';
import { RowError } from './row.js';

const isMedia = (part: ContentPart | MediaContent): part is MediaContent => part.type !== 'text';

/**
 * The text of a message with its marks. White space around marks is that of the data set it came from; where that had none, a mark in front
 * of the words gets a line of its own.
 */
export function markedText({ content }: Pick<ChatMessage, 'content'>): string {
  if (!Array.isArray(content)) return (content as string | null) ?? '';
  const parts = content as (ContentPart | MediaContent)[];
  return parts
    .map((part, i) => {
      if (!isMedia(part)) return (part as { text: string }).text;
      const { before, after } = part.origin;
      const leads = i < parts.length - 1 && parts.slice(0, i).every(isMedia);
      return `${before ?? ''}${MARKS[part.type]}${after ?? (leads ? '\n' : '')}`;
    })
    .join('');
}

/** Throws `RowError` where a text spells a mark, so that places of media could not be told from words. */
export function checkMarks(conversation: Conversation): void {
  const media = mediaOf(conversation);
  for (const type of ['image', 'video'] as const) {
    const placed = media.filter((part) => part.type === type).length;
    const count = (messages: readonly ChatMessage[]): number =>
      messages.reduce((n, message) => n + markedText(message).split(MARKS[type]).length - 1, 0);
    const users = conversation.messages.filter(({ role }) => role === 'user');
    const placedByUsers = mediaOf({ messages: users }).filter((part) => part.type === type).length;
    // What `readDialogue` finds: marks in the turns of the user, or in all turns where only that fits.
    const found = count(users) === placed ? placedByUsers === placed : count(conversation.messages) === placed;
    if (!found)
      throw new RowError(conversation.at, undefined, 'the media of a conversation and their places do not agree', {
        expected: `${placed} times ${MARKS[type]}`,
        got: `${count(conversation.messages)} times`,
        hint: `A text spells ${MARKS[type]}, which this format keeps for the places of ${type}s`,
      });
  }
}

/** The text with marks as places of media, the same for formats that have them. */
export function textOnly(conversation: Conversation, format: string): void {
  for (const message of conversation.messages)
    if (message.role === 'tool' || message.tool_calls !== undefined)
      throw new RowError(conversation.at, undefined, `${format} has no place for calls of tools`, {
        hint: 'Write it as openai or sharegpt',
      });
}
