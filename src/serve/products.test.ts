// What goes into images and comes out beside words, over sockets: regions by every shape, boxes, masks and drawn images; and what is refused.

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageGenerator, Mllm, ReplyImages } from '../generate/index.js';
import { readDataUrl } from '../media/data-url.js';
import { encodePng, image, type Mask, maskFromRuns, maskToRuns, region } from '../media/index.js';
import { openModel } from '../model/index.js';
import { ferret, generatorConfig, latents, lisa, REGION_TOKEN, SEG_TOKEN, SensoriumGenerator } from '../networks/index.js';
import type { ContentPart } from '../text/index.js';
import { ModelState } from '../train/state.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine, pictureUrl } from './testing.js';

const TINY = 'models/sensorium-tiny';
// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
type Json = any;

const checker: Mask = { width: 6, height: 4, data: Uint8Array.from({ length: 24 }, (_, i) => (i % 6 < 3 && i < 18 ? 1 : 0)) };
const urlOf = async ({ width, height, data }: Mask): Promise<string> => {
  const pixels = Uint8Array.from({ length: 3 * data.length }, (_, i) => 255 * (data[Math.floor(i / 3)] as number));
  return `data:image/png;base64,${Buffer.from(await encodePng({ width, height, data: pixels })).toString('base64')}`;
};

it('masks are runs and back, and runs that do not fill a mask are refused', () => {
  expect(maskToRuns(checker)).toEqual({ size: [4, 6], counts: [0, 3, 1, 3, 1, 3, 13] });
  expect(maskFromRuns(maskToRuns(checker))).toEqual(checker);
  const all = { width: 2, height: 1, data: Uint8Array.of(1, 1) };
  expect(maskFromRuns(maskToRuns(all))).toEqual(all);
  for (const counts of [[23], [25], [-1, 25], [0.5, 23.5]])
    expect(() => maskFromRuns({ size: [4, 6], counts })).toThrow(expect.objectContaining({ code: 'media.region' }));
});

