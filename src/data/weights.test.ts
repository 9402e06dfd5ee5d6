// Replies that are read and not learnt: OpenAI's weight and ms-swift's loss come back as they were, in every format that has turns.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNamed } from './index.js';
import { allOf } from './testing.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-weights-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('a reply that is not learnt', () => {
  it.each(['openai', 'swift', 'sharegpt', 'json', 'webdataset'])('is kept through %s', async (name) => {
    const path = join(dir, `${name}.jsonl`);
    const rows = ['weight', 'loss'].map((key) => ({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b', [key]: key === 'loss' ? false : 0 },
        { role: 'user', content: 'c' },
        { role: 'assistant', content: 'd', [key]: key === 'loss' ? true : 1 },
      ],
    }));
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const given = await allOf(path);
    expect(given.map(({ messages }) => messages.map(({ weight, loss }) => weight ?? loss))).toEqual([
      [undefined, 0, undefined, 1],
      [undefined, false, undefined, true],
    ]);
    const target = join(dir, name);
    await formatNamed(name).write?.(target, given, {});
    expect((await allOf(target)).map(({ messages }) => messages)).toEqual(given.map(({ messages }) => messages));
  });

  it('is read where null stands for none, and refused where it is neither', async () => {
    const path = join(dir, 'odd.jsonl');
    const turns = (more: object): string =>
      `${JSON.stringify({
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b', ...more },
        ],
      })}\n`;
    await writeFile(path, turns({ weight: null, loss: null }));
    expect((await allOf(path))[0]?.messages[1]).toEqual({ role: 'assistant', content: 'b' });
    await writeFile(path, turns({ loss: 'no' }));
    await expect(allOf(path)).rejects.toMatchObject({ code: 'data.row', key: 'messages[1].loss' });
  });
});
