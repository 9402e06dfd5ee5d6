// LRV-Instruction: instructions that agree with the scene in both languages, all kinds and forms, the same by seed; and rows of data sets of one's own.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../util/rng.js';
import { CATEGORIES, groupsOf, makeScene, nameOf, TINTS } from '../world/index.js';
import { conversations, LRV_KINDS, type LrvRow, type LrvTurn, lrvRows, lrvScenes, lrvTurns, sceneFacts, writeLrv } from './index.js';
import type { LrvFacts, Thing } from './lrv.js';
import { sideOf } from './lrv-rows.js';

const languages = ['en', 'zh'] as const;

describe('instructions over scenes', () => {
  it.each(languages)('are of every kind and form, none twice in a dialogue, the same by seed: %s', (language) => {
    const source = lrvScenes({ scenes: 60, seed: 3, language, turns: 8 });
    const seen = new Set<string>();
    for (let i = 0; i < source.length; i++) {
      const { instructions, turns, scene } = source.get(i);
      expect(turns.map(({ content }) => content)).toEqual(instructions.flatMap(({ question, answer }) => [question, answer]));
      expect(new Set(instructions.map(({ question }) => question)).size).toBe(instructions.length);
      if (scene.objects.length > 0) expect(instructions.length).toBeGreaterThan(3);
      for (const { kind, form } of instructions) seen.add(`${kind} ${form}`);
    }
    expect([...seen].sort()).toEqual(LRV_KINDS.flatMap((kind) => ['declarative', 'interrogative'].map((form) => `${kind} ${form}`)).sort());
    expect(lrvScenes({ scenes: 60, seed: 3, language, turns: 8 }).get(17)).toEqual(source.get(17));
    expect(lrvScenes({ scenes: 60, seed: 4, language, turns: 8 }).get(17)).not.toEqual(source.get(17));
  });

  it('wrong ones are half, and as many of each kind', () => {
    const source = lrvScenes({ scenes: 400, seed: 1, turns: 4 });
    const counts: Record<string, number> = {};
    let all = 0;
    for (let i = 0; i < source.length; i++)
      for (const { kind } of source.get(i).instructions) {
        counts[kind] = (counts[kind] ?? 0) + 1;
        all++;
      }
    expect((counts.positive as number) / all).toBeGreaterThan(0.42);
    expect((counts.positive as number) / all).toBeLessThan(0.58);
    for (const kind of LRV_KINDS.slice(1)) expect((counts[kind] as number) / all, kind).toBeGreaterThan(0.1);
    const none = lrvScenes({ scenes: 20, seed: 1, negatives: 0 });
    for (let i = 0; i < 20; i++) expect(none.get(i).instructions.every(({ kind }) => kind === 'positive')).toBe(true);
  });

  /** The categories that a text names, in either language. */
  const namedIn = (text: string): number[] =>
    CATEGORIES.flatMap(({ en, enPlural, zh }, c) =>
      new RegExp(`\\b(?:${en}|${enPlural})\\b`, 'i').test(text) || text.includes(zh) ? [c] : [],
    );

  it.each(languages)('replies name what is there, and things that are not there only to say so: %s', (language) => {
    for (let i = 0; i < 80; i++) {
      const scene = makeScene(i, { seed: 9 });
      const groups = groupsOf(scene);
      const present = new Set(groups.map((g) => g.category));
      const rng = new Rng(i);
      for (const { kind, question, answer } of lrvTurns(sceneFacts(scene, { language, rng }), { language, rng, turns: 12 })) {
        const wrong = namedIn(answer).filter((c) => !present.has(c));
        if (kind === 'nonexistent') {
          expect(answer).toMatch(language === 'en' ? /there is no /i : /没有/);
          expect(wrong.length, `${question} ${answer}`).toBeGreaterThan(0);
        } else if (language === 'en') expect(wrong, `${question} ${answer}`).toEqual([]);
        if (kind === 'existent' || (kind === 'knowledge' && language === 'en'))
          expect(answer).toMatch(language === 'en' ? /\b(no|not)\b/i : /不/);
        // A color that a reply gives to a thing is the thing's own.
        for (const g of groups) {
          const match = new RegExp(
            `the ${nameOf(g.category, 'en', g.objects.length)} (?:is|are) (${TINTS.map((t) => t.en).join('|')})\\b`,
            'i',
          ).exec(answer);
          if (match) expect(match[1]).toBe(TINTS[g.tint]?.en);
        }
      }
    }
  });

  it.each([
    ['turns', { turns: 0 }, 'data.option'],
    ['negatives', { negatives: 1.1 }, 'data.option'],
    ['scenes', { scenes: -1 }, 'world.option'],
    ['language', { language: 'fr' as never }, 'world.option'],
  ])('%s out of range are refused', (_, options, code) => {
    expect(() => lrvScenes(options)).toThrow(expect.objectContaining({ code }));
  });
});

