// Regions and masks through a whole model: prompts, cached decoding, training, saving; without a region not a bit changes.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../src/generate/mllm.js';
import type { TokenChoice } from '../src/generate/processors/row.js';
import { type ImagePart, image, Placement, region } from '../src/media/index.js';
import { open, openModel, saveModel } from '../src/model/index.js';
import { ferret, lisa, osprey, REGION_TOKEN, SEG_TOKEN } from '../src/networks/index.js';
import { defineRecipe, runRecipe, stage, type TrainedModel } from '../src/train/index.js';
import { loadSprites, makeTwins, renderScene, type Sprites, world } from '../src/world/index.js';

const TINY = 'models/sensorium-tiny';
let dir: string;
let sprites: Sprites;
let picture: ImagePart;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'regions-'));
  sprites = await loadSprites();
  picture = image({ width: 64, height: 64, data: renderScene(makeTwins(3), sprites) });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const adapters = [osprey({ layers: [0, -1], hidden: 32, shape: 8 }), ferret({ points: [32, 8, 2], neighbors: 4 })];

describe.each(adapters)('a model with $kind', (adapter) => {
  it('answers about regions, the same from its folder, and without one as the plain model, to the bit', async () => {
    const plain = Mllm.of(await openModel(TINY, { tokens: [REGION_TOKEN] }));
    const model = Mllm.of(await openModel(TINY, { adapters: [adapter], tokens: [REGION_TOKEN] }));
    const ask = (of: Mllm) => of.generate([picture, 'What is in the image?'], { maxTokens: 12, temperature: 0 });
    const [a, b] = [await ask(plain), await ask(model)];
    expect(b.text).toBe(a.text);
    expect(b.tokens.map(({ logProb }) => logProb)).toEqual(a.tokens.map(({ logProb }) => logProb));
    const rows = await Promise.all([plain, model].map((of) => of.encodeImages([picture.source as never])));
    expect(rows[1]?.data).toEqual(rows[0]?.data);

    const pointed = (box: [number, number, number, number]) =>
      model.encode([{ role: 'user', content: [{ ...picture }, region({ box }), { type: 'text', text: 'What is it?' }] }]);
    const [one, other] = [await pointed([0, 0, 0.5, 0.5]), await pointed([0.5, 0.5, 1, 1])];
    const token = model.tokenizer.tokenId(REGION_TOKEN.content) as number;
    const places = [...one.ids.keys()].filter((i) => one.ids[i] === token);
    expect(places.length).toBe(adapter.kind === 'osprey' ? 2 : 1);
    expect([...(one.media[0]?.at ?? [])].slice(64)).toEqual(places);
    expect(one.media[0]?.key).not.toBe(other.media[0]?.key);
    const reply = (of: Mllm) => of.generate([picture, region({ point: [0.3, 0.4] }), 'What is it?'], { maxTokens: 8, temperature: 0 });
    const first = await reply(model);
    expect(first.tokens.length).toBeGreaterThan(0);

    await saveModel(model.model, join(dir, adapter.kind));
    const again = await Mllm.load(join(dir, adapter.kind));
    expect((await reply(again)).tokens.map(({ logProb }) => logProb)).toEqual(first.tokens.map(({ logProb }) => logProb));
    await Promise.all([plain, model, again].map((of) => of.dispose()));
  });

  it('trains on pointed things: the loss falls', async () => {
    const recipe = defineRecipe({
      name: 'regions',
      model: open(TINY, { adapters: [adapter], tokens: [REGION_TOKEN] }),
      stages: [
        stage.instruct({
          train: ['adapters', 'connector', 'language'],
          data: world.regions({ scenes: 8, turns: 2 }),
          steps: 24,
          batch: 4,
          lr: 3e-3,
          maxLength: 192,
        }),
      ],
    });
    const { summaries, state } = await runRecipe(recipe, { dir: join(dir, `run-${adapter.kind}`) });
    const [{ loss }] = summaries as [(typeof summaries)[number]];
    expect(loss.last).toBeLessThan(0.8 * loss.first);
    expect([...(state as TrainedModel).touched].some(({ name }) => name.startsWith('adapters.0.'))).toBe(true);
  });
});

it('a model without a region encoder refuses regions', async () => {
  const model = await Mllm.load(TINY);
  await expect(model.generate([picture, region({ point: [0.5, 0.5] }), 'What is it?'])).rejects.toMatchObject({ code: 'text.messages' });
  await model.dispose();
});

describe('a model with lisa', () => {
  it('learns masks and gives those of its reply, of the size of the image', async () => {
    const recipe = defineRecipe({
      name: 'masks',
      model: open(TINY, { adapters: [lisa({ width: 16, layers: 1, heads: 2, blocks: 1 })], tokens: [SEG_TOKEN] }),
      stages: [stage.masks({ data: world.referring({ scenes: 4, place: { mask: SEG_TOKEN } }), steps: 24, batch: 4, lr: 5e-3 })],
    });
    const { summaries, state } = await runRecipe(recipe, { dir: join(dir, 'run-lisa') });
    const [{ loss }] = summaries as [(typeof summaries)[number]];
    expect(loss.last).toBeLessThan(0.5 * loss.first);
    const saved = join(dir, 'lisa');
    await (state as TrainedModel).save(saved);
    const [trained, again] = [Mllm.of((state as TrainedModel).trained()), await Mllm.load(saved)];
    const seg = trained.tokenizer.tokenId(SEG_TOKEN) as number;
    const messages = [{ role: 'user' as const, content: [{ ...picture }, { type: 'text' as const, text: 'Where is the dog?' }] }];
    const tokens = [20, seg, seg].map((id) => ({ id, logProb: 0 }) as TokenChoice);
    const masksOf = async (of: Mllm) => (await of.placesOf(messages, { text: '', tokens })).masks;
    const [a = [], b] = [await masksOf(trained), await masksOf(again)];
    expect(a).toHaveLength(2);
    expect(a[0]).toMatchObject({ width: 64, height: 64 });
    expect(b).toEqual(a);
    expect((await trained.placesOf(messages, { text: '[0.1,0.2,0.3,0.4]', tokens: [] })).masks).toEqual([]);
    await trained.dispose();
    await again.dispose();
  });

  it('a model without a mask head draws none', async () => {
    const model = await Mllm.load(TINY);
    const messages = [{ role: 'user' as const, content: 'x' }];
    expect(await model.placesOf(messages, { text: '[0.1,0.2,0.3,0.4]', tokens: [] })).toEqual({ boxes: [[0.1, 0.2, 0.3, 0.4]] });
    const { masks } = await model.generate([picture, 'What is it?'], { maxTokens: 2 });
    expect(masks).toBeUndefined();
    await model.dispose();
  });
});

it('boxes of replies are brought back to an image that was cropped', () => {
  const placed = Placement.of({ width: 128, height: 64 }).crop({ left: 32, top: 0, width: 64, height: 64 });
  expect(placed.boxBack([0, 0, 0.5, 1])).toEqual([0.25, 0, 0.5, 1]);
});
