// XLSX workbooks made by hand: shared and inline strings, gaps, numbers; archives that are damaged, too large or something else.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sheetRecords } from './xlsx.js';
import { cell, workbook, zip } from './xlsx-testing.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'xlsx-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const read = async (bytes: Buffer, name = 'a.xlsx') => {
  await writeFile(join(dir, name), bytes);
  return sheetRecords(join(dir, name));
};

describe('a workbook', () => {
  const sheet = `<row r="1"><c r="A1" t="s"><v>0</v></c>${cell('B1', 'question')}<c r="C1" t="s"><v>1</v></c>${cell('D1', 'hit')}</row>
    <row r="2"><c r="A2"><v>7</v></c>${cell('B2', 'a &lt; b &#x4F60;_x000A_?')}<c r="C2" s="3" t="s"><v>2</v></c><c r="D2" t="b"><v>1</v></c></row>
    <row r="4"><c r="A4"><v>8.5</v></c><c r="C4" t="str"><f>1</f><v>B</v></c></row>
    <row r="5"><c r="A5"/></row>`;
  const shared =
    '<si><t>index</t></si><si><r><t>predic</t></r><r><t xml:space="preserve">tion</t></r><rPh><t>x</t></rPh></si><si><t>A. cat</t></si>';
  const rows = [
    { row: 2, value: { index: 7, question: 'a < b 你\n?', prediction: 'A. cat', hit: 'True' } },
    { row: 4, value: { index: 8.5, question: '', prediction: 'B', hit: '' } },
  ];

  test('its first sheet, packed or not', async () => {
    expect(await read(zip(workbook(sheet, shared)))).toEqual(rows);
    expect(await read(zip(workbook(sheet, shared), { packed: false }))).toEqual(rows);
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['something else', Buffer.from('PK and no more')],
    ['a cut archive', zip(workbook(sheet, shared)).subarray(40)],
    ['a part that unpacks to more than it says', zip(workbook(sheet, shared), { claimed: 20 })],
    ['a part that says to be too large', zip(workbook(sheet, shared), { claimed: 2 ** 31 })],
    ['no sheet', zip({ 'xl/workbook.xml': '<workbook/>' })],
    ['an empty sheet', zip(workbook(''))],
    ['no names', zip(workbook('<row r="1"><c r="A1"/></row>'))],
    ['one name twice', zip(workbook(`<row r="1">${cell('A1', 'x')}${cell('B1', 'x')}</row>`))],
    ['a column beyond all', zip(workbook(`<row r="1">${cell('ZZZZ1', 'x')}</row>`))],
  ])('%s is refused', async (_, bytes) => {
    await expect(read(bytes, 'b.xlsx')).rejects.toMatchObject({ code: 'data.read', place: expect.stringContaining('b.xlsx') });
  });
});
