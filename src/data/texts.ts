// The columns of The Cauldron and FineVision as a conversation: images, and texts as pairs of user and assistant.

import type { Conversation } from './dataset.js';
import { extraOf, idOf, mediaBeside, placeMedia } from './dialogue.js';
import type { RowContext } from './media-entry.js';
import { RowError, shorten } from './row.js';
import { checkTurns, type RawTurn } from './turns.js';

/** Reads `images` and `texts: [{user, assistant}]`. Images stand where `<image>` does, or all before the first question. Throws `RowError`. */
export function readTexts(record: Record<string, unknown>, context: RowContext): Conversation {
  const bad = (key: string, expected: string, got: unknown): RowError =>
    new RowError(context.at, key, `malformed "${key}"`, { expected, got: shorten(got) });
  const texts = record.texts as unknown[];
  if (texts.length === 0) throw bad('texts', 'a non-empty list of {user, assistant}', texts);
  const turns = texts.flatMap((raw, i): RawTurn[] => {
    const { user, assistant } = (raw ?? {}) as Record<string, unknown>;
    if (typeof user !== 'string' || typeof assistant !== 'string') throw bad(`texts[${i}]`, 'the strings user and assistant', raw);
    return [
      { role: 'user', pieces: [{ type: 'text', text: user }], key: `texts[${i}].user`, rest: {} },
      { role: 'assistant', pieces: [{ type: 'text', text: assistant }], key: `texts[${i}].assistant`, rest: {} },
    ];
  });
  checkTurns(turns, 'texts', context, texts);
  const beside = mediaBeside(record, context);
  const [first] = beside.flatMap(({ entries }) => entries);
  const name = first?.entry.name?.replace(/^.*\//, '').replace(/\.\w+$/, '');
  const id = record.id === undefined || record.id === null ? (name ?? '') || String(context.at.row) : idOf(record, context);
  const messages = placeMedia(turns, beside, 'texts', context, { unmarked: '\n' });
  return { id, messages, ...extraOf(record, new Set(['id', 'images', 'image', 'videos', 'video', 'texts'])), at: context.at };
}
