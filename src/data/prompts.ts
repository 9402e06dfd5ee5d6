// TRL's columns as a conversation: `prompt` with `completion`, or with `chosen` and `rejected`, as texts or as lists of messages.

import type { Conversation } from './dataset.js';
import { extraOf, idOf, mediaBeside, placeMedia, toolsOf } from './dialogue.js';
import type { RowContext } from './media-entry.js';
import { badKey, checkTurns, hasContent, type RawTurn, readTurn } from './turns.js';

/** True for a record in these columns. A preference may have whole conversations in `chosen` and `rejected`, and no prompt. */
export function isPrompt(record: Record<string, unknown>): boolean {
  if (hasContent(record.prompt)) return ['completion', 'chosen'].some((key) => key in record);
  return isMessages(record.chosen) && isMessages(record.rejected);
}

/** True for the columns of a table of such rows. */
export const hasPromptColumns = (names: readonly string[]): boolean =>
  names.includes('prompt')
    ? names.includes('completion') || names.includes('chosen')
    : names.includes('chosen') && names.includes('rejected');

const isMessages = (value: unknown): value is unknown[] =>
  Array.isArray(value) && value.length > 0 && value.every((turn) => typeof turn === 'object' && turn !== null && 'role' in turn);

/**
 * Reads one row: the prompt, then the completion or the chosen reply. A prompt that is a text is what a user says. What was rejected stays
 * in `extra`, as it is; `rejectedReply` reads it. Throws `RowError`.
 */
export function readPrompt(record: Record<string, unknown>, context: RowContext): Conversation {
  const bad = badKey(context);
  const replyKey = hasContent(record.completion) || !('chosen' in record) ? 'completion' : 'chosen';
  const turnsIn = (key: string, role: 'user' | 'assistant'): RawTurn[] => {
    const value = record[key];
    if (typeof value === 'string') return [{ role, pieces: [{ type: 'text', text: value }], key, rest: {} }];
    if (!isMessages(value)) throw bad(key, 'a text or a list of messages', value);
    return value.map((turn, i) => readTurn(turn, `${key}[${i}]`, context));
  };
  const prompt = hasContent(record.prompt) ? turnsIn('prompt', 'user') : [];
  const turns = [...prompt, ...turnsIn(replyKey, 'assistant')];
  checkTurns(turns, replyKey, context, record[replyKey]);
  if (hasContent(record.rejected) && rejectedText(record.rejected) === undefined)
    throw bad('rejected', 'a text, or messages that end with a reply', record.rejected);
  const tools = toolsOf(record.tools, bad);
  const used = new Set(['id', 'image', 'images', 'video', 'videos', 'tools', 'prompt', replyKey]);
  // Columns of a table that this row has nothing in.
  for (const key of ['completion', 'chosen', 'rejected']) if (!hasContent(record[key])) used.add(key);
  return {
    id: idOf(record, context),
    messages: placeMedia(turns, mediaBeside(record, context), prompt.length > 0 ? 'prompt' : replyKey, context, { unmarked: undefined }),
    ...(tools ? { tools } : {}),
    ...extraOf(record, used),
    at: context.at,
  };
}

/** Keys of a row that hold the reply that was not preferred: ms-swift's, and TRL's. */
const REJECTED = ['rejected_response', 'rejected'] as const;

/** The text of the reply that was not preferred, undefined where a row has none. */
export function rejectedReply({ extra = {} }: Pick<Conversation, 'extra'>): string | undefined {
  return REJECTED.map((key) => rejectedText(extra[key])).find((text) => text !== undefined);
}

function rejectedText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (!isMessages(value)) return undefined;
  const { role, content } = value.at(-1) as { role: unknown; content?: unknown };
  const parts = Array.isArray(content) ? (content as { text?: unknown }[]).map(({ text }) => text ?? '') : [content];
  const text = parts.every((part) => typeof part === 'string') ? parts.join('') : '';
  return role === 'assistant' && text.trim() !== '' ? text : undefined;
}
