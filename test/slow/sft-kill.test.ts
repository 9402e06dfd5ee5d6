// kill -9 in the middle of `sensorium sft` with adapters, shuffling and accumulation: the resumed run saves the same bytes.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const dir = await mkdtemp(join(tmpdir(), 'sensorium-sft-kill-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the command from source; with `killAt`, kills it with SIGKILL when the held-out loss after that step is reported. */
function sft(out: string, { resume = false, killAt }: { resume?: boolean; killAt?: number } = {}): Promise<string | number | null> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'fixtures', 'sensorium.ts');
    const options = ['--lora', '4', '--steps', '8', '--batch', '2', '--accumulate', '2', '--holdout', '4', '--out', out, '--json'];
    const args = ['sft', 'models/sensorium-tiny', '--data', 'examples/finetune/test.json', ...options, ...(resume ? ['--resume'] : [])];
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, SENSORIUM_THREADS: '1' },
    });
    let line = '';
    child.stdout.on('data', (d: Buffer) => {
      line += d;
      for (let at = line.indexOf('\n'); at >= 0; at = line.indexOf('\n')) {
        const event = JSON.parse(line.slice(0, at)) as { type: string; step?: number };
        line = line.slice(at + 1);
        if (killAt !== undefined && event.type === 'held-out' && event.step === killAt) child.kill('SIGKILL');
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
}

it('ends with the same adapter after a kill', async () => {
  expect(await sft(join(dir, 'whole'))).toBe(0);
  expect(await sft(join(dir, 'killed'), { killAt: 5 })).toBe('SIGKILL');
  expect(await sft(join(dir, 'killed'), { resume: true })).toBe(0);
  const adapter = (run: string): Promise<Buffer> => readFile(join(dir, run, 'adapter', 'adapter_model.safetensors'));
  expect((await adapter('killed')).equals(await adapter('whole'))).toBe(true);
});
