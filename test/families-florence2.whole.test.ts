// Florence-2 and BART load from Hugging Face folders and agree with transformers: prompts, pixels, tower, logits, replies, places, gradients.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Mllm, Seq2SeqDecoder, Seq2SeqEngine, textSource } from '../src/generate/index.js';
import { crossEntropy, grad, input, type Parameter, type Tensor } from '../src/graph/index.js';
import { image } from '../src/media/index.js';
import { openModel } from '../src/model/index.js';
import { type Bart, type Florence2, readFamily } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import type { Entity } from '../src/text/grounding.js';
import type { ChatMessage } from '../src/text/index.js';
import { SequenceGraph } from '../src/train/sequence-graph.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type LoadedNetwork, loadNetwork } from '../src/weights/index.js';
import { noise } from './golden/noise.js';
import { distance, golden, goldenNames } from './golden/read.js';

const BAR = 1e-4;
const NAME = 'florence2/tied';
type Picture = [width: number, height: number, seed: number];
interface Places {
  bboxes?: number[][];
  bboxes_labels?: string[];
  labels?: string[];
  quad_boxes?: number[][];
  polygons?: number[][][];
  polygons_labels?: string[];
}
interface Facts {
  asked: Record<'task' | 'region', { text: string; image: Picture }>;
  prompts: Record<string, string>;
  replies: { task: string; text: string; read: string | Places }[];
  size: [number, number];
  reply: string;
  gradients: string[];
}
const QUESTIONS = ['task', 'region'] as const;

const asks = (text: string, picture?: Picture): ChatMessage[] => [
  { role: 'user', content: [...(picture ? [{ ...image(noise(...picture)) }] : []), { type: 'text' as const, text }] },
];

