// For tests: whole data sets in memory.

import { type ConversationOptions, conversations } from './conversations.js';
import type { Conversation } from './dataset.js';

/** All conversations of a file or folder, in order. Errors: those of `conversations(…).open()` and `get`. */
export async function allOf(path: string, options?: ConversationOptions): Promise<Conversation[]> {
  const set = await conversations(path, options).open();
  try {
    const out: Conversation[] = [];
    for (let i = 0; i < set.length; i++) out.push(await set.get(i));
    return out;
  } finally {
    set.dispose();
  }
}
