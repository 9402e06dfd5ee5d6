// The trie of a vocabulary against its tokens one by one, and how tokens of different tokenizers are spelled.

import { describe, expect, it } from 'vitest';
import { testTokenizer } from '../../text/testing.js';
import { Tokenizer } from '../../text/tokenizer.js';
import { Rng } from '../../util/rng.js';
import { constraintFor } from './compiled.js';
import { type TokenTrie, tokenTrie, trieOf } from './trie.js';

/** Reads every token back out of the trie: id -> bytes. */
function read(trie: TokenTrie): Map<number, string> {
  const out = new Map<number, string>();
  const path: number[] = [];
  for (let n = 1; n < trie.byte.length; n++) {
    const depth = trie.depth[n] as number;
    path.length = depth - 1;
    path.push(trie.byte[n] as number);
    expect(trie.end[n]).toBeGreaterThan(n);
    let after = n + 1;
    while (after < trie.byte.length && (trie.depth[after] as number) > depth) after++;
    expect(trie.end[n]).toBe(after);
    for (let t = trie.first[n] as number; t < (trie.first[n + 1] as number); t++) out.set(trie.tokens[t] as number, path.join());
  }
  return out;
}

describe('the trie of a vocabulary', () => {
  it('holds every token once, also equal ones, prefixes and half characters', () => {
    const rng = new Rng(1);
    const tokens: (Uint8Array | undefined)[] = Array.from({ length: 800 }, () =>
      Uint8Array.from({ length: 1 + rng.int(5) }, () => rng.pick([0, 65, 66, 128, 255])),
    );
    tokens[5] = undefined;
    tokens[6] = new Uint8Array(0);
    const expected = new Map(tokens.flatMap((t, id) => (t?.length ? [[id, t.join()] as const] : [])));
    const trie = trieOf(tokens);
    expect(read(trie)).toEqual(expected);
    expect([...trie.spellable].flatMap((v, b) => (v ? [b] : []))).toEqual([0, 65, 66, 128, 255]);
    expect(trieOf([]).byte).toHaveLength(1);
  });

  it('leaves special tokens out and is built once', () => {
    const tokenizer = testTokenizer();
    const trie = tokenTrie(tokenizer);
    expect(tokenTrie(tokenizer)).toBe(trie);
    const found = read(trie);
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      expect(found.has(id)).toBe(!tokenizer.isSpecial(id));
      if (found.has(id)) expect(found.get(id)).toBe(tokenizer.tokenBytes(id).join());
    }
  });

  it('spells sentence pieces, with bytes for what has no piece, and refuses word pieces', () => {
    const pieces = ['<unk>', '</s>', '<0x0A>', '<0xE7>', '▁', '▁a', 'a', 'b', '红'];
    const tokenizer = Tokenizer.fromJson({
      added_tokens: [
        { id: 0, content: '<unk>', special: true },
        { id: 1, content: '</s>', special: true },
      ],
      model: { type: 'BPE', vocab: Object.fromEntries(pieces.map((p, i) => [p, i])), merges: [], byte_fallback: true, unk_token: '<unk>' },
      decoder: {
        type: 'Sequence',
        decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }],
      },
    });
    const { bytes } = tokenTrie(tokenizer);
    expect(bytes.map((b) => b && Buffer.from(b).toString('latin1'))).toEqual([
      undefined,
      undefined,
      '\n',
      '\xe7',
      ' ',
      ' a',
      'a',
      'b',
      '\xe7\xba\xa2',
    ]);
    const constraint = constraintFor(tokenizer, { type: 'regex', pattern: 'a( a|c)?b' });
    expect(constraint.follow([6, 5, 7])?.ends).toBe(true);
    expect(constraint.follow([6, 5, 5])).toBeUndefined();
    expect(constraintFor(tokenizer, { type: 'regex', pattern: 'a( a|c)?b' })).toBe(constraint);
    // Decoding drops a space at the beginning, so none may be needed there.
    const spaced = constraintFor(tokenizer, { type: 'regex', pattern: ' ?a( a)*' });
    expect([spaced.follow([6, 5])?.ends, spaced.follow([5])]).toEqual([true, undefined]);
    expect(() => constraintFor(tokenizer, { type: 'regex', pattern: ' a' })).toThrow(/nothing satisfies/);
    const words = Tokenizer.fromJson({ model: { type: 'WordPiece', vocab: { a: 0 } }, decoder: { type: 'WordPiece' } });
    expect(() => tokenTrie(words)).toThrow(/cannot be constrained.*runs of bytes.*WordPiece/);
  });
});
