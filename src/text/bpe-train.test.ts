// Training: a hand-computed example, determinism, agreement with a naive trainer, and a file that the hub's library loads.

import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { preTokenize, trainByteLevelBpe } from './bpe-train.js';
import { toByteAlphabet } from './bytes.js';
import { LINES } from './testing.js';

/** Recounts everything for every merge; ties by ids, as promised. */
function naiveMerges(texts: string[], specials: number, n: number): string[] {
  const vocab = Array.from({ length: specials }, (_, i) => `special${i}`);
  const all = trainByteLevelBpe([], { vocabSize: specials + 256, specialTokens: vocab });
  const ids = new Map(Object.entries(all.model.vocab));
  let words = texts.flatMap(preTokenize).map((w) => [...toByteAlphabet(w)]);
  const merges: string[] = [];
  while (merges.length < n) {
    const counts = new Map<string, number>();
    for (const w of words)
      for (let i = 0; i + 1 < w.length; i++) counts.set(`${w[i]} ${w[i + 1]}`, (counts.get(`${w[i]} ${w[i + 1]}`) ?? 0) + 1);
    const id = (pair: string, side: 0 | 1): number => ids.get(pair.split(' ')[side] as string) as number;
    const best = [...counts].sort((a, b) => b[1] - a[1] || id(a[0], 0) - id(b[0], 0) || id(a[0], 1) - id(b[0], 1))[0];
    if (best === undefined || best[1] < 2) break;
    const [left, right] = best[0].split(' ') as [string, string];
    merges.push(best[0]);
    if (!ids.has(left + right)) ids.set(left + right, ids.size);
    words = words.map((w) => {
      const out: string[] = [];
      for (let i = 0; i < w.length; i++) {
        if (w[i] === left && w[i + 1] === right) {
          out.push(left + right);
          i++;
        } else out.push(w[i] as string);
      }
      return out;
    });
  }
  return merges;
}

describe('trainByteLevelBpe', () => {
  it('merges the most frequent pair first', () => {
    const json = trainByteLevelBpe(['abab abab abc'], { vocabSize: 1 + 256 + 2, specialTokens: ['<e>'] });
    expect(json.model.merges).toEqual(['a b', 'Ġ ab']); // ab: 5 times; then Ġ ab and ab ab twice each, and Ġ has the smaller id
    expect(json.model.vocab['<e>']).toBe(0);
    expect(json.model.vocab.ab).toBe(257);
  });

  it('agrees with a trainer that recounts everything', () => {
    const texts = [...LINES, ...LINES, 'aaaa aaa aaaaa', '红红红红 红红'];
    const json = trainByteLevelBpe(texts, { vocabSize: 2 + 256 + 150, specialTokens: ['special0', 'special1'] });
    expect(json.model.merges).toEqual(naiveMerges(texts, 2, json.model.merges.length));
    expect(json.model.merges.length).toBeGreaterThan(100);
  });

  it('agrees on random strings of few letters, where overlaps and ties abound', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '红'), maxLength: 30 }), { maxLength: 5 }), (texts) => {
        const json = trainByteLevelBpe(texts, { vocabSize: 1 + 256 + 12, specialTokens: ['special0'] });
        expect(json.model.merges).toEqual(naiveMerges(texts, 1, json.model.merges.length));
      }),
      { numRuns: 40 },
    );
  });

  it('loads in the hub library as it is and gives the text back', () => {
    const json = trainByteLevelBpe(LINES, { vocabSize: 400, specialTokens: ['<|end|>'] });
    const hub = new HubTokenizer(JSON.parse(JSON.stringify(json)), { clean_up_tokenization_spaces: false });
    const { ids, tokens } = hub.encode('狗是红色的 12 cups<|end|>');
    expect((ids as number[]).every((id) => Number.isInteger(id))).toBe(true);
    expect(tokens.slice(-1)).toEqual(['<|end|>']);
    expect(tokens).toContain('1'); // digits stand alone
    expect(hub.decode(ids)).toBe('狗是红色的 12 cups<|end|>');
  });

  it('splits as the library does', () => {
    const json = trainByteLevelBpe([], { vocabSize: 256, specialTokens: [] });
    const hub = new HubTokenizer(json, {});
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const pieces = preTokenize(text);
        expect(pieces.join('')).toBe(text);
        expect(text === '' ? [] : hub.pre_tokenizer?.(text)).toEqual(pieces.map(toByteAlphabet));
      }),
    );
  });

  it('does not let the corpus spell a special token into existence, nor break on __proto__', () => {
    const json = trainByteLevelBpe(['hello hello hello __proto__ __proto__'], { vocabSize: 300, specialTokens: ['hello'] });
    expect(json.model.vocab.hello).toBe(0);
    expect(json.model.merges.map((m) => m.replace(' ', ''))).not.toContain('hello');
    expect(Object.values(json.model.vocab).sort((a, b) => a - b)).toEqual(Object.keys(json.model.vocab).map((_, i) => i));
  });

  it('refuses sizes and tokens that cannot work, and stops when aborted', () => {
    expect(() => trainByteLevelBpe([], { vocabSize: 100, specialTokens: [] })).toThrow(/256/);
    expect(() => trainByteLevelBpe([], { vocabSize: 300, specialTokens: ['a', 'a'] })).toThrow(/distinct/);
    expect(() => trainByteLevelBpe([], { vocabSize: 300, specialTokens: ['a'] })).toThrow(/single byte/);
    expect(() => trainByteLevelBpe(LINES, { vocabSize: 300, specialTokens: [], signal: AbortSignal.abort() })).toThrow(/abort/i);
  });
});
