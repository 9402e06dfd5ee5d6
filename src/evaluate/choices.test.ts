// Rows with choices: degenerate responders, options by rules, likeness and probability; judges: needed, asked, repeated, unreadable.

import { describe, expect, test } from 'vitest';
import type { Answered, Benchmark, Row } from './benchmark.js';
import { type ChoiceRow, choiceRight, choiceScores, optionsToRank } from './choice-scores.js';
import type { Judge } from './judge.js';
import { judgeOf, leadingPair, namedNumber } from './judge.js';
import { optionSimilarity } from './metrics/option-similarity.js';
import { chooseOption, lettered } from './option-choice.js';
import { runBenchmarks, scoreOf } from './runner.js';
import { serverJudge } from './server-judge.js';

const options = ['a cup', 'a very long red boat', 'a dog'];
const row = (truth: string, i: number): ChoiceRow => ({
  kind: 'k',
  messages: [{ role: 'user', content: `Question ${i}?\n${lettered(options).join('\n')}` }],
  truth,
  options,
  choices: lettered(options),
});
const bench: Benchmark<ChoiceRow> = {
  name: 'choices',
  title: 'Choices',
  about: 'toy',
  maxTokens: 4,
  rows: () => ['A', 'B', 'B', 'C'].map(row),
  rank: optionsToRank,
  score: choiceScores,
  right: choiceRight,
};

describe('options', () => {
  test('degenerate responders choose by place, length and at random; constants are left out', async () => {
    const results = await runBenchmarks({ benchmarks: [bench], responder: { replies: async (batch) => batch.map(() => 'B') }, seed: 3 });
    expect(Object.keys(results[0]?.scores ?? {})).toEqual(['model', 'firstOption', 'longestOption', 'random', 'mostFrequent', 'silent']);
    const value = (who: string, name = 'accuracy') => scoreOf(results, 'choices', name, who).value;
    expect([value('model'), value('firstOption'), value('longestOption'), value('silent')]).toEqual([0.5, 0.25, 0.5, 0]);
    expect([value('silent', 'unparsed'), value('silent', 'accuracy with a guess')]).toEqual([1, expect.closeTo(1 / 3)]);
    expect(value('random', 'unparsed')).toBe(0);
    const again = await runBenchmarks({ benchmarks: [bench], responder: { replies: async (batch) => batch.map(() => 'B') }, seed: 3 });
    expect(again).toEqual(results);
  });

  test('a reply without an option is ranked where the responder can', async () => {
    const asked: number[] = [];
    const results = await runBenchmarks({
      benchmarks: [bench],
      baselines: false,
      responder: {
        replies: async (batch) => batch.map((_, i) => (i === 0 ? 'A' : 'Hmm.')),
        rank: async (items) => {
          asked.push(items.length);
          expect(items[0]?.choices).toEqual(options);
          return items.map(() => 1);
        },
      },
    });
    expect(asked).toEqual([3]);
    expect(scoreOf(results, 'choices', 'accuracy').value).toBe(0.75);
    expect(scoreOf(results, 'choices', 'found by ranked').value).toBe(0.75);
    expect(scoreOf(results, 'choices', 'unparsed').value).toBe(0);
  });

  test('rules, then likeness, then nothing', () => {
    expect(chooseOption({ reply: 'B. because' }, options)).toEqual({ letter: 'B', by: 'rules' });
    expect(chooseOption({ reply: 'long boat, red' }, options)).toEqual({ letter: 'B', by: 'similarity' });
    expect(chooseOption({ reply: 'none of it' }, options)).toEqual({ letter: undefined, by: 'none' });
    expect(chooseOption({ reply: '', ranked: 2 }, options)).toEqual({ letter: 'C', by: 'ranked' });
    expect(chooseOption({ reply: '<think>It is B' }, options).letter).toBeUndefined();
    expect(optionSimilarity('红色的大船', ['一只红色大船', '一只狗'])).toBe(0);
    expect(optionSimilarity('x'.repeat(1e6), options)).toBeUndefined();
    expect(optionSimilarity('red boat', ['red boat', 'boat red'])).toBeUndefined();
  });
});

