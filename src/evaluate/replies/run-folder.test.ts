// Runs that are killed and go on, that are answered in parts, whose folder is damaged or of another model: the same scores, or an error that names it.

import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { image } from '../../media/index.js';
import { answerBenchmarks, type BenchProgress, type BenchResult, type RunOptions, runBenchmarks } from '../runner.js';
import { toyChild } from './children-testing.js';
import { ContentNames } from './content.js';
import { folderIdentity } from './identity.js';
import { RunFolder } from './run-folder.js';
import { inShard, parseShard, shardOf } from './shard.js';
import { nobody, TOY, toyBenchmark, toyJudge, toyResponder } from './toy-testing.js';

const SIZE = 60;
/** The blind ask each question of a row with an image again. */
const ASKED = SIZE + SIZE / 2;

let root: string;
let count = 0;
const fresh = (): string => join(root, `run-${count++}`);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'runs-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const open = (dir: string) => RunFolder.open(dir, { name: 'toy', model: TOY });
const options = (more: Partial<RunOptions> = {}): RunOptions => ({
  benchmarks: [toyBenchmark(SIZE)],
  responder: toyResponder(),
  judge: toyJudge(),
  judgeRepeats: 2,
  batchSize: 16,
  ...more,
});

/** A run in a folder, with what was asked anew. */
async function run(dir: string, { responder = toyResponder(), ...more }: Partial<RunOptions> = {}) {
  const [folder, judge] = [await open(dir), toyJudge()];
  try {
    const results = await runBenchmarks(
      options({ ...more, responder: folder.responder(responder), judge: folder.judge(judge, { judge: 1 }) }),
    );
    return { results, judged: judge.asked, kept: folder.store.size, damaged: folder.store.damaged };
  } finally {
    await folder.close();
  }
}

const filesOf = async (dir: string): Promise<string[]> => (await readdir(join(dir, 'replies'))).map((name) => join(dir, 'replies', name));
const linesOf = async (dir: string): Promise<{ key: string; reply?: string; rank?: number }[]> =>
  (await Promise.all((await filesOf(dir)).map((file) => readFile(file, 'utf8')))).flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );

let whole: BenchResult[];
beforeAll(async () => {
  whole = await runBenchmarks(options());
});

