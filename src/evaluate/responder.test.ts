// Every kind of model as a responder: batched replies equal single ones, images where the model takes them.

import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Mllm } from '../generate/mllm.js';
import { collectReply } from '../generate/reply.js';
import { image, type RgbImage } from '../media/index.js';
import type { ChatMessage } from '../text/index.js';
import { responderOf } from './responder.js';

const root = resolve(import.meta.dirname, '../..');
const picture = (n: number): RgbImage => ({
  width: 20 + n,
  height: 30,
  data: Uint8Array.from({ length: (20 + n) * 90 }, (_, i) => (i * (n + 3)) % 251),
});
const [one, two] = [picture(1), picture(2)];
const about = (source: RgbImage, question: string): ChatMessage[] => [
  { role: 'user', content: [{ ...image(source) }, { type: 'text', text: question }] },
];

describe('responders', () => {
  const opened: Mllm[] = [];
  const open = async (path: string): Promise<Mllm> => {
    const model = await Mllm.load(resolve(root, path));
    opened.push(model);
    return model;
  };
  afterAll(async () => {
    for (const model of opened) await model.dispose();
  });

  describe('a model that sees', () => {
    let tiny: Mllm;
    beforeAll(async () => {
      tiny = await open('models/sensorium-tiny');
    });

    test('replies as the model does alone, whatever is batched with what', async () => {
      const conversations: ChatMessage[][] = [
        about(one, 'Is there a dog?'),
        [{ role: 'user', content: 'What is a dog?' }],
        about(two, 'What color is the cup?'),
        [...about(one, 'Is there a dog?'), { role: 'assistant', content: 'No.' }, { role: 'user', content: 'Is there a cat?' }],
        about(one, 'Describe the image.'),
      ];
      const options = { maxTokens: 12 };
      const alone: string[] = [];
      for (const messages of conversations)
        alone.push((await collectReply(tiny.stream({ messages, temperature: 0, ...options }), options)).text);
      for (const slots of [1, 3]) {
        const responder = await responderOf(tiny, { slots });
        let count = 0;
        expect(await responder.replies(conversations, { ...options, onReply: () => count++ })).toEqual(alone);
        expect(count).toBe(conversations.length);
        await responder.dispose();
      }
      expect(new Set(alone).size).toBeGreaterThan(2);
    });

    test('ranks choices as the model does', async () => {
      const responder = await responderOf(tiny);
      const choices = ['yes', 'no', 'a red cup'];
      const content = [{ ...image(one) }, { type: 'text' as const, text: 'Is there a dog?' }];
      const expected = (await tiny.rank([image(one), 'Is there a dog?'], choices, { normalize: 'mean' }))[0]?.index;
      const items = [{ messages: [{ role: 'user' as const, content }], choices }];
      expect(await responder.rank?.(items, {})).toEqual([expected]);
      await expect(responder.rank?.(items, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
      await responder.dispose();
    });

    test('a missing image is named, an abort is heard', async () => {
      const responder = await responderOf(tiny);
      const gone: ChatMessage[] = [{ role: 'user', content: [{ ...image('/no/such.png') }, { type: 'text', text: 'What?' }] }];
      await expect(responder.replies([gone, about(one, 'What?')], { maxTokens: 2 })).rejects.toMatchObject({ place: '/no/such.png' });
      const signal = AbortSignal.abort();
      await expect(responder.replies([about(one, 'What?')], { maxTokens: 2, signal })).rejects.toThrow(/abort/i);
      expect(await responder.replies([about(one, 'Is there a dog?')], { maxTokens: 2 })).toHaveLength(1); // it goes on after a failure
      await responder.dispose();
    });
  });

  test('a decoder of text, batched; images are refused', async () => {
    const responder = await responderOf(await open('models/world-llama'));
    const ask = (content: string): ChatMessage[] => [{ role: 'user', content }];
    const questions = ['What is there?', 'How many dogs are there in all?', 'Is there a cup?'].map(ask);
    const alone: string[] = [];
    for (const messages of questions) alone.push(...(await responder.replies([messages], { maxTokens: 6 })));
    expect(await responder.replies(questions, { maxTokens: 6 })).toEqual(alone);
    await expect(responder.replies([about(one, 'What?')], { maxTokens: 2 })).rejects.toMatchObject({ code: 'evaluate.media' });
    await responder.dispose();
  });

  test('an encoder-decoder with images', async () => {
    const responder = await responderOf(await open('test/golden/families/blip-2/t5-every-layer'));
    const replies = await responder.replies([about(one, 'what is this?'), about(two, 'what is this?')], { maxTokens: 5 });
    expect(replies).toHaveLength(2);
    expect(await responder.replies([about(two, 'what is this?')], { maxTokens: 5 })).toEqual([replies[1]]);
    await responder.dispose();
  });
});
