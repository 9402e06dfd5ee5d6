import type { ChatMessage, ContentPart } from '../text/index.js';
import type { MediaSource, Turn } from '../world/index.js';
import type { Conversation, Dataset } from './dataset.js';
/** Turns with a medium before the words of the first question. */
export declare function turnsAbout(part: ContentPart, turns: readonly Turn[]): ChatMessage[];
/**
 * Items of a world as data that stages and mixtures take.
 * @example stage.instruct({ data: worldMedia(videos({ items: 20_000, seed: 3 })), train: ['connector', 'language'], steps: 400 })
 */
export declare function worldMedia<T>(source: MediaSource<T>): {
    open(): Promise<Dataset<Conversation>>;
};
