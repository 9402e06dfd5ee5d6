// World versions of the benchmarks: the same seed gives the same rows, files of them on disk give these rows too, nothing gives the answers away.

import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isRgbImage } from '../../../media/index.js';
import { mediaParts, Tokenizer } from '../../../text/index.js';
import { checkWorldClaims } from '../../../trust/world-claims.js';
import { loadSprites, type Scene, type Sprites } from '../../../world/index.js';
import { type Answered, type Benchmark, questionOf, type Row } from '../../benchmark.js';
import { DEGENERATE } from '../../degenerate.js';
import type { FileRow } from '../../file-benchmark.js';
import { runBenchmarks, scoreOf } from '../../runner.js';
import type { Scenes } from '../../scenes.js';
import { worldScenes } from '../../world-source.js';
import { folder, rowsOf } from '../files-testing.js';
import { mme } from '../mme.js';
import { WORLD_FORMS } from './index.js';

const N = 8;
let sprites: Sprites;
let scenes: Scenes<Scene>;
const rows = new Map<string, Row[]>();
const open = (name: string, from = scenes): Benchmark => {
  const found = WORLD_FORMS.map((make) => make(from)).find((benchmark) => benchmark.name === `world:${name}`);
  if (!found) throw new Error(name);
  return found;
};
const of = (name: string): Row[] => rows.get(`world:${name}`) ?? [];
/** A row as text, its pictures as the numbers of their bytes. */
const plain = (row: Row): string =>
  JSON.stringify(row, (_, value) => (isRgbImage(value) ? Buffer.from(value.data).toString('base64') : value));
const share = (list: readonly Row[], test: (row: Row) => boolean): number => list.filter(test).length / list.length;

beforeAll(async () => {
  sprites = await loadSprites();
  scenes = worldScenes(sprites, { seed: 5, claims: checkWorldClaims });
  for (const make of WORLD_FORMS) {
    const benchmark = make(scenes);
    rows.set(benchmark.name, await rowsOf(benchmark, { n: N }));
  }
});

