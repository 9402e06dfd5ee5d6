// Words and codes in one vocabulary: what becomes of a conversation, that an image reads the same given as written, that codes are written only where an image was
// begun, and the stages that train both halves.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Mllm, ReplyImages } from '../generate/index.js';
import type { RgbImage } from '../media/index.js';
import { IMAGE_BEGIN, openModel, type Sequence, unifyModel } from '../model/index.js';
import { attributeMoe, type UnifiedNetwork, VqVae, vqVaeConfig } from '../networks/index.js';
import { saveFolder } from '../weights/index.js';
import { defineRecipe, OpenedState, runRecipe, stage } from './index.js';
import { withCodes } from './unified-stage.js';
import { codebookOf, VqState } from './vq-stage.js';

const config = vqVaeConfig.parse({
  image_size: 16,
  strides: [8],
  channels: [8],
  num_res_layers: 1,
  res_channels: 4,
  num_embeddings: 12,
  embedding_dim: 4,
});
const vq = new VqVae(config).nameParameters();
const image = (k: number): RgbImage => ({
  width: 16,
  height: 16,
  data: Uint8Array.from({ length: 768 }, (_, i) => ((i >> 3) * 37 + k * 91) % 256),
});
const part = (k: number) => ({ type: 'image' as const, source: image(k) });
const row = (k: number) => ({
  id: String(k),
  at: { file: 'rows', row: k },
  messages: [
    { role: 'user' as const, content: [part(k)] },
    { role: 'assistant' as const, content: k % 2 ? 'a cup' : [part(k + 1)] },
  ],
});
const data = { length: 8, describe: { rows: 8 }, get: async (k: number) => row(k) };

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'unified-'));
  const state = new VqState(vq, { seed: 1 });
  await saveFolder(join(dir, 'vq'), { config, weights: state.record() });
  await unifyModel(join(dir, 'model'), { language: 'models/world-llama', images: join(dir, 'vq'), positions: 320, seed: 2 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('codes of replies are in the loss, those of questions are read alone', () => {
  const sequence: Sequence = {
    ids: Int32Array.from([1, 7, 5, 5, 8, 2, 7, 5, 5, 8, 3]),
    weights: Float32Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    media: [
      { key: 'a', at: Int32Array.from([2, 3]), feeds: () => ({}) },
      { key: 'b', at: Int32Array.from([7, 8]), feeds: () => ({}) },
    ],
  };
  const { ids, weights, media } = withCodes(
    sequence,
    [
      [0, 3],
      [2, 1],
    ],
    { first: 100, learnt: [false, true], weight: 0.5 },
  );
  expect([...ids]).toEqual([1, 7, 100, 103, 8, 2, 7, 102, 101, 8, 3]);
  expect([...(weights ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 1, 0.5, 0.5, 0.5, 1]);
  expect(media).toEqual([]);
  expect([...sequence.ids]).toEqual([1, 7, 5, 5, 8, 2, 7, 5, 5, 8, 3]);
});

describe('a model over both', () => {
  test('an image that is given reads as one that was written, with experts and without; experts begin as the plain model', async () => {
    const all: Float32Array[] = [];
    for (const adapters of [[], [attributeMoe({ every: 2 })]]) {
      // Copies of trained layers are made where a state is: as in training.
      const state = new OpenedState(await openModel(join(dir, 'model'), { adapters, seed: 3 }), { seed: 3 });
      const model = Mllm.of(state.trained());
      const network = model.model.network as UnifiedNetwork;
      const prompt = await model.encode([{ role: 'user', content: [part(1), part(2)] }]);
      const rows = await model.encodeImages([image(1), image(2)]);
      const table = state.value(network.language_model.model.embed_tokens.weight).data;
      const first = network.config.first_code_index;
      const width = network.language_model.width;
      const codes = prompt.media.flatMap(({ at }, i) =>
        [...at].map((_, k) => {
          const own = rows.data.subarray((i * 4 + k) * width, (i * 4 + k + 1) * width);
          const found = Array.from({ length: 12 }, (__, c) => c).filter((c) => own.every((v, d) => v === table[(first + c) * width + d]));
          expect(found.length).toBe(1);
          return found[0] as number;
        }),
      );
      const written = withCodes(prompt, [codes.slice(0, 4), codes.slice(4)], { first, learnt: [], weight: 1 });
      const policy = await model.policy();
      const weights = new Float32Array(prompt.ids.length).fill(1);
      const read = async (sequence: Sequence): Promise<Float32Array> => {
        for await (const { logits, count } of policy.read([{ ...sequence, weights }])) return logits.at(count - 1).slice();
        throw new Error('nothing was read');
      };
      const given = await read(prompt);
      expect(await read({ ids: written.ids, media: [] })).toEqual(given);
      all.push(given);
      await model.dispose();
    }
    const [plain, experts] = all as [Float32Array, Float32Array];
    for (const [i, v] of plain.entries()) expect(experts[i]).toBeCloseTo(v, 4);
  });

  test('text holds no code and no placeholder, however it is sampled; an image is codes behind its beginning, decoded, the same for the same seed', async () => {
    const model = await Mllm.load(join(dir, 'model'));
    const network = model.model.network as UnifiedNetwork;
    const { first_code_index: first, image_token_index: place, image_begin_index: begin } = network.config;
    expect(model.tokenizer.tokenId(IMAGE_BEGIN)).toBe(begin);
    let begun = 0;
    for (let seed = 0; seed < 2; seed++)
      for await (const { id } of model.continueIds([5, 6, 7], { temperature: 50, seed, maxTokens: 200, endIds: [], suppressTokens: [9] })) {
        expect(id < first && id !== place && id !== 9).toBe(true);
        if (id === begin) begun++;
      }
    expect(begun).toBeLessThan(20);
    const images = (await ReplyImages.open(model.model)) as ReplyImages;
    const prompt = await model.encode([{ role: 'user', content: [part(1)] }]);
    expect(await images.draw({ prompt, reply: [20, 21] }, model.programs)).toEqual([]);
    const drawn = await images.draw({ prompt, reply: [20, begin] }, model.programs);
    expect(drawn.map(({ width, height }) => [width, height])).toEqual([[16, 16]]);
    expect(await images.draw({ prompt, reply: [20, begin] }, model.programs)).toEqual(drawn);
    const sampled = (seed: number) => images.draw({ prompt, reply: [begin] }, model.programs, { temperature: 50, seed });
    expect(await sampled(1)).toEqual(await sampled(1));
    expect(await sampled(1)).not.toEqual(await sampled(2));
    const long = { prompt, reply: [...new Array<number>(320 - prompt.ids.length - 3).fill(20), begin] };
    await expect(images.draw(long, model.programs)).rejects.toMatchObject({ code: 'generate.context' });
    await images.dispose();
    await model.dispose();
  });

  test('the beginning of an image ends a reply, which then has the image, and its text has no token of it', async () => {
    const model = await Mllm.load(join(dir, 'model'));
    const begin = (model.model.network as UnifiedNetwork).config.image_begin_index;
    const reply = await model.reply({ messages: [{ role: 'user', content: [part(1)] }], logitBias: { [begin]: 1e6 }, maxTokens: 5 });
    expect(reply.images?.length).toBe(1);
    expect(reply.text).toBe('');
    const spoken = await model.reply({ messages: [{ role: 'user', content: [part(1)] }], suppressTokens: [begin], maxTokens: 5 });
    expect(spoken.images).toEqual([]);
    await model.dispose();
  });
});

describe('the stages', () => {
  const run = async (recipe: Parameters<typeof runRecipe>[0], name: string) => runRecipe(recipe, { dir: join(dir, name) });

  test('a tokenizer learns with and without its codebook, which begins as centers of vectors', async () => {
    const plain = await run(
      defineRecipe({
        name: 'vectors',
        seed: 0,
        model: vq,
        state: async ({ seed }) => new VqState(vq, { seed }),
        describe: {},
        stages: [stage.vq({ data, batch: 4, steps: 6, lr: 3e-3, quantized: false, blindEvery: 0 })],
      }),
      'vectors',
    );
    const state = plain.state as VqState;
    const codebook = await codebookOf(state, [0, 1, 2, 3, 4, 5].map(image));
    expect(codebook.shape).toEqual([12, 4]);
    for (let c = 0; c < 12; c++) expect(Math.hypot(...codebook.data.subarray(4 * c, 4 * c + 4))).toBeCloseTo(1, 5);
    expect(await codebookOf(state, [0, 1, 2, 3, 4, 5].map(image))).toEqual(codebook);
    await expect(codebookOf(state, [image(0), image(1)])).rejects.toMatchObject({ code: 'train.data' });
    const values = { ...state.record(), 'embedding.weight': codebook };
    const codes = await run(
      defineRecipe({
        name: 'codes',
        seed: 0,
        model: vq,
        state: async ({ seed }) => new VqState(vq, { seed, values }),
        describe: {},
        stages: [stage.vq({ data, batch: 4, steps: 12, lr: 3e-3, blindEvery: 0 })],
      }),
      'codes',
    );
    const [{ loss }] = codes.summaries as [(typeof codes.summaries)[number]];
    expect(loss.last).toBeLessThan(loss.first);
  });

  const unified = (over: Record<string, unknown> = {}) =>
    defineRecipe({
      name: 'unified',
      seed: 0,
      state: async ({ seed }) =>
        new OpenedState(await openModel(join(dir, 'model'), { adapters: [attributeMoe({ every: 4 })], seed }), { seed }),
      describe: {},
      stages: [stage.unified({ data, batch: 4, steps: 12, lr: 3e-3, codeWeight: 0.5, blindEvery: 0, ...over })],
    });

  test('the decoder learns words and codes, and the tokenizer of images stays as it is', async () => {
    const { state, summaries } = await run(unified(), 'unified');
    const [{ loss }] = summaries as [(typeof summaries)[number]];
    expect(loss.last).toBeLessThan(loss.first);
    const opened = await openModel(join(dir, 'model'));
    for (const [p, value] of opened.values)
      if (p.name.startsWith('image_tokenizer.'))
        expect((state as OpenedState).value((state as OpenedState).byName(p.name) as never).data).toEqual(value.data);
  });

  test('what cannot be trained is refused', async () => {
    await expect(run(unified({ train: ['vision'] }), 'wrong')).rejects.toMatchObject({ code: 'train.option' });
    expect(() => unified({ codeWeight: -1 })).toThrow(expect.objectContaining({ code: 'train.option' }));
    const other = defineRecipe({
      name: 'other',
      state: async ({ seed }) => new OpenedState(await openModel('models/world-llama'), { seed }),
      describe: {},
      stages: [stage.unified({ data, steps: 1 })],
    });
    await expect(run(other, 'other')).rejects.toMatchObject({ code: 'train.recipe' });
    const moe = defineRecipe({
      name: 'moe',
      state: async ({ seed }) => new OpenedState(await openModel('models/world-llama', { adapters: [attributeMoe()], seed }), { seed }),
      describe: {},
      stages: [
        stage.instruct({
          train: ['adapters'],
          data: {
            ...data,
            get: async (k: number) => ({
              ...row(k),
              messages: [
                { role: 'user' as const, content: 'a' },
                { role: 'assistant' as const, content: 'b' },
              ],
            }),
          },
          steps: 1,
        }),
      ],
    });
    await expect(run(moe, 'moe')).rejects.toMatchObject({ code: 'model.extension' });
    await expect(unifyModel(join(dir, 'no'), { language: 'models/world-llama', images: 'models/world-clip' })).rejects.toMatchObject({
      code: 'model.architecture',
    });
  });
});
