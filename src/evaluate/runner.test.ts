// The runner over a toy source: same rows for everyone, perfect and degenerate responders, abort, bad responders.

import { describe, expect, test } from 'vitest';
import { image, isRgbImage, type RgbImage } from '../media/index.js';
import { type ChatMessage, mediaParts } from '../text/index.js';
import type { Rng } from '../util/rng.js';
import { type Benchmark, questionOf, type Row } from './benchmark.js';
import { WORLD_BENCHMARKS } from './benchmarks/index.js';
import { worldCaption } from './benchmarks/world-caption.js';
import { worldPope } from './benchmarks/world-pope.js';
import { worldVqa } from './benchmarks/world-vqa.js';
import { blindFor } from './blind.js';
import { mostFrequent, questionKey } from './degenerate.js';
import { meanImage } from './mean-image.js';
import { Vocabulary } from './mentions.js';
import { QUESTION_TYPES } from './metrics/vqa.js';
import type { Responder } from './responder.js';
import { type BenchProgress, type BenchRecord, runBenchmarks, scoreOf } from './runner.js';
import { type BenchSource, Scenes } from './scenes.js';

// Images of 2x2 pixels whose first byte tells which two of six objects are there: enough to answer everything.
const names = ['dog', 'cat', 'car', 'tree', 'cup', 'boat'];
const vocabulary = new Vocabulary(names.map((id) => ({ id, en: [id] })));
const pair = (index: number): [number, number] => [index % 6, (index + 1 + (index % 4)) % 6];
const absent = (scene: number): string[] => names.filter((_, i) => !pair(scene).includes(i));
const source: BenchSource<number> = {
  size: 2,
  seed: 1,
  description: 'toy world',
  vocabulary,
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
const pixelsIn = (messages: readonly ChatMessage[]): RgbImage => {
  const [part] = mediaParts(messages);
  if (!part || !isRgbImage(part.source)) throw new Error('no pixels');
  return part.source;
};
const answer = (messages: readonly ChatMessage[]): string => {
  const scene = pixelsIn(messages).data[0] as number;
  const question = questionOf(messages);
  const asked = /Is there a (\w+)/.exec(question)?.[1];
  if (asked) return absent(scene).includes(asked) ? 'No.' : 'Yes, there is.';
  if (question === 'existence?') return scene % 2 ? 'yes' : 'no';
  return question.endsWith('?') ? String(scene % 3) : `A ${source.objects(scene).join(' and a ')}.`;
};
const seeing: Responder = { replies: async (batch) => batch.map(answer) };
const toy = (s = source): Benchmark[] => WORLD_BENCHMARKS.map((open) => open(new Scenes(s)));
const n = { pope: 60, vqa: 24, caption: 24 };
const rowsOf = async (benchmark: Benchmark, count: number): Promise<Row[]> => {
  const rows: Row[] = [];
  for await (const row of benchmark.rows({ n: count })) rows.push(row);
  return rows;
};

describe('runner', () => {
  test('a seeing model is perfect, its baselines are not', async () => {
    const progress: BenchProgress[] = [];
    const records: BenchRecord[] = [];
    const results = await runBenchmarks({
      benchmarks: toy(),
      responder: seeing,
      n,
      batchSize: 7,
      onProgress: (p) => progress.push(p),
      onRecord: (r) => records.push(r),
    });
    const value = (bench: string, name: string, who?: string): number => scoreOf(results, bench, name, who).value;
    for (const kind of ['random', 'popular', 'adversarial']) {
      expect(scoreOf(results, 'pope', `accuracy, ${kind}`)).toMatchObject({ value: 1, n: 60 });
      expect([value('pope', `F1, ${kind}`), value('pope', `yes ratio, ${kind}`), value('pope', `unreadable, ${kind}`)]).toEqual([
        1, 0.5, 0,
      ]);
    }
    for (const type of QUESTION_TYPES) expect(scoreOf(results, 'vqa', type)).toMatchObject({ value: 1, n: 24, better: 'higher' });
    expect([value('caption', 'CHAIR-i'), value('caption', 'CHAIR-s'), value('caption', 'cover')]).toEqual([0, 0, 1]);
    expect(scoreOf(results, 'caption', 'CHAIR-s')).toMatchObject({ n: 24, better: 'lower' });

    expect(value('pope', 'accuracy, random', 'alwaysYes')).toBe(0.5);
    expect(value('pope', 'recall, random', 'alwaysYes')).toBe(1);
    expect(value('pope', 'F1, random', 'alwaysYes')).toBeCloseTo(2 / 3);
    expect(value('caption', 'cover', 'alwaysYes')).toBe(1);
    expect(value('caption', 'CHAIR-i', 'alwaysYes')).toBeCloseTo(4 / 6);
    expect(value('caption', 'CHAIR-s', 'alwaysYes')).toBe(1);
    expect([value('pope', 'accuracy, popular', 'alwaysNo'), value('pope', 'F1, popular', 'alwaysNo')]).toEqual([0.5, 0]);
    expect(scoreOf(results, 'caption', 'CHAIR-i', 'alwaysNo').n).toBe(0);
    expect(value('caption', 'cover', 'alwaysNo')).toBe(0);
    expect([value('vqa', 'existence', 'alwaysNo'), value('vqa', 'color', 'alwaysNo')]).toEqual([0.5, 0]);
    expect(value('pope', 'accuracy, random', 'blind')).toBeLessThan(0.8);
    expect(value('vqa', 'color', 'blind')).toBeLessThan(0.5);
    // The questions of the toy world have answers in equal number, and their types are known.
    expect(value('vqa', 'existence', 'mostFrequent')).toBe(0.5);
    expect(value('vqa', 'color', 'mostFrequent')).toBeCloseTo(1 / 3);

    expect(results.map((r) => [r.name, r.n])).toEqual([
      ['pope', 180],
      ['vqa', 120],
      ['caption', 24],
    ]);
    expect(records).toHaveLength(3 * 60 + 5 * 24 + 24);
    expect(records.every((r) => r.right)).toBe(true);
    expect(progress.at(-1)).toEqual({ who: 'blind', bench: 'caption', done: 1, total: 1 });
    // The others reply at once.
    expect([...new Set(progress.map((p) => p.who))]).toEqual(['model', 'blind']);
    expect(results.map(({ scores }) => Object.keys(scores).join())).toEqual([
      'model,alwaysYes,alwaysNo,random,mostFrequent,silent,blind',
      'model,alwaysYes,alwaysNo,mostFrequent,silent,blind',
      'model,alwaysYes,alwaysNo,mostFrequent,silent,blind',
    ]);
    expect([value('pope', 'unreadable, random', 'silent'), value('caption', 'cover', 'silent')]).toEqual([1, 0]);
  });

  test('a responder is given conversations and nothing else', async () => {
    const keys = new Set<string>();
    const spy: Responder = {
      async replies(batch) {
        for (const messages of batch) {
          expect(Array.isArray(messages)).toBe(true);
          for (const message of messages) for (const key of Object.keys(message)) keys.add(key);
          for (const part of mediaParts(messages)) for (const key of Object.keys(part)) keys.add(key);
        }
        return batch.map(answer);
      },
    };
    await runBenchmarks({ benchmarks: toy(), responder: spy, n: 6 });
    expect([...keys].sort()).toEqual(['content', 'role', 'source', 'type']);
  });

  test('the same seed asks the same, another seed does not', async () => {
    const ask = async (seed: number): Promise<string> =>
      (await rowsOf(worldPope(new Scenes({ ...source, seed })), 60))
        .map((r) => questionOf(r.messages) + pixelsIn(r.messages).data[0])
        .join();
    expect(await ask(1)).toBe(await ask(1));
    expect(await ask(1)).not.toBe(await ask(2));
  });

  test('a wrong caption is recorded as wrong', async () => {
    const records: BenchRecord[] = [];
    const dog: Responder = { replies: async (batch) => batch.map(() => 'a dog') };
    await runBenchmarks({ benchmarks: [worldCaption(new Scenes(source))], responder: dog, n: 6, onRecord: (r) => records.push(r) });
    expect(records.every((r) => r.right === r.truth.split(', ').includes('dog'))).toBe(true);
    expect(records.some((r) => r.right) && records.some((r) => !r.right)).toBe(true);
  });

  test('a question about an image is asked once, however often it counts', async () => {
    const asked = new Map<string, number>();
    const counting: Responder = {
      async replies(batch) {
        for (const messages of batch) {
          const key = `${pixelsIn(messages).data[0]} ${questionOf(messages)}`;
          asked.set(key, (asked.get(key) ?? 0) + 1);
        }
        return batch.map(answer);
      },
    };
    // 12 scenes only, so that the toy source's 24 distinct images are not drawn twice.
    const benchmarks = toy().slice(0, 2);
    const results = await runBenchmarks({ benchmarks, responder: counting, n: { pope: 24, vqa: 12 }, baselines: false });
    expect(Math.max(...asked.values())).toBe(1);
    expect(scoreOf(results, 'pope', 'accuracy, adversarial')).toMatchObject({ n: 24, value: 1 });
    expect(Object.keys(results[0]?.scores ?? {})).toEqual(['model']);
  });

  test('progress is that of replies where the responder tells it, else that of batches', async () => {
    const totals = async (told: boolean): Promise<number[]> => {
      const done: number[] = [];
      const responder: Responder = {
        async replies(batch, { onReply }) {
          if (told) for (const _ of batch) onReply?.();
          return batch.map(answer);
        },
      };
      const benchmarks = [worldCaption(new Scenes(source))];
      await runBenchmarks({ benchmarks, responder, n: 5, batchSize: 2, baselines: false, onProgress: (p) => done.push(p.done) });
      return done;
    };
    expect(await totals(true)).toEqual([1, 2, 3, 4, 5]);
    expect(await totals(false)).toEqual([2, 4, 5]);
  });

  test('an odd number of probes keeps the balance', async () => {
    const rows = await rowsOf(worldPope(new Scenes(source)), 5);
    expect(rows).toHaveLength(15);
    expect(rows.filter((r) => r.truth === 'yes')).toHaveLength(9);
  });

  test('stops when asked', async () => {
    const controller = new AbortController();
    let calls = 0;
    const responder: Responder = {
      async replies(batch) {
        if (++calls === 2) controller.abort();
        return batch.map(() => 'yes');
      },
    };
    await expect(runBenchmarks({ benchmarks: toy(), responder, n, batchSize: 10, signal: controller.signal })).rejects.toThrow(/abort/i);
    expect(calls).toBe(2);
  });

  test('bad responders, counts and sources', async () => {
    const run = (more: Partial<Parameters<typeof runBenchmarks>[0]>) => runBenchmarks({ benchmarks: toy(), responder: seeing, n, ...more });
    await expect(run({ batchSize: 64, responder: { replies: async () => ['yes'] } })).rejects.toMatchObject({
      code: 'evaluate.replies',
      place: 'model, pope',
      expected: '64 strings',
      got: '1 replies',
    });
    await expect(run({ responder: { replies: async (b) => b.map(() => undefined as never) } })).rejects.toMatchObject({
      code: 'evaluate.replies',
    });
    await expect(run({ batchSize: 0 })).rejects.toMatchObject({ code: 'evaluate.batch' });
    await expect(run({ n: { pope: -1 } })).rejects.toMatchObject({ code: 'evaluate.count', place: 'pope' });
    await expect(run({ benchmarks: toy({ ...source, size: 3 }) })).rejects.toMatchObject({
      code: 'evaluate.image',
      expected: '27 bytes for 3x3 RGB',
      got: '12',
    });
    const popeOf = (s: BenchSource<number>) => [worldPope(new Scenes(s))];
    await expect(run({ benchmarks: popeOf({ ...source, probes: () => [] }) })).rejects.toMatchObject({ code: 'evaluate.source' });
    await expect(run({ benchmarks: [worldVqa(new Scenes({ ...source, questions: () => [] }))] })).rejects.toMatchObject({
      code: 'evaluate.source',
    });
    const [pope] = toy() as [Benchmark];
    await expect(run({ benchmarks: [{ ...pope, rows: () => [] }] })).rejects.toMatchObject({ code: 'evaluate.rows', place: 'pope' });
    const results = await run({ n: 2, baselines: false });
    expect(() => scoreOf(results, 'pope', 'F2')).toThrow(expect.objectContaining({ code: 'evaluate.score' }));
    expect(() => scoreOf(results, 'mme', 'F1')).toThrow(
      expect.objectContaining({ code: 'evaluate.score', expected: 'pope, vqa, caption' }),
    );
  });
});

describe('degenerate responders', () => {
  const ask = (question: string): ChatMessage[] => [{ role: 'user', content: question }];

  test('the language prior answers by the start of the question', async () => {
    const prior = mostFrequent([
      { question: 'What color is the cup?', answer: 'red' },
      { question: 'What color is the dog?', answer: 'red' },
      { question: 'What color is the car?', answer: 'blue' },
      { question: 'How many dogs are there?', answer: '2' },
      { question: '杯子是什么颜色？', answer: '红色' },
    ]);
    const questions = ['What color is the tree?', 'How many cups?', '狗是什么颜色？', 'Why?'];
    expect(await prior.replies(questions.map(ask), { maxTokens: 1 })).toEqual(['red', '2', '红色', 'red']);
    expect(questionKey('Is there a dog?')).toBe('is there');
    expect(questionKey('What is to the left of the dog?')).toBe('what is left');
  });

  test('blind: one mean image in place of every image, each counted once', async () => {
    const pixels = (...data: number[]) => image({ width: data.length / 3, height: 1, data: Uint8Array.from(data) });
    const row = (...parts: ReturnType<typeof image>[]) => ({
      messages: [{ role: 'user' as const, content: parts.map((p) => ({ ...p })) }],
    });
    const [a, b] = [pixels(0, 10, 20), pixels(5, 30, 20)];
    const mean = await meanImage([row(a), row(b, a)]);
    expect(mean).toEqual({ width: 1, height: 1, data: Uint8Array.of(3, 20, 20) });
    const video = { type: 'video' as const, frames: ['1.png', '2.png', '3.png'] };
    const blind = await blindFor([row(a), row(b, a)]);
    const [message] = blind?.([{ role: 'user', content: [{ ...a }, { type: 'text', text: 'What?' }, video] }]) ?? [];
    expect(message?.content).toEqual([
      { type: 'image', source: mean },
      { type: 'text', text: 'What?' },
      { type: 'video', frames: [mean, mean, mean] },
    ]);
    // Pixels of two sizes are averaged at one size.
    expect(await meanImage([row(a), row(pixels(0, 0, 0, 9, 9, 9))])).toMatchObject({ width: 224, height: 224 });
    expect(await meanImage([{ messages: ask('no image') }])).toBeUndefined();
    await expect(meanImage([row({ type: 'image', source: undefined as never })])).rejects.toMatchObject({ code: 'evaluate.image' });
  });

  test('without images there is no blind row', async () => {
    const text: Benchmark = {
      name: 'text',
      title: 'Text',
      about: 'two questions',
      maxTokens: 4,
      rows: () => ['1 + 1?', '1 + 2?'].map((question, i) => ({ kind: 'sum', messages: ask(question), truth: String(i + 2) })),
      score: (done) => [
        { name: 'right', value: done.filter((r) => r.reply === r.truth).length / 2, low: 0, high: 1, n: 2, better: 'higher' },
      ],
      right: (row) => row.reply === row.truth,
    };
    const two: Responder = { replies: async (batch) => batch.map(() => '2') };
    const [result] = await runBenchmarks({ benchmarks: [text], responder: two });
    expect(Object.keys(result?.scores ?? {})).toEqual(['model', 'alwaysYes', 'alwaysNo', 'mostFrequent', 'silent']);
    expect(result?.scores.model?.[0]?.value).toBe(0.5);
  });

  test('the claim of everything is in the language', () => {
    const zh = new Vocabulary([
      { id: 'dog', en: ['dog'], zh: ['狗'] },
      { id: 'cat', en: ['cat'], zh: ['猫'] },
    ]);
    expect(worldCaption(new Scenes({ ...source, vocabulary: zh }, 'zh')).constants).toEqual({ yes: '狗、猫', no: '' });
    expect(worldPope(new Scenes(source, 'zh')).constants).toEqual({ yes: '有', no: '没有' });
  });
});