describe('world versions', () => {
  test('the same seed gives the same rows to the byte, another seed does not', async () => {
    const ask = async (seed: number): Promise<Map<string, string>> => {
      const from = worldScenes(sprites, { seed, claims: checkWorldClaims });
      const texts = new Map<string, string>();
      for (const make of WORLD_FORMS) {
        const benchmark = make(from);
        texts.set(benchmark.name, (await rowsOf(benchmark, { n: 3 })).map(plain).join('\n'));
      }
      return texts;
    };
    const [first, second, other] = [await ask(5), await ask(5), await ask(6)];
    for (const [name, text] of first) {
      expect(second.get(name), name).toBe(text);
      expect(other.get(name), name).not.toBe(text);
    }
  });

  test('names, kinds and numbers', () => {
    expect(rows.size).toBe(WORLD_FORMS.length);
    const kinds = (name: string): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { kind } of of(name)) counts[kind] = (counts[kind] ?? 0) + 1;
      return counts;
    };
    expect(kinds('mme')).toEqual({
      existence: 16,
      count: 16,
      position: 16,
      color: 16,
      scene: 16,
      OCR: 16,
      numerical_calculation: 16,
    });
    expect(kinds('pope')).toEqual({ random: N, popular: N, adversarial: N });
    expect(kinds('gqa')).toEqual({ verify: N, query: N, choose: N, logical: N, compare: N });
    expect(kinds('nocaps')).toEqual({ 'in-domain': N, 'near-domain': N, 'out-domain': N });
    expect(of('mmbench')).toHaveLength(4 * 4 * N);
    expect(of('hallusionbench')).toHaveLength(4 * N);
  });

  test('POPE has its probes in the language of the scenes, balanced and right', async () => {
    const chinese = worldScenes(sprites, { seed: 5, language: 'zh' });
    const list = await rowsOf(open('pope', chinese), { n: 4 });
    expect(list.every(({ messages }) => /^图中有.+吗？$/.test(questionOf(messages)))).toBe(true);
    expect(share(list, ({ truth }) => truth === 'yes')).toBe(0.5);
    const done = list.map((row) => ({ ...row, reply: row.truth === 'yes' ? '有' : '没有' }));
    expect(done.every((row) => open('pope', chinese).right(row))).toBe(true);
  });

  test('yes and no come equally often', () => {
    for (const name of ['mme', 'pope', 'hallusionbench'])
      expect(
        share(of(name), ({ truth }) => truth === 'yes'),
        name,
      ).toBe(0.5);
    for (const kind of ['verify', 'logical', 'compare'])
      expect(
        share(
          of('gqa').filter((row) => row.kind === kind),
          ({ truth }) => truth === 'yes',
        ),
        kind,
      ).toBe(0.5);
    expect(
      share(
        of('vqav2').filter((row) => row.kind === 'yes/no'),
        ({ truth }) => truth === 'yes',
      ),
    ).toBe(0.5);
    for (const name of ['vqa-rad', 'pathvqa'])
      expect(
        share(
          of(name).filter((row) => row.kind === 'closed'),
          ({ truth }) => truth === 'yes',
        ),
        name,
      ).toBe(0.5);
  });

  test('every place among the options is right equally often', () => {
    const places = (list: readonly Row[]): number[] =>
      ['A', 'B', 'C', 'D'].map((letter) => list.filter(({ truth }) => truth === letter).length);
    const first = of('mmbench').filter((row) => (row as Row & { pass: number }).pass === 0);
    expect(places(first)).toEqual([N, N, N, N]);
    expect(places(of('mmbench-cn'))).toEqual(Array(4).fill(4 * N));
    expect(places(of('mmmu').filter(({ kind }) => kind === 'Comparison')).slice(0, 2)).toEqual([N / 2, N / 2]);
    for (const kind of ['natural science', 'language science'])
      expect(places(of('scienceqa').filter((row) => row.kind === kind)), kind).toEqual([N / 4, N / 4, N / 4, N / 4]);
    for (const row of [...first, ...of('scienceqa')]) {
      const options = (row as Row & { options: string[] }).options;
      expect(new Set(options).size).toBe(options.length);
    }
  });

  test('numbers come equally often', () => {
    const number = of('vqav2').filter(({ kind }) => kind === 'number');
    for (const n of ['1', '2', '3', '4']) {
      expect(share(number, ({ truth }) => truth === n)).toBe(0.25);
      // A number in a yes/no question says nothing about the answer.
      const asked = of('mme').filter(({ kind, messages }) => kind === 'count' && questionOf(messages).includes(`exactly ${n} `));
      expect(asked).toHaveLength(N / 2);
      expect(share(asked, ({ truth }) => truth === 'yes')).toBe(0.5);
    }
  });

  test('rows of files on disk are the rows of the files in memory', async () => {
    const benchmark = open('mme');
    const memory = await rowsOf(benchmark, { n: 2 });
    for (const row of memory as FileRow[]) {
      const stem = row.group?.split('/')[1] as string;
      const same = (memory as FileRow[]).filter((other) => other.group === row.group);
      await files.write(
        `${row.kind}/${stem}.txt`,
        same.map((one) => `${questionOf(one.messages)}\t${one.truth === 'yes' ? 'Yes' : 'No'}`).join('\n'),
      );
      await files.images(`${row.kind}/${stem}.png`);
    }
    const disk = await rowsOf(mme({ data: [files.path()] }));
    const bare = (list: readonly Row[]): string[] => list.map((row) => `${row.kind} ${questionOf(row.messages)} ${row.truth}`).sort();
    expect(bare(disk)).toEqual(bare(memory));
    expect(mediaParts(disk[0]?.messages ?? [])[0]?.source).toMatch(/\.png$/);
    expect(isRgbImage(mediaParts(memory[0]?.messages ?? [])[0]?.source)).toBe(true);
  });

  test('every question leaves the shipped model room for a reply', async () => {
    const tokenizer = await Tokenizer.fromFolder(join(import.meta.dirname, '../../../../models/sensorium-tiny'));
    const IMAGE = 64;
    const FRAME = 8;
    for (const [name, list] of rows)
      for (const { messages } of list) {
        const tokens = tokenizer.encode(questionOf(messages)).length + IMAGE * mediaParts(messages).length + FRAME;
        expect(tokens, `${name}: ${questionOf(messages)}`).toBeLessThan(256 - 48);
      }
  });

  test('scenes are shared: the benchmarks together show few images', () => {
    const seen = new Set<unknown>();
    let parts = 0;
    for (const list of rows.values())
      for (const { messages } of list) for (const { source } of mediaParts(messages)) seen.add(source) && parts++;
    expect(seen.size).toBeLessThan(parts / 4);
  });

  test('whoever gives the true answers is right everywhere, silence nowhere', async () => {
    for (const make of WORLD_FORMS) {
      const benchmark = make(scenes);
      const list = of(benchmark.name.replace('world:', ''));
      const answer = (row: Row): Answered => ({ ...row, reply: row.truth });
      expect(
        share(list, (row) => benchmark.right(answer(row))),
        benchmark.name,
      ).toBeGreaterThan(benchmark.name === 'world:own' ? 0.6 : 0.99);
      const silent = list.map((row) => ({ ...row, reply: '' }));
      if (!/llava|mmhal|own/.test(benchmark.name))
        expect(
          silent.some((row) => benchmark.right(row)),
          benchmark.name,
        ).toBe(false);
    }
  });

  test('degenerate replies to questions with options are at chance', async () => {
    const benchmark = open('mmbench');
    const list = await rowsOf(benchmark, { n: 12 });
    for (const name of ['firstOption', 'random', 'longestOption']) {
      const replies = await DEGENERATE.find((one) => one.name === name)?.replies(benchmark, list, 0);
      const done = list.map((row, i) => ({ ...row, reply: (replies as string[])[i] as string }));
      const vanilla = benchmark.score(done).find((score) => score.name === 'vanilla accuracy');
      expect(vanilla?.low, name).toBeLessThan(0.25);
      expect(vanilla?.high, name).toBeGreaterThan(0.2);
    }
  });
});