describe('a run with a folder', () => {
  test('has the scores of one without, and a second run asks nothing', async () => {
    const [dir, responder] = [fresh(), toyResponder()];
    const first = await run(dir, { responder });
    expect(first.results).toEqual(whole);
    expect(responder.asked).toBe(ASKED);
    expect(responder.ranked).toBeGreaterThan(5);
    expect(first.judged).toBeGreaterThan(40);
    const [again, progress] = [toyResponder(), [] as BenchProgress[]];
    const second = await run(dir, { responder: again, onProgress: (state) => progress.push(state) });
    expect(second.results).toEqual(whole);
    expect([again.asked, again.ranked, second.judged]).toEqual([0, 0, 0]);
    expect(progress.filter(({ done, total }) => done === total).every(({ kept, total }) => kept === total)).toBe(true);
  });

  test('goes on where it failed, at any reply', async () => {
    for (const at of [1, 2, 17, SIZE, SIZE + 3]) {
      const dir = fresh();
      const dies = toyResponder((asked) => {
        if (asked === at) throw new Error('died');
      });
      await expect(run(dir, { responder: dies })).rejects.toThrow('died');
      const rest = toyResponder();
      expect((await run(dir, { responder: rest })).results).toEqual(whole);
      expect(rest.asked).toBe(ASKED - (at - 1));
    }
  });

  test('goes on where its process was killed, in the middle of a line', async () => {
    const dir = fresh();
    const killed = toyChild({ dir, size: SIZE, dieAt: 23 });
    expect(await killed.end).toMatchObject({ signal: 'SIGKILL' });
    expect(await linesOf(dir)).toHaveLength(22);
    const [file] = (await filesOf(dir)) as [string];
    await appendFile(file, '{"key":"cut off in the mid');
    const rest = toyResponder();
    const { results, damaged } = await run(dir, { responder: rest });
    expect(results).toEqual(whole);
    expect([rest.asked, damaged]).toEqual([ASKED - 22, 0]);
    // Nobody wrote behind the cut line.
    expect((await readFile(file, 'utf8')).endsWith('in the mid')).toBe(true);
  });

  test('asks again what a damaged line held, and lets the older of two replies count', async () => {
    const dir = fresh();
    await run(dir);
    const [file] = (await filesOf(dir)) as [string];
    const lines = (await readFile(file, 'utf8')).split('\n');
    const { key } = JSON.parse(lines[5] as string) as { key: string };
    lines[3] = `\0\0${lines[3]}`;
    lines[4] = '{"key":"x"}';
    await writeFile(file, lines.join('\n'));
    await writeFile(join(dir, 'replies', '9999.jsonl'), `${JSON.stringify({ key, reply: 'another' })}\n`);
    const rest = toyResponder();
    const { results, damaged } = await run(dir, { responder: rest });
    expect(results).toEqual(whole);
    expect([rest.asked, damaged]).toEqual([2, 2]);
  });

  test('is refused for another model, and for what is no such folder', async () => {
    const dir = fresh();
    await (await open(dir)).close();
    await expect(RunFolder.open(dir, { name: 'other', model: { toy: 2 } })).rejects.toMatchObject({
      code: 'evaluate.run',
      place: dir,
      expected: 'toy: toy 1',
      got: 'other: toy 2',
    });
    await writeFile(join(dir, 'run.json'), '{}');
    await expect(open(dir)).rejects.toMatchObject({ code: 'evaluate.run' });
    await writeFile(join(dir, 'run.json'), '{"version":');
    await expect(open(dir)).rejects.toMatchObject({ code: 'util.json' });
  });

  test('probabilities of yes are kept, and that there is none', async () => {
    const folder = await open(await fresh());
    const asked: string[][] = [];
    const yes = async (prompts: readonly string[]) => {
      asked.push([...prompts]);
      return prompts.map((prompt) => (prompt === 'odd' ? undefined : 0.1 + 0.2));
    };
    const judge = folder.judge({ name: 'j', tasks: ['statements'], replies: async () => [], yes }, { j: 1 });
    expect(judge.tasks).toEqual(['statements']);
    expect(await judge.yes?.(['a', 'odd', 'a'], { language: 'en' })).toEqual([0.1 + 0.2, undefined, 0.1 + 0.2]);
    expect(await judge.yes?.(['odd', 'b'], { language: 'en' })).toEqual([undefined, 0.1 + 0.2]);
    expect(await judge.yes?.(['a'], { language: 'zh' })).toEqual([0.1 + 0.2]);
    expect(asked).toEqual([['a', 'odd'], ['b'], ['a']]);
    const none = folder.judge({ name: 'k', replies: async () => [], yes: async () => [] }, { k: 1 });
    expect(await none.yes?.(['a'], { language: 'en' })).toEqual([]);
    expect(folder.judge({ name: 'l', replies: async () => [] }, {}).yes).toBeUndefined();
  });

  test('other options and other rounds of a judge are other replies; an empty verdict is asked again', async () => {
    const dir = fresh();
    const first = await run(dir);
    const longer = toyResponder();
    expect((await run(dir, { responder: longer, maxTokens: 9 })).results).toEqual(whole);
    expect(longer.asked).toBe(ASKED);
    expect((await run(dir, { judgeRepeats: 3 })).judged).toBe(first.judged / 2);
    const folder = await open(fresh());
    let asked = 0;
    const judge = folder.judge({ name: 'late', replies: async (prompts) => prompts.map(() => (++asked > 1 ? 'rating: 3' : '')) }, {});
    expect(await judge.replies(['p', 'p'])).toEqual(['', '']);
    expect(await judge.replies(['p', 'p'])).toEqual(['rating: 3', 'rating: 3']);
    expect(await judge.replies(['p'])).toEqual(['rating: 3']);
    expect(asked).toBe(2);
    await folder.close();
  });
});

test('a wrong number of replies is never taken for those of others', async () => {
  const folder = await open(fresh());
  const ask = (n: number, given: number) =>
    folder
      .responder({
        replies: async () => Array.from({ length: given }, () => 'x'),
        rank: async () => Array.from({ length: given }, () => 1),
      })
      .replies(
        Array.from({ length: n }, (_, i) => [{ role: 'user', content: `q${i}` }]),
        { maxTokens: 1 },
      );
  expect(await ask(2, 2)).toEqual(['x', 'x']);
  await expect(ask(4, 4)).rejects.toMatchObject({ code: 'evaluate.replies', expected: '2 replies', got: '4' });
  const judge = folder.judge({ name: 'j', replies: async () => ['a', 'b'] }, {});
  await expect(judge.replies(['p'])).rejects.toMatchObject({ code: 'evaluate.replies' });
  await folder.close();
});

