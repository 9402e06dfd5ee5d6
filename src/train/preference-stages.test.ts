// Stages of preferences over scenes and models that a recipe builds: behind other stages, stopped and resumed, on data that they make, with numbers
// that are not finite.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clipVision, llama, mllm, mlp } from '../networks/index.js';
import { loadSprites, world } from '../world/index.js';
import { preferenceSamples } from './conversation-samples.js';
import { defineRecipe, type LoggedEvent, type MadeData, type Recipe, runRecipe, stage } from './index.js';
import { sceneConversations } from './world-samples.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-preference-stages-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const small = () =>
  mllm({
    vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1 }),
    connector: mlp(),
    language: llama({ width: 32, layers: 1, heads: 2 }),
  });
const scenes = world.preferences({ scenes: 6, detail: 'short', seed: 2 });
const common = { train: ['connector', 'language'], data: scenes, batch: 3, steps: 6, lr: 5e-3, logEvery: 1, checkpointEvery: 2 };

async function train(name: string, stages: Recipe['stages'], o: { stopAt?: number; resume?: boolean } = {}) {
  const events: LoggedEvent[] = [];
  const stop = new AbortController();
  const onEvent = (event: LoggedEvent): void => {
    events.push(event);
    if (event.type === 'step' && event.stage === 'dpo' && event.step === o.stopAt) stop.abort();
  };
  const running = runRecipe(defineRecipe({ model: small(), stages }), {
    dir: join(dir, name),
    resume: o.resume,
    onEvent,
    signal: stop.signal,
  });
  const error = await running.then(
    () => undefined,
    (e: { code?: string; place?: string }) => e,
  );
  const losses = events.flatMap((event) => (event.type === 'step' && event.stage === 'dpo' ? [event.loss] : []));
  return { losses, error, events };
}

describe('preferences over scenes', () => {
  it('train a model that a recipe builds, behind another stage, and resume to the bit', async () => {
    const stages = () => [
      stage.pretrain({ data: world.captions({ scenes: 4, detail: 'short' }), batch: 4, steps: 1 }),
      stage.dpo({ ...common, loss: 'dense' }),
    ];
    const whole = await train('whole', stages());
    expect(whole.error).toBeUndefined();
    expect(whole.losses[0]).toBeCloseTo(Math.LN2, 5);
    expect(whole.losses).toHaveLength(6);
    expect(whole.losses.at(-1)).toBeLessThan(Math.LN2);
    await train('stopped', stages(), { stopAt: 3 });
    const resumed = await train('stopped', stages(), { resume: true });
    expect(resumed.error).toBeUndefined();
    expect(resumed.losses).toEqual(whole.losses.slice(3));
  });

  it('of kto, too', async () => {
    const judged: MadeData = {
      async make() {
        const pairs = sceneConversations(scenes, { sprites: await loadSprites() });
        return { ...pairs, get: async (i) => ({ ...(await pairs.get(i)), extra: { label: i % 2 === 0 } }) };
      },
    };
    const { events, error } = await train('kto', [stage.kto({ ...common, name: 'dpo', data: judged })]);
    expect(error).toBeUndefined();
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(6);
  });

  it('are on data that the stage makes of its model, once', async () => {
    let made = 0;
    const data: MadeData = {
      async make({ model, planning }) {
        expect(model.values.size).toBeGreaterThan(0);
        expect(planning).toBe(false);
        made++;
        return sceneConversations(scenes, { sprites: await loadSprites() });
      },
    };
    const { error } = await train('made', [stage.dpo({ ...common, data })]);
    expect(error).toBeUndefined();
    expect(made).toBe(1);
  });

  it('stop at numbers that are not finite, with the rows, and leave their batches out when asked to', async () => {
    const scores = join(dir, 'scores');
    await train('finite', [stage.dpo({ ...common, scores })]);
    const [file] = (await readdir(scores)).filter((name) => name.endsWith('.jsonl'));
    const path = join(scores, file as string);
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    // The fourth row, in the second batch, has a score beyond what float32 holds.
    lines[3] = lines[3]?.replace(/"scores":\[.*\]/, '"scores":[1e39,-1e39]') as string;
    await writeFile(path, `${lines.join('\n')}\n`);
    const stopped = await train('infinite', [stage.dpo({ ...common, scores })]);
    expect(stopped.error).toMatchObject({ code: 'train.nonfinite', place: expect.stringMatching(/batch 1 .*rows 3, 4, 5/) });
    const left = await train('infinite', [stage.dpo({ ...common, scores, skipBatch: true })], { resume: true });
    expect(left.error).toBeUndefined();
    expect(left.losses.every((loss) => Number.isFinite(loss))).toBe(true);
  });
});

describe('dense preferences', () => {
  it('weigh the tokens that the other reply does not have', async () => {
    const ids = { a: [1, 2, 3, 4, 5], b: [1, 2, 9, 4, 5] };
    const processor = {
      encode: async (messages: readonly { content: unknown }[]) => {
        const own = messages.at(-1)?.content === 'one' ? ids.a : ids.b;
        return { ids: Int32Array.from(own), weights: Float32Array.from([0, 1, 1, 1, 1]), media: [], dropped: 0, unended: 0 };
      },
    };
    const row = {
      ...{ id: '0', at: { file: 'f', row: 0 }, extra: { rejected: 'two' } },
      messages: [
        { role: 'user' as const, content: 'q' },
        { role: 'assistant' as const, content: 'one' },
      ],
    };
    const data = { length: 1, describe: {}, get: async () => row };
    const { sequences } = await preferenceSamples(data, processor as never, { gamma: 5 })(0);
    expect(sequences.map(({ weights }) => [...(weights ?? [])])).toEqual([
      [0, 1, 5, 1, 1],
      [0, 1, 5, 1, 1],
    ]);
    const plain = await preferenceSamples(data, processor as never)(0);
    expect(plain.sequences.map(({ weights }) => [...(weights ?? [])])).toEqual([
      [0, 1, 1, 1, 1],
      [0, 1, 1, 1, 1],
    ]);
  });
});
