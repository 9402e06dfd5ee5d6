// The export command: what it writes, and what it says to wrong options and models.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readHead } from '../weights/export/gguf-testing.js';
import command, { exportModel, precisionList } from './export.js';

const model = join(import.meta.dirname, '../../test/golden/families/qwen2/tied');
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cli-export-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

describe('sensorium export', () => {
  it('writes each format', async () => {
    const files = async (to: 'hf' | 'transformers-js' | 'gguf') => (await exportModel({ model, to, out: join(dir, to) })).files;
    expect(await files('gguf')).toEqual(['tied-f16.gguf']);
    expect(await files('hf')).toEqual(['config.json', 'model.safetensors']);
    expect(await files('transformers-js')).toContain('onnx/model.onnx');
    expect(readdirSync(dir).sort()).toEqual(['gguf', 'hf', 'transformers-js']);
  });
  it('keeps named chat templates, each format in its own place', async () => {
    const own = join(dir, 'named');
    cpSync(join(import.meta.dirname, '../../models/world-llama'), own, { recursive: true });
    mkdirSync(join(own, 'additional_chat_templates'));
    writeFileSync(join(own, 'additional_chat_templates/tool_use.jinja'), '{{ messages[0].content }}TOOLS');
    const write = (to: 'hf' | 'transformers-js' | 'gguf') => exportModel({ model: own, to, out: join(dir, `named-${to}`) });
    expect((await write('hf')).files).toContain('additional_chat_templates/tool_use.jinja');
    const [file] = (await write('gguf')).files;
    const { metadata } = readHead(join(dir, 'named-gguf', file as string));
    expect(metadata['tokenizer.chat_template.tool_use']).toBe('{{ messages[0].content }}TOOLS');
    expect(metadata['tokenizer.chat_templates']).toEqual(['tool_use']);
    await write('transformers-js');
    const { chat_template } = JSON.parse(readFileSync(join(dir, 'named-transformers-js/tokenizer_config.json'), 'utf8'));
    expect(chat_template).toEqual([
      { name: 'default', template: metadata['tokenizer.chat_template'] },
      { name: 'tool_use', template: '{{ messages[0].content }}TOOLS' },
    ]);
  });
  it('lists what it wrote, and what to know about it', async () => {
    const said: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean(said.push(String(text))));
    await runCommand(command, { rawArgs: [model, '--to', 'gguf', '--out', join(dir, 'said'), '--weights', 'q8_0', '--json'] });
    await runCommand(command, { rawArgs: [model, '--to', 'gguf', '--out', join(dir, 'told')] });
    expect(JSON.parse(said[0] as string)).toMatchObject({ folder: join(dir, 'said'), files: ['tied-q8_0.gguf'] });
    expect(said[1]).toMatch(/^tied-f16.gguf\n\nWritten to .*told\nNote: there is no tokenizer.json/);
  });
  it.each([
    [['--out', 'x'], /which format\?.*expected hf, transformers-js, gguf, browser/],
    [['--to', 'onnx', '--out', 'x'], /--to\): expected hf, transformers-js, gguf, browser, got onnx/],
    [['--to', 'gguf'], /which folder\?/],
    [['--to', 'gguf', '--out', 'x', '--weights', 'q5'], /--weights\): expected f32, f16, q8_0, q4_0, got q5/],
    [['--to', 'hf', '--out', 'x', '--weights', 'f16'], /for --to gguf/],
    [['--to', 'browser', '--out', 'x', '--weights', 'q8_0'], /--weights\): expected f32, f16, got q8_0/],
    [['--to', 'gguf', '--out', 'x', '--precision', 'q4'], /for --to transformers-js/],
  ])('refuses %j', async (rawArgs, message) => {
    await expect(runCommand(command, { rawArgs: [model, ...rawArgs] })).rejects.toThrow(message);
  });
  it('reads a list of precisions', () => {
    expect(precisionList('q4, fp32,q4')).toEqual(['q4', 'fp32']);
    expect(precisionList(undefined)).toBeUndefined();
    expect(() => precisionList('q4,')).toThrow(/--precision\): expected fp32, q8, int8, q4, got nothing/);
  });
  it('names a model that is not there, and a folder that holds something', async () => {
    await expect(exportModel({ model: join(dir, 'none'), to: 'hf', out: join(dir, 'x') })).rejects.toThrow(/there is no such model/);
    writeFileSync(join(dir, 'mine.txt'), '');
    await expect(exportModel({ model, to: 'hf', out: dir })).rejects.toThrow(/not empty/);
  });
});
