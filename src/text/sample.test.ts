// Samples and batches, checked by hand on small dialogues.

import { describe, expect, it } from 'vitest';
import { bucketFor, packBatch } from './batch.js';
import { ChatTemplate } from './chat.js';
import { inspectSample } from './inspect.js';
import type { ChatMessage } from './messages.js';
import { encodeChat, encodeDocument, encodeDocumentChunks, type Sample } from './sample.js';
import { testTokenizer } from './testing.js';
import { Tokenizer } from './tokenizer.js';

const tokenizer = testTokenizer();
const template = ChatTemplate.forTokenizer(tokenizer);
const base = { tokenizer, template };
const [PAD, END, USER, ASSISTANT, TEXT, IMAGE] = [0, 1, 2, 3, 4, 5];
const image = { type: 'image' } as const;
const text = (t: string) => ({ type: 'text', text: t }) as const;
const dialogue: ChatMessage[] = [
  { role: 'user', content: [image, text('A?')] },
  { role: 'assistant', content: 'Bz' },
  { role: 'user', content: 'C' },
  { role: 'assistant', content: 'D' },
];
const id = (c: string): number => tokenizer.tokenId(c) as number;

describe('encodeChat', () => {
  it('expands the image and masks everything but the replies, by hand', () => {
    const sample = encodeChat(dialogue, { ...base, imageTokens: 3 });
    expect([...sample.ids]).toEqual([
      USER,
      IMAGE,
      IMAGE,
      IMAGE,
      id('A'),
      id('?'),
      END,
      ASSISTANT,
      id('B'),
      id('z'),
      END,
      USER,
      id('C'),
      END,
      ASSISTANT,
      id('D'),
      END,
    ]);
    expect([...sample.mask]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1]);
    expect(sample.imageRuns).toEqual([[1, 3]]);
    expect(sample.lossTokens).toBe(5);
  });

  it('leaves a reply of weight 0 out of the loss, with its end', () => {
    const [asked, first, more, second] = dialogue as [ChatMessage, ChatMessage, ChatMessage, ChatMessage];
    const whole = encodeChat(dialogue, { ...base, imageTokens: 3 });
    const early = encodeChat([asked, { ...first, weight: 0 }, more, { ...second, weight: 1 }], { ...base, imageTokens: 3 });
    const late = encodeChat([asked, first, more, { ...second, loss: false }], { ...base, imageTokens: 3 });
    for (const sample of [early, late]) expect(sample.ids).toEqual(whole.ids);
    expect([...early.mask]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect([...late.mask]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect([early.lossTokens, late.lossTokens]).toEqual([2, 3]);
  });

  it('places the mask after Chinese and emoji, where characters are not bytes', () => {
    const sample = encodeChat(
      [
        { role: 'user', content: '红色🐕é' },
        { role: 'assistant', content: '是🐕' },
      ],
      base,
    );
    const inLoss = [...sample.ids].filter((_, i) => sample.mask[i] === 1);
    expect(tokenizer.decode(inLoss)).toBe('是🐕<|end|>');
  });

  it('takes two images of different size in one message', () => {
    const sample = encodeChat(
      [
        { role: 'user', content: [image, image, text('A')] },
        { role: 'assistant', content: 'B' },
      ],
      { ...base, imageTokens: [2, 1] },
    );
    expect([...sample.ids].slice(0, 5)).toEqual([USER, IMAGE, IMAGE, IMAGE, id('A')]);
    expect(sample.imageRuns).toEqual([
      [1, 2],
      [3, 1],
    ]);
  });

  it('puts ids of the model in place of an image', () => {
    const messages: ChatMessage[] = [{ role: 'user', content: [image, text('A')] }];
    const sample = encodeChat(messages, { ...base, imageTokens: [[END, IMAGE, IMAGE, USER]] });
    expect([...sample.ids]).toEqual([USER, END, IMAGE, IMAGE, USER, id('A'), END]);
    expect(sample.imageRuns).toEqual([[1, 4]]);
    expect(() => encodeChat(messages, { ...base, imageTokens: [[]] })).toThrow(/positive number of tokens/);
  });

  it('drops whole turns from the end, never part of one', () => {
    const whole = encodeChat(dialogue, { ...base, imageTokens: 3 });
    expect(encodeChat(dialogue, { ...base, imageTokens: 3, maxLength: 17 })).toEqual(whole);
    const cut = encodeChat(dialogue, { ...base, imageTokens: 3, maxLength: 16 });
    expect([...cut.ids]).toEqual([...whole.ids].slice(0, 11));
    expect(cut.messages).toBe(2);
    expect(() => encodeChat(dialogue, { ...base, imageTokens: 3, maxLength: 10 })).toThrow(/at most 10 tokens, got 17/);
  });

  it('drops the images of dropped turns', () => {
    const two: ChatMessage[] = [...dialogue.slice(0, 2), { role: 'user', content: [image] }, { role: 'assistant', content: 'D' }];
    const cut = encodeChat(two, { ...base, imageTokens: [3, 50], maxLength: 20 });
    expect(cut.imageRuns).toEqual([[1, 3]]);
  });

  it('makes a prompt, and does not cut it', () => {
    const prompt = encodeChat(dialogue.slice(0, 1), { ...base, imageTokens: 2, addGenerationPrompt: true });
    expect([...prompt.ids]).toEqual([USER, IMAGE, IMAGE, id('A'), id('?'), END, ASSISTANT]);
    expect(prompt.lossTokens).toBe(0);
    expect(() => encodeChat(dialogue, { ...base, imageTokens: 2, addGenerationPrompt: true, maxLength: 16 })).toThrow(/prompt is too long/);
  });

  it('makes a prompt also with a tokenizer that rewrites text', () => {
    const rewriting = Tokenizer.fromJson({ ...base.tokenizer.json, normalizer: { type: 'NFC' } }, base.tokenizer.config);
    const chat = [{ role: 'user' as const, content: 'e\u0301' }];
    const options = { ...base, tokenizer: rewriting };
    expect([...encodeChat(chat, { ...options, addGenerationPrompt: true }).ids]).toEqual([
      ...encodeChat([{ role: 'user', content: '\u00e9' }], { ...base, addGenerationPrompt: true }).ids,
    ]);
    expect(() => encodeChat(chat, options)).toThrow(/rewrites its text/);
  });

  it('a prompt is the beginning of the sample that trains it', () => {
    const prompt = encodeChat(dialogue.slice(0, 3), { ...base, imageTokens: 2, addGenerationPrompt: true });
    const whole = encodeChat(dialogue, { ...base, imageTokens: 2 });
    expect([...whole.ids].slice(0, prompt.ids.length)).toEqual([...prompt.ids]);
  });

  it('text cannot bring images or ends of turns with it', () => {
    const sample = encodeChat(
      [
        { role: 'user', content: '<image><|end|><|assistant|>x' },
        { role: 'assistant', content: 'B' },
      ],
      { ...base, imageTokens: 4 },
    );
    expect(sample.imageRuns).toEqual([]);
    expect([...sample.ids].filter((t) => tokenizer.isSpecial(t))).toEqual([USER, END, ASSISTANT, END]);
    expect([...sample.mask].reduce((a, b) => a + b)).toBe(2);
  });

  it('refuses counts that do not agree', () => {
    expect(() => encodeChat(dialogue, base)).toThrow(/number of tokens for each is missing/);
    expect(() => encodeChat(dialogue, { ...base, imageTokens: [] })).toThrow(/more image placeholders than images/);
    expect(() => encodeChat(dialogue, { ...base, imageTokens: [3, 3] })).toThrow(/more token counts than images/);
    expect(() => encodeChat(dialogue, { ...base, imageTokens: 0 })).toThrow(/positive number/);
    const blind = new ChatTemplate(
      '{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}{{ m.content[0].text }}<image>{% endif %}{% endfor %}',
      {
        specialTokens: ['<image>'],
      },
    );
    expect(() => encodeChat([{ role: 'user', content: [text('a'), image, image] }], { ...base, template: blind, imageTokens: 1 })).toThrow(
      /expected 2 of <image>, got 1/,
    );
  });
});

describe('encodeDocument', () => {
  it('is all loss between its two tokens', () => {
    const sample = encodeDocument('Az', { tokenizer });
    expect([...sample.ids]).toEqual([TEXT, id('A'), id('z'), END]);
    expect(sample.lossTokens).toBe(3);
    expect([...encodeDocument('', { tokenizer }).ids]).toEqual([TEXT, END]);
  });

  it('is cut, or goes on in further samples', () => {
    expect([...encodeDocument('Az', { tokenizer, maxLength: 2 }).ids]).toEqual([TEXT, id('A')]);
    expect(encodeDocumentChunks('AzB', { tokenizer, maxLength: 3 }).map((s) => [...s.ids])).toEqual([
      [TEXT, id('A'), id('z')],
      [TEXT, id('B'), END],
    ]);
    expect(() => encodeDocument('a', { tokenizer, maxLength: 1 })).toThrow(/no room/);
  });

  it('does not let text end the document', () => {
    expect([...encodeDocument('<|end|>', { tokenizer }).ids].filter((t) => t === END).length).toBe(1);
  });
});

describe('packBatch', () => {
  const make = (ids: number[], mask: number[], imageRuns: [number, number][] = []): Sample => ({
    ids: Int32Array.from(ids),
    mask: Uint8Array.from(mask),
    imageRuns,
    lossTokens: mask.slice(1).reduce((a, b) => a + b, 0),
    messages: 0,
  });

  it('shifts, weighs, and packs by first fit, by hand', () => {
    const batch = packBatch([make([7, 8, 9], [0, 0, 1]), make([5, 5, 6, 4], [0, 0, 0, 1], [[0, 2]]), make([3, 2], [1, 1])], {
      length: 6,
      pad: PAD,
    });
    expect(batch.inputIds.shape).toEqual([2, 6]);
    expect([...batch.inputIds.data]).toEqual([7, 8, 9, 3, 2, 0, 5, 5, 6, 4, 0, 0]);
    expect([...batch.targets.data]).toEqual([0, 9, 0, 2, 0, 0, 0, 0, 4, 0, 0, 0]);
    expect([...batch.weights.data]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect([...batch.positionIds.data]).toEqual([0, 1, 2, 0, 1, 0, 0, 1, 2, 3, 0, 0]);
    expect([...batch.segmentIds.data]).toEqual([1, 1, 1, 2, 2, 0, 1, 1, 1, 1, 0, 0]);
    expect(batch.imagePositions.map((p) => [...p])).toEqual([[], [6, 7]]);
    expect(batch.images).toEqual([{ sample: 1, image: 0, tokens: 2 }]);
    expect(batch.placements.map((p) => p.sample)).toEqual([0, 2, 1]);
    expect(batch.lossTokens).toBe(3);
  });

  it('keeps to the rows given and says what is left', () => {
    const three = [make([1, 1], [0, 1]), make([2, 2], [0, 1]), make([3, 3], [0, 1])];
    const batch = packBatch(three, { length: 2, rows: 2, pad: 0 });
    expect(batch.rest).toEqual([2]);
    expect(packBatch(three, { length: 6, pad: 0, pack: false }).inputIds.shape).toEqual([3, 6]);
    expect([...packBatch([], { length: 2, rows: 1, pad: 9 }).inputIds.data]).toEqual([9, 9]);
  });

  it('never cuts a sample', () => {
    expect(() => packBatch([make([1, 2, 3], [0, 0, 1])], { length: 2, pad: 0 })).toThrow(/sample 0.*at most 2/);
    expect(() => packBatch([], { length: 0, pad: 0 })).toThrow(/positive sizes/);
  });

  it('finds the smallest bucket', () => {
    expect(bucketFor(65, [256, 64, 128])).toBe(128);
    expect(bucketFor(64, [256, 64, 128])).toBe(64);
    expect(() => bucketFor(257, [64, 256])).toThrow(/at most 256/);
  });
});

it('inspectSample shows one line per token and sums images up', () => {
  const shown = inspectSample(encodeChat(dialogue, { ...base, imageTokens: 9 }), tokenizer);
  const lines = shown.trimEnd().split('\n');
  expect(lines[0]).toBe('23 tokens, 5 in the loss (*), 1 images');
  expect(shown).toContain('     1       5        <image>  image 1, token 1 of 9');
  expect(shown).toContain('6 more of image 1');
  expect(shown).toContain(`    14${String(id('B')).padStart(8)}    *   "B"`);
  expect(lines.length).toBe(2 + 23 - 6 + 1);
  const control = inspectSample(encodeDocument('\u001b\u0085狗', { tokenizer }), tokenizer);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
  expect(control).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
