// Messages of a request as chat templates know them.

import type { ChatMessage } from '../text/index.js';
import { forTemplate } from '../text/tool-calls.js';
import { jsonValues } from './json-scan.js';

/** Values in the arguments of all earlier calls of a conversation; those beyond stay text. */
const MOST_ARGUMENTS = 20_000;

/** `developer` is the newer name of `system`, which templates know; earlier calls of tools are given to templates as objects. */
export function asModelKnows(messages: readonly ChatMessage[]): ChatMessage[] {
  let room = MOST_ARGUMENTS;
  const reads = (json: string): boolean => {
    const values = jsonValues(json, room);
    room -= values ?? 0;
    return values !== undefined;
  };
  return messages.map((message) => forTemplate(message.role === 'developer' ? { ...message, role: 'system' } : message, reads));
}