describe('judges', () => {
  const read = (reply: string) => namedNumber(reply, 'rating', [0, 10]);
  const open: Benchmark<Row> = {
    name: 'open',
    title: 'Open',
    about: 'toy',
    maxTokens: 4,
    constants: null,
    rows: () => [0, 1, 2].map((i) => ({ kind: 'k', messages: [{ role: 'user', content: `Q${i}` }], truth: 'x' })),
    judge: ({ reply }) => [`Rate "${reply}"`],
    score: (done) => [
      {
        name: 'verdicts',
        value: done.flatMap(({ verdicts = [] }) => verdicts.flat()).filter((v) => read(v) !== undefined).length,
        low: 0,
        high: 9,
        n: 3,
        better: 'higher',
      },
    ],
    right: (item: Answered) => item.verdicts !== undefined,
  };
  const responder = { replies: async (batch: readonly unknown[]) => batch.map((_, i) => `r${i % 2}`) };

  test('the need is told before anything is asked', async () => {
    let asked = 0;
    const spy = { replies: async (batch: readonly unknown[]) => batch.map(() => String(asked++)) };
    await expect(runBenchmarks({ benchmarks: [bench, open as Benchmark], responder: spy })).rejects.toMatchObject({
      code: 'evaluate.judge',
      place: 'open',
    });
    expect(asked).toBe(0);
  });

  test('equal prompts are asked once a round, rounds are repeats', async () => {
    const prompts: string[][] = [];
    const judge: Judge = {
      name: 'j',
      replies: async (list) => {
        prompts.push([...list]);
        return list.map((_, i) => (prompts.length === 2 && i === 0 ? 'I cannot say.' : 'Rating: 4'));
      },
    };
    const results = await runBenchmarks({ benchmarks: [open], responder, judge, judgeRepeats: 2, baselines: false });
    expect(prompts).toEqual([
      ['Rate "r0"', 'Rate "r1"'],
      ['Rate "r0"', 'Rate "r1"'],
    ]);
    expect(results[0]?.about).toBe('toy (j)');
    expect(scoreOf(results, 'open', 'verdicts').value).toBe(4); // two unreadable ones: r0 stands in two rows
    await expect(
      runBenchmarks({ benchmarks: [open], responder, judge: { name: 'j', replies: async () => [] }, baselines: false }),
    ).rejects.toMatchObject({ code: 'evaluate.replies', place: 'j, open' });
  });

  test('numbers are read from what judges write, and from nothing else', () => {
    expect(read('Good. **Rating:** 7')).toBe(7);
    expect(read('rating is 3.5\nRating: 4')).toBe(4);
    expect(read('<think>Rating: 9</think>Rating = 2')).toBe(2);
    expect([read('Rating: 11'), read('7'), read(''), read('Rating: high')]).toEqual([undefined, undefined, undefined, undefined]);
    expect(leadingPair('8 6\nBecause', [1, 10])).toEqual([8, 6]);
    expect(leadingPair('\n8/10, 6.5/10', [1, 10])).toEqual([8, 6.5]);
    expect([leadingPair('8', [1, 10]), leadingPair('8 60', [1, 10]), leadingPair('1 2 3', [1, 10]), leadingPair('', [1, 10])]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('a model as judge is given one message a prompt', async () => {
    const judge = judgeOf('tiny', { replies: async (batch) => batch.map(([message]) => `Rating: ${String(message?.content).length}`) });
    expect(await judge.replies(['abc', 'de'])).toEqual(['Rating: 3', 'Rating: 2']);
  });

  describe('behind a server', () => {
    const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
    const said = (content: string) => json({ choices: [{ message: { content } }] });
    const judge = (answer: (prompt: string, n: number) => Response | Promise<Response>, more = {}) => {
      let n = 0;
      const fetch = (async (url: string, init: { body: string; headers: Record<string, string>; signal?: AbortSignal }) => {
        init.signal?.throwIfAborted();
        const { model, messages } = JSON.parse(init.body);
        expect([url, model, new Headers(init.headers).get('authorization')]).toEqual(['http://j/v1/chat/completions', 'm', 'Bearer k']);
        return answer(messages[0].content, n++);
      }) as unknown as typeof globalThis.fetch;
      return serverJudge({ url: 'http://j/v1/', model: 'm', apiKey: 'k', fetch, wait: async () => {}, ...more });
    };

    test('replies in order, several at once', async () => {
      const prompts = Array.from({ length: 9 }, (_, i) => `p${i}`);
      expect(await judge((prompt) => said(`to ${prompt}`)).replies(prompts)).toEqual(prompts.map((p) => `to ${p}`));
    });

    test('failures of the server are tried again, then count as no verdict', async () => {
      expect(await judge((_, n) => (n < 2 ? json({}, 503) : said('ok'))).replies(['p'])).toEqual(['ok']);
      expect(await judge(() => json({}, 429)).replies(['p'])).toEqual(['']);
    });

    test('a judge that takes too long has no verdict', async () => {
      const never = (_: string, init: { signal: AbortSignal }) =>
        new Promise<Response>((_, fail) => init.signal.addEventListener('abort', () => fail(init.signal.reason)));
      const slow = serverJudge({
        url: 'http://j/v1',
        model: 'm',
        timeout: 1,
        tries: 2,
        wait: async () => {},
        fetch: never as unknown as typeof fetch,
      });
      expect(await slow.replies(['p'])).toEqual(['']);
    });

    test('what cannot work is an error: a wrong key, no chat completions, nobody there', async () => {
      await expect(judge(() => json({ error: 'no' }, 401)).replies(['p'])).rejects.toMatchObject({
        code: 'evaluate.judge',
        place: 'http://j/v1',
      });
      await expect(judge(() => json({ hello: 1 })).replies(['p'])).rejects.toMatchObject({ code: 'evaluate.judge' });
      await expect(judge(() => Promise.reject(new Error('ECONNREFUSED'))).replies(['p'])).rejects.toMatchObject({
        code: 'evaluate.judge',
        got: 'ECONNREFUSED',
      });
      await expect(judge(() => said('x')).replies(['p'], { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    });
  });
});
