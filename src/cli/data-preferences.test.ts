// `sensorium data preferences`: pairs of the world and of a model, read again as data to train on; a run that was stopped goes on.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { conversations, mediaOf, PairFile, rejectedReply } from '../data/index.js';
import { preferencesCommand } from './data-preferences.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cli-data-preferences-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const run = async (...args: string[]): Promise<{ pairs: number; prompts: number; ties: number }> => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await runCommand(preferencesCommand, { rawArgs: [...args, '--json'] });
  return JSON.parse(String(write.mock.calls.at(-1)?.[0]));
};
const rowsOf = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('pairs of the world', () => {
  it('are written with their images, spans and provenance, and read as pairs', async () => {
    const out = join(dir, 'world.jsonl');
    const result = await run('--out', out, '--scenes', '6', '--pairs', 'corrupted,matched', '--wrong', '0.5', '--captions', '1');
    expect(result).toMatchObject({ pairs: 6, prompts: 6 });
    expect(existsSync(`${out}.partial`)).toBe(false);
    for (const row of rowsOf(out)) {
      expect(row).toMatchObject({ provenance: { annotator: 'simulated', rates: { wrong: 0.5, long: 0 } }, captions: [expect.any(String)] });
      expect(['corrupted', 'matched', 'missing']).toContain(row.kind);
    }
    const set = await conversations(out).open();
    for (let i = 0; i < set.length; i++) {
      const pair = await set.get(i);
      expect(mediaOf(pair)).toHaveLength(1);
      expect(rejectedReply(pair)).not.toBe(pair.messages.at(-1)?.content);
    }
    set.dispose();
  });

  it('go on where a run was stopped, with the same options', async () => {
    const whole = join(dir, 'whole.jsonl');
    await run('--out', whole, '--scenes', '4');
    const out = join(dir, 'stopped.jsonl');
    const stop = vi.spyOn(PairFile.prototype, 'add').mockImplementationOnce(async () => {
      throw new Error('stopped');
    });
    await expect(run('--out', out, '--scenes', '4')).rejects.toThrow('stopped');
    stop.mockRestore();
    await expect(run('--out', out, '--scenes', '4')).rejects.toMatchObject({ code: 'data.exists' });
    await expect(run('--out', out, '--scenes', '5', '--resume')).rejects.toMatchObject({ code: 'data.exists' });
    await run('--out', out, '--scenes', '4', '--resume');
    const bare = (file: string): unknown[] => rowsOf(file).map(({ images: _, ...row }) => row);
    expect(bare(out)).toEqual(bare(whole));
    await expect(run('--out', out, '--scenes', '4')).rejects.toMatchObject({ code: 'data.exists' });
  });
});

describe('a pair file', () => {
  it('keeps what was done when the last line is cut, and doubles nothing', async () => {
    const out = join(dir, 'torn.jsonl');
    const pair = (id: string) => ({
      ...{ id, chosen: 'a', rejected: 'b', images: [], more: {} },
      messages: [{ role: 'user' as const, content: 'q' }],
    });
    const first = await PairFile.open(out, { options: { a: 1 } });
    await first.add(1, [pair('one')]);
    await first.add(0, [pair('zero')]);
    writeFileSync(`${out}.partial`, `${readFileSync(`${out}.partial`, 'utf8')}{"index":2,"ro`);
    const again = await PairFile.open(out, { options: { a: 1 }, resume: true });
    expect([again.done, again.has(0), again.has(2)]).toEqual([2, true, false]);
    await again.add(2, []);
    expect(await again.finish()).toBe(2);
    expect(rowsOf(out).map(({ id }) => id)).toEqual(['zero', 'one']);
  });

  it('is not written without a pair', async () => {
    const file = await PairFile.open(join(dir, 'none.jsonl'), { options: {} });
    await file.add(0, []);
    await expect(file.finish()).rejects.toMatchObject({ code: 'data.read' });
  });
});

describe('pairs of a model', () => {
  it('are its own replies, rated by the truth', async () => {
    const out = join(dir, 'policy.jsonl');
    const model = join(import.meta.dirname, '../../models/sensorium-tiny');
    const options = ['--scenes', '3', '--n', '3', '--max-tokens', '24', '--evidence', '0.1', '--temperature', '2', '--pairs', 'all'];
    const { pairs, prompts } = await run(model, '--out', out, ...options);
    expect(prompts).toBe(3);
    expect(pairs).toBeGreaterThan(0);
    for (const row of rowsOf(out)) {
      const { ratings, provenance } = row as { ratings: Record<string, Record<string, number>>; provenance: object };
      const mean = (of: Record<string, number> = {}): number => Object.values(of).reduce((a, b) => a + b, 0);
      expect(mean(ratings.chosen)).toBeGreaterThan(mean(ratings.rejected));
      expect(provenance).toMatchObject({ model, annotator: 'truth', n: 3, temperature: 2 });
    }
  });

  it.each([
    ['a data set without a model', ['--data', 'a.jsonl']],
    ['a data set without a judge', ['model', '--data', 'a.jsonl']],
    ['corrections without truth', ['model', '--data', 'a.jsonl', '--judge', 'm', '--pairs', 'corrected']],
  ])('need what they are made with: %s', async (_, args) => {
    await expect(run(...args, '--out', join(dir, 'x.jsonl'))).rejects.toMatchObject({ code: 'cli.usage' });
  });
});
