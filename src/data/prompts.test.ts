// TRL's columns: texts and messages, completions and preferences, with pictures, through JSON lines and parquet and back.

import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Conversation, detectFormat, formatNamed, mediaOf, rejectedReply } from './index.js';
import { allOf } from './testing.js';

const PICTURE = 'examples/finetune/images/fruit-five-lemons.jpg';
const user = (content: unknown) => ({ role: 'user', content });
const reply = (content: unknown) => ({ role: 'assistant', content });
const text = (words: string) => ({ type: 'text', text: words });

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-prompts-'));
  await copyFile(PICTURE, join(dir, 'a.jpg'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

let count = 0;
async function file(...rows: object[]): Promise<string> {
  const path = join(dir, `${count++}.jsonl`);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}
/** Roles, texts and places of pictures; and what was rejected. */
const essence = (row: Conversation): unknown => ({
  messages: row.messages.map(({ role, content }) => ({
    role,
    content: Array.isArray(content)
      ? content.map((part) => (part.type === 'text' ? part : { type: part.type }))
      : [text(content as string)],
  })),
  rejected: rejectedReply(row),
});

const ROWS = [
  { prompt: 'The sky is', completion: ' blue.' },
  { prompt: [user('Hi'), reply('Yes?'), user('Which color?')], completion: [reply('Red')] },
  { prompt: 'Color?', chosen: 'Red', rejected: 'Green' },
  { prompt: [{ role: 'system', content: 'Be brief.' }, user('Color?')], chosen: [reply('Red')], rejected: [reply('Green')] },
  { chosen: [user('Color?'), reply('Red')], rejected: [user('Color?'), reply([text('Gre'), text('en')])] },
  { images: ['a.jpg'], prompt: [user([{ type: 'image' }, text('What is it?')])], completion: [reply([text('Lemons')])] },
  { images: ['a.jpg'], prompt: 'What is it?', chosen: 'Lemons', rejected: 'Limes' },
];

describe('reading', () => {
  it('takes texts as what the user and the model say, messages as they are', async () => {
    const path = await file(...ROWS);
    expect((await detectFormat(path)).format.name).toBe('trl');
    const read = await allOf(path);
    expect(read.map(({ messages }) => messages.map(({ role }) => role).join())).toEqual([
      'user,assistant',
      'user,assistant,user,assistant',
      'user,assistant',
      'system,user,assistant',
      'user,assistant',
      'user,assistant',
      'user,assistant',
    ]);
    expect(read[0]?.messages[1]?.content).toBe(' blue.');
    expect(read.map(rejectedReply)).toEqual([undefined, undefined, 'Green', 'Green', 'Green', undefined, 'Limes']);
    expect(read.map((row) => mediaOf(row).length)).toEqual([0, 0, 0, 0, 0, 1, 1]);
    expect(read[6]?.messages[0]?.content).toMatchObject([{ type: 'image' }, text('What is it?')]);
  });
  it('learns the completion alone, unless a reply of the prompt says otherwise', async () => {
    const turns = [user('Hi'), reply('Yes?'), user('Sure?'), { ...reply('Yes.'), weight: 1 }, user('Color?')];
    const read = await allOf(
      await file(
        { prompt: turns, completion: [reply('Red')] },
        { prompt: turns.slice(0, 3), completion: [reply('Of course.'), user('Why?'), reply('Look.')] },
        { prompt: turns.slice(0, 3), chosen: [reply('Red')], rejected: [reply('Green')] },
      ),
    );
    const weights = (rows: readonly Conversation[]) =>
      rows.map(({ messages }) => messages.flatMap(({ role, weight }) => (role === 'assistant' ? [weight] : [])));
    expect(weights(read)).toEqual([
      [0, 1, undefined],
      [0, undefined, undefined],
      [undefined, undefined],
    ]);
    const target = join(dir, 'learned');
    await formatNamed('trl').write?.(target, read.slice(0, 2), {});
    const [first, second] = (await readFile(join(target, 'data.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([first.prompt.length, second.prompt]).toEqual([3, turns.slice(0, 3)]);
    expect((await allOf(target)).map(({ messages }) => messages)).toEqual(read.slice(0, 2).map(({ messages }) => messages));
    // Columns of parquet have no place for the mark of the other reply.
    const written = await formatNamed('trl-parquet').write?.(join(dir, 'learned.parquet'), read.slice(0, 2), {});
    expect(written?.lost).toEqual({ 'messages[].weight': 1 });
  });
  it('takes a dialogue without its last reply, and columns of other names, as prompts of preferences', async () => {
    const [human, gpt] = [(value: string) => ({ from: 'human', value }), (value: string) => ({ from: 'gpt', value })];
    const path = await file(
      { conversations: [human('Hi'), gpt('Yes?'), human('Color?')], chosen: gpt('Red'), rejected: gpt('Green') },
      { images: ['a.jpg'], conversations: [human('<image>What is it?')], chosen: gpt('Red'), rejected: gpt('Green') },
      { image: 'a.jpg', question: 'What is it?', chosen: 'Red', rejected: 'Green' },
      { system: 'Be brief.', question: 'Color?', chosen: 'Red', rejected: 'Green' },
      { prompt: 'Color?', chosen: [user('Color?'), reply('Red')], rejected: [user('Color?'), reply('Green')] },
      { prompt: 'Color?', messages: [user('Color?'), reply('Red')], chosen: [user('Color?'), reply('Red')], rejected: [reply('Green')] },
    );
    const read = await allOf(path);
    expect(read.map(({ messages }) => messages.map(({ role }) => role).join())).toEqual([
      'user,assistant,user,assistant',
      'user,assistant',
      'user,assistant',
      'system,user,assistant',
      'user,assistant',
      'user,assistant',
    ]);
    expect(read.map(({ messages }) => messages.at(-1)?.content)).toEqual(Array(6).fill('Red'));
    expect(read.map(rejectedReply)).toEqual(Array(6).fill('Green'));
    expect(read.map((row) => mediaOf(row).length)).toEqual([0, 1, 1, 0, 0, 0]);
  });
  it.each([
    [{ prompt: 'a', completion: '' }, 'completion'],
    [{ prompt: 'a', completion: 5 }, 'completion'],
    [{ prompt: [user('a')], completion: [user('b')] }, 'completion'],
    [{ prompt: [{ role: 'alien', content: 'a' }], completion: 'b' }, 'prompt[0].role'],
    [{ prompt: 'a', chosen: 'b', rejected: [user('c')] }, 'rejected'],
    [{ prompt: 'a', chosen: [reply('')], rejected: 'c' }, 'chosen[0]'],
  ])('names what is wrong in %j', async (row, key) => {
    const path = await file({ prompt: 'a', completion: 'b' }, row);
    await expect(allOf(path)).rejects.toMatchObject({ code: 'data.row', key, at: { row: 1 } });
  });
  it('takes instructions with their inputs and what was said before', async () => {
    const path = await file(
      { instruction: 'Name a fruit.', input: '', output: 'Lemon' },
      { instruction: 'Add them.', input: '4, 6', output: '10', history: [['Hi', 'Hello']], system: 'Be kind.' },
      { instruction: 'When?', context: 'In 2000.', response: '2000', category: 'qa' },
    );
    const read = await allOf(path);
    expect(read.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
      ['Name a fruit.', 'Lemon'],
      ['Be kind.', 'Hi', 'Hello', 'Add them.\n4, 6', '10'],
      ['When?\nIn 2000.', '2000'],
    ]);
    expect(read.map(({ extra }) => extra)).toEqual([undefined, undefined, { category: 'qa' }]);
  });
  it('leaves prompts beside a picture and a caption to plain columns', async () => {
    const [row] = await allOf(await file({ image: 'a.jpg', prompt: 'Describe.', caption: 'Lemons.' }));
    expect(row?.messages[1]?.content).toBe('Lemons.');
  });
});

describe.each(['trl', 'trl-parquet'])('%s', (name) => {
  it('holds every row', async () => {
    const read = await allOf(await file(...ROWS));
    const format = formatNamed(name);
    const target = join(dir, `out-${name}${format.target === 'folder' ? '' : format.target}`);
    const written = await format.write?.(target, read, {});
    expect(written).toEqual({ rows: ROWS.length, lost: {} });
    expect((await allOf(target)).map(essence)).toEqual(read.map(essence));
  });
});