describe.each(goldenNames('bart'))('%s', (name) => {
  const load = async (dir: string) => (await loadNetwork(dir, { kinds: ['seq2seq'] })) as LoadedNetwork<Bart>;

  it('computes the states of both halves and the logits that transformers computes, padding on the right left aside', async () => {
    const g = await golden(name);
    const { network, values } = await load(g.dir);
    const [ids, decoderIds] = [g.ints('ids'), g.ints('decoder_ids')];
    const [source, reply] = [input('ids', ids.shape, 'int32'), input('decoder_ids', decoderIds.shape, 'int32')];
    const hidden = network.hidden(reply, { ids: source });
    const program = await compile(
      { encoded: network.encode(network.embed(source)), hidden, logits: network.logits(hidden) },
      { frozen: values },
    );
    const out = (await program.run({ ids, decoder_ids: decoderIds })) as Record<string, HostTensor<'float32'>>;
    program.dispose();
    for (const key of Object.keys(out))
      expect(distance((out[key] as HostTensor<'float32'>).data, g.floats(key).data), key).toBeLessThan(BAR);

    const [padded, mask] = [g.ints('right.ids'), g.ints('right.mask')];
    const rows = padded.shape[0] as number;
    const many = input('reply', [rows, decoderIds.shape[1] as number], 'int32');
    const logits = network.logits(
      network.hidden(many, { ids: input('ids', padded.shape, 'int32'), segments: input('mask', mask.shape, 'int32') }),
    );
    const whole = await compile({ logits }, { frozen: values });
    const repeated = hostTensor(
      'int32',
      [rows, decoderIds.shape[1] as number],
      Array.from({ length: rows }, () => [...decoderIds.data]).flat(),
    );
    const got = await whole.run({ ids: padded, mask, reply: repeated });
    whole.dispose();
    expect(distance((got.logits as HostTensor<'float32'>).data, g.floats('right.logits').data)).toBeLessThan(BAR);
  });

  it('reads several conversations in a row as it reads each alone', async () => {
    const g = await golden(name);
    const { network, values } = await load(g.dir);
    const sources = [g.rows('right.ids')[1]?.slice(0, 7) as number[], g.rows('right.ids')[2]?.slice(0, 19) as number[]];
    const replies = [g.rows('decoder_ids')[0]?.slice(0, 5) as number[], g.rows('decoder_ids')[0]?.slice(0, 9) as number[]];
    const row = (lists: number[][]): HostTensor<'int32'> => hostTensor('int32', [1, lists.flat().length], lists.flat());
    const numbers = (lists: number[][]): HostTensor<'int32'> => row(lists.map((list, i) => list.map(() => i + 1)));
    const run = async (s: number[][], r: number[][]): Promise<Float32Array> => {
      const feeds = { ids: row(s), segments: numbers(s), reply: row(r), own: numbers(r) };
      const at = (key: keyof typeof feeds): Tensor => input(key, feeds[key].shape, 'int32');
      const hidden = network.hidden(at('reply'), { ids: at('ids'), segments: at('segments') }, { segments: at('own') });
      const program = await compile({ hidden }, { frozen: values });
      const out = await program.run(feeds);
      program.dispose();
      return (out.hidden as HostTensor<'float32'>).data;
    };
    const together = await run(sources, replies);
    const apart = [await run(sources.slice(0, 1), replies.slice(0, 1)), await run(sources.slice(1), replies.slice(1))];
    expect(distance(together, Float32Array.from(apart.flatMap((part) => [...part])))).toBeLessThan(1e-5);
  });

  it('replies with the same tokens over caches, alone and in pieces', async () => {
    const g = await golden(name);
    const lm = await Mllm.load(g.dir, { maxReply: 33 });
    const sources = g.rows('right.ids').map((row, b) => row.slice(0, g.rows('right.mask')[b]?.filter((m) => m === 1).length));
    for (const [b, source] of sources.entries()) {
      const reply: number[] = [];
      for await (const { id } of lm.continueIds(source, { maxTokens: 32, endIds: [] })) reply.push(id);
      expect(reply).toEqual(g.rows('greedy')[b]);
    }
    await lm.dispose();
    const loaded = await load(g.dir);
    const decoder = await Seq2SeqDecoder.create({ ...loaded, source: textSource(loaded.network), capacity: 16 });
    const reply = [...g.ints('decoder_ids').data];
    const truth = g.floats('logits').data.slice(-loaded.network.config.vocab_size);
    for (const cuts of [[12], [5, 1, 6], new Array<number>(12).fill(1)]) {
      const state = await decoder.begin([[...g.ints('ids').data]]);
      let at = 0;
      let logits = new Float32Array();
      for (const n of cuts) {
        logits = (await decoder.step(state, [reply.slice(at, at + n)])).data.slice();
        at += n;
      }
      expect(distance(logits, truth)).toBeLessThan(BAR);
    }
    decoder.dispose();
  });

  it('takes no more tokens than it has positions for', async () => {
    const { dir } = await golden(name);
    const lm = await Mllm.load(dir);
    expect([lm.programs.maxSource, lm.programs.maxReply]).toEqual([64, 64]);
    const reading = lm.continueIds(new Array<number>(65).fill(4), { maxTokens: 1 });
    await expect(reading.next()).rejects.toMatchObject({ code: 'text.length' });
    await lm.dispose();
  });
});

