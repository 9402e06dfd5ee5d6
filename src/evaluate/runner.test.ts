// The runner over a toy source: same samples for everyone, perfect and degenerate answerers, abort, bad answerers.

import { describe, expect, test } from 'vitest';
import type { Rng } from '../util/rng.js';
import type { Answerer } from './answerer.js';
import { alwaysYes, blind, constant, meanImage, mostFrequent, questionKey } from './degenerate.js';
import { Vocabulary } from './mentions.js';
import { type BenchProgress, type BenchRecord, runBench, runBenchmarks, runWithBaselines } from './runner.js';
import { type BenchSource, buildBench } from './samples.js';
import { QUESTION_TYPES } from './vqa.js';

// Images of 2x2 pixels whose first byte tells which two of six objects are there: enough to answer everything.
const names = ['dog', 'cat', 'car', 'tree', 'cup', 'boat'];
const vocabulary = new Vocabulary(names.map((id) => ({ id, en: [id] })));
const pair = (index: number): [number, number] => [index % 6, (index + 1 + (index % 4)) % 6];
const absent = (scene: number): string[] => names.filter((_, i) => !pair(scene).includes(i));
const source: BenchSource<number> = {
  size: 2,
  seed: 1,
  description: 'toy world',
  categories: names,
  scene: (index) => index % 24,
  image: (scene) => new Uint8Array(12).fill(scene),
  objects: (scene) => pair(scene).map((i) => names[i] as string),
  questions: (scene) =>
    QUESTION_TYPES.map((type) => ({
      type,
      question: `${type}?`,
      answer: type === 'existence' ? (scene % 2 ? 'yes' : 'no') : String(scene % 3),
    })),
  probes: (scene, { rng }: { rng: Rng }) => {
    const there = names[pair(scene)[0]] as string;
    const gone = rng.pick(absent(scene));
    return [
      { question: `Is there a ${there}?`, answer: 'yes', category: there },
      { question: `Is there a ${gone}?`, answer: 'no', category: gone },
    ];
  },
};
const seeing: Answerer = {
  answer: async (batch) =>
    batch.map(({ image, question }) => {
      const scene = image[0] as number;
      const asked = /Is there a (\w+)/.exec(question)?.[1];
      if (asked) return absent(scene).includes(asked) ? 'No.' : 'Yes, there is.';
      return question === 'existence?' ? (scene % 2 ? 'yes' : 'no') : String(scene % 3);
    }),
  caption: async (batch) => batch.map(({ image }) => `A ${source.objects(image[0] as number).join(' and a ')}.`),
};
const scenes = { source, vocabulary };
const options = { n: { pope: 60, vqa: 24, caption: 24 } };

