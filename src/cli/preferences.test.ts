// The commands of preference learning: what a run leaves, the recipe that does the same, and rows and options that cannot be.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TuneMethod } from '../train/sft.js';
import { tuneCommand } from './tune.js';

const model = join(import.meta.dirname, '../../models/sensorium-tiny');
const drawings = join(import.meta.dirname, '../../examples/finetune');
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cli-preferences-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const run = async (method: TuneMethod, ...args: string[]): Promise<string> => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await runCommand(tuneCommand(method), { rawArgs: args });
  return write.mock.calls.map(([text]) => String(text)).join('');
};

/** Six rows about a question, the first about a picture. */
function rows(name: string, more: (i: number) => object): string {
  const file = join(dir, name);
  const picture = readFileSync(join(drawings, 'train.json'), 'utf8').match(/images\/[\w-]+\.png/)?.[0] as string;
  const row = (i: number): object => ({
    messages: [
      { role: 'user', content: `${i === 0 ? '<image>' : ''}What is number ${i}?` },
      { role: 'assistant', content: 'a red cat' },
    ],
    ...(i === 0 ? { images: [picture] } : {}),
    ...more(i),
  });
  writeFileSync(file, Array.from({ length: 6 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
  return file;
}

const SHORT = ['--images', drawings, '--steps', '2', '--batch', '2', '--holdout', '2', '--lora', '2'];

describe('preference learning', () => {
  it.each<[TuneMethod, string[]]>([
    ['dpo', ['--loss', 'ipo', '--beta', '0.2']],
    ['orpo', []],
    ['simpo', ['--gamma', '1']],
    ['cpo', []],
  ])('%s trains on pairs, with held-out losses', async (method, options) => {
    const out = join(dir, method);
    const data = rows('pairs.jsonl', () => ({ rejected_response: 'a blue dog' }));
    await run(method, model, '--data', data, ...SHORT, ...options, '--out', out);
    expect(existsSync(join(out, 'adapter/adapter_model.safetensors'))).toBe(true);
    const events = readFileSync(join(out, 'run.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ recipe: method, stages: [method] });
    expect(events.filter(({ type }) => type === 'held-out').length).toBeGreaterThan(0);
  });

  it('kto trains on replies that were called good or bad', async () => {
    const out = join(dir, 'kto');
    const data = rows('judged.jsonl', (i) => ({ label: i % 2 === 0 }));
    await run('kto', model, '--data', data, ...SHORT, '--undesirable', '1.5', '--out', out);
    expect(existsSync(join(out, 'adapter/adapter_model.safetensors'))).toBe(true);
  });

  it('reward leaves a reward model, its accuracy on held-out pairs with their intervals, and a page', async () => {
    const out = join(dir, 'reward');
    const data = rows('scored.jsonl', () => ({ rejected_response: 'a blue dog' }));
    const text = await run('reward', model, '--data', data, ...SHORT, '--centering', '0.02', '--out', out, '--json');
    const result = JSON.parse(text.trim().split('\n').at(-1) as string);
    expect(result).toMatchObject({ type: 'result', saved: join(out, 'model') });
    expect(result.scores[0]).toMatchObject({ name: 'accuracy', n: 2 });
    const config = JSON.parse(readFileSync(join(out, 'model/config.json'), 'utf8'));
    expect(config.sensorium_adapters).toEqual([{ kind: 'reward' }]);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Held-out pairs');
    expect(JSON.parse(readFileSync(join(out, 'reward.json'), 'utf8')).pairs).toHaveLength(2);
  });

  it('names the rows that have no second reply, or no judgement', async () => {
    const pairs = rows('some.jsonl', (i) => (i === 3 ? {} : { rejected_response: 'a blue dog' }));
    await expect(run('dpo', model, '--data', pairs, ...SHORT, '--out', join(dir, 'x'))).rejects.toMatchObject({
      code: 'train.data',
      got: expect.stringContaining('row 3'),
    });
    const judged = rows('unjudged.jsonl', () => ({}));
    await expect(run('kto', model, '--data', judged, ...SHORT, '--out', join(dir, 'x'))).rejects.toMatchObject({ code: 'train.data' });
    expect(existsSync(join(dir, 'x'))).toBe(false);
  });

  it.each<[string, TuneMethod, string[], string]>([
    ['a loss that there is not', 'dpo', ['--loss', 'igo'], 'loss'],
    ['a loss with a command of its own', 'dpo', ['--loss', 'simpo'], 'loss'],
    ['an option that the loss does not read', 'dpo', ['--loss', 'ipo', '--tau', '1'], 'tau'],
    ['more wrong labels than right ones', 'dpo', ['--label-smoothing', '0.6'], 'labelSmoothing'],
    ['a beta of nothing', 'simpo', ['--beta', '0'], 'beta'],
    ['a weight of nothing', 'kto', ['--desirable', '0'], 'desirable'],
  ])('refuses %s', async (_, method, options, key) => {
    const data = rows('both.jsonl', (i) => (method === 'kto' ? { label: i > 2 } : { rejected_response: 'a blue dog' }));
    const refused = run(method, model, '--data', data, ...SHORT, ...options, '--out', join(dir, 'x'));
    await expect(refused).rejects.toMatchObject({ code: 'train.option', summary: expect.stringContaining(`'${key}'`) });
  });

  it('prints a recipe of the same stage', async () => {
    const text = await run('dpo', model, '--data', 'a.jsonl', '--lora', '4', '--loss', 'ipo', '--beta', '0.3', '--recipe');
    for (const part of ["name: 'dpo'", 'stage.dpo({', 'loss: "ipo"', 'beta: 0.3']) expect(text).toContain(part);
  });
});
