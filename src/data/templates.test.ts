// Template pools: slots that are filled, hints that suit the reply, the same words for the same seed, and pools that are refused by name.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conversation } from './dataset.js';
import { readTemplates, templatePools, withTemplates, worded } from './templates.js';

const row = (id: number, reply = 'a dog', extra: Record<string, unknown> = {}): Conversation => ({
  id: String(id),
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image', source: 'x.png' },
        { type: 'text', text: 'What is it?' },
      ],
    },
    { role: 'assistant', content: reply },
  ],
  extra,
  at: { file: 'rows.json', row: id },
});
const asked = ({ messages }: Conversation): string =>
  ((messages[0]?.content ?? []) as { type: string; text?: string }[]).at(-1)?.text ?? '';

const pools = templatePools({
  vqa: { templates: ['Q: {question}', '{question} Look well.'], hints: { short: ['In short.'], detailed: ['At length.'] } },
  choice: { slots: ['question', 'options'], templates: ['{question} Choose from {options}.'] },
});

describe('templates', () => {
  it('word questions, keep pictures, and say which one it was', () => {
    const made = worded(row(1), { pools, task: 'vqa', only: 1 });
    expect(asked(made)).toBe('What is it? Look well.');
    expect(((made.messages[0]?.content ?? []) as { type: string }[]).map(({ type }) => type)).toEqual(['image', 'text']);
    expect(made.extra?.template).toEqual({ task: 'vqa', number: 1 });
    expect(asked(worded(row(1, 'x', { options: 'red or blue' }), { pools, task: () => 'choice' }))).toBe(
      'What is it? Choose from red or blue.',
    );
    expect(asked(worded(row(1, 'x', { task: 'choice', options: 2 }), { pools }))).toBe('What is it? Choose from 2.');
  });

  it('hint at the length of the reply', () => {
    const hinted = (reply: string, hint: 'auto' | 'detailed'): string =>
      asked(worded(row(1, reply), { pools, task: 'vqa', only: 0, hint }));
    expect(hinted('a dog', 'auto')).toBe('Q: What is it? In short.');
    expect(hinted('one two three four five six', 'auto')).toBe('Q: What is it?');
    expect(hinted(new Array(21).fill('word').join(' '), 'auto')).toBe('Q: What is it? At length.');
    expect(hinted('a dog', 'detailed')).toBe('Q: What is it? At length.');
  });

  it('draw the same template for the same seed, and every one of them', async () => {
    const data = { length: 60, describe: { n: 60 }, get: async (i: number) => row(i) };
    const words = async (seed: number): Promise<string[]> => {
      const set = await withTemplates(data, { pools, task: 'vqa', seed }).open();
      return Promise.all(Array.from({ length: set.length }, async (_, i) => asked(await set.get(i))));
    };
    const first = await words(1);
    expect(await words(1)).toEqual(first);
    expect(await words(2)).not.toEqual(first);
    expect(first.filter((text) => text.startsWith('Q:')).length).toBeGreaterThan(15);
    expect(new Set(first).size).toBe(2);
  });

  it.each<[string, unknown, string]>([
    ['a template without its slot', { vqa: { templates: ['Answer.'] } }, 'vqa.templates[0]'],
    ['a slot that the pool does not name', { vqa: { templates: ['{question} {answer}'] } }, 'vqa.templates[0]'],
    ['one that comes twice', { vqa: { templates: ['{question}', '{question}'] } }, 'vqa.templates[1]'],
    ['none', { vqa: { templates: [] } }, 'vqa.templates'],
    ['a key', { vqa: { template: ['{question}'] } }, 'vqa'],
    ['no task', {}, 'the file'],
  ])('%s is refused', (_, value, place) => {
    expect(() => templatePools(value, 'pool.json')).toThrow(
      expect.objectContaining({ code: 'data.template', place: expect.stringContaining(place) }),
    );
  });

  it('a row is refused without a pool or what a slot wants', () => {
    expect(() => worded(row(1), { pools })).toThrow(expect.objectContaining({ code: 'data.template' }));
    expect(() => worded(row(1), { pools, task: 'ocr' })).toThrow(expect.objectContaining({ code: 'data.template', got: 'ocr' }));
    expect(() => worded(row(1), { pools, task: 'choice' })).toThrow(expect.objectContaining({ code: 'data.row', key: 'options' }));
    expect(() => worded(row(1), { pools, task: 'vqa', only: 2 })).toThrow(expect.objectContaining({ code: 'data.template' }));
  });

  describe('files', () => {
    let dir: string;
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'sensorium-templates-'));
    });
    afterAll(() => rm(dir, { recursive: true, force: true }));
    it('are read, and named where they are wrong', async () => {
      const path = join(dir, 'pool.json');
      await writeFile(path, JSON.stringify({ vqa: { templates: ['{question}!'] } }));
      expect((await readTemplates(path)).vqa?.slots).toEqual(['question']);
      await writeFile(path, JSON.stringify({ vqa: { templates: ['!'] } }));
      await expect(readTemplates(path)).rejects.toMatchObject({ code: 'data.template', place: expect.stringContaining('pool.json') });
    });

    it('may be YAML, whose faults have a line', async () => {
      const path = join(dir, 'pool.yaml');
      const at = async (text: string): ReturnType<typeof readTemplates> => {
        await writeFile(path, text);
        return readTemplates(path);
      };
      const text =
        "# wordings\nvqa:\n  slots: [question]\n  templates:\n    - '{question}'\n    - >-\n      Look well.\n      {question}\n";
      expect(await at(text)).toEqual({ vqa: { slots: ['question'], templates: ['{question}', 'Look well. {question}'] } });
      const wrong = { code: 'data.template', place: expect.stringContaining('pool.yaml') };
      await expect(at('vqa:\n  templates:\n    - plain\n')).rejects.toMatchObject({ ...wrong, expected: 'the slot {question}' });
      await expect(at('vqa:\n  templates: [\n')).rejects.toMatchObject({ ...wrong, place: expect.stringContaining('line 3') });
      // An unquoted slot is a map in YAML.
      await expect(at('vqa:\n  templates:\n    - {question}\n')).rejects.toMatchObject(wrong);
      const bomb = [
        'a: &a [x, x, x, x, x, x, x, x, x, x]',
        ...[...'bcdefgh'].map((c, i) => `${c}: &${c} [${Array(10).fill(`*${'abcdefgh'[i]}`)}]`),
      ];
      await expect(at(bomb.join('\n'))).rejects.toMatchObject(wrong);
    });
  });
});
