// Demonstrations chosen, arranged, filtered and shown: over pictures of one color and an embedder that sees colors.

import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../text/index.js';
import { bankOf, bestOf, cosines } from './bank.js';
import { calibrated, contentFree, softmax } from './calibrate.js';
import { clipFilter } from './coherence.js';
import { demosOf, makeDemo, textOf } from './demo.js';
import { sweepOrders } from './order-sweep.js';
import { demoOrder, replyEntropy, somePermutations } from './orders.js';
import { DemoPrompter } from './prompter.js';
import { demoSelector } from './selectors/index.js';
import { askAbout, colorDemos, colorEmbedder, listener, pixelsIn, plain } from './testing.js';
import { untilStop, withDemos } from './with-demos.js';

const bank = () => bankOf(colorDemos(), { embedder: colorEmbedder() });
const chosen = async (selector: string, shots: number, messages = askAbout([240, 0, 0]), order = 'similar-first') =>
  (await new DemoPrompter({ bank: await bank(), shots, selector, order }).prompt(messages)).demos;

describe('demos of conversations', () => {
  it('has one for each answer, with the images it is about', () => {
    const image = { type: 'image' as const, source: 'a.png' };
    const messages: ChatMessage[] = [
      { role: 'user', content: [image, { type: 'text', text: 'What?' }] },
      { role: 'assistant', content: 'A dog.' },
      { role: 'user', content: 'Its color?' },
      { role: 'assistant', content: 'Red.' },
      { role: 'user', content: 'Thanks.' },
    ];
    const found = demosOf({ id: '0', messages, at: { file: 'f', row: 3 } });
    expect(found.map(({ question, answer, content }) => [question, answer, content[0]])).toEqual([
      ['What?', 'A dog.', image],
      ['Its color?', 'Red.', image],
    ]);
    expect(found[0]?.source).toBe('f, row 3');
  });
});

describe('exact search', () => {
  it('finds what a sort of all finds', () => {
    const scores = Float32Array.from({ length: 50 }, (_, i) => ((i * 37) % 23) / 23);
    const all = Array.from(scores.keys());
    const sorted = [...all].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    for (const k of [0, 1, 7, 50, 60]) expect(bestOf(scores, all, k)).toEqual(sorted.slice(0, k));
    expect([...cosines(Float32Array.from([1, 0, 0, 1, 0.6, 0.8]), Float32Array.from([1, 0]))].map((v) => Number(v.toFixed(6)))).toEqual([
      1, 0, 0.6,
    ]);
  });
});

describe('selectors', () => {
  it('chooses by image, by words, by both', async () => {
    expect(await chosen('rices', 3)).toEqual([0, 3, 4]);
    expect(await chosen('text', 1, askAbout([240, 0, 0], 'Something blue?'))).toEqual([2]);
    expect((await chosen('both', 2, askAbout([240, 0, 0], 'red or blue?'))).sort()).toEqual([0, 3]);
  });

  it('chooses unlike ones for diversity', async () => {
    const near = await chosen('both', 3);
    const diverse = await chosen('diverse', 3);
    expect(diverse[0]).toBe(near[0]);
    expect(new Set(diverse)).not.toEqual(new Set(near));
  });

  it('draws at random by seed and query, and once for all with fixed', async () => {
    const draw = async (selector: string, messages: ChatMessage[], seed = 0) =>
      (await new DemoPrompter({ bank: await bank(), shots: 2, selector, seed, order: 'similar-first' }).prompt(messages)).demos;
    const [a, b] = [askAbout([240, 0, 0]), askAbout([0, 0, 200])];
    expect(await draw('random', a)).toEqual(await draw('random', a));
    expect(await draw('fixed', a)).toEqual(await draw('fixed', b));
    const seeds = await Promise.all([0, 1, 2, 3, 4, 5].map((seed) => draw('random', a, seed)));
    expect(new Set(seeds.map(String)).size).toBeGreaterThan(1);
  });

  it('never shows the query itself', async () => {
    const demos = colorDemos();
    const same = [{ role: 'user' as const, content: [...(demos[0]?.content ?? []), { type: 'text' as const, text: 'What is it?' }] }];
    for (const selector of ['rices', 'both', 'random', 'fixed'])
      expect((await chosen(selector, 5, same)).sort(), selector).toEqual([1, 2, 3, 4]);
  });

  it('says what it lacks', async () => {
    const plainBank = await bankOf(colorDemos());
    expect(() => new DemoPrompter({ bank: plainBank, shots: 1, selector: 'rices' })).toThrowError(
      expect.objectContaining({ code: 'demos.option' }),
    );
    await expect(chosen('rices', 1, [{ role: 'user', content: 'No image' }])).rejects.toMatchObject({ code: 'demos.option' });
    await expect(bankOf([makeDemo([], '')])).rejects.toMatchObject({ code: 'demos.empty' });
    expect(() => demoSelector('rice')).toThrowError(expect.objectContaining({ hint: 'Did you mean rices?' }));
    await expect(chosen('rices', 1, [{ role: 'assistant', content: 'Hi' }])).rejects.toMatchObject({ code: 'demos.option' });
    expect(() => new DemoPrompter({ bank: plainBank, shots: -1 })).toThrowError(expect.objectContaining({ code: 'demos.option' }));
  });
});

