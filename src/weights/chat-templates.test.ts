// Chat templates wherever folders of different ages keep them.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readChatTemplates } from '../text/chat-templates.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'templates-'));
});
afterAll(() => rm(root, { recursive: true }));

let count = 0;
async function folder(files: Record<string, unknown>): Promise<string> {
  const dir = join(root, String(count++));
  await mkdir(dir);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return dir;
}

const listed = {
  chat_template: [
    { name: 'tool_use', template: 'T' },
    { name: 'default', template: 'D' },
  ],
};

it.each([
  ['a file', { 'chat_template.jinja': 'A', 'tokenizer_config.json': { chat_template: 'B' } }, 'A', undefined],
  ['a file with others', { 'chat_template.jinja': 'A', 'additional_chat_templates/tool_use.jinja': 'T' }, 'A', 'T'],
  ['a processor of old', { 'chat_template.json': { chat_template: 'P' }, 'tokenizer_config.json': { chat_template: 'B' } }, 'P', undefined],
  ['a string', { 'tokenizer_config.json': { chat_template: 'B' } }, 'B', undefined],
  ['a list', { 'tokenizer_config.json': listed }, 'D', 'T'],
  ['named ones in a processor', { 'chat_template.json': { chat_template: { default: 'D', rag: 'R' } } }, 'D', undefined],
  ['an empty file', { 'chat_template.jinja': '' }, '', undefined],
])('reads %s', async (_, files, source, toolUse) => {
  expect(await readChatTemplates(await folder(files))).toMatchObject({ source, ...(toolUse === undefined ? {} : { toolUse }) });
});

it('finds none in a folder without one', async () => {
  expect(await readChatTemplates(await folder({ 'tokenizer_config.json': { chat_template: null } }))).toBeUndefined();
  expect(await readChatTemplates(join(root, 'nowhere'))).toBeUndefined();
});

it.each([
  ['no default', { chat_template: [{ name: 'rag', template: 'R' }] }],
  ['a number', { chat_template: 3 }],
  ['an empty list', { chat_template: [] }],
  ['a list of texts', { chat_template: ['a'] }],
])('refuses %s', async (_, config) => {
  await expect(readChatTemplates(await folder({ 'tokenizer_config.json': config }))).rejects.toMatchObject({ code: 'text.template' });
});
