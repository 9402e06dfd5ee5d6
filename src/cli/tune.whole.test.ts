// The command sft: what a run leaves in its folder, which faults it lists, and what it refuses before it trains.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SafetensorsFile } from '../weights/index.js';
import { tuneCommand } from './tune.js';

const root = join(import.meta.dirname, '../..');
const model = join(root, 'models/sensorium-tiny');
const drawings = join(root, 'examples/finetune');
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cli-sft-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const sft = async (...args: string[]): Promise<void> => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await runCommand(tuneCommand('sft'), { rawArgs: args });
};

/** The first rows of the drawings, and one whose picture is missing. */
function someData(): string {
  const rows = JSON.parse(readFileSync(join(drawings, 'train.json'), 'utf8')).slice(0, 8);
  const file = join(dir, 'some.json');
  writeFileSync(file, JSON.stringify([...rows, { ...rows[0], image: 'images/none.png' }]));
  return file;
}

describe('sensorium sft', () => {
  it('writes adapter, events, predictions, faults and a page that asks the network for nothing', async () => {
    const out = join(dir, 'run');
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const data = someData();
    const options = [
      '--images',
      drawings,
      '--skip-bad',
      '--lora',
      '2',
      '--steps',
      '2',
      '--batch',
      '2',
      '--holdout',
      '1',
      '--add-tokens',
      '<ans>',
      '--out',
      out,
    ];
    await sft(model, '--data', data, ...options);
    for (const file of ['adapter/adapter_model.safetensors', 'adapter/tokenizer.json', 'run.jsonl'])
      expect(existsSync(join(out, file))).toBe(true);
    const { predictions } = JSON.parse(readFileSync(join(out, 'predictions.json'), 'utf8'));
    expect(predictions).toHaveLength(1);
    const bad = readFileSync(join(out, 'bad.jsonl'), 'utf8').trim().split('\n');
    expect(bad.map((line) => JSON.parse(line))).toMatchObject([{ file: data, row: 8, key: 'image' }]);
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).toContain('"heldOut":{"steps":[0,');
    expect(page).toMatch(/src="data:image\/[a-z]+;base64,/);
    expect(page).toContain('none.png');
    expect(page).not.toMatch(/(src|href)="https?:/);
    await expect(sft(model, '--data', data, ...options)).rejects.toMatchObject({ code: 'train.exists' });
  });
  it('compares the runs of a sweep in one table, and goes on with it', async () => {
    const out = join(dir, 'sweep');
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const fixed = [
      '--images',
      drawings,
      '--skip-bad',
      '--steps',
      '1',
      '--batch',
      '2',
      '--holdout',
      '1',
      '--max-length',
      '128',
      '--out',
      out,
    ];
    const swept = ['--data', someData(), ...fixed, '--json', '--sweep', 'rank=1,2', 'targets=[q_proj,v_proj]', 'seed=1,2'];
    await sft(model, ...swept);
    const { runs, scores } = JSON.parse(readFileSync(join(out, 'sweep.json'), 'utf8'));
    expect(runs.map(({ folder }: { folder: string }) => folder)).toEqual([
      'rank=1,seed=1',
      'rank=1,seed=2',
      'rank=2,seed=1',
      'rank=2,seed=2',
    ]);
    const losses = scores.filter(({ metric }: { metric: string }) => metric === 'held-out loss');
    expect(losses.map(({ setting, n }: { setting: string; n: number }) => [setting, n])).toEqual([
      ['rank=1', 2],
      ['rank=2', 2],
    ]);
    const config = JSON.parse(readFileSync(join(out, 'rank=2,seed=1/adapter/adapter_config.json'), 'utf8'));
    expect([config.r, config.target_modules]).toEqual([2, ['q_proj', 'v_proj']]);
    expect(readFileSync(join(out, 'sweep.html'), 'utf8')).toContain('<svg');
    write.mockClear();
    await sft(model, ...swept);
    const lines = write.mock.calls.map(([text]) => String(text));
    expect(lines.filter((line) => line.includes('finished before'))).toHaveLength(4);
    expect(lines.at(-1)).toContain('"type":"sweep"');
    // A finished run does not stand for one with other options.
    const other = swept.map((word) => (word === '128' ? '64' : word));
    await expect(sft(model, ...other)).rejects.toMatchObject({ code: 'train.recipe', expected: 'maxLength=128', got: 'maxLength=64' });
  });
  it.each([
    ['an option that there is not', ['rnk=1,2'], 'train.key'],
    ['an option that is the same for all', ['data=a,b'], 'train.key'],
    ['a value that is not valid, before the first run', ['rank=1,x'], 'cli.usage'],
    ['nothing', [], 'train.sweep'],
  ])('refuses to vary %s', async (_, words, code) => {
    const out = join(dir, 'no-sweep');
    const data = ['--data', join(drawings, 'test.json'), '--out', out];
    await expect(sft(model, ...data, '--sweep', ...words)).rejects.toMatchObject({ code });
    expect(existsSync(out)).toBe(false);
  });
  it('keeps adapters at a share of their strength', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const data = [
      '--data',
      join(drawings, 'test.json'),
      '--lora',
      '2',
      '--lora-targets',
      'connector',
      '--steps',
      '2',
      '--batch',
      '2',
      '--holdout',
      '0',
    ];
    const saved = async (...options: string[]) => {
      const out = join(dir, `strength${options.at(-1) ?? ''}`);
      await sft(model, ...data, '--out', out, ...options);
      const weights = await SafetensorsFile.open(join(out, 'adapter/adapter_model.safetensors'));
      const names = [...weights.tensors.keys()];
      return new Map(await Promise.all(names.map(async (name) => [name, (await weights.read(name)).data] as const)));
    };
    const [whole, half] = [await saved(), await saved('--strength', '0.5')];
    for (const [name, values] of whole) {
      const share = name.includes('lora_B') ? 0.5 : 1;
      expect([...(half.get(name) as Float32Array)]).toEqual([...(values as Float32Array)].map((v) => v * share));
    }
    expect([...whole].some(([name, values]) => name.includes('lora_B') && (values as Float32Array).some((v) => v !== 0))).toBe(true);
  });
  it.each([
    ['parts that do not exist', ['--train', 'conector'], 'train.option'],
    ['more held-out rows than there are', ['--holdout', '500'], 'train.option'],
    ['a strength above one', ['--lora', '2', '--strength', '1.5'], 'train.option'],
    ['a share of weights that are trained whole', ['--strength', '0.5'], 'train.option'],
    ['an empty token', ['--add-tokens', '<a>,'], 'text.tokens'],
    ['a template that is not there', ['--template', join(tmpdir(), 'no.jinja')], 'util.missing'],
  ])('refuses %s before the run has a folder', async (_, options, code) => {
    const out = join(dir, 'refused');
    const data = ['--data', join(drawings, 'test.json'), '--out', out];
    await expect(sft(model, ...data, ...options)).rejects.toMatchObject({ code });
    expect(existsSync(out)).toBe(false);
  });
  it.each([
    ['--dora', ['--dora'], 'cli.usage'],
    ['--lora-targets', ['--lora-targets', 'q_proj'], 'cli.usage'],
    ['a rank of which nothing is trained', ['--lora', '2', '--train', 'vision'], 'train.option'],
    ['a rank above that of every layer', ['--lora', '5000'], 'adapter.rank'],
    ['more tokens than the model has positions for', ['--max-length', '5000'], 'train.option'],
  ])('refuses %s, which would have no effect or none that is meant', async (_, options, code) => {
    const data = ['--data', join(drawings, 'test.json'), '--out', join(dir, 'no-effect')];
    await expect(sft(model, ...data, ...options)).rejects.toMatchObject({ code });
  });
  it('trains an adapter on, where its folder is given as the model', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const out = join(dir, 'further');
    const options = ['--data', join(drawings, 'test.json'), '--steps', '1', '--batch', '2', '--holdout', '0'];
    await sft(model, ...options, '--lora', '2', '--out', join(dir, 'first'));
    await sft(join(dir, 'first/adapter'), ...options, '--out', out);
    const config = JSON.parse(readFileSync(join(out, 'adapter/adapter_config.json'), 'utf8'));
    expect([config.r, config.base_model_name_or_path, config.modules_to_save]).toEqual([2, model, null]);
    expect(String(write.mock.calls.at(-1)?.[0])).toContain(`--model ${model} --adapter ${join(out, 'adapter')}`);
    const weights = async (folder: string) => {
      const file = await SafetensorsFile.open(join(folder, 'adapter/adapter_model.safetensors'));
      const name = [...file.tensors.keys()].find((key) => key.includes('lora_B')) as string;
      return [...((await file.read(name)).data as Float32Array)];
    };
    expect(await weights(out)).not.toEqual(await weights(join(dir, 'first')));
  });
  it('does not replace an adapter or a model that no run has left in its folder', async () => {
    const out = join(dir, 'taken');
    mkdirSync(join(out, 'model'), { recursive: true });
    for (const more of [[], ['--resume']])
      await expect(sft(model, '--data', join(drawings, 'test.json'), '--steps', '1', '--out', out, ...more)).rejects.toMatchObject({
        code: 'train.exists',
        place: join(out, 'model'),
      });
    expect(readdirSync(out)).toEqual(['model']);
  });
  it('refuses a recipe of what is done when a run is saved', async () => {
    const refused = sft(model, '--data', 'a.json', '--lora', '4', '--strength', '0.5', '--recipe');
    await expect(refused).rejects.toMatchObject({ code: 'cli.usage' });
  });
  it('prints a recipe with every option', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await sft(
      model,
      '--data',
      'a.json',
      '--lora',
      '4',
      '--dora',
      '--max-length',
      '99',
      '--accumulate',
      '2',
      '--add-tokens',
      '<a>,<b>',
      '--recipe',
    );
    const text = String(write.mock.calls[0]?.[0]);
    for (const part of [
      'rank: 4, alpha: 8',
      'dora: true',
      'maxLength: 99',
      'accumulate: 2',
      'tokens: ["<a>","<b>"]',
      'train: ["adapters","embeddings"]',
      'conversations("a.json")',
    ])
      expect(text).toContain(part);
  });
});