describe('orders', () => {
  it('arranges', () => {
    const at = (name: string) => demoOrder(name).arrange([5, 1, 3], 0);
    expect(at('similar-first')).toEqual([5, 1, 3]);
    expect(at('similar-last')).toEqual([3, 1, 5]);
    expect(at('given')).toEqual([1, 3, 5]);
    expect([...at('permutation:2')].sort()).toEqual([1, 3, 5]);
    expect(demoOrder('permutation:2').arrange([1, 3, 5], 0)).toEqual(at('permutation:2'));
    expect(() => demoOrder('permutation:x')).toThrowError(expect.objectContaining({ code: 'demos.option' }));
  });

  it('has all permutations where they are few, and different ones where they are many', () => {
    expect(new Set(somePermutations([1, 2, 3], 10).map(String)).size).toBe(6);
    expect(new Set(somePermutations([1, 2, 3, 4, 5], 10).map(String)).size).toBe(10);
  });

  it('measures entropy: ln 2 for two labels, 0 for one', () => {
    expect(replyEntropy(['yes', 'No', 'no', 'Yes '])).toBeCloseTo(Math.LN2, 12);
    expect(replyEntropy(['yes', 'yes'])).toBeCloseTo(0, 12);
  });

  it('sweeps with mean and deviation', async () => {
    const values = [0.5, 0.7, 0.6];
    const sweep = await sweepOrders(3, async (order) => values[Number(order.split(':')[1])] as number);
    expect(sweep.mean).toBeCloseTo(0.6, 12);
    expect(sweep.deviation).toBeCloseTo(0.1, 12);
    await expect(sweepOrders(1, async () => 0)).rejects.toMatchObject({ code: 'demos.option' });
  });
});

describe('calibration', () => {
  it('divides by what is preferred without content: p (0.7, 0.3) and (0.8, 0.2) give (7/19, 12/19)', () => {
    const [a, b] = calibrated([0.7, 0.3], [0.8, 0.2]);
    expect(a).toBeCloseTo(0.875 / 2.375, 12);
    expect(b).toBeCloseTo(1.5 / 2.375, 12);
    expect(softmax([Math.log(1), Math.log(3)]).map((p) => Number(p.toFixed(12)))).toEqual([0.25, 0.75]);
    expect(() => calibrated([1], [0.5, 0.5])).toThrowError(expect.objectContaining({ code: 'demos.option' }));
  });

  it('empties the last question alone', () => {
    const messages = [...askAbout([1, 2, 3]), { role: 'assistant' as const, content: 'x' }, ...askAbout([9, 9, 9])];
    const free = contentFree(messages);
    expect(free.slice(0, 2)).toEqual(messages.slice(0, 2));
    expect(new Set(Array.from(pixelsIn(free[2])))).toEqual(new Set([128]));
    expect(textOf(free[2]?.content ?? null)).toBe('What is it?');
    expect(contentFree([{ role: 'user', content: 'Hi' }])[0]?.content).toBe('N/A');
  });
});

