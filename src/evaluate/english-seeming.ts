// English that says what a thing only seems to be, and what it is instead.

import { isContent } from './english-clauses.js';

/** What a thing is taken for before the reply says what it is. */
export const seeming =
  /\b(?:at first|initially|first glance|thought|looks? like|looked like|(?:seem|appear)(?:s|ed)? (?:like|to be|to show)|mist[ao]\w+ for|resembl\w+|(?:could|might|may|would) (?:think|assume|believe|suppose|mistake|take)|might be|may be|could be)\b/;
const closer =
  /^(?:(?:up)?on|after|at) (?:an? )?(?:closer|second|further|careful|close) (?:inspection|look|examination|glance|thought)s? |^looking (?:more )?clos(?:ely|er) /;
const emphasis = /^(?:in fact|actually|in reality|in truth|really) /;
const naming =
  /^(?:it|this|that|they|these|those|which|the (?:object|animal|thing|creature|figure|item|shape)) (?:is|are|was|were|turns? out to be|turned out to be) (.+)$/;

const called =
  /^(?:what|something|anything|the thing) (?:\w+ )*?(?:like|as|to be|(?:mis)?take for|took for|taken for|mistook for|thought (?:is|was|were)) .+ (?:is|are|was|were|turns? out to be|turned out to be) (?!not\b|@)((?:\w+ )*\w+)$/;

/** The words after "is" in "What looks like a dog is in fact a fox". */
export function mistakenFor(words: readonly string[]): string | undefined {
  // No such sentence is longer, and the pattern tries every "is".
  return words.length <= 60 ? called.exec(words.join(' '))?.[1] : undefined;
}

/** "it is actually a cat": names another thing, by contrast or with emphasis. */
export function isInstead(words: readonly string[], contrast: boolean): boolean {
  const said = words.join(' ').replace(closer, '');
  const text = said.replace(emphasis, '');
  const rest = naming.exec(text)?.[1];
  if (rest === undefined || /\b(?:not|(?<!like |as )ones?|bit|little)\b|^@/.test(rest)) return false;
  const stressed =
    said !== text ||
    /^(?:actually|really|just|only|merely|in fact|in reality|rather|instead|clearly)\b/.test(rest) ||
    / turn/.test(words.join(' '));
  return (contrast || stressed) && words.some(isContent) && (/\b(?:an?|some|the)\b/.test(rest) || (stressed && /s$/.test(rest)));
}