describe('a model that takes regions and means masks', () => {
  let model: Mllm;
  let engine: ModelEngine;
  let server: RunningServer;
  let client: OpenAI;
  let seg: number;
  let picture: string;
  beforeAll(async () => {
    const adapters = [ferret({ points: [32, 8, 2], neighbors: 4 }), lisa({ width: 16, layers: 1, heads: 2, blocks: 1 })];
    model = Mllm.of(await openModel(TINY, { adapters, tokens: [REGION_TOKEN, SEG_TOKEN], seed: 3 }));
    engine = await ModelEngine.create(model, { slots: 2 });
    server = await serve({ engine, model: 'tiny', port: 0 });
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
    seg = model.tokenizer.tokenId(SEG_TOKEN) as number;
    picture = await pictureUrl([200, 30, 30], 48, 32);
  });
  afterAll(async () => {
    await server.close({ drainMs: 0 });
    await engine.dispose();
    await model.dispose();
  });

  const content = (...parts: object[]): object[] => [
    { type: 'image_url', image_url: { url: picture } },
    ...parts,
    { type: 'text', text: 'What is it?' },
  ];
  const create = async (more: object, parts: object[] = []): Promise<Json> =>
    client.chat.completions.create({
      ...{
        model: 'tiny',
        temperature: 0,
        max_tokens: 6,
        logprobs: true,
        messages: [{ role: 'user', content: content(...parts) }],
        ...more,
      },
    } as never);
  const logprobsOf = ({ choices }: Json): number[] => choices[0].logprobs.content.map((token: { logprob: number }) => token.logprob);
  const own = async (shape: Parameters<typeof region>[0]): Promise<number[]> => {
    const { bytes } = readDataUrl(picture);
    const reply = await model.generate([image(bytes), region(shape), 'What is it?'], { maxTokens: 6, temperature: 0 });
    return reply.tokens.map(({ logProb }) => logProb);
  };

  it('answers about each shape what the library answers, as a part or beside the messages', async () => {
    const box = [0.1, 0.2, 0.5, 0.9] as const;
    const shapes = [{ box }, { point: [0.3, 0.4] }, { scribble: [[0.1, 0.1], [0.9, 0.2]] }] as const; // biome-ignore format: shapes
    for (const shape of shapes) expect(logprobsOf(await create({ sensorium: { regions: [shape] } }))).toEqual(await own(shape as never));
    expect(logprobsOf(await create({}, [{ type: 'region', box }]))).toEqual(await own({ box }));
    const masked = await own({ mask: checker });
    for (const mask of [await urlOf(checker), maskToRuns(checker)])
      expect(logprobsOf(await create({ sensorium: { regions: [{ mask }] } }))).toEqual(masked);
    expect(masked).not.toEqual(await own({ box }));
  });

  it('gives boxes and masks of its reply, whole and streamed', async () => {
    const forced = { max_tokens: 2, logit_bias: { [seg]: 100 }, ignore_eos: true };
    const { message } = (await create({ ...forced, sensorium: { places: 'rle' } })).choices[0];
    expect(message.sensorium.masks).toHaveLength(2);
    expect(message.sensorium).toMatchObject({ boxes: [], masks: [{ size: [32, 48] }, { size: [32, 48] }] });
    const masks = message.sensorium.masks.map((runs: never) => maskFromRuns(runs));
    const { bytes } = readDataUrl(picture);
    const tokens = [seg, seg].map((id) => ({ id, logProb: 0 }));
    const asked = [{ role: 'user' as const, content: [{ ...image(bytes) }, { type: 'text' as const, text: 'What is it?' }] }];
    expect(masks).toEqual((await model.placesOf(asked, { text: '', tokens })).masks);
    const png = (await create({ ...forced, sensorium: { places: 'png' } })).choices[0].message.sensorium.masks;
    expect(png).toEqual(await Promise.all(masks.map(urlOf)));
    const chunks: Json[] = [];
    for await (const chunk of await create({ ...forced, stream: true, sensorium: { places: 'rle' } })) chunks.push(chunk);
    expect(chunks.flatMap(({ sensorium }) => sensorium ?? [])).toEqual([{ index: 0, ...message.sensorium }]);
    expect((await create(forced)).choices[0].message).not.toHaveProperty('sensorium');
  });

  it('says what it takes, and refuses regions that are none', async () => {
    expect(((await client.models.list()).data as Json[])[0].capabilities).toMatchObject({ regions: true, masks: true });
    const refused = async (one: object, code: string, param: string): Promise<void> =>
      expect(create({ sensorium: { regions: [one] } })).rejects.toMatchObject({ status: 400, code, param });
    await refused({}, 'missing_required_parameter', 'sensorium.regions[0]');
    await refused({ point: [0.5, 0.5], box: [0, 0, 1, 1] }, 'invalid_value', 'sensorium.regions[0]');
    await refused({ box: [0.9, 0, 0.1, 1] }, 'invalid_value', 'sensorium.regions[0]');
    await refused({ box: [0, 0, 40, 40] }, 'invalid_value', 'sensorium.regions[0].box[2]');
    await refused({ mask: 'hello' }, 'invalid_value', 'sensorium.regions[0].mask');
    const invalid = { status: 400, code: 'invalid_value' };
    await expect(create({ sensorium: { regions: [{ mask: { size: [4, 4], counts: [3] } }] } })).rejects.toMatchObject(invalid);
    await expect(create({ sensorium: { regions: [{ mask: { size: [4, 4], counts: [16] } }] } })).rejects.toMatchObject(invalid);
    await expect(create({ sensorium: { regions: [{ point: [0.5, 0.5], image: 3 }] } })).rejects.toMatchObject(invalid);
    const bomb = { mask: { size: [16_384, 16_384], counts: [0, 16_384 * 16_384] } };
    await expect(create({ sensorium: { regions: [bomb] } })).rejects.toMatchObject({ status: 400, code: 'image_too_large' });
  });
});

