// Added tokens that count only as words of their own (`single_word`): found beside no letter, digit or underscore.

import type { AddedTokenJson } from './bpe-train.js';

/** Word characters as the tokenizers library has them. */
const WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]';

/** A pattern, for the `u` flag, of one added token where it may stand. */
export function tokenPattern(content: string, singleWord: boolean): string {
  const escaped = content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return singleWord ? `(?<!${WORD})${escaped}(?!${WORD})` : escaped;
}

/** Splits a text at single words: every second part is a token, with the white space that `lstrip` and `rstrip` take; undefined where there are none. */
export function wordSplitter(tokens: readonly AddedTokenJson[]): RegExp | undefined {
  const words = tokens.filter((token) => token.single_word && !token.special).sort((a, b) => b.content.length - a.content.length);
  if (words.length === 0) return undefined;
  const patterns = words.map(
    ({ content, lstrip, rstrip }) => `${lstrip ? '\\s*' : ''}${tokenPattern(content, true)}${rstrip ? '\\s*' : ''}`,
  );
  return new RegExp(`(${patterns.join('|')})`, 'u');
}