describe('templates', () => {
  const name = (en: string, zh: string) => ({ en, enPlural: `${en}s`, zh, measure: '只' });
  const dog: Thing = { name: name('dog', '狗'), count: 2, color: { en: 'red', zh: '红色' } };
  const facts: LrvFacts = {
    things: [dog],
    absent: [{ name: name('owl', '猫头鹰'), weight: 1 }],
    colors: [
      { en: 'red', zh: '红色' },
      { en: 'blue', zh: '蓝色' },
    ],
    relations: [],
    knowledge: [{ about: 'kind', thing: dog, truth: { en: 'animal', zh: '动物' }, others: [{ en: 'vehicle', zh: '交通工具' }] }],
  };
  const all = (language: 'en' | 'zh'): LrvTurn[] => {
    const found = new Map<string, LrvTurn>();
    for (let seed = 0; seed < 60; seed++)
      for (const turn of lrvTurns(facts, { language, rng: new Rng(seed), turns: 20 })) found.set(turn.question, turn);
    return [...found.values()];
  };
  it('agree in number, article and negation in English', () => {
    const turns = Object.fromEntries(all('en').map(({ question, answer }) => [question, answer]));
    expect(turns['Is there an owl in the image?']).toBe('No, there is no owl in the image.');
    expect(turns['Are the dogs blue?']).toBe('No, the dogs are red.');
    expect(turns['Describe the blue dogs.']).toBe('The dogs are not blue. They are red.');
    expect(turns['Is there only one dog in the image?']).toBe('No, there are two dogs in the image.');
    expect(turns['Is a dog a vehicle?']).toBe('No, a dog is an animal.');
    expect(turns['Describe the blue owl.']).toBe('There is no owl in the image.');
    expect(turns['Name the objects in the image.']).toBe('The image shows two dogs.');
  });
  it('and in Chinese', () => {
    const turns = Object.fromEntries(all('zh').map(({ question, answer }) => [question, answer]));
    expect(turns['图中有猫头鹰吗？']).toBe('没有，图中没有猫头鹰。');
    expect(turns['狗是蓝色的吗？']).toBe('不是，狗是红色的。');
    expect(turns['图中有几只狗？']).toBe('图中有两只狗。');
    expect(turns['狗是一种交通工具吗？']).toBe('不是，狗是一种动物。');
  });
});

