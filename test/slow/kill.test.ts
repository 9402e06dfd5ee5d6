// kill -9 in the middle of each stage, then resume: the weights are bit for bit those of a run that was never stopped.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const recipe = join(import.meta.dirname, 'fixtures', 'three-stages.ts');
const dir = await mkdtemp(join(tmpdir(), 'sensorium-kill-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs `sensorium train` from source; with `killAt`, kills it with SIGKILL when that step of that stage is reported. */
function train(
  out: string,
  options: { resume?: boolean; killAt?: { stage: string; step: number } } = {},
): Promise<{ code: number | null; signal: string | null; text: string }> {
  return new Promise((resolve, reject) => {
    const args = [
      '--import',
      'tsx',
      join(import.meta.dirname, 'fixtures', 'sensorium.ts'),
      'train',
      recipe,
      '--out',
      out,
      '--json',
      ...(options.resume ? ['--resume'] : []),
    ];
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, SENSORIUM_THREADS: '1' },
    });
    let text = '';
    let line = '';
    child.stderr.on('data', (d: Buffer) => {
      text += d;
    });
    child.stdout.on('data', (d: Buffer) => {
      line += d;
      for (let at = line.indexOf('\n'); at >= 0; at = line.indexOf('\n')) {
        const event = JSON.parse(line.slice(0, at)) as { type: string; stage?: string; step?: number };
        line = line.slice(at + 1);
        const { killAt } = options;
        if (killAt && event.type === 'step' && event.stage === killAt.stage && event.step === killAt.step) child.kill('SIGKILL');
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, text }));
  });
}

describe('a run that is killed', () => {
  it('ends with the same bytes after resuming, whichever stage it was in', async () => {
    const whole = await train(join(dir, 'whole'));
    expect(whole.text).not.toMatch(/error/i);
    expect(whole.code).toBe(0);
    const out = join(dir, 'killed');
    for (const [i, stage] of ['contrastive', 'pretrain', 'instruct'].entries()) {
      const killed = await train(out, { resume: i > 0, killAt: { stage, step: 5 } });
      expect(killed.signal).toBe('SIGKILL');
    }
    expect((await train(out, { resume: true })).code).toBe(0);
    const file = (run: string): Promise<Buffer> => readFile(join(dir, run, 'model', 'model.safetensors'));
    expect((await file('killed')).equals(await file('whole'))).toBe(true);
  });
});