describe(NAME, () => {
  it('writes the prompts of tasks as the processor of transformers does', async () => {
    const g = await golden(NAME);
    const { prompts, asked } = g.json<Facts>();
    const model = await openModel(g.dir);
    const { tokenizer } = model.processor;
    for (const [text, words] of Object.entries(prompts))
      expect([...model.processor.ids(asks(text))], text).toEqual([
        tokenizer.tokenId('<s>'),
        ...tokenizer.encode(words),
        tokenizer.tokenId('</s>'),
      ]);
    for (const question of QUESTIONS) {
      const { text, image: picture } = asked[question];
      const { source } = await model.processor.encode(asks(text, picture), { addGenerationPrompt: true });
      expect([...(source?.ids ?? [])]).toEqual([...g.ints(`${question}.ids`).data]);
      const feeds = (await source?.media[0]?.feeds()) as Record<string, HostTensor<'float32'>>;
      expect(distance(feeds.pixels?.data ?? [], g.floats(`${question}.pixels`).data)).toBeLessThan(1e-6);
    }
  });

  it('computes what transformers computes, from tower to logits', async () => {
    const g = await golden(NAME);
    const { network, values } = (await loadNetwork(g.dir, { kinds: ['multimodal'] })) as LoadedNetwork<Florence2>;
    for (const question of QUESTIONS) {
      const [pixels, ids, reply] = [g.floats(`${question}.pixels`), g.ints(`${question}.ids`), g.ints(`${question}.decoder_ids`)];
      const { vision_tower: davit, multi_modal_projector: projector, language_model: bart } = network;
      const tower = davit.tokens(input('pixels', pixels.shape));
      const features = projector.project(tower);
      const count = features.size(1);
      const rows = features.reshape([count, bart.width]);
      const source = network.fuse(input('ids', ids.shape, 'int32'), rows, input('at', [count], 'int32'));
      const encoded = bart.encode(source);
      const logits = bart.logits(bart.sequence(bart.embed(input('reply', reply.shape, 'int32')), source));
      const program = await compile({ tower: tower.transpose(), features, encoded, logits }, { frozen: values });
      const at = hostTensor(
        'int32',
        [count],
        Int32Array.from({ length: count }, (_, i) => i),
      );
      const out = (await program.run({ pixels, ids, reply, at })) as Record<string, HostTensor<'float32'>>;
      program.dispose();
      for (const key of Object.keys(out)) {
        const want = g.floats(`${question}.${key}`).data;
        // Nothing norms what leaves the tower: its values are as large as they get.
        const largest = want.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
        expect(distance((out[key] as HostTensor<'float32'>).data, want) / largest, `${question}.${key}`).toBeLessThan(BAR / 10);
      }
    }
  });

  it('replies with the same tokens, alone, and together in the engine', async () => {
    const g = await golden(NAME);
    const { asked } = g.json<Facts>();
    const lm = await Mllm.load(g.dir, { maxReply: 40 });
    const engine = await Seq2SeqEngine.create(lm, {});
    const options = { maxTokens: 32, endIds: [] };
    const together = QUESTIONS.map(async (question) => {
      const { text, image: picture } = asked[question];
      const alone: number[] = [];
      for await (const { id } of lm.continueIds(await lm.encode(asks(text, picture)), options)) alone.push(id);
      expect(alone).toEqual(g.rows(`${question}.greedy`)[0]);
      const batched: number[] = [];
      for await (const { token } of engine.submit({ messages: asks(text, picture), ...options })) if (token) batched.push(token.id);
      return batched;
    });
    expect(await Promise.all(together)).toEqual(QUESTIONS.map((question) => g.rows(`${question}.greedy`)[0]));
    await engine.dispose();
    await lm.dispose();
  });

  it('reads replies as transformers does: phrases, boxes, corners and polygons in pixels', async () => {
    const g = await golden(NAME);
    const { replies, size } = g.json<Facts>();
    const model = await openModel(g.dir);
    const pixels = (values: readonly number[]): number[] => values.map((v, i) => Math.trunc(Math.fround(v * (size[i % 2] as number))));
    const boxesOf = (entities: readonly Entity[] = []) => entities.flatMap(({ boxes }) => boxes.map(pixels));
    for (const { task, text, read } of replies) {
      const got = model.media?.readReply?.(text, asks(task));
      if (typeof read === 'string') {
        expect(got, task).toEqual({ text: read.replace('<pad>', ''), entities: [] });
        continue;
      }
      const { entities = [] } = got ?? {};
      const labels = entities.flatMap(({ phrase, boxes, polygons }) => (polygons ? [phrase] : boxes.map(() => phrase)));
      expect(labels, text).toEqual(read.labels ?? [...(read.bboxes_labels ?? []), ...(read.polygons_labels ?? [])]);
      if (read.bboxes && !entities.some((e) => e.polygons)) expect(boxesOf(entities), text).toEqual(read.bboxes);
      const outlines = entities.map(({ polygons = [] }) => polygons.map((points) => pixels(points.flat())));
      if (read.quad_boxes) expect(outlines.flat(), text).toEqual(read.quad_boxes);
      if (read.polygons && entities.some((e) => e.polygons)) expect(outlines, text).toEqual(read.polygons);
      for (const { phrase, span } of entities) expect(got?.text.slice(...span)).toBe(phrase);
    }
    expect(model.media?.readReply?.('car<loc_0><loc_0><loc_999><loc_499>', asks('What is where?'))).toEqual({
      text: 'car',
      entities: [{ phrase: 'car', span: [0, 3], boxes: [[0.0005, 0.0005, 0.9995, 0.4995]] }],
    });
  });

  it('gives the loss and the gradients of torch on a reply with places', async () => {
    const g = await golden(NAME);
    const { asked, reply, gradients } = g.json<Facts>();
    const model = await openModel(g.dir);
    const network = model.network as Florence2;
    const { text, image: picture } = asked.task;
    const sequence = await model.processor.encode([...asks(text, picture), { role: 'assistant', content: reply }]);
    const labels = g.ints('train.labels').data;
    expect([...sequence.ids.slice(1)]).toEqual([...labels]);
    expect([...(sequence.weights ?? [])]).toEqual([0, ...labels.map(() => 1)]);
    const n = labels.length;
    const { source } = sequence;
    const ids = source?.ids as Int32Array;
    const rows = source?.media[0]?.at as Int32Array;
    const { vision_tower: davit, multi_modal_projector: projector } = network;
    const features = projector.project(davit.tokens(input('pixels', g.floats('task.pixels').shape))).reshape([rows.length, -1]);
    const hidden = network.hidden(input('reply', [1, n], 'int32'), {
      ids: input('ids', [1, ids.length], 'int32'),
      features,
      at: input('at', [rows.length], 'int32'),
    });
    const loss = crossEntropy(network.language_model.logits(hidden).reshape([n, -1]), input('labels', [n], 'int32')).mean();
    const names = new Map(network.parameters().map((p) => [model.names.toFile(p.name), p]));
    const wanted = gradients.map((name) => names.get(name) as Parameter);
    const found = grad(loss, wanted);
    const program = await compile(
      { loss, ...Object.fromEntries(gradients.map((name, i) => [name, found[i] as Tensor])) },
      { frozen: new Map([...model.values].filter(([p]) => !wanted.includes(p))) },
    );
    const out = await program.run({
      ...Object.fromEntries(wanted.map((p) => [p.name, model.values.get(p) as HostTensor])),
      ...((await source?.media[0]?.feeds()) as Record<string, HostTensor>),
      reply: hostTensor('int32', [1, n], sequence.ids.slice(0, n)),
      ids: hostTensor('int32', [1, ids.length], ids),
      at: hostTensor('int32', [rows.length], rows),
      labels: hostTensor('int32', [n], labels),
    });
    program.dispose();
    expect(network.unused().map(({ name }) => name)).toEqual(['multi_modal_projector.visual_temporal_embed.pos_idx_to_embed']);
    expect(distance((out.loss as HostTensor<'float32'>).data, g.floats('train.loss').data)).toBeLessThan(1e-5);
    for (const name of gradients)
      expect(distance((out[name] as HostTensor<'float32'>).data, g.floats(`grad.${name}`).data), name).toBeLessThan(BAR);
  });

  it('has that loss in training too, alone and twice in a batch', async () => {
    const g = await golden(NAME);
    const { asked, reply } = g.json<Facts>();
    const model = await openModel(g.dir);
    const { text, image: picture } = asked.task;
    const sequence = await model.processor.encode([...asks(text, picture), { role: 'assistant', content: reply }]);
    for (const count of [1, 2]) {
      const trained = new Set((model.network as Florence2).language_model.parameters());
      const graph = new SequenceGraph({ model, values: model.values, trained, maxLength: 96, pad: 1 });
      const { bucket, feeds } = await graph.batch(new Array(count).fill(sequence));
      const read = graph.trace(bucket);
      const loss = read.logProbs.mul(read.weights).sum().div(read.weights.sum()).neg();
      const program = await compile({ loss }, { frozen: model.values });
      const taken = new Set(program.inputs.map(({ name }) => name));
      const out = await program.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => taken.has(name))));
      program.dispose();
      await graph.dispose();
      expect(distance((out.loss as HostTensor<'float32'>).data, g.floats('train.loss').data)).toBeLessThan(1e-5);
    }
  });

  it('answers tasks with what they name', async () => {
    const { dir } = await golden(NAME);
    const lm = await Mllm.load(dir, { maxReply: 24 });
    const reply = await lm.generate([image(noise(31, 57, 5)), '<OD>'], { maxTokens: 20 });
    expect(reply.entities).toBeInstanceOf(Array);
    const places = await lm.placesOf(asks('<OD>'), { text: 'cup<loc_1><loc_2><loc_3><loc_4>', tokens: [] });
    expect(places.entities).toMatchObject([{ phrase: 'cup' }]);
    expect(places.boxes).toHaveLength(1);
    await lm.dispose();
  });
});

