// Decoding against Hugging Face's tokenizers (test/golden/make_tokenizers.py), streamed and whole, and how much work a stream does.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { cleanUpSpaces, SpaceCleanUp } from './clean-up.js';
import { testTokenizer } from './testing.js';
import { TokenDecoder } from './token-decoder.js';
import { Tokenizer } from './tokenizer.js';

const golden = join(import.meta.dirname, '../../test/golden');
const { decode } = JSON.parse(readFileSync(join(golden, 'tokenizers.json'), 'utf8')) as {
  decode: { decoder: { type: string; decoders?: { type: string }[] } | null; texts: [string[], string][] }[];
};
const nameOf = ({ decoder }: (typeof decode)[0]): string => decoder?.decoders?.map((d) => d.type).join(', ') ?? decoder?.type ?? 'none';
const family = (name: string): Promise<Tokenizer> => Tokenizer.fromFolder(join(golden, 'families', name));

describe('decoders give what those of tokenizers give', () => {
  it.each(decode.map((one) => [nameOf(one), one] as const))('%s', (_, { decoder, texts }) => {
    const whole = new TokenDecoder(decoder);
    const eager = new TokenDecoder(decoder, { eager: true });
    for (const [tokens, text] of texts) {
      expect(tokens.map((t) => whole.push(t)).join('') + whole.end(), tokens.join(' ')).toBe(text);
      // Only bytes that are not UTF-8 may come out in another way, when the run that they break is partly out.
      const streamed = tokens.map((t) => eager.push(t)).join('') + eager.end();
      if (!text.includes('\uFFFD')) expect(streamed, tokens.join(' ')).toBe(text);
    }
  });
});

describe('streams', () => {
  const texts = ['the quick brown fox.', ' a  b ', 'half 👩‍👩‍👧 emoji 🐕!', '日本語、中文', '\n\n new\tline', 'e\u0301 ñ'];
  it.each([
    'llava/clip',
    'llava-next/siglip-llama',
    'blip-2/opt',
    'blip-2/t5-every-layer',
    'instructblip/vicuna/qformer_tokenizer',
    'qwen2-vl/untied',
  ])('of %s join to the whole', async (name) => {
    const tokenizer = await family(name);
    for (const text of texts) {
      const ids = tokenizer.encode(text);
      const stream = tokenizer.stream();
      for (const _ of [1, 2]) expect(ids.map((id) => stream.push(id)).join('') + stream.end()).toBe(tokenizer.decode(ids));
    }
  });

  it('look at every token once, however long they are, and hold nothing back that is certain', async () => {
    const tokenizer = await family('llava/clip');
    const ids = tokenizer.encode('the quick brown fox. '.repeat(400)).slice(0, 4000);
    const looked = vi.spyOn(tokenizer, 'token');
    const pushed = vi.spyOn(TokenDecoder.prototype, 'push');
    const stream = tokenizer.stream();
    const pieces = ids.map((id) => stream.push(id));
    expect([looked.mock.calls.length, pushed.mock.calls.length]).toEqual([4000, 4000]);
    looked.mockRestore();
    pushed.mockRestore();
    expect(pieces.every((piece, i) => piece !== '' || i === 0)).toBe(true);
    expect(pieces.join('') + stream.end()).toBe(tokenizer.decode(ids));
  });

  it('emit a character of bytes when it is whole, and one U+FFFD for each byte that is not UTF-8', async () => {
    const tokenizer = await family('llava/clip');
    const ids = ['<0xF0>', '<0x9F>', '<0x90>', '<0x95>', '<0xF0>', '<0x9F>', 'a'].map((t) => tokenizer.tokenId(t) as number);
    const stream = tokenizer.stream();
    expect(ids.map((id) => stream.push(id))).toEqual(['', '', '', '🐕', '', '', '\uFFFD\uFFFDa']);
    expect(tokenizer.decode(ids.slice(4, 6))).toBe('\uFFFD\uFFFD');
    expect(tokenizer.decode(ids)).toBe(`${'\uFFFD'.repeat(6)}a`); // the whole run is not UTF-8
  });

  it('leave out ids that no token has, where they are asked to', async () => {
    for (const tokenizer of [await family('llava/clip'), testTokenizer()]) {
      const ids = tokenizer.encode('a b');
      const padded = [5000, ...ids, 4999, 123_456];
      expect(tokenizer.decode(padded, { skipUnknown: true })).toBe(tokenizer.decode(ids));
      expect(() => tokenizer.decode(padded)).toThrow(expect.objectContaining({ code: 'text.id' }));
      expect(() => tokenizer.tokenBytes(5000)).toThrow(expect.objectContaining({ code: 'text.id' }));
    }
  });
});

describe('spaces before punctuation', () => {
  it('are taken away from a stream as from the whole', () => {
    const unit = fc.constantFrom(' ', "'", '.', ',', 'n', 't', 'm', 's', 'v', 'e', 'r', '?', '!', 'x');
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 4 }), { maxLength: 30 }), (pieces) => {
        const clean = new SpaceCleanUp();
        expect(pieces.map((p) => clean.push(p)).join('') + clean.end()).toBe(cleanUpSpaces(pieces.join('')));
      }),
      { numRuns: 2000 },
    );
    expect(cleanUpSpaces("do n't , he 's ' a ' . no")).toBe("don't, he's'a '. no");
  });
  it('are where tokenizer_config.json says so, but not for BPE', () => {
    const vocab = { a: 0, ',': 1, '[UNK]': 2 };
    const pieces = {
      model: { type: 'WordPiece', unk_token: '[UNK]', vocab },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    };
    const config = { clean_up_tokenization_spaces: true };
    expect(Tokenizer.fromJson(pieces, config).decode([0, 1, 0])).toBe('a, a');
    expect(Tokenizer.fromJson(pieces).decode([0, 1, 0])).toBe('a , a');
    const bpe = { model: { type: 'BPE', vocab: { a: 0, ' ,': 1 }, merges: [] }, decoder: { type: 'Fuse' } };
    expect(Tokenizer.fromJson(bpe, config).decode([0, 1])).toBe('a ,');
    const forced = { ...config, clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output: true };
    expect(Tokenizer.fromJson(bpe, forced).decode([0, 1])).toBe('a,');
  });
});