describe('parts of a run', () => {
  test('are answered apart and scored together; what is missing is named', async () => {
    const dir = fresh();
    const asked: number[] = [];
    for (const part of ['1/3', '3/3', '2/3']) {
      const [folder, responder] = [await open(dir), toyResponder()];
      if (part === '2/3')
        await expect(run(dir, { responder: nobody })).rejects.toMatchObject({
          code: 'evaluate.replies',
          place: 'model, toy',
          expected: `${SIZE} replies`,
          got: expect.stringMatching(/^\d+; there is none for toy, part \d, row \d+; .* more$/),
        });
      const n = await answerBenchmarks(
        options({ responder: folder.responder(responder), judge: folder.judge(toyJudge(), { judge: 1 }) }),
        inShard(folder.names, parseShard(part)),
      );
      expect(n).toBeGreaterThan(5);
      asked.push(responder.asked);
      await folder.close();
    }
    expect(asked.reduce((a, b) => a + b, 0)).toBe(ASKED);
    const { results, judged } = await run(dir, { responder: nobody });
    expect(results).toEqual(whole);
    expect(judged).toBe(0);
    const keys = (await linesOf(dir)).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('a ranking that is missing is not scored as if the model could not rank', async () => {
    const [dir, folder] = [fresh(), await open(fresh())];
    const silent = { ...nobody, replies: folder.responder(toyResponder()).replies };
    await expect(run(dir, { responder: silent })).rejects.toMatchObject({ code: 'evaluate.replies' });
    await folder.close();
  });

  test('each name belongs to one part, and parts are about equal', async () => {
    const names = new ContentNames();
    const counts = [0, 0, 0];
    for (let i = 0; i < 300; i++) {
      const part = shardOf(await names.conversation([{ role: 'user', content: `question ${i}` }]), 3);
      counts[part - 1] = (counts[part - 1] as number) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(70);
    for (const wrong of ['0/3', '4/3', '1', '1/0', 'a/b', '1/99999', ''])
      expect(() => parseShard(wrong)).toThrow(expect.objectContaining({ code: 'evaluate.shard' }));
  });
});

describe('names by content', () => {
  test('equal content has one name, wherever it lies; other content and other words have others', async () => {
    const [a, b] = [join(root, 'a.bin'), join(root, 'b.bin')];
    await writeFile(a, Uint8Array.of(1, 2, 3));
    await writeFile(b, Uint8Array.of(1, 2, 4));
    const names = new ContentNames();
    const name = (source: unknown, text = 'x') =>
      names.conversation([
        {
          role: 'user',
          content: [
            { type: 'image', source },
            { type: 'text', text },
          ],
        },
      ]);
    const pixels = (last: number) => image({ width: 1, height: 1, data: Uint8Array.of(1, 2, last) }).source;
    const one = await name(a);
    expect(await name(Uint8Array.of(1, 2, 3))).toBe(one);
    expect(await name(pathToFileURL(a))).toBe(one);
    const others = [
      name(b),
      name(a, 'y'),
      name(pixels(3)),
      name(pixels(4)),
      name('https://example.com/a.bin'),
      name('data:image/png;base64,AA'),
    ];
    expect(new Set([one, ...(await Promise.all(others))]).size).toBe(7);
    expect(await name(pixels(3))).toBe(await name(pixels(3)));
    await expect(name(join(root, 'gone'))).rejects.toMatchObject({ code: 'util.missing', place: join(root, 'gone') });
  });

  test('a model is its files: renamed, changed or adapted it is another; its report is none of them', async () => {
    const dir = fresh();
    const write = (name: string, text: string) => writeFile(join(dir, name), text);
    await (await open(dir)).close(); // makes the folder
    await write('model.safetensors', 'abc');
    const one = await folderIdentity(dir);
    await write('report.json', '1');
    await write('README.md', 'x');
    expect(await folderIdentity(dir)).toEqual(one);
    await write('model.safetensors', 'abd');
    const two = await folderIdentity(dir);
    expect(two).not.toEqual(one);
    expect(await folderIdentity(dir, [dir])).not.toEqual(two);
    // A file that has not changed is not read again.
    const known = {};
    await folderIdentity(dir, [], known);
    const [path] = Object.keys(known).filter((name) => name.endsWith('.safetensors')) as [string];
    (known as Record<string, { hash: string }>)[path] = { ...(known as Record<string, { hash: string }>)[path], hash: 'known' };
    expect(await folderIdentity(dir, [], known)).not.toEqual(two);
  });
});
