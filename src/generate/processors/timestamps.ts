// WhisperTimeStampLogitsProcessor: times stand in pairs around what was said, never go back, and come where they are likelier than any word.

import { logSumExp } from '../sampling.js';
import type { LogitsContext, LogitsProcessor } from './processor.js';

/** Which ids are times, and the bounds of the first. */
export interface TimestampIds {
  /** The id of `<|0.00|>`; all ids from it on are times. */
  begin: number;
  /** What ends a reply; ids below it are text. */
  end: number;
  /** Never written where times are. */
  none: number;
  /** Most steps of the first time. */
  mostInitial?: number;
}

/** The rules of times in Whisper's replies (Radford et al. 2022, section 2.3), as transformers has them. */
export class TimestampLogitsProcessor implements LogitsProcessor {
  constructor(private readonly t: TimestampIds) {}

  process(logits: Float32Array, { ids }: LogitsContext): void {
    const { begin, end, none, mostInitial } = this.t;
    const forbid = (from: number, to: number): void => void logits.fill(Number.NEGATIVE_INFINITY, from, to);
    forbid(none, none + 1);
    const isTime = (at: number): boolean => (ids[at] as number) >= begin;
    const n = ids.length;
    const last = n >= 1 && isTime(n - 1);
    const before = n < 2 || isTime(n - 2);
    if (last) {
      if (before) forbid(begin, logits.length);
      else forbid(0, end);
    }
    const latest = ids.findLast((id) => id >= begin);
    if (latest !== undefined) forbid(begin, last && !before ? latest : latest + 1);
    if (n === 0) {
      forbid(0, begin);
      if (mostInitial !== undefined) forbid(begin + mostInitial + 1, logits.length);
    }
    let word = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < begin; i++) word = Math.max(word, logits[i] as number);
    if (logSumExp(logits.subarray(begin)) > word) forbid(0, begin);
  }
}
