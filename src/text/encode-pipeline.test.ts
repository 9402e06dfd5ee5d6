// Encoding against Hugging Face's tokenizers (test/golden/make_tokenizers.py) and the library: models, normalizers and added tokens of every kind.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpeEncoder } from './bpe-encode.js';
import { PairTable } from './pair-table.js';
import { Precompiled } from './precompiled.js';
import { Tokenizer } from './tokenizer.js';
import { UnigramEncoder } from './unigram-encode.js';

interface Golden {
  texts: string[];
  encode: {
    json: { model: { type: string; ignore_merges?: boolean }; added_tokens: { special: boolean; content: string }[] };
    ids: number[][];
  }[];
  normalize: { charsmap: string; texts: [string, string][] };
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../test/golden/tokenizers.json'), 'utf8')) as Golden;

describe('encoding is that of tokenizers', () => {
  it.each(golden.encode.map((one, i) => [i, one.json.model.type, one] as const))('%i, %s', (_, type, { json, ids }) => {
    const tokenizer = Tokenizer.fromJson(json);
    golden.texts.forEach((text, i) => {
      // Text is data: where tokenizers finds the name of a special token among its pieces or words, it stays text here.
      if ((type === 'Unigram' || json.model.ignore_merges) && /<\/?s>|<unk>/.test(text)) return;
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids[i]);
    });
  });

  it('and of the library for any text, with merges over spaces too', () => {
    const vocab = ['<unk>', '▁', 'a', 'b', '▁a', 'ab', 'b▁', '▁▁', 'b▁a', 'aa', '日'];
    for (const merges of [
      ['▁ a', 'a b', '▁ ▁', 'a a'],
      ['b ▁', 'b▁ a', 'a a', '▁ a'],
    ]) {
      const model = { type: 'BPE', unk_token: '<unk>', fuse_unk: true, vocab: Object.fromEntries(vocab.map((t, i) => [t, i])), merges };
      const json = { model, normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' }, added_tokens: [] };
      const tokenizer = Tokenizer.fromJson(json);
      const hub = new HubTokenizer({ pre_tokenizer: null, post_processor: null, decoder: null, ...json }, {});
      fc.assert(
        fc.property(fc.string({ unit: fc.constantFrom(' ', 'a', 'b', '日', 'a', ' ', 'z'), maxLength: 150 }), (text) => {
          expect(tokenizer.encode(text)).toEqual(text === '' ? [] : hub.encode(text).ids);
        }),
      );
    }
  });
});

describe('unigram models', () => {
  const vocab: [string, number][] = [['<unk>', 0], ['</s>', 0], ['a', -2], ['b', -2.5], ['ab', -4.5], ['aba', -6], ['ba', -4.4], ['🐕', -3]]; // biome-ignore format: a table
  const hub = new HubTokenizer(
    {
      model: { type: 'Unigram', unk_id: 0, vocab },
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      added_tokens: [],
    },
    {},
  );
  it('take the best path, the leftmost of equals, and one unknown token for a run', () => {
    const encoder = new UnigramEncoder({ vocab, unk_id: 0 }, 'x', new Set(['</s>']));
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '🐕', 'z', '狗'), minLength: 1, maxLength: 120 }), (text) => {
        expect(encoder.encode(text)).toEqual(hub.encode(text).ids);
      }),
    );
    expect(encoder.encode('a</s>b')).toEqual([2, 0, 3]);
    expect(encoder.encode('')).toEqual([]);
    expect(() => new UnigramEncoder({ vocab }, 'm/tokenizer.json').encode('az')).toThrow(expect.objectContaining({ code: 'text.unknown' }));
  });
  it('keep what spells a special token as text, in the whole tokenizer too', () => {
    const added_tokens = ['<unk>', '</s>'].map((content, id) => ({ id, content, special: true }));
    const json = { model: { type: 'Unigram', unk_id: 0, vocab }, pre_tokenizer: { type: 'Metaspace' }, added_tokens };
    const tokenizer = Tokenizer.fromJson(json);
    expect(tokenizer.encode('</s>a')).not.toContain(1);
    expect(tokenizer.encode('</s>a', { special: true })).toContain(1);
  });
});

describe('the work of an encoding', () => {
  it('grows with the text, not with its square: look-ups for a text without spaces', () => {
    const counts = [2000, 8000].map((n) => {
      const vocab = Object.fromEntries(['a', 'b', 'ab', 'abab'].map((t, i) => [t, i]));
      const encoder = BpeEncoder.build({ type: 'BPE', vocab, merges: ['a b', 'ab ab'] }, 'x') as BpeEncoder;
      let count = 0;
      const ranks = (encoder as unknown as { parts: { ranks: PairTable } }).parts.ranks;
      const get = ranks.get.bind(ranks);
      ranks.get = (left, right) => {
        count++;
        return get(left, right);
      };
      expect(encoder.encode('ab'.repeat(n / 2))).toHaveLength(n / 4);
      return count;
    });
    expect(counts[1]).toBeLessThan(4.2 * (counts[0] as number));
  });
});

describe('sentencepiece’s character map', () => {
  it('replaces what it replaces in tokenizers, and joiners stay', () => {
    const map = new Precompiled(golden.normalize.charsmap, 'x');
    for (const [text, wanted] of golden.normalize.texts) expect(map.normalize(text), JSON.stringify(text)).toBe(wanted);
    expect(map.normalize('')).toBe('');
  });
  it('is refused when it is cut', () => {
    for (const cut of ['', 'AA', golden.normalize.charsmap.slice(0, 100)])
      expect(() => new Precompiled(cut, 'm/tokenizer.json')).toThrow(expect.objectContaining({ code: 'text.tokenizer' }));
  });
});

it('PairTable holds what a map holds', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(70_000), fc.nat()), { maxLength: 300 }), (entries) => {
      const table = new PairTable(4);
      const map = new Map<string, number>();
      for (const [left, right, value] of entries) {
        table.set(left, right, value);
        map.set(`${left} ${right}`, value);
      }
      for (const [left, right] of entries) expect(table.get(left, right)).toBe(map.get(`${left} ${right}`));
      expect(table.get(41, 0)).toBe(-1);
    }),
  );
});
