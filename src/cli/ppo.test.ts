// `sensorium reward`, then `sensorium ppo` against what it wrote: adapters without a value head, the page with both scores, where the time went, the recipe.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openModel, saveModel } from '../model/index.js';
import { endAdapter, RewardHead, rewardHead } from '../networks/index.js';
import type { LoggedEvent } from '../train/events.js';
import type { TuneMethod } from '../train/sft.js';
import type { HostTensor } from '../util/host.js';
import { timeSplit } from './ppo-report.js';
import { tuneCommand } from './tune.js';

const model = join(import.meta.dirname, '../../models/sensorium-tiny');
const drawings = join(import.meta.dirname, '../../examples/finetune');
let dir: string;
let data: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cli-ppo-'));
  data = join(dir, 'rows.jsonl');
  const text = readFileSync(join(drawings, 'train.json'), 'utf8');
  const pictures = [...new Set(text.match(/images\/[\w-]+\.png/g))];
  const row = (i: number): object => ({
    messages: [
      { role: 'user', content: '<image>What is it?' },
      { role: 'assistant', content: 'a red cat' },
    ],
    images: [pictures[i]],
    rejected_response: 'a blue dog',
    objects: ['cat'],
    facts: ['a cat'],
  });
  writeFileSync(data, Array.from({ length: 6 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const run = async (method: TuneMethod, ...args: string[]): Promise<string> => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await runCommand(tuneCommand(method), { rawArgs: args });
  return write.mock.calls.map(([text]) => String(text)).join('');
};

describe('a policy against a reward model', () => {
  it('is trained, and both scores are shown', async () => {
    const [judge, out] = [join(dir, 'reward'), join(dir, 'ppo')];
    const shared = [model, '--data', data, '--images', drawings, '--holdout', '2', '--lora', '2'];
    await run('reward', ...shared, '--steps', '1', '--batch', '2', '--out', judge);
    const { scores } = JSON.parse(readFileSync(join(judge, 'reward.json'), 'utf8'));
    expect(scores.map(({ name }: { name: string }) => name)).toContain('accuracy, images exchanged');
    const options = ['--reward', join(judge, 'model'), '--truth', 'claims', '--max-tokens', '6', '--rounds', '2'];
    const text = await run('ppo', ...shared, ...options, '--steps', '4', '--batch', '2', '--out', out);
    expect(text).toMatch(/time: rollout .*, reward .*, values .*, update /);
    expect(existsSync(join(out, 'adapter/adapter_model.safetensors'))).toBe(true);
    expect(JSON.parse(readFileSync(join(out, 'adapter/adapter_config.json'), 'utf8')).modules_to_save ?? []).toEqual([]);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Learned reward and true score over steps');
    const recipe = await run('ppo', ...shared, ...options, '--recipe');
    for (const part of [
      'valueHead()',
      'learnedReward(',
      "import { reward } from 'sensorium/trust'",
      'truth: reward("claims")',
      'stage.ppo({',
    ])
      expect(recipe).toContain(part);
  });

  it('may be of another family with another tokenizer, and is named where it gives NaN', async () => {
    const other = await openModel(join(import.meta.dirname, '../../test/golden/families/llava/clip'), { adapters: [rewardHead()] });
    const { data: head } = other.values.get((endAdapter(other.network, RewardHead) as RewardHead).score.weight) as HostTensor<'float32'>;
    const judge = async (name: string, value: number): Promise<string> => {
      head.fill(value);
      await saveModel(other, join(dir, name));
      return join(dir, name);
    };
    const shared = [model, '--data', data, '--images', drawings, '--holdout', '2', '--lora', '2', '--max-tokens', '4'];
    const once = ['--steps', '1', '--rounds', '1', '--batch', '2'];
    const out = join(dir, 'other');
    await run('ppo', ...shared, ...once, '--reward', await judge('other-judge', 0.1), '--out', out);
    const steps = readFileSync(join(out, 'run.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as LoggedEvent); // biome-ignore format: one line
    expect(steps.find((e) => e.type === 'step')).toMatchObject({ metrics: { reward: expect.any(Number) } });
    const broken = await judge('broken-judge', Number.NaN);
    await expect(run('ppo', ...shared, ...once, '--reward', broken, '--out', join(dir, 'y'))).rejects.toMatchObject({
      code: 'reward.nonfinite',
      place: expect.stringContaining('broken-judge'),
    });
  });

  it('that has run away from the start stops the run, which goes on without the round where that is asked for', async () => {
    const shared = [
      model,
      '--data',
      data,
      '--images',
      drawings,
      '--holdout',
      '0',
      '--lora',
      '2',
      '--max-tokens',
      '4',
      '--reward',
      'claims',
    ];
    const far = [...shared, '--steps', '6', '--rounds', '1', '--batch', '2', '--lr', '0.5', '--max-kl', '1e-6', '--out', join(dir, 'far')];
    await expect(run('ppo', ...far)).rejects.toMatchObject({ code: 'train.nonfinite', got: expect.stringContaining('maxKl') });
    await expect(run('ppo', ...far, '--skip-batch', '--resume')).resolves.toBeTypeOf('string');
  });

  it.each([
    ['no reward', [], 'cli.usage'],
    ['a name that no reward has', ['--reward', 'exacct'], 'train.reward'],
    ['a clip of more than all', ['--reward', 'exact', '--clip', '2'], 'cli.usage'],
  ])('%s is refused', async (_, options, code) => {
    await expect(run('ppo', model, '--data', data, ...options, '--out', join(dir, 'x'))).rejects.toMatchObject({ code });
  });
});

it('the time of a run is that of its rounds, and what remains', () => {
  const step = (at: number, metrics: object): LoggedEvent => ({ type: 'step', stage: 'ppo', step: at, metrics }) as never;
  const events = [
    step(4, { rollout_seconds: 2, reward_seconds: 1, values_seconds: 0.5 }),
    step(8, { rollout_seconds: 4, reward_seconds: 1, values_seconds: 0.5 }),
    { type: 'stageDone', stage: 'ppo', summary: { seconds: 20 } } as never,
  ];
  expect(timeSplit(events, 4)).toEqual({ rollout: 6, reward: 2, values: 1, update: 11 });
});
