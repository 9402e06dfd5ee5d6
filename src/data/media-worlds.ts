// Worlds of one medium as data sets of conversations: the medium in the first question, made when it is read.

import type { ChatMessage, ContentPart } from '../text/index.js';
import { Rng } from '../util/rng.js';
import type { MediaSource, Turn } from '../world/index.js';
import type { Conversation, Dataset } from './dataset.js';

/** Turns with a medium before the words of the first question. */
export function turnsAbout(part: ContentPart, turns: readonly Turn[]): ChatMessage[] {
  const first = turns.findIndex(({ role }) => role === 'user');
  return turns.map(({ role, content }, i) =>
    i === first ? { role, content: [part, { type: 'text' as const, text: content }] } : { role, content },
  );
}

/** The same with a description in words in place of the medium, as a report of experts stands before a question. */
export function turnsTold(description: string, turns: readonly Turn[]): ChatMessage[] {
  const first = turns.findIndex(({ role }) => role === 'user');
  return turns.map(({ role, content }, i) => ({ role, content: i === first ? `${description}\n${content}` : content }));
}

/**
 * Items of a world as data that stages and mixtures take.
 * @example stage.instruct({ data: worldMedia(videos({ items: 20_000, seed: 3 })), train: ['connector', 'language'], steps: 400 })
 * `told`: descriptions in words stand in place of the media, for language models without an encoder.
 */
export function worldMedia<T>(source: MediaSource<T>, { told = false } = {}): { open(): Promise<Dataset<Conversation>> } {
  return {
    async open() {
      const { world, length, description } = source;
      const assets = await world.load();
      return {
        length,
        describe: { ...description, ...(told ? { told } : {}) },
        async get(row) {
          const { item, key, turns, language } = source.get(row);
          const messages = told
            ? turnsTold(world.caption(item, { language, rng: new Rng(key) }), turns)
            : turnsAbout(await world.part(item, key, assets), turns);
          return { id: String(row), messages, extra: { item }, at: { file: `world ${world.name}`, row } };
        },
      };
    },
  };
}
