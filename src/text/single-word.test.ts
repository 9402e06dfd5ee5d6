// `single_word` of added tokens; which of the texts hold the token is what Python's tokenizers 0.22 says.

import { describe, expect, it } from 'vitest';
import { CHAR_TO_BYTE } from './bytes.js';
import { Tokenizer } from './tokenizer.js';

const vocab = Object.fromEntries([...CHAR_TO_BYTE.keys()].map((char, id) => [char, id]));
const added = (id: number, content: string, flags: object): object => ({ id, content, single_word: true, normalized: false, ...flags });
const tokenizer = Tokenizer.fromJson({
  added_tokens: [
    added(256, '<w>', {}),
    added(257, '<l>', { lstrip: true }),
    added(258, '<r>', { rstrip: true }),
    added(259, '<s>', { special: true }),
  ],
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab, merges: [] },
});

describe('single words', () => {
  it.each([
    ['a<w>b', 0],
    ['a <w> b', 1],
    ['<w>', 1],
    ['x<w>', 0],
    ['<w>x', 0],
    ['é<w>', 0],
    ['狗<w>!', 0],
    ['1<w>', 0],
    ['_<w>', 0],
    ['(<w>)', 1],
    ['a <w>b <w> c', 1],
    ['<w><w>', 2],
    ['🙂<w>🙂', 1],
    ['\u200d<w>', 0],
    ['<s>a', 0],
    [' <s> ', 1],
    ['-<s>-', 1],
  ])('%j holds the token %i times', (text, times) => {
    const ids = tokenizer.encode(text, { special: true });
    expect(ids.filter((id) => id >= 256).length).toBe(times);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it('take the white space that their flags say', () => {
    expect(tokenizer.encode('a  <l>  b').length).toBe(1 + 1 + 2 + 1);
    expect(tokenizer.encode('x <r> y').length).toBe(2 + 1 + 1);
  });
});
