// Sheets out and in: blinding, CSV that spreadsheets and raters have been at, every fault named, scores and agreement.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type GivenReply, itemsOf, readReplies } from './from-replies.js';
import { humanScores } from './ratings.js';
import { readSheets } from './read-sheet.js';
import { levelOf, SCALES, scaleOf } from './scales.js';
import { csvCell, makeSheet, parseKey, type SheetItem } from './sheet.js';
import { keyFile, writeSheet } from './write-sheet.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sheet-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const owl = scaleOf('owleval', 'test');
const items = (n: number, models = ['left model', 'right model']): SheetItem[] =>
  Array.from({ length: n }, (_, i) => ({
    bench: 'b',
    kind: i % 2 ? 'odd' : 'even',
    question: `Question ${i}?`,
    picture: { type: 'image' as const, source: { width: 2, height: 2, data: new Uint8Array(12).fill(i) } },
    replies: Object.fromEntries(models.map((model, k) => [model, `reply ${k} to ${i}`])),
  }));

describe('making a sheet', () => {
  it('names no model, shuffles rows and sides, and keeps the way back in the key alone', () => {
    const { sheet, key } = makeSheet(items(40), { scale: owl, seed: 1 });
    expect(JSON.stringify(sheet.rows.map(({ picture, ...row }) => row))).not.toMatch(/model/);
    expect(sheet.rows.map(({ row }) => row).slice(0, 2)).toEqual(['r001', 'r002']);
    expect(sheet.rows.map(({ question }) => question)).not.toEqual(items(40).map(({ question }) => question));
    const first = key.rows.filter(({ models }) => models[0] === 'left model').length;
    expect(first).toBeGreaterThan(8);
    expect(first).toBeLessThan(32);
    for (const [i, { models, question }] of key.rows.entries()) {
      const number = /\d+/.exec(question)?.[0];
      expect(sheet.rows[i]?.replies[models.indexOf('left model')]).toBe(`reply 0 to ${number}`);
    }
    expect(makeSheet(items(40), { scale: owl, seed: 1 })).toEqual({ sheet, key });
    expect(makeSheet(items(40), { scale: owl, seed: 2 }).sheet.id).not.toBe(sheet.id);
    expect(parseKey(JSON.parse(JSON.stringify(key)), 'x')).toEqual(key);
  });

  it('refuses nothing, uneven replies, and what is not a key', () => {
    const code = expect.objectContaining({ code: 'evaluate.sheet' });
    expect(() => makeSheet([], { scale: owl })).toThrow(code);
    expect(() => makeSheet([...items(1), ...items(1, ['left model'])], { scale: owl })).toThrow(code);
    expect(() => parseKey({ version: 2 }, 'x')).toThrow(code);
    expect(() => scaleOf('constructor', '--scale')).toThrow(code);
  });

  it('cells: separators, quotes and lines are kept, formulas are not run', () => {
    expect(['a', 'a,b', 'say "x"', 'two\nlines', ' x ', '=1+1', '-2', '@x'].map(csvCell)).toEqual([
      'a',
      '"a,b"',
      '"say ""x"""',
      '"two\nlines"',
      '" x "',
      "'=1+1",
      "'-2",
      "'@x",
    ]);
  });

  it('a table with its pictures, a page with everything in it', async () => {
    const own = items(3);
    const odd: SheetItem = {
      bench: 'b',
      kind: 'x',
      question: '<script>alert(1)</script>',
      replies: { 'left model': '=SUM(1)', 'right model': '</script>"' },
    };
    const { sheet, key } = makeSheet([...own, odd], { scale: owl });
    const csv = join(dir, 'a.csv');
    expect(await writeSheet(csv, sheet, key)).toBe(join(dir, 'a.key.json'));
    const [head, ...rows] = parse(await readFile(csv), { bom: true }) as string[][];
    expect(head).toEqual(['sheet', 'row', 'rater', 'picture', 'question', 'reply 1', 'rating 1', 'reply 2', 'rating 2', 'remark']);
    expect(rows).toHaveLength(4);
    expect((await readdir(join(dir, 'a-pictures'))).length).toBe(3);
    expect(rows.filter((row) => row[3] === '')).toHaveLength(1);
    const page = join(dir, 'a.html');
    await writeSheet(page, sheet, key);
    const text = await readFile(page, 'utf8');
    expect(text).not.toContain('<script>alert');
    expect(text).not.toMatch(/left model|right model/);
    expect(text.match(/type="radio"/g)).toHaveLength(4 * 2 * 4);
    expect(text.match(/data:image\/png/g)).toHaveLength(3);
    expect(text).toContain('script-src &#39;sha256-');
    expect(keyFile('x/y.html')).toBe('x/y.key.json');
    await expect(writeSheet(join(dir, 'a.xlsx'), sheet, key)).rejects.toMatchObject({ code: 'evaluate.sheet' });
  });
});