describe('instructions over a data set', () => {
  let dir: string;
  const reader = { nameOf: (label: string) => ({ en: label, enPlural: `${label}s`, zh: label, measure: '个' }) };
  /** Rows of a file, by one seed after another. */
  const rowsOf = async (file: string, options: Partial<Parameters<typeof lrvRows>[1]> = {}, seeds = 1): Promise<LrvRow[]> => {
    const set = await conversations(join(dir, file), { objects: 'boxes' }).open();
    const rows: LrvRow[] = [];
    for (let seed = 0; seed < seeds; seed++) for await (const row of lrvRows(set, { ...reader, turns: 10, seed, ...options })) rows.push(row);
    set.dispose();
    return rows;
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-lrv-'));
    for (const i of [1, 2, 3])
      await sharp({ create: { width: 100, height: 80, channels: 3, background: `#${i}a${i}` } })
        .png()
        .toFile(join(dir, `${i}.png`));
    const box = (image_id: number, category_id: number, bbox: number[], id: number) => ({ id, image_id, category_id, bbox });
    await writeFile(
      join(dir, 'instances.json'),
      JSON.stringify({
        images: [1, 2, 3].map((id) => ({ id, file_name: `${id}.png`, width: 100, height: 80 })),
        categories: ['dog', 'car', 'hat'].map((name, i) => ({ id: i + 1, name })),
        annotations: [
          box(1, 1, [5, 5, 20, 20], 1),
          box(1, 2, [60, 8, 30, 20], 2),
          box(2, 1, [5, 5, 20, 20], 3),
          box(2, 1, [40, 5, 20, 20], 4),
          box(3, 3, [5, 5, 9, 9], 5),
        ],
      }),
    );
    const caption = (image: string, text: string) =>
      JSON.stringify({
        image,
        conversations: [
          { from: 'human', value: '<image>\nDescribe it.' },
          { from: 'gpt', value: text },
        ],
      });
    await writeFile(
      join(dir, 'captions.jsonl'),
      [caption('1.png', 'a dog and a car'), caption('1.png', 'a dog'), caption('2.png', 'a hat'), caption('3.png', 'nothing')].join('\n'),
    );
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('reads boxes: names, numbers, sides, and what is in other images as not there', async () => {
    const rows = await rowsOf('instances.json');
    expect(rows.map(({ image }) => image)).toEqual([1, 2, 3].map((i) => join(dir, `${i}.png`)));
    const said = rows.map(({ turns }) => turns.map(({ question, answer }) => `${question} ${answer}`).join('\n'));
    const many = new Map<string, string>();
    for (const { id, turns } of await rowsOf('instances.json', {}, 80)) for (const t of turns) many.set(`${id} ${t.question}`, t.answer);
    expect(many.get('1 Is the dog right of the car?')).toBe('No, the dog is left of the car.');
    expect(many.get('2 How many dogs are there?')).toBe('There are two.');
    expect(many.get('3 Is there a dog in the image?')).toBe('No, there is no dog in the image.');
    expect(many.get('1 Is there a hat in the image?')).toBe('No, there is no hat in the image.');
    expect(many.get('1 Is a car an animal?')).toBe('No, a car is a vehicle.');
    expect(said.join()).not.toMatch(/color is the \w+\? The \w+ is/);
    expect(await rowsOf('instances.json')).toEqual(rows);
  });

  it('reads captions with a vocabulary: one row for each image, and no numbers', async () => {
    const mentions = (text: string) => ['dog', 'car', 'hat'].filter((word) => text.includes(word));
    for (let seed = 0; seed < 10; seed++) {
      const rows = await rowsOf('captions.jsonl', { mentions, seed });
      expect(rows.map(({ image }) => image)).toEqual([join(dir, '1.png'), join(dir, '2.png')]);
      const [first] = rows as [LrvRow];
      for (const { question, answer } of first.turns) {
        expect(question).not.toMatch(/^(Count|How many (dog|car)s)/);
        expect(answer).not.toMatch(/no (dog|car)/);
      }
    }
    expect(await rowsOf('captions.jsonl')).toEqual([]);
  });

  it('writes a data set that is read again, from where the images are, and nothing where nothing is known', async () => {
    const read = async (out: string, images?: string) => {
      const set = await conversations(out, { images }).open();
      const rows = await Promise.all(Array.from({ length: set.length }, (_, i) => set.get(i)));
      set.dispose();
      return rows;
    };
    const files = await rowsOf('instances.json');
    async function* given(rows: readonly LrvRow[]): AsyncGenerator<LrvRow> {
      yield* rows;
    }
    const beside = join(dir, 'lrv.jsonl');
    expect(await writeLrv(beside, given(files))).toMatchObject({ rows: 3, kinds: { positive: expect.any(Number) } });
    const [row] = await read(beside);
    expect(row?.messages.length).toBeGreaterThan(2);
    expect(row?.extra?.lrv).toHaveLength((row?.messages.length ?? 0) / 2);
    const away = join(dir, 'out', 'lrv.jsonl');
    expect(await writeLrv(away, given(files))).toMatchObject({ rows: 3, images: dir });
    expect(await read(away, dir)).toHaveLength(3);
    const own: LrvRow = {
      id: 'own',
      image: await readFile(join(dir, '1.png')),
      turns: [{ kind: 'positive', form: 'declarative', question: 'q', answer: 'a' }],
    };
    const drawn = join(dir, 'drawn', 'lrv.jsonl');
    expect(await writeLrv(drawn, given([own]))).toEqual({ rows: 1, kinds: { positive: 1 }, drawn: join(dir, 'drawn', 'lrv-images') });
    expect((await read(drawn))[0]?.messages[1]?.content).toBe('a');
    await expect(writeLrv(drawn, given([own]))).rejects.toMatchObject({ code: 'data.exists' });
    await expect(writeLrv(join(dir, 'none.jsonl'), given([]))).rejects.toMatchObject({ code: 'data.read' });
    await expect(readFile(join(dir, 'none.jsonl'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('sides are clear ones', () => {
    expect(sideOf([0, 0, 10, 10], [20, 2, 30, 12])).toBe('left');
    expect(sideOf([0, 30, 10, 40], [2, 0, 12, 10])).toBe('below');
    expect(sideOf([0, 0, 10, 10], [5, 0, 15, 10])).toBeUndefined();
    expect(sideOf([0, 0, 10, 10], [20, 20, 30, 30])).toBeUndefined();
  });
});
