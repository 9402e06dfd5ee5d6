// Conversations as jobs: what travels is what was asked; workers answer, fail by name, and what they answered waits for the next run.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { image } from '../../media/index.js';
import type { ChatMessage, ContentPart } from '../../text/index.js';
import { shownUrl } from '../../util/redis.js';
import { runBenchmarks } from '../runner.js';
import { redisServer, whyNoRedis } from './children-testing.js';
import { ContentNames } from './content.js';
import { packMessages, unpackMessages } from './job-media.js';
import { openQueue, queueName } from './queue.js';
import { type QueueWorker, startWorker } from './queue-worker.js';
import { TOY, toyBenchmark, toyJudge, toyResponder } from './toy-testing.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'queue-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('conversations that travel', () => {
  const user = (...content: ContentPart[]): ChatMessage[] => [{ role: 'user', content }];

  it('have the same content there, as bytes and pixels', async () => {
    const path = join(dir, 'a.png');
    await writeFile(path, Uint8Array.of(1, 2, 3));
    const pixels = image({ width: 1, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }).source;
    const messages = user(
      { type: 'image', source: path },
      { type: 'image', source: pathToFileURL(path) },
      { type: 'image', source: Uint8Array.of(9) },
      { type: 'image', source: pixels },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
      { type: 'video', frames: [path, pixels], fps: 2 },
      { type: 'text', text: 'a.png' },
    );
    const there = await unpackMessages(JSON.parse(JSON.stringify(await packMessages(messages))));
    const names = new ContentNames();
    expect(await names.conversation(there)).toBe(await names.conversation(messages));
    const [first, , , fourth] = (there[0] as { content: unknown }).content as readonly { source: unknown }[];
    expect(first?.source).toEqual(Uint8Array.of(1, 2, 3));
    expect(fourth?.source).toEqual({ width: 1, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  });

  it('name large files, which must be the same there', async () => {
    const path = join(dir, 'clip.mp4');
    await writeFile(path, 'frames');
    const packed = await packMessages(user({ type: 'video', source: path }));
    expect((await unpackMessages(packed))[0]?.content).toEqual([{ type: 'video', source: path }]);
    await writeFile(path, 'others');
    await expect(unpackMessages(packed)).rejects.toMatchObject({ code: 'evaluate.worker', place: path });
    await expect(packMessages(user({ type: 'image', source: join(dir, 'gone') }))).rejects.toMatchObject({ code: 'util.missing' });
  });

  it('addresses are shown without their password', () => {
    expect(shownUrl('redis://me:secret@host:6379/1')).toBe('redis://host:6379/1');
    expect(shownUrl('redis://a b:secret')).not.toContain('secret');
    expect(queueName({ a: 1 })).not.toBe(queueName({ a: 2 }));
  });
});

const noRedis = whyNoRedis();
describe.skipIf(noRedis)(`a queue${noRedis ? `: skipped, ${noRedis}` : ''}`, () => {
  let redis: Awaited<ReturnType<typeof redisServer>>;
  beforeAll(async () => {
    redis = await redisServer();
  });
  afterAll(() => redis.stop());

  it('gives the scores of a run without, and tells when nobody works', async () => {
    const options = { benchmarks: [toyBenchmark(30)], judge: toyJudge(), batchSize: 8 };
    const whole = await runBenchmarks({ ...options, responder: toyResponder() });
    const notes: string[] = [];
    const queue = await openQueue(redis.url, TOY, (note) => notes.push(note));
    const responder = toyResponder();
    const running = runBenchmarks({ ...options, responder: queue.responder });
    const worker = await startWorker({ url: redis.url, model: TOY, responder, slots: 3 });
    expect(await running).toEqual(whole);
    expect(notes).toHaveLength(1);
    // The blind ask the questions without an image once more: their jobs were fetched.
    expect(responder.asked).toBe(60);
    expect(responder.ranked).toBeGreaterThan(2);
    await worker.close();
    await queue.close();
  });

  it('names what a worker cannot do, and does it when it can', async () => {
    const model = { toy: 'fails' };
    let fails = true;
    const errors: string[] = [];
    const responder = toyResponder(() => {
      if (fails) throw new Error('no such picture');
    });
    const worker = await startWorker({ url: redis.url, model, responder, onError: ({ message }) => errors.push(message) });
    const queue = await openQueue(redis.url, model);
    const ask = () => queue.responder.replies([[{ role: 'user', content: 'What is 1?' }]], { maxTokens: 4 });
    await expect(ask()).rejects.toMatchObject({ code: 'evaluate.worker', got: 'no such picture' });
    expect(errors).toEqual(['no such picture']);
    fails = false;
    expect(await ask()).toHaveLength(1);
    await worker.close();
    await queue.close();
  });

  it('keeps what was answered for a run that died before it fetched it; a run that is stopped lets go', async () => {
    const model = { toy: 'waits' };
    const conversations = ['a', 'b', 'c'].map((content): ChatMessage[] => [{ role: 'user', content }]);
    const responder = toyResponder();
    const died = await openQueue(redis.url, model);
    const onReply = (): void => {
      throw new Error('the disk is full');
    };
    const asked = died.responder.replies(conversations, { maxTokens: 4, onReply });
    let worker: QueueWorker | undefined;
    const all = new Promise<void>((resolve, reject) => {
      const onDone = ({ done }: { done: number }): void => {
        if (done === conversations.length) resolve();
      };
      startWorker({ url: redis.url, model, responder, onDone }).then((started) => {
        worker = started;
      }, reject);
    });
    await expect(asked).rejects.toThrow('the disk is full');
    await all;
    await died.close();
    const queue = await openQueue(redis.url, model);
    const replies = await queue.responder.replies(conversations, { maxTokens: 4 });
    expect(responder.asked).toBe(3);
    expect(replies).toEqual(await toyResponder().replies(conversations, { maxTokens: 4 }));
    await worker?.close();
    const signal = AbortSignal.abort();
    await expect(queue.responder.replies(conversations, { maxTokens: 4, signal })).rejects.toThrow(/abort/i);
    const stop = new AbortController();
    const stopped = queue.responder.replies(conversations, { maxTokens: 4, signal: stop.signal });
    stop.abort();
    await expect(stopped).rejects.toThrow(/abort/i);
    await queue.close();
  });
});
