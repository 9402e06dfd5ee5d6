// A thousand requests through one engine, with images, readers that leave and readers that are slow: memory stays where it was.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Engine, Mllm } from '../../src/generate/index.js';
import type { RgbImage } from '../../src/media/index.js';
import type { ChatMessage } from '../../src/text/index.js';
import { Rng } from '../../src/util/rng.js';

const MIB = 2 ** 20;
/** A cache of this model is 1 MiB, a compiled program several: a thousand forgotten ones would show a hundredfold. */
const ALLOWED = 64 * MIB;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function settledRss(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4; i++) {
    collect();
    await sleep(50);
    least = Math.min(least, process.memoryUsage.rss());
  }
  return least;
}

const WORDS = ['the', 'red', 'dog', 'left', 'of', 'a', 'blue', 'cup', 'how', 'many', 'cats', 'what', 'is', 'above', 'it'];

it('serves a thousand requests in flat memory', async () => {
  const model = await Mllm.load(join(import.meta.dirname, '..', '..', 'models', 'sensorium-tiny'));
  const engine = await Engine.create(model, {
    slots: 8,
    prefillChunk: 16,
    maxQueue: 40,
    prefixBytes: 8 * MIB,
    featureBytes: MIB / 4,
    buffer: 8,
  });
  const rng = new Rng(11);
  const picture = (): RgbImage => ({ width: 64, height: 64, data: Uint8Array.from({ length: 64 * 64 * 3 }, () => rng.int(256)) });
  const recent = Array.from({ length: 8 }, picture);

  const request = async (i: number): Promise<void> => {
    const question = Array.from({ length: 2 + rng.int(30) }, () => rng.pick(WORDS)).join(' ');
    if (i % 5 === 0) recent[rng.int(recent.length)] = picture();
    const images = Array.from({ length: rng.int(3) }, () => ({ type: 'image' as const, source: rng.pick(recent) }));
    const messages: ChatMessage[] = [{ role: 'user', content: [...images, { type: 'text', text: question }] }];
    const stop = new AbortController();
    const stream = engine.submit({ messages, maxTokens: 1 + rng.int(24), signal: stop.signal, temperature: i % 2, seed: i });
    let seen = 0;
    const leaves = i % 7 === 0;
    try {
      for await (const _ of stream) {
        seen++;
        if (leaves && seen === 2) break;
        if (i % 11 === 0) await sleep(1);
        if (i % 13 === 0 && seen === 3) stop.abort();
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  };
  const serve = async (from: number, count: number): Promise<void> => {
    let next = from;
    const client = async (): Promise<void> => {
      while (next < from + count) await request(next++);
    };
    await Promise.all(Array.from({ length: 24 }, client));
  };

  await serve(0, 250); // every shape has been met, every cache is full, the heap has its size
  const before = await settledRss();
  await serve(250, 1000);
  const after = await settledRss();

  const { finished, running, queued, prefix, features } = engine.stats();
  expect({ finished, running, queued }).toEqual({ finished: 1250, running: 0, queued: 0 });
  expect(prefix.evictions).toBeGreaterThan(100);
  expect(features.evictions).toBeGreaterThan(100);
  expect(features.hits).toBeGreaterThan(features.misses);
  const memory = engine.memory();
  expect(memory.prefix).toBeLessThanOrEqual(8 * MIB);
  expect(memory.features).toBeLessThanOrEqual(MIB / 4);
  expect((after - before) / MIB).toBeLessThan(ALLOWED / MIB);
  process.stdout.write(`resident before ${(before / MIB).toFixed(1)} MiB, after ${(after / MIB).toFixed(1)} MiB\n`);
  await engine.dispose();
  await model.dispose();
});
