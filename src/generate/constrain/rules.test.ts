// Rules as a grammar: what they accept, and what is refused by its name.

import { describe, expect, it } from 'vitest';
import { compileRules, type GrammarRules } from './rules.js';
import { Walker } from './walk.js';

/** Whether a grammar accepts a text, byte by byte. */
function accepts(rules: GrammarRules, text: string): boolean {
  const grammar = compileRules(rules, 'start');
  const walker = new Walker(grammar);
  let at = walker.closure([{ state: grammar.start, frame: undefined, depth: 0 }], false);
  for (const byte of new TextEncoder().encode(text)) at = walker.read(at.configs, byte);
  return at.exits;
}

const sums: GrammarRules = {
  start: [[{ rule: 'sum' }, ';']],
  sum: [[{ rule: 'number' }], [{ rule: 'number' }, '+', { rule: 'sum' }]],
  number: [[{ pattern: '[1-9][0-9]{0,2}' }], ['(', { rule: 'sum' }, ')']],
};

describe('compileRules', () => {
  it('accepts what the rules spell, recursion included', () => {
    for (const text of ['1;', '1+22;', '1+(2+3)+400;', '((1));']) expect([text, accepts(sums, text)]).toEqual([text, true]);
    for (const text of ['', '1', '01;', '1+;', '(1;', '1000;']) expect([text, accepts(sums, text)]).toEqual([text, false]);
  });

  it('names what is wrong', () => {
    const wrong = (rules: unknown, start = 'start') => {
      try {
        compileRules(rules as GrammarRules, start);
      } catch (error) {
        const { code, place } = error as { code: string; place: string };
        return [code, place];
      }
      return undefined;
    };
    expect(wrong({ start: [[{ rule: 'nunber' }]], number: [['1']] })).toEqual(['constrain.rules', 'start']);
    expect(wrong(sums, 'begin')).toEqual(['constrain.rules', 'start']);
    expect(wrong({ start: 'x' })).toEqual(['constrain.rules', 'start']);
    expect(wrong({ start: [[7]] })).toEqual(['constrain.rules', 'start']);
    expect(wrong({ start: [[{ pattern: '(' }]] })).toEqual(['constrain.regex', expect.any(String)]);
    expect(wrong({ start: [[{ rule: 'start' }, 'x']] })).toEqual(['constrain.recursion', 'start']);
    expect(wrong({ start: [['x'.repeat(300_000)]] })).toEqual(['constrain.size', 'start']);
  });
});
