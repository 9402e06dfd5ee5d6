// `sensorium data instruct|diversity|leak`: the world teaches, what it taught is measured, and wrong calls are refused.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from './main.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-cli-instruct-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    return { code: await main(['data', ...args], { err: () => undefined }), out };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

describe('sensorium data instruct', () => {
  it('has the world write, and what it wrote is measured and searched for benchmarks', async () => {
    const out = join(dir, 'made.jsonl');
    const made = await run('instruct', '--teacher', 'world', '--out', out, '--scenes', '5', '--kinds', 'conversation,reasoning', '--json');
    expect([made.code, JSON.parse(made.out).rows]).toEqual([0, 10]);
    expect((await run('instruct', '--teacher', 'world', '--out', out)).code).toBe(1);
    const again = await run(
      'instruct',
      '--teacher',
      'world',
      '--out',
      out,
      '--scenes',
      '5',
      '--kinds',
      'conversation,reasoning',
      '--json',
      '--force',
    );
    expect(JSON.parse(again.out)).toMatchObject({ asked: 0, known: 10, rows: 10 });
    const varied = JSON.parse((await run('diversity', out, '--json')).out);
    expect(varied.tasks.reason ?? varied.tasks.count).toBeGreaterThan(0);
    // Scenes of the split that is measured, at the same seed, are found; those to train on are not.
    const tests = join(dir, 'tests.jsonl');
    await run('instruct', '--teacher', 'world', '--out', tests, '--scenes', '3', '--kinds', 'detail', '--split', 'test');
    const leak = async (data: string) =>
      JSON.parse((await run('leak', '--data', data, '--bench', 'vqa', '--rows', '3', '--json')).out).found[0];
    expect((await leak(tests)).images).toBeGreaterThan(0);
    expect((await leak(out)).images).toBe(0);
  });

  it('goes on where a teacher that refuses stopped it, and asks nothing twice', async () => {
    let [asked, limit] = [0, 2];
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        const ok = asked < limit;
        if (ok) asked++;
        response.writeHead(ok ? 200 : 401, { 'content-type': 'application/json' });
        const content = `Picture ${asked} shows a quiet room with a table, two red cups and an open window in the morning light.`;
        const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
        response.end(
          JSON.stringify(ok ? { id: 'a', object: 'chat.completion', created: 0, model: 'm', choices } : { error: { message: 'no' } }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as { port: number };
      const out = join(dir, 'taught.jsonl');
      const teacher = ['--teacher', `http://127.0.0.1:${port}/v1`, '--teacher-model', 'm'];
      const args = ['instruct', ...teacher, '--out', out, '--scenes', '5', '--kinds', 'detail', '--json'];
      expect((await run(...args)).code).toBe(1);
      expect(asked).toBe(2);
      limit = 100;
      const made = await run(...args);
      expect([made.code, asked]).toEqual([0, 5]);
      expect(JSON.parse(made.out)).toMatchObject({ rows: 5, known: 2, asked: 3 });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it.each([
    ['a kind', ['--teacher', 'world', '--kinds', 'talk', '--out', 'x.jsonl']],
    ['rows of scenes', ['--teacher', 'world', '--kinds', 'rewrite', '--out', 'x.jsonl']],
    ['two ways at once', ['--teacher', 'world', '--kinds', 'rewrite,detail', '--from', 'x', '--out', 'x.jsonl']],
    ['an address without a model', ['--teacher', 'http://localhost:1/v1', '--out', 'x.jsonl']],
    ['a model without an address', ['--teacher', 'world', '--teacher-model', 'm', '--out', 'x.jsonl']],
  ])('%s is refused as a wrong call', async (_, args) => {
    expect((await run('instruct', ...args)).code).toBe(2);
  });
});
