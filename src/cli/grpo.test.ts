// `sensorium grpo` and `sensorium data best-of`: what they leave, rewards by name and from files, and what is refused.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bestOfCommand } from './data-best-of.js';
import { tuneCommand } from './tune.js';

const model = join(import.meta.dirname, '../../models/sensorium-tiny');
const drawings = join(import.meta.dirname, '../../examples/finetune');
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cli-grpo-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const output = async (command: Parameters<typeof runCommand>[0], args: string[]): Promise<string> => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await runCommand(command, { rawArgs: args });
  return write.mock.calls.map(([text]) => String(text)).join('');
};
const grpo = (...args: string[]): Promise<string> => output(tuneCommand('grpo') as Parameters<typeof runCommand>[0], args);

/** Four questions, the first about a picture; the last without an answer where that is asked for. */
function questions(name: string, { unanswered = false } = {}): string {
  const file = join(dir, name);
  const picture = readFileSync(join(drawings, 'train.json'), 'utf8').match(/images\/[\w-]+\.png/)?.[0] as string;
  const row = (i: number): object => ({
    messages: [
      { role: 'user', content: `${i === 0 ? '<image>' : ''}How many cups are in picture ${i}?` },
      ...(unanswered && i === 3 ? [] : [{ role: 'assistant', content: '2' }]),
    ],
    ...(i === 0 ? { images: [picture] } : {}),
  });
  writeFileSync(file, Array.from({ length: 4 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
  return file;
}

const SHORT = ['--images', drawings, '--steps', '2', '--batch', '2', '--group', '2', '--max-tokens', '3', '--holdout', '1', '--lora', '2'];

describe('sensorium grpo', () => {
  it('trains by a reward from a file, with the reward of held-out prompts', async () => {
    const reward = join(dir, 'reward.ts');
    writeFileSync(reward, 'export default (samples: { reply: string }[]): number[] => samples.map(({ reply }) => reply.length);\n');
    const out = join(dir, 'run');
    await grpo(model, '--data', questions('a.jsonl'), '--reward', reward, '--form', 'dr_grpo', '--beta', '0.1', ...SHORT, '--out', out);
    expect(existsSync(join(out, 'adapter/adapter_model.safetensors'))).toBe(true);
    const events = readFileSync(join(out, 'run.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ recipe: 'grpo', stages: ['grpo'] });
    expect(events.filter(({ type }) => type === 'held-out').at(0).metrics.reward).toBeTypeOf('number');
  });

  it('prints a recipe of the same stage', async () => {
    const text = await grpo(model, '--data', 'a.jsonl', '--reward', 'format:^\\d+$', '--group', '4', '--lora', '4', '--recipe');
    for (const part of ['stage.grpo({', 'reward: reward("format:^\\\\d+$")', 'group: 4', "import { reward } from 'sensorium/trust'"])
      expect(text).toContain(part);
  });

  it.each<[string, string[], string]>([
    ['a reward that there is not', ['--reward', 'exakt'], 'train.reward'],
    ['no reward', [], 'cli.usage'],
    ['a folder', ['--reward', drawings], 'train.reward'],
    ['a file that there is not', ['--reward', 'nothing.ts'], 'util.missing'],
    ['a form that there is not', ['--reward', 'exact', '--form', 'ppo'], 'cli.usage'],
  ])('refuses %s', async (_, options, code) => {
    await expect(grpo(model, '--data', questions('b.jsonl'), ...options, ...SHORT, '--out', join(dir, 'x'))).rejects.toMatchObject({
      code,
    });
  });

  it.each<[string, string, string]>([
    ['throws', "export default () => { throw new Error('the ruler broke'); };", 'the ruler broke'],
    ['gives NaN', 'export default (samples) => samples.map(() => Number.NaN);', 'NaN'],
    ['judges too few', 'export default () => [];', '0'],
    ['never answers', "export default { name: 'slow', timeout: 20, score: () => new Promise(() => {}) };", 'none'],
  ])('stops at a reward that %s, with a name and without a model', async (name, text, got) => {
    const file = join(dir, `${name.replaceAll(' ', '-')}.mjs`);
    writeFileSync(file, text);
    const out = join(dir, `run-${name.replaceAll(' ', '-')}`);
    await expect(grpo(model, '--data', questions('e.jsonl'), '--reward', file, ...SHORT, '--out', out)).rejects.toMatchObject({
      code: 'train.reward',
      got: expect.stringContaining(got),
    });
    expect(existsSync(join(out, 'adapter'))).toBe(false);
  });

  it('refuses an adapter for another base, and an empty data set in a mixture', async () => {
    const adapter = join(dir, 'other-base');
    cpSync(join(import.meta.dirname, '../../test/golden/peft/llama'), adapter, { recursive: true });
    const config = join(adapter, 'adapter_config.json');
    writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), base_model_name_or_path: model }));
    const data = questions('f.jsonl');
    const train = (name: string, ...more: string[]) => grpo(name, ...more, '--reward', 'exact', ...SHORT, '--out', join(dir, 'x'));
    await expect(train(adapter, '--data', data)).rejects.toMatchObject({ code: expect.stringMatching(/^(adapter|weights)\./) });
    const empty = join(dir, 'empty.jsonl');
    writeFileSync(empty, '');
    await expect(train(model, '--data', `${data},${empty}`)).rejects.toMatchObject({ place: expect.stringContaining('empty.jsonl') });
  });

  it('shows what held-out completions are worth, and says nothing of answers word for word', async () => {
    const out = join(dir, 'worth');
    const text = await grpo(model, '--data', questions('g.jsonl'), '--reward', 'format:\\S', ...SHORT, '--out', out);
    expect(text).not.toContain('word for word');
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).toContain('held-out reward');
    expect(page).not.toMatch(/held-out loss|right answers/);
    expect(JSON.parse(readFileSync(join(out, 'predictions.json'), 'utf8'))).not.toHaveProperty('score');
  });

  it('names rows that the reward cannot judge', async () => {
    const data = questions('c.jsonl', { unanswered: true });
    await expect(grpo(model, '--data', data, '--reward', 'exact', ...SHORT, '--out', join(dir, 'x'))).rejects.toMatchObject({
      code: 'train.data',
      got: expect.stringContaining('row 3'),
    });
  });
});

describe('sensorium data best-of', () => {
  it('writes the best completions, or refuses where none is good enough', async () => {
    const data = questions('d.jsonl');
    const common = [data, '--images', drawings, '--model', model, '--reward', 'format:\\S', '--n', '2', '--max-tokens', '3'];
    const out = join(dir, 'best');
    const text = await output(bestOfCommand as Parameters<typeof runCommand>[0], [...common, '--out', out, '--json']);
    expect(JSON.parse(text)).toMatchObject({ rows: 4, kept: 4 });
    const rows = readFileSync(join(out, 'data.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ messages }) => messages.length)).toEqual([2, 2, 2, 2]);
    for (const { reward } of rows) expect(reward).toBeTypeOf('number');
    const none = output(bestOfCommand as Parameters<typeof runCommand>[0], [...common, '--out', join(dir, 'none'), '--least', '2']);
    await expect(none).rejects.toMatchObject({ code: 'train.reward' });
    expect(existsSync(join(dir, 'none'))).toBe(false);
  });
});
