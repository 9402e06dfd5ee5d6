// Dropout of adapters in training: masks change with the step, a resumed run draws the same ones, held-out losses are without it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversations } from '../data/index.js';
import { lora, open } from '../models.js';
import type { RunEvent } from './events.js';
import { defineRecipe } from './recipe.js';
import { runRecipe } from './run.js';
import { stage } from './stages.js';

describe('dropout of adapters', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-dropout-'));
    const row = (i: number): object => ({
      messages: [
        { role: 'user', content: `number ${i}` },
        { role: 'assistant', content: i % 2 ? 'a cat' : 'a red dog' },
      ],
    });
    await writeFile(join(dir, 'rows.jsonl'), Array.from({ length: 8 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const train = async (name: string, dropout: number, o: { stopAfter?: number; resume?: boolean } = {}): Promise<RunEvent[]> => {
    const model = open(resolve('test/golden/families/llava/clip'), {
      adapters: [lora({ rank: 4, targets: ['q_proj', 'v_proj'], dropout })],
    });
    const options = {
      train: ['adapters'],
      batch: 2,
      steps: 6,
      lr: 0.02,
      shuffle: true,
      holdout: 2,
      evalEvery: 2,
      logEvery: 1,
      checkpointEvery: 2,
    };
    const recipe = defineRecipe({ model, stages: [stage.instruct({ data: conversations(join(dir, 'rows.jsonl')), ...options })] });
    const events: RunEvent[] = [];
    const stop = new AbortController();
    const running = runRecipe(recipe, {
      dir: join(dir, name),
      resume: o.resume,
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.type === 'step' && event.step === o.stopAfter) stop.abort();
      },
    });
    await (o.stopAfter === undefined ? running : running.catch(() => undefined));
    return events;
  };
  const losses = (events: readonly RunEvent[]): number[] => events.flatMap((e) => (e.type === 'step' ? [e.loss] : []));
  const held = (events: readonly RunEvent[]): number[] => events.flatMap((e) => (e.type === 'held-out' ? [e.loss] : []));

  it('acts on steps and not on held-out rows, and a resumed run is the same', async () => {
    const [plain, dropped] = [await train('plain', 0), await train('dropped', 0.4)];
    // B is zero at first, so the first losses are equal whatever is left out of A's inputs.
    expect(losses(dropped)[0]).toBe(losses(plain)[0]);
    expect(held(dropped)[0]).toBe(held(plain)[0]);
    expect(losses(dropped).slice(1)).not.toEqual(losses(plain).slice(1));
    await train('cut', 0.4, { stopAfter: 4 });
    const rest = losses(await train('cut', 0.4, { resume: true }));
    expect(rest.length).toBeGreaterThan(0);
    expect(rest).toEqual(losses(dropped).slice(-rest.length));
  });
});
