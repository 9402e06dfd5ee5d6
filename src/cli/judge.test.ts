// `sensorium judge` and the check behind `sensorium eval --judge`: a judge behind a server, its agreement in JSON; `sensorium sheet` out and in.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type CommandDef, runCommand } from 'citty';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../evaluate/report/png.js';
import evalCommand from './eval.js';
import judgeCommand from './judge.js';
import sheetCommand from './sheet.js';

const tiny = resolve(import.meta.dirname, '../../models/sensorium-tiny');
let dir: string;
let server: Server;
let url: string;
let asked = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'judge-'));
  // Says yes, full marks, the first: a judge that does not look.
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      asked++;
      const { messages, logprobs, model } = JSON.parse(body) as { messages: { content: string }[]; logprobs?: boolean; model: string };
      const prompt = messages[0]?.content ?? '';
      if (logprobs && model === 'plain') response.statusCode = 400;
      const content = prompt.includes('Better:') ? 'Better: A' : prompt.includes('Rating:') ? 'Rating: 5' : 'yes';
      response.setHeader('content-type', 'application/json');
      const top_logprobs = [
        { token: ' Yes', logprob: Math.log(0.6) },
        { token: 'no', logprob: Math.log(0.2) },
        { token: 'It', logprob: Math.log(0.1) },
      ];
      response.end(
        JSON.stringify({ choices: [{ message: { content }, ...(logprobs ? { logprobs: { content: [{ top_logprobs }] } } : {}) }] }),
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  await mkdir(join(dir, 'mm'));
  await writeFile(join(dir, 'mm/pic.jpg'), encodePng(new Uint8Array(64 * 64 * 3), 64, 64));
  const row = {
    question_type: 'attribute',
    image_id: 'f',
    image_src: 'pic.jpg',
    image_content: ['cup'],
    question: 'Which color?',
    gt_answer: 'Red.',
  };
  await writeFile(join(dir, 'mm/rows.json'), JSON.stringify([row]));
});
afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true, force: true });
});

/** Runs a command and returns what it prints. */
// biome-ignore lint/suspicious/noExplicitAny: a command is generic in its own options
async function run(command: CommandDef<any>, ...rawArgs: string[]): Promise<string> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await runCommand(command, { rawArgs });
  } finally {
    write.mockRestore();
  }
  return out;
}

describe('sensorium judge', () => {
  it('a judge that says yes to everything has no agreement, whatever its accuracy', async () => {
    const result = JSON.parse(await run(judgeCommand, url, '--judge-model', 'm', '--n', '10', '--json', '--out', join(dir, 'out.json')));
    expect(JSON.parse(await readFile(join(dir, 'out.json'), 'utf8'))).toEqual(result);
    expect(result).toMatchObject({ judge: 'm', n: 10, repeats: 2, split: 'test' });
    const value = (task: string, name: string) => result.scores[task].find((score: { name: string }) => score.name === name).value;
    expect(value('statements', 'kappa')).toBe(0);
    expect(value('statements', 'accuracy')).toBe(0.5);
    expect(value('pairs', 'takes the first')).toBe(1);
    // Always 0.6 against 0.2: three quarters, of which one half are right.
    expect(result.calibration.bins).toMatchObject([{ n: 10, said: expect.closeTo(0.75), so: { value: 0.5 } }]);
    expect(result.calibration.ece).toBeCloseTo(0.25);
    const plain = JSON.parse(await run(judgeCommand, url, '--judge-model', 'plain', '--n', '2', '--tasks', 'statements', '--json'));
    expect(plain.calibration).toBeUndefined();
    expect(await run(judgeCommand, url, '--judge-model', 'm', '--n', '4', '--tasks', 'pairs')).toContain('pairs: takes the first');
  });

  it('options that name no judge', async () => {
    const usage = { code: 'cli.usage' };
    await expect(run(judgeCommand, url)).rejects.toMatchObject({ ...usage, place: '--judge-model' });
    await expect(run(judgeCommand, tiny, '--judge-model', 'm')).rejects.toMatchObject({ ...usage, place: '--judge-model' });
    await expect(run(judgeCommand, 'haelm:')).rejects.toMatchObject(usage);
    await expect(run(judgeCommand, tiny, '--tasks', 'essays')).rejects.toMatchObject({ ...usage, place: '--tasks' });
  });
});

