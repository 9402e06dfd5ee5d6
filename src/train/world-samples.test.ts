// Scenes as conversations, and models of mllm(…) over them and over data of a user's own: what is drawn, held out, exchanged and saved.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Conversation, Dataset } from '../data/index.js';
import type { DrawnImage } from '../media/index.js';
import { openModel } from '../model/index.js';
import { clipVision, llama, mllm, mlp } from '../networks/index.js';
import { selectRuntime } from '../runtime/select.js';
import { mediaParts } from '../text/index.js';
import { Rng } from '../util/rng.js';
import { loadSprites, renderScene, world } from '../world/index.js';
import { assemble, clipOf, defineRecipe, fineTuneObjective, runRecipe, sceneConversations, stage, type TrainedModel } from './index.js';
import { worldTokenizer } from './world-tokenizer.js';

const dir = await mkdtemp(join(tmpdir(), 'sensorium-scenes-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const model = () =>
  mllm({
    vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1 }),
    connector: mlp({ shuffle: 2 }),
    language: llama({ width: 32, layers: 1, heads: 2 }),
  });
const built = (): Promise<TrainedModel> => assemble(model(), { seed: 0, tokenizer: worldTokenizer });
const objectiveOf = async (state: TrainedModel, options: object) =>
  fineTuneObjective({
    state,
    runtime: await selectRuntime(),
    dir,
    stage: { name: 'test', index: 0 },
    options: { train: ['connector', 'language'], batch: 2, seed: 0, data: world.captions({ scenes: 4, detail: 'short' }), ...options },
  });

describe('scenes', () => {
  it('are conversations whose image has the name of the scene and its pixels', async () => {
    const sprites = await loadSprites();
    const data = world.instructions({ scenes: 3 });
    const set = sceneConversations(data, { sprites, side: 64 });
    const sources: DrawnImage[] = [];
    for (const i of [0, 1, 0]) {
      const { messages } = await set.get(i);
      sources.push(mediaParts(messages)[0]?.source as DrawnImage);
    }
    const [first, second, again] = sources as [DrawnImage, DrawnImage, DrawnImage];
    expect(first.key).toBe(again.key);
    expect(first.key).not.toBe(second.key);
    expect(first.data).toEqual(renderScene(data.get(0).scene, sprites));
    await expect(sceneConversations(data, { sprites, side: 32, place: 'here' }).get(2)).rejects.toMatchObject({
      code: 'train.data',
      place: 'here: row 2',
    });
  });

  it('are drawn once while the tower is frozen, also for blind checks and in later epochs, and each time while it learns', async () => {
    for (const [train, drawn] of [
      [['connector', 'language'], 4],
      [['vision', 'connector', 'language'], 10],
    ] as const) {
      const state = await built();
      const process = vi.spyOn(clipOf(state, 'test').processor, 'process');
      const objective = await objectiveOf(state, { train });
      const batches = [];
      for (const index of [0, 1, 2, 3]) batches.push(await objective.batch(index));
      const [first, second] = batches as [(typeof batches)[number], (typeof batches)[number]];
      const blind = await objective.blind?.(first);
      expect(process).toHaveBeenCalledTimes(drawn);
      const key = train.length === 2 ? 'media0.tokens' : 'media0.pixels';
      expect(blind?.feeds[key]?.data).not.toEqual(first.feeds[key]?.data);
      expect(batches[2]?.feeds).toEqual(first.feeds);
      expect(second.rows).toEqual([2, 3]);
      objective.dispose?.();
    }
  });

  it('may be held out', async () => {
    const recipe = defineRecipe({
      model: model(),
      stages: [stage.pretrain({ data: world.captions({ scenes: 12, detail: 'short' }), batch: 4, steps: 4, holdout: 4, evalEvery: 2 })],
    });
    const { summaries } = await runRecipe(recipe, { dir: join(dir, 'held') });
    expect(summaries[0]?.heldOut?.last).toBeLessThan(summaries[0]?.heldOut?.first as number);
  });
});

describe('a model of mllm(…)', () => {
  /** Conversations over `images[i]` pictures each. */
  const pictures = (images: readonly number[]): Dataset<Conversation> => ({
    length: images.length,
    describe: { images },
    get: async (row) => ({
      id: String(row),
      at: { file: 'memory', row },
      messages: [
        {
          role: 'user',
          content: [
            ...Array.from({ length: images[row] as number }, (_, k) => {
              const rng = new Rng(row).fork('image', k);
              const data = Uint8Array.from({ length: 40 * 30 * 3 }, () => rng.int(256));
              return { type: 'image' as const, source: { width: 40, height: 30, data } };
            }),
            { type: 'text', text: 'How many images are there?' },
          ],
        },
        { role: 'assistant', content: String(images[row]) },
      ],
    }),
  });

  it('trains on conversations of no, one and several images, in one batch, and is saved as it was trained', async () => {
    const data = pictures([0, 1, 3, 2]);
    const objective = await objectiveOf(await built(), { data, batch: 4 });
    const { feeds, items } = await objective.batch(0);
    expect(items).toBe(4);
    expect(feeds['media0.tokens']?.shape[0]).toBe(6);
    objective.dispose?.();

    const recipe = defineRecipe({ model: model(), stages: [stage.instruct({ data, batch: 4, steps: 60, lr: 1e-2, blindEvery: 0 })] });
    const { state, summaries } = await runRecipe(recipe, { dir: join(dir, 'images') });
    expect(summaries[0]?.loss.last).toBeLessThan((summaries[0]?.loss.first as number) / 10);
    const folder = join(dir, 'model');
    await (state as TrainedModel).save(folder);
    const saved = await openModel(folder);
    const { messages } = await data.get(2);
    const [ours, theirs] = [await (state as TrainedModel).model.processor.encode(messages), await saved.processor.encode(messages)];
    expect(theirs.ids).toEqual(ours.ids);
    expect(theirs.weights).toEqual(ours.weights);
    for (const p of saved.network.parameters())
      expect(saved.values.get(p)?.data).toEqual((state as TrainedModel).values.get((state as TrainedModel).byName(p.name) as never)?.data);
  });
});
