// Prompts that are far too long are refused after work that the context bounds, and no prompt is refused that fits.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CausalLm } from '../generate/index.js';
import type { ChatMessage } from '../text/index.js';
import { Rng } from '../util/rng.js';
import { ServedModel } from './served-model.js';

let lm: CausalLm;
let served: ServedModel;
beforeAll(async () => {
  lm = await CausalLm.load('models/world-llama');
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
      const tokens = served.exceeds(user(text.repeat(2e6 / text.length)), 256);
      expect(tokens, JSON.stringify(text)).toBeGreaterThan(256);
      const read = encode.mock.calls.reduce((sum, [piece]) => sum + piece.length, 0);
      expect(read, JSON.stringify(text)).toBeLessThan(50_000);
    }
    encode.mockRestore();
    expect(served.exceeds([{ role: 'user', content: 'x', name: 'y'.repeat(1e6) }], 256)).toBeGreaterThan(256);
    expect(
      served.exceeds(
        Array.from({ length: 500 }, () => user('dog cat '.repeat(100))[0] as ChatMessage),
        256,
      ),
    ).toBeGreaterThan(256);
  });

  it('is never one that fits', () => {
    const rng = new Rng(5);
    const pieces = ['dog', ' the red cup', '  ', '画面中可以看到', '🦊', '\n\n', 'is there a ', 'aaaaaaaa', '.', ' left of'];
    for (let i = 0; i < 40; i++) {
      const text = Array.from({ length: 3000 }, () => pieces[rng.int(pieces.length)]).join('');
      const messages = user(text);
      const tokens = served.countTokens({ messages });
      expect(served.exceeds(messages, tokens)).toBe(undefined);
      expect(served.exceeds(messages, Math.floor(tokens / 2))).toBeGreaterThan(tokens / 2);
    }
  });
});