describe('what cannot be', () => {
  it('names a task with too much or too little beside its tag, and a second image', async () => {
    const model = await openModel((await golden(NAME)).dir);
    const ids = (text: string) => () => model.processor.ids(asks(text));
    expect(ids('<OD> a dog')).toThrow(/takes nothing beside its tag.*<OD> alone/);
    expect(ids('<CAPTION_TO_PHRASE_GROUNDING>')).toThrow(/needs words or a place.*a green car/);
    expect(ids('<REGION_TO_OCR>')).toThrow(/<loc_52>/);
    const picture = { ...image(noise(9, 9, 1)) };
    const two: ChatMessage[] = [{ role: 'user', content: [picture, picture, { type: 'text', text: '<OD>' }] }];
    expect(() => model.processor.ids(two)).toThrow(/sees one image/);
  });

  it('names the field of a config that is wrong', async () => {
    const config = JSON.parse(await readFile(join((await golden(NAME)).dir, 'config.json'), 'utf8'));
    const vision = (more: object) => () => readFamily({ ...config, vision_config: { ...config.vision_config, ...more } });
    expect(vision({ num_heads: [5, 3] })).toThrow(/vision_config\.num_heads\.0.*divisor of embed_dim \(12\)/);
    expect(vision({ depths: [1] })).toThrow(/vision_config\.depths.*one for each of the 2 stages/);
    expect(vision({ image_size: 90 })).toThrow(/vision_config\.image_size.*1 to 9 cells/);
    expect(vision({ projection_dim: 31 })).toThrow(/projection_dim.*d_model of text_config \(32\)/);
    expect(vision({ model_type: 'davit' })).toThrow(/vision_config\.model_type/);
    expect(() => readFamily({ ...config, text_config: { ...config.text_config, encoder_attention_heads: 5 } })).toThrow(
      /encoder_attention_heads.*divisor of d_model/,
    );
  });

  it('has the parameters of the published sizes', () => {
    const count = (config: Record<string, unknown>): number => {
      const { family, config: read } = readFamily(config);
      return family
        .build(read)
        .parameters()
        .reduce((sum, p) => sum + p.dims.reduce((a, b) => a * b, 1), 0);
    };
    expect(
      count({
        model_type: 'bart',
        d_model: 768,
        encoder_layers: 6,
        decoder_layers: 6,
        encoder_ffn_dim: 3072,
        decoder_ffn_dim: 3072,
        encoder_attention_heads: 12,
        decoder_attention_heads: 12,
      }),
    ).toBe(139_420_416);
  });
});