describe('runner', () => {
  test('a seeing model is perfect, its baselines are not', async () => {
    const progress: BenchProgress[] = [];
    const { bench, baselines, records, set } = await runWithBaselines({
      ...seeing,
      scenes,
      options,
      batchSize: 7,
      onProgress: (p) => progress.push(p),
    });
    for (const scores of Object.values(bench.pope)) expect(scores).toMatchObject({ accuracy: 1, f1: 1, yesRatio: 0.5, n: 60, unknown: 0 });
    for (const type of QUESTION_TYPES) expect(bench.vqa[type]).toMatchObject({ value: 1, n: 24 });
    expect(bench.caption).toMatchObject({ chairI: 0, chairS: 0, cover: 1, n: 24 });

    expect(baselines.alwaysYes.pope.random).toMatchObject({ accuracy: 0.5, recall: 1, yesRatio: 1 });
    expect(baselines.alwaysYes.pope.random.f1).toBeCloseTo(2 / 3);
    expect(baselines.alwaysYes.caption).toMatchObject({ cover: 1, chairI: expect.closeTo(4 / 6), chairS: 1 });
    expect(baselines.alwaysNo.pope.popular).toMatchObject({ accuracy: 0.5, f1: 0, yesRatio: 0 });
    expect(baselines.alwaysNo.caption).toMatchObject({ cover: 0, mentions: 0 });
    expect(baselines.alwaysNo.vqa.existence.value).toBe(0.5);
    expect(baselines.alwaysNo.vqa.color.value).toBe(0);
    expect(baselines.blind.pope.random.accuracy).toBeLessThan(0.8);
    expect(baselines.blind.vqa.color.value).toBeLessThan(0.5);

    expect(records).toHaveLength(3 * 60 + 5 * 24 + 24);
    expect(set.samples).toHaveLength(3 * 60 + 5 * 24);
    expect(progress.at(-1)).toMatchObject({ who: 'blind', bench: 'caption', done: 24, total: 24 });
    expect(new Set(progress.map((p) => p.who))).toEqual(new Set(['model', 'alwaysYes', 'alwaysNo', 'blind']));
  });

  test('the same seed asks the same, another seed does not', () => {
    const ask = (seed: number) =>
      buildBench({ ...source, seed }, options)
        .samples.map((s) => s.question + s.image)
        .join();
    expect(ask(1)).toBe(ask(1));
    expect(ask(1)).not.toBe(ask(2));
  });

  test('a wrong caption is recorded with what was made up', async () => {
    const records: BenchRecord[] = [];
    await runBenchmarks({
      ...seeing,
      caption: async (batch) => batch.map(() => 'a dog'),
      scenes,
      options: { n: { pope: 0, vqa: 0, caption: 6 } },
      onRecord: (r) => records.push(r),
    });
    expect(records.filter((r) => !r.right).every((r) => r.wrong?.join() === 'dog' && !r.truth.includes('dog'))).toBe(true);
    expect(records.some((r) => r.right) && records.some((r) => !r.right)).toBe(true);
  });

  test('a question about an image is asked once, however often it counts', async () => {
    const asked = new Map<string, number>();
    const answer: Answerer['answer'] = async (batch) => {
      for (const { image, question } of batch) asked.set(`${image[0]} ${question}`, (asked.get(`${image[0]} ${question}`) ?? 0) + 1);
      return seeing.answer(batch);
    };
    // 12 scenes only, so that the toy source's 24 distinct images are not drawn twice.
    const block = await runBenchmarks({ ...seeing, answer, scenes, options: { n: { pope: 24, vqa: 12, caption: 0 } } });
    expect(Math.max(...asked.values())).toBe(1);
    expect(block.pope.adversarial).toMatchObject({ n: 24, accuracy: 1 });
  });

  test('a benchmark of size 0 is left out, an odd size keeps the balance', () => {
    const set = buildBench(source, { n: { pope: 5, vqa: 0, caption: 0 } });
    expect(set.samples).toHaveLength(15);
    expect(set.captions).toEqual([]);
    expect(set.samples.filter((s) => s.truth === 'yes')).toHaveLength(9);
  });

  test('stops when asked', async () => {
    const controller = new AbortController();
    let calls = 0;
    const answer: Answerer['answer'] = async (batch) => {
      if (++calls === 2) controller.abort();
      return batch.map(() => 'yes');
    };
    await expect(runBenchmarks({ ...seeing, answer, scenes, options, batchSize: 10, signal: controller.signal })).rejects.toThrow(/abort/i);
    expect(calls).toBe(2);
  });

  test('bad answerers, counts and sources', async () => {
    const set = buildBench(source, options);
    await expect(runBench(set, { ...seeing, answer: async () => ['yes'] }, vocabulary)).rejects.toThrow(
      /model, pope.*64 strings, got 1 replies/,
    );
    await expect(
      runBench(
        set,
        { ...seeing, caption: constant('x').bind(null) as never, answer: async (b) => b.map(() => undefined as never) },
        vocabulary,
      ),
    ).rejects.toThrow(/not strings/);
    await expect(runBench(set, seeing, vocabulary, { batchSize: 0 })).rejects.toThrow(/batch size/);
    expect(() => buildBench(source, { n: { pope: -1 } })).toThrow(/n\.pope/);
    expect(() => buildBench({ ...source, size: 3 })).toThrow(/expected 27 bytes for 3x3 RGB, got 12/);
    expect(() => buildBench({ ...source, probes: () => [] })).toThrow(/no POPE probes.*toy world/);
    expect(() => buildBench({ ...source, questions: () => [] })).toThrow(/no questions/);
  });
});

describe('degenerate answerers', () => {
  test('the language prior answers by the start of the question', async () => {
    const prior = mostFrequent([
      { question: 'What color is the cup?', answer: 'red' },
      { question: 'What color is the dog?', answer: 'red' },
      { question: 'What color is the car?', answer: 'blue' },
      { question: 'How many dogs are there?', answer: '2' },
      { question: '杯子是什么颜色？', answer: '红色' },
    ]);
    const ask = (question: string) => ({ image: new Uint8Array(), question });
    expect(await prior([ask('What color is the tree?'), ask('How many cups?'), ask('狗是什么颜色？'), ask('Why?')])).toEqual([
      'red',
      '2',
      '红色',
      'red',
    ]);
    expect(questionKey('Is there a dog?')).toBe('is there');
    expect(questionKey('What is to the left of the dog?')).toBe('what is left');
  });
  test('blind sees one image only', async () => {
    const seen: number[] = [];
    const spy: Answerer = {
      answer: async (batch) => batch.map(({ image }) => String(seen.push(image[0] as number))),
      caption: async (batch) => batch.map(({ image }) => String(seen.push(image[0] as number))),
    };
    const mean = meanImage([Uint8Array.of(0, 10), Uint8Array.of(5, 30)]);
    expect([...mean]).toEqual([3, 20]);
    const b = blind(spy, mean);
    const q = (question: string) => ({ image: Uint8Array.of(9, 9), question });
    expect(await b.answer([q('a'), q('b'), q('a')])).toEqual(['1', '2', '1']);
    expect(await b.answer([q('b'), q('c')])).toEqual(['2', '3']);
    expect(await b.caption([{ image: Uint8Array.of(8, 8), language: 'en' }])).toEqual(['4']);
    expect(seen).toEqual([3, 3, 3, 3]);
    await expect(blind({ ...spy, answer: async () => [] }, mean).answer([q('d')])).rejects.toThrow(/blind.*expected 1 replies, got 0/);
  });
  test('the claim of everything speaks the language', async () => {
    expect(await alwaysYes('zh', ['狗', '猫']).caption([{ image: new Uint8Array(), language: 'zh' }])).toEqual(['狗、猫']);
  });
});
