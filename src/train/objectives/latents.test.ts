// Next-visual-latent regression: which row each state is compared with, both losses by plain loops, exact gradients, and rows one after another.

import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ImageGenerator } from '../../generate/draw.js';
import { HiddenStates } from '../../generate/hidden-states.js';
import { Mllm, ReplyImages } from '../../generate/index.js';
import { gather, grad, input, type Tensor } from '../../graph/index.js';
import { openModel, packSequences, type Sequence } from '../../model/index.js';
import { endAdapter, generatorConfig, LatentHead, latents, SensoriumGenerator } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { ModelState } from '../state.js';
import { latentRegression, withLatents } from './latents.js';

const packed = (all: readonly Sequence[]) => packSequences(all, { length: 8, pad: 0 });
const sines = (shape: readonly number[], phase: number): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + phase)),
  );

const IMAGE = 6;
const [N, WIDTH, ROWS] = [10, 3, 2];
const head = new LatentHead(WIDTH, { rows: ROWS, begin: '<img>', end: '</img>' }).nameParameters();
const values = new ModelState(head.parameters(), { seed: 3 }).values;

// In the order in which they were packed: sequence 1 (a word, two rows, two words), then sequence 0 (two rows, one word); the last places are filling.
const owners = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const targets = hostTensor('int32', [N], [5, IMAGE, IMAGE, 7, 9, IMAGE, IMAGE, 9, 0, 0]);
const weights = hostTensor('float32', [N], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
const rowOf: Readonly<Record<number, [sequence: number, row: number]>> = { 1: [1, 0], 2: [1, 1], 5: [0, 0], 6: [0, 1] };

const media = (key: string, at: number[]): Sequence['media'][number] => ({ key, at: Int32Array.from(at), feeds: () => ({}) });
const sequences: Sequence[] = [
  { ids: Int32Array.from([1, IMAGE, IMAGE, 9]), weights: Float32Array.from([0, 1, 1, 1]), media: [media('a', [1, 2])] },
  { ids: Int32Array.from([1, 5, IMAGE, IMAGE, 7, 9]), weights: Float32Array.from([0, 1, 1, 1, 1, 1]), media: [media('b', [2, 3])] },
];
const rowsOf = async ({ key }: { key: string }): Promise<HostTensor<'float32'>> => sines([ROWS, WIDTH], key === 'a' ? 1 : 2);

describe('rows of images', () => {
  test('each state is compared with the row that it is before, words with cross-entropy, and gradients are exact', async () => {
    const loss = latentRegression({ head, imageId: IMAGE, width: WIDTH, rowsOf, weight: 3 });
    const own = input('owners', [N], 'int32');
    const read = {
      hidden: input('hidden', [N, WIDTH]),
      logProbs: input('logProbs', [N]),
      targets: input('targets', [N], 'int32'),
      weights: input('weights', [N]),
      sequences: 2,
      toTokens: (x: Tensor) => gather(x.reshape([2, 1]), own).reshape([N]),
    };
    const graph = loss.loss(read as never, (name, shape, dtype) => input(name, shape, dtype));
    const [slope] = grad(graph.loss, [read.hidden]) as [Tensor];
    const program = await compile({ loss: graph.loss, slope, ...graph.metrics }, { frozen: values });
    const hidden = sines([N, WIDTH], 0.5);
    const logProbs = hostTensor('float32', [N], [-1, -2, -3, -4, -5, -6, -7, -8, -9, -9]);
    const feeds = {
      hidden,
      logProbs,
      targets,
      weights,
      owners: hostTensor('int32', [N], owners),
      ...(await loss.prepare?.(sequences, packed(sequences))),
    };
    const out = (await program.run(feeds)) as Record<string, HostTensor<'float32'>>;
    const matrix = [...values.values()][0]?.data as Float32Array;
    let sum = 0;
    for (const [place, [sequence, row]] of Object.entries(rowOf))
      for (let k = 0; k < WIDTH; k++) {
        let said = 0;
        for (let j = 0; j < WIDTH; j++) said += (matrix[k * WIDTH + j] as number) * (hidden.data[Number(place) * WIDTH + j] as number);
        sum += (said - (sines([ROWS, WIDTH], sequence === 0 ? 1 : 2).data[row * WIDTH + k] as number)) ** 2 / WIDTH;
      }
    expect(out.regression?.data[0]).toBeCloseTo(sum / 4, 5);
    expect(out.language?.data[0]).toBeCloseTo((1 + 4 + 5 + 8) / 4, 5);
    expect(out.loss?.data[0]).toBeCloseTo(4.5 + (3 * sum) / 4, 4);
    const at = async (i: number, by: number): Promise<number> => {
      const data = hidden.data.slice();
      data[i] = (data[i] as number) + by;
      return Number((await program.run({ ...feeds, hidden: hostTensor('float32', [N, WIDTH], data) })).loss?.data[0]);
    };
    for (let i = 0; i < N * WIDTH; i++) {
      const finite = ((await at(i, 1e-2)) - (await at(i, -1e-2))) / 2e-2;
      expect(Math.abs(finite - (out.slope?.data[i] as number)), `${i}`).toBeLessThan(5e-3);
    }
    program.dispose();
  });

  test('another number of rows, and two images to predict, are refused; places of an image join the loss', async () => {
    const loss = latentRegression({ head, imageId: IMAGE, width: WIDTH, rowsOf: async () => sines([3, WIDTH], 0) });
    await expect(loss.prepare?.([sequences[0] as Sequence], packed(sequences))).rejects.toMatchObject({ code: 'train.sequence' });
    const two = { ...(sequences[0] as Sequence), media: [media('a', [1]), media('b', [2])] };
    await expect(loss.prepare?.([two], packed([two]))).rejects.toMatchObject({ code: 'train.sequence' });
    const plain = { ids: Int32Array.from([1, 4, IMAGE, IMAGE, 9]), weights: Float32Array.from([0, 1, 0, 0, 1]), media: [] };
    expect([...(withLatents(plain, [2, 3]).weights ?? [])]).toEqual([0, 1, 1, 1, 1]);
    expect([...plain.weights]).toEqual([0, 1, 0, 0, 1]);
  });

  test('a reply regresses its rows one after another, each from those before; the model says what it says without the head', async () => {
    const dir = resolve('models/sensorium-tiny');
    const tokens = ['<img>', '</img>'];
    const plain = Mllm.of(await openModel(dir, { tokens }));
    const model = Mllm.of(await openModel(dir, { tokens, adapters: [latents({ rows: 3 })], seed: 2 }));
    expect(await model.generate('What is red?', { maxTokens: 6 })).toEqual(await plain.generate('What is red?', { maxTokens: 6 }));
    await plain.dispose();
    const config = {
      image_size: 8,
      patch_size: 4,
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      condition_length: 3,
      condition_size: 128,
    };
    const network = new SensoriumGenerator(generatorConfig.parse(config)).nameParameters();
    const images = ReplyImages.of(
      model.model,
      ImageGenerator.of(network, { values: new ModelState(network.parameters(), { seed: 1 }).values }),
    );
    const prompt = await model.encode([{ role: 'user', content: 'Draw a red dog.' }]);
    const begin = model.tokenizer.tokenId('<img>') as number;
    const none = async () => [];
    expect(await images.conditionsOf({ prompt, reply: [5, 6] }, none)).toEqual([]);
    const [rows] = await images.conditionsOf({ prompt, reply: [begin] }, none);
    // The same by hand: row k from the state of the sequence that ends before it.
    const own = endAdapter(model.model.network, LatentHead) as LatentHead;
    const next = await compile({ y: own.next(input('x', [1, 128])) }, { frozen: model.model.values });
    const states = new HiddenStates(model.model);
    const made: number[] = [];
    for (let row = 0; row < 3; row++) {
      const ids = Int32Array.from([...prompt.ids, begin, ...new Array(row).fill(model.model.media?.imageTokenId)]);
      const at = Int32Array.from({ length: row }, (_, i) => prompt.ids.length + 1 + i);
      const features = hostTensor('float32', [row, 128], made);
      const x = await states.at(row === 0 ? { ids } : { ids, features, imagePositions: at }, [ids.length - 1]);
      made.push(...((await next.run({ x })).y as HostTensor<'float32'>).data);
    }
    rows?.data.forEach((v, i) => void expect(v).toBeCloseTo(made[i] as number, 4));
    expect((await images.draw({ prompt, reply: [begin] }, model.programs, { steps: 2 })).length).toBe(1);
    next.dispose();
    await states.dispose();
    await images.dispose();
    await model.dispose();
  });
});
