// Replies that nobody writes: what the parsers look at is bounded in length and has no long runs, which is what makes their work grow in a line.

import { describe, expect, it } from 'vitest';
import { parseChoice } from './choice.js';
import { namedNumber } from './judge.js';
import { parseNumber } from './numbers.js';
import { cleanReply, LONGEST_RUN, readable, shortRuns } from './reply.js';
import { parseRobust } from './yes-no.js';
import { plainEnglish } from './yes-no-english.js';

/** The longest run of one mark, or of white space, in a text. */
const longestRun = (text: string): number => {
  let [most, run, last] = [0, 0, ''];
  for (const char of text) {
    const kind = /\s/.test(char) ? ' ' : /[\p{L}\p{N}]/u.test(char) ? '' : char;
    run = kind !== '' && kind === last ? run + 1 : 1;
    last = kind;
    if (kind !== '') most = Math.max(most, run);
  }
  return most;
};

const MILLION = 1_000_000;
const fillers = ["'", "' ", '`', ' ', '\t\n', '(', '- ', '…', '！', '*', '"', '$', '，', '( '];

describe('huge replies', () => {
  it.each(fillers)('%j a million times: little is left to look at', (filler) => {
    const { text } = cleanReply(filler.repeat(MILLION));
    expect(text.length).toBeLessThanOrEqual(20_001);
    expect(longestRun(text)).toBeLessThanOrEqual(LONGEST_RUN);
    // Quotes that are taken out leave blanks, which are runs of their own.
    expect(longestRun(plainEnglish(text))).toBeLessThanOrEqual(LONGEST_RUN);
  });

  it('what is said around them is read', () => {
    for (const filler of fillers) {
      const long = filler.repeat(50_000);
      expect([filler, parseRobust(`Yes, there is a dog.\n${long}`, 'Is there a dog?')]).toEqual([filler, 'yes']);
    }
    expect(parseRobust(`${"'".repeat(MILLION)} No.`)).toBe('no');
    expect(parseChoice(`B. a cup\n${'. '.repeat(MILLION)}`, ['a dog', 'a cup'])).toBe('B');
    expect(parseNumber(`3\n${' '.repeat(MILLION)}`)).toBe(3);
    expect(namedNumber(`${' '.repeat(MILLION)}rating${' '.repeat(MILLION)}: 4`, 'rating', [0, 6])).toBe(4);
  });

  it('ordinary replies stay as they are', () => {
    const reply = 'Well…  yes -- there is a dog!!!\n\n    * one\n    * two\n\n---------\n| a | b |';
    expect(shortRuns(reply)).toBe(reply);
    expect(readable(reply)).toBe(reply);
    expect(shortRuns(`a${' '.repeat(33)}b${'\n'.repeat(40)}c${'-'.repeat(40)}`)).toBe(`a b\n\nc${'-'.repeat(32)}`);
  });
});
