// Tokenizers: exact round trips, special tokens under control, offsets, streaming, files on disk, and errors that name the key.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Length } from './bytes.js';
import { SPECIAL_TOKENS } from './chat.js';
import { testTokenizer } from './testing.js';
import { assertFits, coversAllBytes, Tokenizer } from './tokenizer.js';

const tokenizer = testTokenizer();
/** Any characters but surrogates; control characters and Chinese more often than by chance. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0x4e00, max: 0x4fff }), fc.integer({ min: 0, max: 0x10ffff })), {
    maxLength: 20,
  })
  .map((points) =>
    points
      .filter((c) => c < 0xd800 || c > 0xdfff)
      .map((c) => String.fromCodePoint(c))
      .join(''),
  );
const samples = [
  '',
  ' ',
  'The red cup.',
  '红色的杯子在狗的左边。',
  '👩‍👩‍👧‍👦 emoji 🐕',
  '\u0000\u0001\t\r\n\u007f\u0085',
  '\uFEFFbom',
  'a<|end|>b<image>',
  '  two  spaces ',
  '[0.25, 0.50]',
];

describe('round trip', () => {
  it.each(samples)('gives %j back', (text) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.decode(tokenizer.encode(text, { special: true }))).toBe(text);
  });

  it('gives any text back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
        expect(tokenizer.decode(tokenizer.encode(text, { special: true }))).toBe(text);
      }),
    );
  });

  it('uses merges, also for Chinese', () => {
    expect(tokenizer.encode('红色的杯子').length).toBeLessThan(10); // 15 bytes
    expect(tokenizer.encode(' the').length).toBe(1);
    expect(coversAllBytes(tokenizer)).toBe(true);
  });
});

describe('special tokens', () => {
  it('are text unless asked for', () => {
    expect(tokenizer.encode('<|end|>', { special: true })).toEqual([1]);
    const plain = tokenizer.encode('<|end|>');
    expect(plain.length).toBeGreaterThan(1);
    expect(plain.some((id) => tokenizer.isSpecial(id))).toBe(false);
  });

  it('have their roles and ids', () => {
    expect(SPECIAL_TOKENS.map((t) => tokenizer.tokenId(t))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tokenizer.specialIds).toEqual({ bos: undefined, eos: 1, pad: 0, image: 5 });
  });

  it('can be left out when decoding', () => {
    const ids = tokenizer.encode('<|user|>hi<|end|>', { special: true });
    expect(tokenizer.decode(ids, { skipSpecial: true })).toBe('hi');
    expect(tokenizer.decode(ids)).toBe('<|user|>hi<|end|>');
  });
});

describe('offsets', () => {
  it('tile the bytes of any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { ids, offsets } = tokenizer.encodeWithOffsets(text);
        expect(ids).toEqual(tokenizer.encode(text));
        const bytes = new TextEncoder().encode(text);
        let at = 0;
        offsets.forEach(([start, end], i) => {
          expect(start).toBe(at);
          expect([...bytes.slice(start, end)]).toEqual([...tokenizer.tokenBytes(ids[i] as number)]);
          at = end;
        });
        expect(at).toBe(bytes.length);
      }),
    );
  });

  it('place special tokens', () => {
    const { ids, offsets } = tokenizer.encodeWithOffsets('狗<|end|>', { special: true });
    expect(ids[ids.length - 1]).toBe(1);
    expect(offsets[offsets.length - 1]).toEqual([3, 10]);
  });

  it('count UTF-8 as TextEncoder does, lone surrogates included', () => {
    for (const text of ['aé狗🐕', '\ud800', '\udc00a', 'x\ud83d']) expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
  });
});

describe('DecodeStream', () => {
  it('never emits half a character', () => {
    fc.assert(
      fc.property(
        anyText.filter((s) => !s.includes('\uFFFD')),
        (text) => {
          const stream = tokenizer.stream();
          const pieces = tokenizer.encode(text).map((id) => stream.push(id));
          expect(pieces.join('')).not.toContain('\uFFFD');
          expect(pieces.join('') + stream.end()).toBe(text);
        },
      ),
    );
  });

  it('holds the bytes of an emoji back until it is whole', () => {
    const stream = tokenizer.stream();
    const pieces = tokenizer.encode('🐕').map((id) => stream.push(id));
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.slice(0, -1).join('')).toBe('');
    expect(pieces[pieces.length - 1]).toBe('🐕');
  });

  it('ends an unfinished character with U+FFFD, before a special token too', () => {
    const stream = tokenizer.stream({ skipSpecial: true });
    const first = tokenizer.encode('🐕')[0] as number;
    expect(stream.push(first)).toBe('');
    expect(stream.push(1)).toBe('\uFFFD');
    expect(stream.push(first) + stream.end()).toBe('\uFFFD');
    expect(() => stream.push(99999)).toThrow(/no token has this id/);
  });
});

describe('tokenizers of other kinds', () => {
  const sentencePieces = {
    added_tokens: [{ id: 0, content: '</s>', special: true }],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      byte_fallback: true,
      vocab: Object.fromEntries(
        [
          '</s>',
          ...Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`),
          '▁',
          'a',
          'b',
          '▁a',
          '▁ab',
        ].map((t, i) => [t, i]),
      ),
      merges: ['▁ a', '▁a b'],
    },
  };
  const other = Tokenizer.fromJson(sentencePieces);

  it('decode, stream and place their tokens', () => {
    const { ids, offsets } = other.encodeWithOffsets('ab a狗');
    expect(ids.map((id) => other.token(id))).toEqual(['▁ab', '▁a', '<0xE7>', '<0x8B>', '<0x97>']);
    expect(offsets).toEqual([
      [0, 2],
      [2, 4],
      [4, 5],
      [5, 6],
      [6, 7],
    ]);
    expect(other.byteLevel).toBe(false);
    expect(other.decode(ids)).toBe('ab a狗');
    const stream = other.stream();
    expect(ids.map((id) => stream.push(id))).toEqual(['ab', ' a', '', '', '狗']);
  });

  it('put a space before the first text only, where they say so', () => {
    const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false };
    const pieces = [
      { text: 'ab', special: false },
      { text: '</s>', special: true },
      { text: 'a b', special: false },
    ];
    const words = (json: unknown, some = pieces): (string | undefined)[] => {
      const t = Tokenizer.fromJson(json);
      return t.encodePieces(some).ids.map((id) => t.token(id));
    };
    const first = { ...sentencePieces, normalizer: null, pre_tokenizer: metaspace };
    expect(words(first)).toEqual(['▁ab', '</s>', 'a', '▁', 'b']);
    expect(words({ ...first, pre_tokenizer: { type: 'Sequence', pretokenizers: [metaspace] } })).toEqual(words(first));
    expect(words(first, pieces.slice(1))).toEqual(['</s>', 'a', '▁', 'b']);
    expect(words({ ...first, pre_tokenizer: { ...metaspace, prepend_scheme: 'always' } })).toEqual(['▁ab', '</s>', '▁a', '▁', 'b']);
  });

  it('say so when the text is rewritten', () => {
    const lower = Tokenizer.fromJson({ ...testTokenizer().json, normalizer: { type: 'NFC' } });
    expect(lower.encodeWithOffsets('é').offsets.length).toBeGreaterThan(0);
    expect(() => lower.encodeWithOffsets('e\u0301')).toThrow(/rewrites its text/);
  });

  it('say so when a character has no token', () => {
    const words = Tokenizer.fromJson({ model: { type: 'WordPiece', vocab: { a: 0 } } });
    expect(words.encode('a')).toEqual([0]);
    expect(() => words.encode('b')).toThrow(/cannot spell/);
    const few = Tokenizer.fromJson({ model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }); // the library drops the b
    expect(() => few.encodeWithOffsets('ab')).toThrow(/2 bytes, got 1 bytes/);
  });
});

describe('bad input', () => {
  const good = tokenizer.json as unknown as Record<string, unknown>;
  const model = good.model as Record<string, unknown>;
  it.each([
    ['(top)', 3],
    ['model', { ...good, model: undefined }],
    ['model.vocab', { ...good, model: { ...model, vocab: [] } }],
    ['model.vocab["a"]', { ...good, model: { ...model, vocab: { a: 'x' } } }],
    ['model.vocab["b"]', { ...good, model: { ...model, vocab: { a: 0, b: 0 } } }],
    ['model.merges', { ...good, model: { ...model, merges: undefined } }],
    ['model.merges[0]', { ...good, model: { ...model, merges: ['nothing known'] } }],
    ['added_tokens', { ...good, added_tokens: {} }],
    ['added_tokens[0].content', { ...good, added_tokens: [{ id: 0 }] }],
    ['added_tokens[0].id', { ...good, added_tokens: [{ id: 1, content: 'z' }] }],
    ['decoder', { ...good, decoder: 'ByteLevel' }],
  ])('names key %s', (key, json) => {
    expect(() => Tokenizer.fromJson(json, {}, 'm/tokenizer.json')).toThrow(`m/tokenizer.json, key ${key})`);
  });

  it('names an unsupported part', () => {
    expect(() => Tokenizer.fromJson({ ...good, pre_tokenizer: { type: 'Alien' } }, {}, 'm/tokenizer.json')).toThrow(
      /m\/tokenizer\.json.*Alien/,
    );
  });

  it('does not fit a smaller model or another image token', () => {
    const n = tokenizer.vocabSize;
    expect(() => assertFits(tokenizer, { vocabSize: n, imageTokenId: 5 })).not.toThrow();
    expect(() => assertFits(tokenizer, { vocabSize: n + 100 })).not.toThrow();
    expect(() => assertFits(tokenizer, { vocabSize: n - 1 })).toThrow(/more tokens than the embedding has rows/);
    expect(() => assertFits(tokenizer, { vocabSize: n, imageTokenId: 7 })).toThrow(/id 7.*id 5/);
  });
});

it('saves and loads, and names the file and position when it is cut', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  try {
    await tokenizer.save(dir);
    const again = await Tokenizer.fromFolder(dir);
    expect(again.json).toEqual(tokenizer.json);
    expect(again.specialIds).toEqual(tokenizer.specialIds);
    expect(again.encode('红色的 cup')).toEqual(tokenizer.encode('红色的 cup'));
    await writeFile(join(dir, 'tokenizer.json'), '{\n "model": {"vocab"');
    await expect(Tokenizer.fromFolder(dir)).rejects.toThrow(/tokenizer\.json:2:19\).*end of the text/);
    await expect(Tokenizer.fromFolder(join(dir, 'none'))).rejects.toThrow(/none\/tokenizer\.json/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

it('takes the roles of tokens from special_tokens_map.json where tokenizer_config.json lists no added tokens', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tokens-'));
  try {
    await writeFile(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer.json));
    const map = { eos_token: { content: '<|end|>', lstrip: false }, pad_token: '<|pad|>', unk_token: null };
    await writeFile(join(dir, 'special_tokens_map.json'), JSON.stringify(map));
    const roles = async (config?: object): Promise<object> => {
      if (config) await writeFile(join(dir, 'tokenizer_config.json'), JSON.stringify(config));
      const { bos, eos, pad } = (await Tokenizer.fromFolder(dir)).specialIds;
      return { bos, eos, pad };
    };
    expect(await roles()).toEqual({ bos: undefined, eos: 1, pad: 0 });
    expect(await roles({ eos_token: '<|user|>', bos_token: '<|text|>' })).toEqual({ bos: 4, eos: 1, pad: 0 });
    const listed = { eos_token: '<|user|>', added_tokens_decoder: { 2: { content: '<|user|>', special: true } } };
    expect(await roles(listed)).toEqual({ bos: undefined, eos: 2, pad: undefined });
  } finally {
    await rm(dir, { recursive: true });
  }
});
