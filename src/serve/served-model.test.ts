// Prompts that are far too long are refused after work that the context bounds, and no prompt is refused that fits.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Mllm } from '../generate/index.js';
import type { ChatMessage } from '../text/index.js';
import { exceeds } from '../text/prompt-length.js';
import { Rng } from '../util/rng.js';
import { ServedModel } from './served-model.js';

let lm: Mllm;
let served: ServedModel;
beforeAll(async () => {
  lm = await Mllm.load('models/world-llama');
  served = new ServedModel(lm);
});
afterAll(() => lm.dispose());

const user = (content: string): ChatMessage[] => [{ role: 'user', content }];

describe('a prompt that is far too long', () => {
  it('is known for one after a few pieces, whatever it is made of', () => {
    const encode = vi.spyOn(served.tokenizer, 'encode');
    const texts = ['dog cat ', 'a', ' ', '画面中', '🦊', '\u0000', 'x1!', '\n'];
    for (const text of texts) {
      encode.mockClear();
      const tokens = exceeds(served.tokenizer, user(text.repeat(2e6 / text.length)), { limit: 256 });
      expect(tokens, JSON.stringify(text)).toBeGreaterThan(256);
      const read = encode.mock.calls.reduce((sum, [piece]) => sum + piece.length, 0);
      expect(read, JSON.stringify(text)).toBeLessThan(50_000);
    }
    encode.mockRestore();
    expect(exceeds(served.tokenizer, [{ role: 'user', content: 'x', name: 'y'.repeat(1e6) }], { limit: 256 })).toBeGreaterThan(256);
    expect(
      exceeds(
        served.tokenizer,
        Array.from({ length: 500 }, () => user('dog cat '.repeat(100))[0] as ChatMessage),
        { limit: 256 },
      ),
    ).toBeGreaterThan(256);
  });

  it('is never one that fits', () => {
    const { tokenizer } = served;
    // Long tokens, so that a prompt is measured before it is tokenized.
    const words = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id])).filter((text) =>
      /^ [a-z]{7,}$/.test(text),
    );
    expect(words.length).toBeGreaterThan(20);
    const long = words.sort((one, other) => other.length - one.length).slice(0, 12);
    const rng = new Rng(5);
    for (let i = 0; i < 6; i++) {
      const text = Array.from({ length: 6000 }, () => long[rng.int(long.length)]).join('');
      const tokens = served.chatIds({ messages: user(text) }).length;
      expect(text.length).toBeGreaterThan(8 * tokens);
      expect(exceeds(served.tokenizer, user(text), { limit: tokens })).toBe(undefined);
      const limit = Math.floor(tokens * 0.9);
      expect(exceeds(served.tokenizer, user(text), { limit })).toBeGreaterThan(limit);
    }
  });
});