describe('a responder with demonstrations', () => {
  it('is asked with them, and its replies end where a pattern goes on', async () => {
    const inner = listener(() => ' a wug<|endofchunk|><image>Question: more');
    const told: string[] = [];
    const shown = withDemos(inner, { bank: await bank(), shots: 2, template: 'flamingo' });
    const replies = await shown.replies([askAbout([240, 0, 0])], { maxTokens: 8, onReply: (one) => told.push(one?.reply ?? '') });
    expect(replies).toEqual(['a wug']);
    expect(told).toEqual(['a wug']);
    const parts = inner.asked[0]?.[0]?.content as { type: string }[];
    expect(parts.filter(({ type }) => type === 'image')).toHaveLength(3);
    expect(untilStop(' kept as it is ')).toBe(' kept as it is ');
  });

  it('asks nothing more at zero shots', async () => {
    const inner = listener(() => 'x');
    await withDemos(inner, { bank: await bank(), shots: 0 }).replies([askAbout([240, 0, 0])], { maxTokens: 8 });
    expect(inner.asked).toEqual([askAbout([240, 0, 0])]);
  });

  it('ranks calibrated: a constant preference is gone', async () => {
    const inner = {
      ...listener(() => ''),
      rank: async () => [0],
      // Prefers the first choice by 2 nats whatever it sees; a red picture adds 1 to the second.
      scores: async (items: readonly { messages: readonly ChatMessage[] }[]) =>
        items.map(({ messages }) => [-1, (pixelsIn(messages.at(-1))[3] ?? 0) > 200 ? -2 : -3]),
    };
    const item = { messages: askAbout([240, 0, 0]), choices: ['dax', 'wug'] };
    const options = { bank: await bank(), shots: 1 };
    expect(await withDemos(inner, options).rank?.([item], {})).toEqual([0]);
    expect(await withDemos(inner, { ...options, calibrate: true }).rank?.([item], {})).toEqual([1]);
    expect(() =>
      withDemos(
        listener(() => ''),
        { ...options, calibrate: true },
      ),
    ).toThrowError(expect.objectContaining({ code: 'demos.option' }));
  });

  it('takes the permutation with the most even replies', async () => {
    // Replies by the first demo: after the green square all replies are alike, after others they differ by the question's picture.
    const inner = listener((messages) => {
      return (pixelsIn(messages[0])[4] ?? 0) > 200 ? 'same' : String(pixelsIn(messages.at(-1)));
    });
    const prompts: number[][] = [];
    const options = {
      bank: await bank(),
      shots: 2,
      selector: 'fixed',
      order: 'entropy',
      seed: 3,
      onPrompt: ({ demos }: { demos: number[] }) => prompts.push(demos),
    };
    await withDemos(inner, options).replies([askAbout([0, 240, 0]), askAbout([0, 0, 240])], { maxTokens: 8 });
    expect(prompts[0]).toEqual(prompts[1]);
    expect(prompts[0]?.[0]).not.toBe(1);
  });
});

describe('coherence', () => {
  it('leaves out a demonstration whose answer is of another picture', async () => {
    const demos = [...colorDemos(), makeDemo([{ type: 'image', source: plain([255, 0, 0], 7) }], 'a blue square')];
    const made = await bankOf(demos, { embedder: colorEmbedder() });
    const without = await new DemoPrompter({ bank: made, shots: 3, selector: 'rices', order: 'similar-first' }).prompt(
      askAbout([240, 0, 0]),
    );
    expect(without.demos).toContain(5);
    const filter = await clipFilter(made, { least: 0.5 });
    const kept = await new DemoPrompter({ bank: made, shots: 3, selector: 'rices', order: 'similar-first', filter }).prompt(
      askAbout([240, 0, 0]),
    );
    expect(kept.demos).not.toContain(5);
    expect(kept.demos).toContain(0);
    await expect(clipFilter(await bankOf(colorDemos()))).rejects.toMatchObject({ code: 'demos.option' });
  });
});
