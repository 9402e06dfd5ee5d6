// Parts of a run for processes that work side by side: which conversations are whose.

import type { ChatMessage } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { ContentNames } from './content.js';

/** Part `index` (from 1) of `count`. */
export interface Shard {
  index: number;
  count: number;
}

/** Most parts of a run. */
const MOST = 10_000;

/** Reads `2/3`. Errors: `evaluate.shard`. */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index !== undefined && count !== undefined && index >= 1 && index <= count && count <= MOST) return { index, count };
  throw new SensoriumError('evaluate.shard', 'this is not a part of a run', {
    expected: `i/n with i from 1 to n, and n up to ${MOST}: 1/3, 2/3 and 3/3`,
    got: text || 'nothing',
  });
}

/** The part that a name belongs to, from 1: names are hashes, so parts are about equal. */
export const shardOf = (name: string, count: number): number => (Buffer.from(name, 'base64url').readUInt32BE(0) % count) + 1;

/** Whether a conversation belongs to a part. Equal conversations belong to the same, in whatever order and process they come. */
export const inShard =
  (names: ContentNames, { index, count }: Shard) =>
  async (messages: readonly ChatMessage[]): Promise<boolean> =>
    shardOf(await names.conversation(messages), count) === index;
