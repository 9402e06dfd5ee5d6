// The server under a crowd, and the process as it is started and stopped: 200 clients at once with slow readers, disconnects and nonsense,
// after which every slot is free and the next question is answered; SIGTERM in the middle of a stream.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../../src/index.js';
import { encodePng } from '../../src/media/index.js';
import { ModelEngine, type RequestRecord, type RunningServer, serve } from '../../src/serve/index.js';
import { until } from '../../src/serve/testing.js';
import { Rng } from '../../src/util/rng.js';
import { loadSprites, makeScene, renderScene } from '../../src/world/index.js';

const MODEL = 'sensorium-tiny';
const root = resolve(import.meta.dirname, '..', '..');
const QUESTION = 'Describe the image in detail.';
let url: string; // of a picture

beforeAll(async () => {
  const png = await encodePng({ width: 64, height: 64, data: renderScene(makeScene(1, { split: 'test' }), await loadSprites()) });
  url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
});

const messages = (): OpenAI.ChatCompletionMessageParam[] => [
  {
    role: 'user',
    content: [
      { type: 'image_url', image_url: { url } },
      { type: 'text', text: QUESTION },
    ],
  },
];

/** A client without any library: it can read as slowly as it likes and leave whenever it likes. */
function rawRequest(server: RunningServer, body: string, read: (response: IncomingMessage, leave: () => void) => void): Promise<void> {
  return new Promise((done) => {
    const request = httpRequest(`${server.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' } });
    const leave = (): void => void request.destroy();
    request.on('response', (response) => {
      response.on('error', () => {});
      read(response, leave);
    });
    request.on('error', () => {});
    request.on('close', () => done());
    request.end(body);
  });
}

describe('a crowd', () => {
  let engine: ModelEngine;
  let server: RunningServer;
  const records: RequestRecord[] = [];
  beforeAll(async () => {
    engine = await ModelEngine.load(join(root, 'models', MODEL), { slots: 4, maxQueue: 300 });
    server = await serve({
      engine,
      model: MODEL,
      port: 0,
      limits: { stallMs: 1000 },
      onRequest: (r) => records.push(r),
    });
  });
  afterAll(async () => {
    await server.close({ drainMs: 0 });
    await engine.dispose();
  });

  it('of 200 clients is served: right answers for those who stay, free slots after those who leave', async () => {
    const rng = new Rng(1);
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const request = { model: MODEL, messages: messages(), temperature: 0, max_tokens: 24 };
    const expected = (await client.chat.completions.create(request)).choices[0]?.message.content as string;
    expect(expected.length).toBeGreaterThan(10);
    const streamBody = JSON.stringify({ ...request, stream: true });
    const outcomes = { whole: 0, streamed: 0, slow: 0, left: 0, refused: 0 };
    const kinds = [
      async () => {
        const { choices } = await client.chat.completions.create(request);
        expect(choices[0]?.message.content).toBe(expected);
        outcomes.whole++;
      },
      async () => {
        let text = '';
        for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
          text += chunk.choices[0]?.delta.content ?? '';
        expect(text).toBe(expected);
        outcomes.streamed++;
      },
      async () => {
        // Reads a few bytes at a time.
        let body = '';
        await rawRequest(server, streamBody, (response) => {
          response.on('readable', () => {
            const next = (): void => {
              const chunk = response.read(200) ?? response.read();
              if (chunk === null) return;
              body += String(chunk);
              setTimeout(next, 5);
            };
            next();
          });
        });
        expect(body).toMatch(/data: \[DONE\]\n\n$/);
        outcomes.slow++;
      },
      async () => {
        // Leaves at some moment: in the queue, before the first byte, in the middle.
        const wait = rng.int(1500);
        await rawRequest(server, rng.int(2) ? streamBody : JSON.stringify({ ...request, max_tokens: 200 }), (response, leave) => {
          response.once('data', leave);
        }).catch(() => {});
        await new Promise((done) => setTimeout(done, wait / 100));
        outcomes.left++;
      },
      async () => {
        const leaving = AbortSignal.timeout(rng.int(3000));
        await client.chat.completions.create({ ...request, max_tokens: 200 }, { signal: leaving }).catch((error: Error) => {
          expect(error).toBeInstanceOf(OpenAI.APIUserAbortError);
        });
        outcomes.left++;
      },
      async () => {
        const nonsense = [
          '{',
          '[]',
          '{"model":1}',
          JSON.stringify({ ...request, messages: [{ role: 'user', content: 'x '.repeat(9000) }] }),
        ];
        const response = await fetch(`${server.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: nonsense[rng.int(nonsense.length)] as string,
        });
        expect(response.status).toBe(400);
        outcomes.refused++;
      },
    ];
    const before = records.length;
    await Promise.all(Array.from({ length: 200 }, (_, i) => (kinds[i % kinds.length] as () => Promise<void>)()));
    await until(() => engine.stats().running === 0 && engine.stats().queued === 0, 'all slots are free');
    await until(() => records.length - before >= 200 - 33, 'requests are logged'); // who left before being heard is not
    expect(outcomes).toMatchObject({ whole: 34, streamed: 34, slow: 33, left: 66, refused: 33 });
    expect(records.slice(before).filter((r) => r.status >= 500)).toEqual([]);
    expect((await client.chat.completions.create(request)).choices[0]?.message.content).toBe(expected);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^sensorium_http_requests_pending 1$/m);
  });

  it('is turned away when it is larger than the queue, and served when it comes back as told', async () => {
    const small = await ModelEngine.create(engine.model, { slots: 2, maxQueue: 4 });
    const busy = await serve({ engine: small, model: MODEL, port: 0 });
    const client = new OpenAI({ baseURL: `${busy.url}/v1`, apiKey: 'none', maxRetries: 0 });
    let refused = 0;
    const insist = async (): Promise<void> => {
      for (;;) {
        try {
          await client.chat.completions.create({ model: MODEL, messages: messages(), max_tokens: 8 });
          return;
        } catch (error) {
          if (!(error instanceof OpenAI.RateLimitError)) throw error;
          refused++;
          expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
          await new Promise((done) => setTimeout(done, 50 + Math.random() * 200));
        }
      }
    };
    await Promise.all(Array.from({ length: 40 }, insist));
    expect(refused).toBeGreaterThan(0);
    expect(small.stats()).toMatchObject({ running: 0, queued: 0 });
    await busy.close();
    await small.dispose();
  });

  it('leaves memory flat', async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const some = async (n: number): Promise<number> => {
      for (let i = 0; i < n; i += 10)
        await Promise.all(
          Array.from({ length: 10 }, () => client.chat.completions.create({ model: MODEL, messages: messages(), max_tokens: 4 })),
        );
      (globalThis as { gc?: () => void }).gc?.();
      return process.memoryUsage.rss();
    };
    const first = await some(200);
    const second = await some(200);
    // The first requests fill arenas and heaps; what a leak of an image (3 MB decoded) or a cache (1 MB) would add is far more.
    expect((second - first) / 2 ** 20).toBeLessThan(150);
  });
});

