// Contextual calibration (Zhao et al. 2021, arXiv:2102.09690): what a model prefers when the input says nothing is divided out of its choices.

import type { RgbImage } from '../../media/index.js';
import { type ChatMessage, type ContentPart, isImagePart } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';

/** Probabilities that sum to 1 of log-probabilities. */
export function softmax(scores: ArrayLike<number>): number[] {
  const list = Array.from(scores);
  const most = Math.max(...list);
  const parts = list.map((score) => Math.exp(score - most));
  const sum = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / sum);
}

/**
 * Calibrated probabilities: `p` and those of a content-free input `free`, both normalized over the same choices; W = diag(free)^-1, b = 0, and
 * the result normalized. Errors: `demos.option` for lists of unequal length.
 */
export function calibrated(p: readonly number[], free: readonly number[]): number[] {
  if (p.length !== free.length)
    throw new SensoriumError('demos.option', 'choices and content-free choices differ in number', {
      expected: String(p.length),
      got: String(free.length),
    });
  const least = Math.min(...free.filter((value) => value > 0));
  const scaled = p.map((value, i) => value / Math.max(free[i] as number, least * 1e-6));
  const sum = scaled.reduce((a, b) => a + b, 0);
  return scaled.map((value) => value / sum);
}

const gray = (side: number): RgbImage => ({ width: side, height: side, data: new Uint8Array(side * side * 3).fill(128) });

/** Side of the gray image that stands for a query that shows nothing; models resize it. */
const SIDE = 64;

/**
 * A conversation whose last question says nothing: gray in place of its images, or, where it has none, `N/A` in place of its words. The
 * question stays beside images, since choices belong to it.
 */
export function contentFree(messages: readonly ChatMessage[], { side = SIDE }: { side?: number } = {}): ChatMessage[] {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  return messages.map((message, i) => {
    if (i !== at) return message;
    const parts = Array.isArray(message.content) ? (message.content as readonly ContentPart[]) : undefined;
    if (!parts?.some(isImagePart)) return { ...message, content: 'N/A' };
    return { ...message, content: parts.map((part) => (isImagePart(part) ? { type: 'image', source: gray(side) } : part)) };
  });
}