const files = folder();

describe('open replies by exact truth', () => {
  const open5 = ['llava-bench', 'mmhal-bench', 'gavie', 'owleval', 'video-chatgpt'];
  const best: Record<string, [string, number]> = {
    'llava-bench': ['rating', 10],
    'mmhal-bench': ['rating', 6],
    gavie: ['accuracy', 10],
    owleval: ['level A or B', 1],
    'video-chatgpt': ['correctness', 5],
  };

  test('the true answers have the best rating, silence the worst, and no judge is needed', async () => {
    const silent = { replies: async (batch: readonly unknown[]) => batch.map(() => '') };
    const results = await runBenchmarks({ benchmarks: open5.map((name) => open(name)), responder: silent, n: 4 });
    for (const [name, [score, most]] of Object.entries(best)) {
      expect(scoreOf(results, `world:${name}`, score, 'truth').value, name).toBeCloseTo(most);
      expect(scoreOf(results, `world:${name}`, score).value, name).toBeLessThanOrEqual(most / 2);
    }
  });

  test('CCEval and HaELM: a made-up thing is one of the things named, and makes a caption inaccurate', () => {
    const value = (name: string, score: string, done: Answered[]): number | undefined =>
      open(name)
        .score(done)
        .find((one) => one.name === score)?.value;
    const row = of('cceval')[0] as Row & { objects: string[] };
    const absent = ['dog', 'car', 'rocket', 'pizza'].find((name) => !row.objects.includes(name)) as string;
    const [first] = row.objects;
    const done = [{ ...row, reply: `A ${first} and a ${absent}. No ${absent} is small.` }];
    expect(value('cceval', 'CHAIR-i', done)).toBe(0.5);
    expect(value('cceval', 'coverage', done)).toBeCloseTo(1 / row.objects.length);
    expect(value('cceval', 'CHAIR-i', [{ ...row, reply: row.truth }])).toBe(0);
    expect(value('cceval', 'coverage', [{ ...row, reply: row.truth }])).toBe(1);
    const caption = of('haelm')[0] as Row;
    const accurate = (reply: string): number | undefined => value('haelm', 'accurate', [{ ...caption, reply }]);
    const there = new Set(caption.boxes?.map(({ label }) => label.split(' ').at(-1)));
    const other = ['dog', 'car', 'rocket', 'pizza'].find((name) => !there.has(name)) as string;
    expect([caption.truth, `${caption.truth} There is also a ${other}.`, 'Something.'].map(accurate)).toEqual([1, 0, 0]);
  });

  test('made-up things cost, whatever else is said', () => {
    const benchmark = open('gavie');
    const row = of('gavie').find(({ messages }) => questionOf(messages).startsWith('Describe')) as Row;
    const score = (reply: string): number | undefined =>
      benchmark.score([{ ...row, reply }]).find(({ name }) => name === 'accuracy')?.value;
    const there = new Set(row.boxes?.map(({ label }) => label.split(' ').at(-1)));
    const absent = ['dog', 'car', 'tree', 'guitar', 'rocket', 'pizza', 'book'].filter((name) => !there.has(name)).slice(0, 2);
    expect(score(row.truth)).toBe(10);
    expect(score(`${row.truth} There is also a ${absent[0]} and a ${absent[1]}.`)).toBeLessThan(10);
    expect(score('Nothing can be said.')).toBe(0);
  });

  test('a judge rates where one is given, and its agreement with the truth is reported', async () => {
    const judged = worldScenes(sprites, { seed: 5, claims: checkWorldClaims, judged: true });
    const benchmark = open('mmhal-bench', judged);
    const truths = { replies: async (batch: readonly unknown[]) => batch.map(() => 'red') };
    const judge = { name: 'kind', replies: async (prompts: readonly string[]) => prompts.map(() => 'Rating: 6') };
    const results = await runBenchmarks({ benchmarks: [benchmark], responder: truths, n: 3, judge, baselines: false });
    expect(scoreOf(results, 'world:mmhal-bench', 'rating').value).toBe(6);
    const agrees = scoreOf(results, 'world:mmhal-bench', 'judge agrees with the exact truth');
    expect(agrees.value).toBeLessThan(0.5);
    expect(scoreOf(results, 'world:mmhal-bench', "judge's kappa with the exact truth").value).toBe(0);
    await expect(runBenchmarks({ benchmarks: [benchmark], responder: truths, n: 3 })).rejects.toMatchObject({ code: 'evaluate.judge' });
  });
});