describe('filled sheets', () => {
  const { sheet, key } = makeSheet(items(6), { scale: owl, seed: 3 });
  /** A filled sheet: the ratings of each row, `left` and `right` model. */
  const fill = async (name: string, rows: readonly (readonly string[])[]): Promise<string> => {
    const file = join(dir, name);
    await writeFile(file, `sheet,row,rater,rating 1,rating 2\n${rows.map((row) => row.map(csvCell).join(',')).join('\n')}\n`);
    return file;
  };
  const rated = (rater: string, mark: (model: string, i: number) => string): string[][] =>
    key.rows.map(({ row, models }, i) => [sheet.id, row, rater, ...models.map((model) => mark(model, i))]);

  it('two raters who agree: scores by model, one against the other, alpha and kappa', async () => {
    const mark = (model: string, i: number): string => (model === 'left model' ? 'AAABBB'[i] : 'BCDBCA'[i]) as string;
    const files = [
      await fill('anna.csv', rated('', mark)),
      await fill(
        'x.csv',
        rated('Ben', (m, i) => ` ${mark(m, i).toLowerCase()} `),
      ),
    ];
    const filled = await readSheets(files, key);
    expect(filled.raters).toEqual(['anna', 'Ben']);
    expect(filled.faults).toEqual([]);
    expect(filled.ratings).toHaveLength(24);
    const scores = humanScores(filled);
    const value = (model: string, name: string) => scores.models[model]?.find((score) => score.name === name)?.value;
    expect(value('left model', 'level A or B')).toBe(1);
    expect(value('right model', 'level A or B')).toBe(0.5);
    expect(value('left model', 'mean')).toBe(3.5);
    expect(value('right model', 'rated C')).toBeCloseTo(1 / 3);
    expect(scores.pairs).toMatchObject([{ a: 'left model', b: 'right model', better: 4, equal: 1, worse: 1, wins: { value: 0.8 } }]);
    expect(scores.pairs[0]?.difference.difference).toBeCloseTo(15 / 6 - 3.5);
    expect(scores.agreement.map(({ name, value: v }) => [name, v])).toEqual([
      ['alpha', 1],
      ['kappa, anna and Ben', 1],
    ]);
  });

  it('names every cell and row that cannot be counted, and guesses none', async () => {
    const rows = rated('Cleo', () => 'A');
    const [first, second, third, fourth] = rows as [string[], string[], string[], string[]];
    first[3] = '';
    second[4] = 'E';
    const file = await fill('cleo.csv', [
      first,
      second,
      third,
      [...third], // twice, the same
      fourth,
      [...fourth.slice(0, 3), 'A', 'D'], // twice, and not the same in one cell
      [sheet.id, 'r999', 'Cleo', 'A', 'A'],
      ['00000000', fourth[1] as string, 'Cleo', 'A', 'A'],
    ]);
    const { ratings, faults } = await readSheets([file], key);
    expect(faults.map(({ kind, line, row, column, got }) => [kind, line, row, column, got])).toEqual([
      ['empty', 2, 'r001', 'rating 1', undefined],
      ['off the scale', 3, 'r002', 'rating 2', 'E'],
      ['unknown row', 8, 'r999', undefined, undefined],
      ['of another sheet', 9, 'r004', undefined, '00000000'],
      ['row missing', undefined, 'r005', undefined, undefined],
      ['row missing', undefined, 'r006', undefined, undefined],
      ['rated twice', 5, 'r003', 'rating 1', 'A and A'],
      ['rated twice', 5, 'r003', 'rating 2', 'A and A'],
      ['rated twice', 7, 'r004', 'rating 1', 'A and A'],
      ['rated twice', 7, 'r004', 'rating 2', 'A and D'],
    ]);
    expect(ratings.map(({ row }) => row)).toEqual(['r001', 'r002', 'r003', 'r003', 'r004']);
    expect(humanScores({ scale: owl, raters: ['Cleo'], ratings, faults }).faults).toMatchObject({
      empty: 1,
      'rated twice': 4,
      'row missing': 2,
    });
  });

  it('files that are no sheets, and sheets of another key', async () => {
    const odd = join(dir, 'odd.csv');
    await writeFile(odd, 'a,b\n1,2\n');
    await expect(readSheets([odd], key)).rejects.toMatchObject({ code: 'evaluate.sheet', place: odd });
    const other = makeSheet(items(6), { scale: owl, seed: 9 }).key;
    const file = await fill(
      'dan.csv',
      rated('Dan', () => 'A'),
    );
    await expect(readSheets([file], other)).rejects.toMatchObject({ code: 'evaluate.sheet' });
  });

  it('levels as people write them', () => {
    expect(['a', ' B ', 'Ｃ', 'E', ''].map((cell) => levelOf(owl, cell)?.mark)).toEqual(['A', 'B', 'C', undefined, undefined]);
    expect(['6', '6.0', '06', '7', '3.5'].map((cell) => levelOf(SCALES.mmhal as typeof owl, cell)?.mark)).toEqual([
      '6',
      '6',
      '6',
      undefined,
      undefined,
    ]);
    expect(levelOf(SCALES.yesno as typeof owl, 'YES')?.value).toBe(1);
  });
});

