// The fast encoder against the library that defines the format.

import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpeEncoder } from './bpe-encode.js';
import { toByteAlphabet } from './bytes.js';
import { LINES, testTokenizer } from './testing.js';

const tokenizer = testTokenizer();
const hub = new HubTokenizer({ ...tokenizer.json, added_tokens: [] }, { clean_up_tokenization_spaces: false });
const letters = fc.constantFrom(...'abcdefghilnorstu', ...'红色的杯子在狗左边图片里有', 'the ', 'is', '🐕', '7');

describe('BpeEncoder', () => {
  it('agrees with the library on words short and long', () => {
    for (const line of LINES) expect(tokenizer.encode(line)).toEqual(hub.encode(line).ids);
    for (const [minLength, maxLength] of [
      [1, 15],
      [16, 60],
      [100, 400],
    ] as const)
      fc.assert(
        fc.property(fc.string({ unit: letters, minLength, maxLength }), (text) => {
          expect(tokenizer.encode(text)).toEqual(hub.encode(text).ids);
        }),
        { numRuns: 40 },
      );
  });

  it('takes the leftmost of equal merges in both searches', () => {
    for (const n of [1, 2, 3, 7, 48, 49, 101]) expect(tokenizer.encode('t'.repeat(n))).toEqual(hub.encode('t'.repeat(n)).ids);
  });

  it('gives a hundred thousand letters without a space back', () => {
    const text = '红色的杯子在狗的左边'.repeat(10_000);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('takes whole words first where the model says so', () => {
    const model = { type: 'BPE', ignore_merges: true, vocab: { a: 0, b: 1, ab: 2, abab: 3 }, merges: ['a b'] };
    expect(BpeEncoder.from(model, 'x')?.encode('abab')).toEqual([3]);
    expect(BpeEncoder.from({ ...model, ignore_merges: false }, 'x')?.encode('abab')).toEqual([2, 2]);
  });

  it('leaves models alone that need more, and names a byte without a token', () => {
    const model = { type: 'BPE', vocab: { a: 0 }, merges: [] };
    expect(BpeEncoder.from({ ...model, unk_token: 'a' }, 'x')).toBeUndefined();
    expect(BpeEncoder.from({ ...model, vocab: { a: 0, b: 1 }, merges: ['a b'] }, 'x')).toBeUndefined();
    expect(() => BpeEncoder.from(model, 'm/tokenizer.json')?.encode(toByteAlphabet('a!'))).toThrow(/cannot spell.*m\/tokenizer\.json.*"!"/);
  });
});