describe('behind a judged evaluation', () => {
  const args = (): string[] => [
    tiny,
    '--bench',
    'mmhal-bench',
    '--data',
    join(dir, 'mm/rows.json'),
    '--images',
    join(dir, 'mm'),
    '--no-baselines',
  ];

  it('the agreement of the judge stands beside the scores; the replies are a sheet that comes back with ratings', async () => {
    const sheet = join(dir, 'mm.csv');
    const more = ['--judge', url, '--judge-model', 'm', '--judge-check', '6', '--sheet', sheet, '--scale', 'mmhal', '--json'];
    const errors = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const result = JSON.parse(await run(evalCommand, ...args(), ...more));
    errors.mockRestore();
    expect(result.judge).toMatchObject({ judge: 'm', n: 6 });
    expect(result.benchmarks[0].about).toContain('(m; kappa 0.00');
    const filled = (await readFile(sheet, 'utf8')).split('\r\n');
    // The last two cells of a row are its rating and the remark.
    await writeFile(join(dir, 'filled.csv'), [filled[0], ...filled.slice(1).map((line) => line.replace(/,,$/, ',4,'))].join('\n'));
    const human = JSON.parse(await run(sheetCommand, 'read', join(dir, 'filled.csv'), '--key', join(dir, 'mm.key.json'), '--json'));
    expect(human).toMatchObject({ scale: 'mmhal', raters: ['filled'] });
    expect(human.models[tiny].find((score: { name: string }) => score.name === 'mean').value).toBe(4);
  });

  it('a run that is started again, or scored alone, asks the judge nothing; recorded replies are rated without a check unless one is wanted', async () => {
    const judged = ['--judge', url, '--judge-model', 'm', '--json'];
    const errors = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      const folder = [...args(), '--run', join(dir, 'run'), ...judged, '--judge-check', '2'];
      const first = JSON.parse(await run(evalCommand, ...folder, '--replies', join(dir, 'replies.jsonl')));
      expect(first.judge).toMatchObject({ n: 2, calibration: { n: 2 } });
      const before = asked;
      for (const more of [[], ['--no-ask']]) {
        const again = JSON.parse(await run(evalCommand, ...folder, ...more));
        expect([again.judge, again.benchmarks]).toEqual([first.judge, first.benchmarks]);
      }
      expect(asked).toBe(before);
      // A check that the folder does not have is not made up for.
      const other = JSON.parse(await run(evalCommand, ...folder, '--no-ask', '--judge-check', '3'));
      expect([other.judge, other.benchmarks[0].n, asked]).toEqual([undefined, 1, before]);
      const recorded = ['--recorded', join(dir, 'replies.jsonl'), ...args().slice(1), ...judged];
      expect(JSON.parse(await run(evalCommand, ...recorded)).judge).toBeUndefined();
      expect(JSON.parse(await run(evalCommand, ...recorded, '--judge-check', '2')).judge).toMatchObject({ n: 2 });
    } finally {
      errors.mockRestore();
    }
  });

  it('a judge of yes and no cannot rate; a scale and a sheet must be ones', async () => {
    await expect(run(evalCommand, ...args(), '--judge', `haelm:${tiny}`)).rejects.toMatchObject({ code: 'cli.usage', place: '--judge' });
    await expect(run(evalCommand, ...args(), '--scale', 'stars')).rejects.toMatchObject({ code: 'evaluate.sheet' });
    await expect(run(evalCommand, ...args(), '--sheet', 'x.pdf')).rejects.toMatchObject({ code: 'evaluate.sheet' });
  });
});
