// Preference learning: a model that learns what was chosen, and reference log-probabilities that a resume has again.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversations } from '../../data/index.js';
import { lora, open } from '../../models.js';
import type { RunEvent } from '../events.js';
import { defineRecipe } from '../recipe.js';
import { runRecipe } from '../run.js';
import { stage } from '../stages.js';

describe('a stage of preferences', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-dpo-'));
    const row = (i: number): object => ({
      messages: [
        { role: 'user', content: `number ${i}` },
        { role: 'assistant', content: 'a cat' },
      ],
      rejected_response: 'a dog',
    });
    await writeFile(join(dir, 'pairs.jsonl'), Array.from({ length: 6 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const train = async (
    name: string,
    o: { stopAfter?: number; resume?: boolean; steps?: number; scores?: string } = {},
  ): Promise<RunEvent[]> => {
    const model = open(resolve('test/golden/families/llava/clip'), { adapters: [lora({ rank: 4, targets: ['q_proj', 'v_proj'] })] });
    const data = conversations(join(dir, 'pairs.jsonl'));
    const recipe = defineRecipe({
      model,
      stages: [
        stage.dpo({
          data,
          batch: 3,
          steps: o.steps ?? 8,
          scores: o.scores ?? '',
          lr: 0.02,
          shuffle: true,
          logEvery: 1,
          checkpointEvery: 2,
        }),
      ],
    });
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

  it('begins at ln 2 and prefers what was chosen', async () => {
    const whole = losses(await train('whole'));
    expect(whole[0]).toBeCloseTo(Math.LN2, 5);
    expect(whole.at(-1)).toBeLessThan(0.55);
  });

  it('resumes with the reference of the beginning, not of the checkpoint', async () => {
    const whole = losses(await train('once'));
    await train('twice', { stopAfter: 4 });
    expect(losses(await train('twice', { resume: true })).slice(-4)).toEqual(whole.slice(-4));
  });

  const scoresIn = async (folder: string): Promise<string[]> => {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
    expect(files).toHaveLength(1);
    return (await readFile(join(folder, files[0] as string), 'utf8')).trim().split('\n');
  };

  it('scores each row once, and the next run takes the scores', async () => {
    const scores = join(dir, 'scores');
    const first = losses(await train('first', { scores }));
    const lines = await scoresIn(scores);
    expect(lines).toHaveLength(6);
    expect(losses(await train('next', { scores }))).toEqual(first);
    expect(await scoresIn(scores)).toEqual(lines);
    // Another number in the file is another loss: it is what is read.
    const [name] = (await readdir(scores)).filter((file) => file.endsWith('.jsonl'));
    const changed = lines.map((line) => ({ ...JSON.parse(line), scores: [-1, -2] }));
    await writeFile(join(scores, name as string), changed.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(losses(await train('changed', { scores }))[0]).not.toBeCloseTo(Math.LN2, 3);
  });

  it('scores rows that a longer run adds by the values of the beginning', async () => {
    const whole = losses(await train('long'));
    await train('short', { steps: 1 });
    expect(await scoresIn(join(dir, 'short/cache/dpo/reference'))).toHaveLength(3);
    const more = losses(await train('short', { resume: true }));
    expect(await scoresIn(join(dir, 'short/cache/dpo/reference'))).toHaveLength(6);
    expect(more[0]).toBeDefined();
    expect(whole).toHaveLength(8);
  });
});