describe('a model that draws', () => {
  let model: Mllm;
  let engine: ModelEngine;
  let server: RunningServer;
  let client: OpenAI;
  beforeAll(async () => {
    model = Mllm.of(await openModel(TINY, { tokens: ['<img>', '</img>'], adapters: [latents({ rows: 3 })], seed: 2 }));
    const config = { image_size: 8, patch_size: 4, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2 };
    const network = new SensoriumGenerator(generatorConfig.parse({ ...config, condition_length: 3, condition_size: 128 })).nameParameters();
    const values = new ModelState(network.parameters(), { seed: 1 }).values;
    model.images = ReplyImages.of(model.model, ImageGenerator.of(network, { values }));
    engine = await ModelEngine.create(model, { slots: 2 });
    server = await serve({ engine, model: 'painter', port: 0 });
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(async () => {
    await server.close({ drainMs: 0 });
    await engine.dispose();
    await model.dispose();
  });

  it('gives its images, whole and streamed, the same for a seed, and none where only text is asked for', async () => {
    const begin = model.tokenizer.tokenId('<img>') as number;
    const create = async (more: object = {}): Promise<Json> =>
      client.chat.completions.create({
        ...{ model: 'painter', messages: [{ role: 'user', content: 'Draw a red dog.' }], temperature: 0, max_tokens: 4, seed: 5 },
        ...{ logit_bias: { [begin]: 100 }, ...more },
      } as never);
    const { message, finish_reason } = (await create()).choices[0];
    expect([message.content, finish_reason]).toEqual(['', 'stop']);
    expect(message.images).toEqual([
      { index: 0, type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,/) } },
    ]);
    const direct = await model.draw([{ role: 'user', content: 'Draw a red dog.' }], [{ id: begin, logProb: 0 }], { draw: { seed: 5 } });
    const png = `data:image/png;base64,${Buffer.from(await encodePng(direct[0] as never)).toString('base64')}`;
    expect(message.images[0].image_url.url).toBe(png);
    const chunks: Json[] = [];
    for await (const chunk of await create({ stream: true, modalities: ['text', 'image'] })) chunks.push(chunk);
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta.images ?? [])).toEqual(message.images);
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop');
    const silent = (await create({ modalities: ['text'] })).choices[0].message;
    expect([silent.content, silent.images]).toEqual(['', undefined]);
    expect(((await client.models.list()).data as Json[])[0].output_modalities).toEqual(['text', 'image']);
  });
});

describe('models that do neither', () => {
  it('refuse regions, masks and pictures by name; parts reach engines in their places', async () => {
    const blind = new FakeEngine({ abilities: { images: false } });
    const [server, other] = [await serve({ engine: blind, model: 'x', port: 0 }), new FakeEngine({ abilities: { regions: true } })];
    const pointed = await serve({ engine: other, model: 'x', port: 0 });
    const post = async (to: RunningServer, body: object): Promise<Json> =>
      (
        await fetch(`${to.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'x', messages: [{ role: 'user', content: 'x' }], max_tokens: 1, ...body }),
        })
      ).json();
    const errorOf = async (body: object) => (await post(server, body)).error;
    const region = { point: [0.5, 0.5] };
    expect(await errorOf({ sensorium: { regions: [region] } })).toMatchObject({ code: 'unsupported_content', param: 'sensorium.regions' });
    const part = { messages: [{ role: 'user', content: [{ type: 'region', ...region }] }] };
    expect(await errorOf(part)).toMatchObject({ code: 'unsupported_content', param: 'messages[0].content[0]' });
    expect(await errorOf({ sensorium: { places: 'rle' } })).toMatchObject({ code: 'unsupported_parameter', param: 'sensorium.places' });
    expect(await errorOf({ modalities: ['image'] })).toMatchObject({ code: 'unsupported_parameter', param: 'modalities' });
    expect(await errorOf({ modalities: ['audio'] })).toMatchObject({ code: 'invalid_value', param: 'modalities[0]' });
    const url = await pictureUrl([1, 2, 3]);
    const messages = [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url } },
          { type: 'text', text: 'What is it?' },
        ],
      },
      { role: 'assistant', content: 'A dog.' },
      { role: 'user', content: 'And there?' },
    ];
    await post(pointed, { messages, sensorium: { regions: [{ ...region, image: 0 }] } });
    const parts = other.requests[0]?.messages.at(-1)?.content as ContentPart[];
    expect(parts).toEqual([{ type: 'region', ...region, image: 0 }, { type: 'text', text: 'And there?' }]); // biome-ignore format: parts
    await Promise.all([server, pointed].map((one) => one.close({ drainMs: 0 })));
  });
});
