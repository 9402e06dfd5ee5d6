import { type ChatMessage } from '../text/index.js';
import type { Row } from './benchmark.js';
/** Replaces the media of a conversation. */
export type Blind = (messages: readonly ChatMessage[]) => ChatMessage[];
/**
 * What replaces the media of some rows: images by their mean, videos by as many frames of the mean frame as the video has, sounds by silence of
 * the mean length, clouds by as many points in the middle, with the mean of what points have beside their place. Undefined for rows without media.
 */
export declare function blindFor(rows: readonly Pick<Row, 'messages'>[], signal?: AbortSignal): Promise<Blind | undefined>;