describe('the process', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-serve-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  /** Starts the command in a process of its own. */
  async function run(...options: string[]): Promise<ChildProcess> {
    const script = join(dir, 'run.mts');
    const source = join(root, 'src', 'cli', 'main.ts');
    await writeFile(script, `import { main } from ${JSON.stringify(source)};\nprocess.exit(await main(process.argv.slice(2)));\n`);
    return spawn(process.execPath, ['--import', 'tsx', script, 'serve', `models/${MODEL}`, '--port', '0', ...options], { cwd: root });
  }

  /** The address in the first line of a process. */
  const addressOf = (child: ChildProcess): Promise<string> =>
    new Promise((done, fail) => {
      let out = '';
      child.stdout?.on('data', (chunk) => {
        out += String(chunk);
        const found = /at (http:\S+)\/v1/.exec(out)?.[1];
        if (found) done(found);
      });
      child.on('exit', () => fail(new Error('it ended')));
    });

  it('goes on when nobody reads its output, counts the lines that are lost, and does not end at SIGHUP', async () => {
    const child = await run();
    try {
      const at = await addressOf(child);
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.kill('SIGHUP');
      for (let i = 0; i < 5; i++) expect((await fetch(`${at}/health`)).status).toBe(200);
      const lost = /^sensorium_log_lines_lost_total (\d+)$/m.exec(await (await fetch(`${at}/metrics`)).text())?.[1];
      expect(Number(lost)).toBeGreaterThanOrEqual(5);
      const ended = new Promise<number | null>((done) => void child.on('exit', done));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('on SIGTERM finishes what runs and exits with 0', async () => {
    const model = await Mllm.load(join(root, 'models', MODEL));
    const expected = await model.generate([{ type: 'image', source: url }, QUESTION], { maxTokens: 60 });
    await model.dispose();
    const child = await run();
    try {
      let [out, err] = ['', ''];
      child.stderr?.on('data', (chunk) => {
        err += String(chunk);
      });
      const at = await new Promise<string>((done, fail) => {
        child.stdout?.on('data', (chunk) => {
          out += String(chunk);
          const found = /at (http:\S+)\/v1/.exec(out)?.[1];
          if (found) done(found);
        });
        child.on('exit', () => fail(new Error(`it ended: ${err}`)));
      });
      const client = new OpenAI({ baseURL: `${at}/v1`, apiKey: 'none', maxRetries: 0 });
      const stream = await client.chat.completions.create({
        model: MODEL,
        messages: messages(),
        max_tokens: 60,
        temperature: 0,
        stream: true,
      });
      const ended = new Promise<number | null>((done) => void child.on('exit', done));
      let text = '';
      for await (const chunk of stream) {
        if (text === '') child.kill('SIGTERM');
        text += chunk.choices[0]?.delta.content ?? '';
      }
      expect(text).toBe(expected.text);
      expect(await ended).toBe(0);
      expect(out).toContain('Stopped');
      expect(err).toMatch(/POST \/v1\/chat\/completions 200/);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