describe('replies as items', () => {
  const given = (n: number, more: Partial<GivenReply> = {}): GivenReply[] =>
    Array.from({ length: n }, (_, i) => ({
      bench: 'b',
      kind: 'k',
      question: `q${i % 3}`,
      media: [null],
      reply: `<think>x</think> r${i}`,
      ...more,
    }));

  it('the same question again is another row; models must have the same rows', () => {
    const made = itemsOf([
      { name: 'a', replies: given(6) },
      { name: 'b', replies: given(6).reverse() },
    ]);
    expect(made).toHaveLength(6);
    expect(made[0]?.replies).toEqual({ a: 'r0', b: 'r3' });
    expect(itemsOf([{ name: 'a', replies: given(6) }], { n: 2, seed: 1 })).toHaveLength(2);
    const code = expect.objectContaining({ code: 'evaluate.sheet' });
    expect(() => itemsOf([{ name: 'a', replies: given(6) }, { name: 'b', replies: given(5) }])).toThrow(code); // biome-ignore format: two models
    expect(() => itemsOf([{ name: 'a', replies: given(6) }, { name: 'a', replies: given(6) }])).toThrow(code); // biome-ignore format: two models
  });

  it('files of replies, and a line that is none', async () => {
    const file = join(dir, 'replies.jsonl');
    await writeFile(file, `${JSON.stringify({ bench: 'b', kind: 'k', question: 'q', media: ['x.png', null], reply: 'r', right: true })}\n`);
    expect(await readReplies(file)).toMatchObject([{ question: 'q', reply: 'r', picture: { type: 'image', source: 'x.png' } }]);
    await writeFile(file, '{"bench": "b"}\n');
    await expect(readReplies(file)).rejects.toMatchObject({ code: 'evaluate.row', place: `${file}, line 1` });
  });
});
