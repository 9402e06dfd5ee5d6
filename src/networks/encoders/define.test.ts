// Encoders defined outside: in a config and back, other encoders inside them, every kind of medium through one interface, and refusals.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { grad, input, inputsOf, lower, type Tensor, withInputs } from '../../graph/index.js';
import type { RgbImage } from '../../media/index.js';
import { Linear, Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { clipVision, EncoderMllm, EncoderProcessor, encoderMllmConfig, llama, MllmNetwork, mllm, mlp, readFamily } from '../index.js';
import { modalitiesOf } from '../processor.js';
import { defineEncoder, type EncoderConfig, type EncoderNetwork, encoderConfig, encoderFrom } from './define.js';

/** Numbers of a medium, four at a time, each four one item of one token. */
class Fours extends Module implements EncoderNetwork {
  readonly tokenCount = 1;
  embed: Linear;
  constructor(readonly width: number) {
    super();
    this.embed = new Linear(4, width);
  }
  encode(): Tensor {
    return this.trace(() => this.embed.forward(input('fours', ['items', 1, 4])));
  }
}
const numbers = (values: Float32Array) => ({
  items: values.length / 4,
  feeds: { fours: () => hostTensor('float32', [values.length / 4, 1, 4], values) },
});
const fours = defineEncoder<{ width: number }, Fours>('test-fours', {
  config: z.object({ width: z.number().int().positive() }),
  network: ({ width }) => new Fours(width),
  reader: () => ({
    image: ({ data, width, height }) => ({ ...numbers(Float32Array.from(data)), lines: new Array<number>(height).fill((3 * width) / 4) }),
    video: ({ frames }) => numbers(Float32Array.from(frames.flatMap(({ data }) => [...data]))),
    sound: ({ samples }) => numbers(samples),
    points: ({ points }) => ({ ...numbers(points), variant: 'cloud' }),
  }),
});

/** Another encoder seen twice. */
class Twice extends Module implements EncoderNetwork {
  constructor(readonly of: EncoderNetwork) {
    super();
  }
  get width(): number {
    return 2 * this.of.width;
  }
  get tokenCount(): number {
    return this.of.tokenCount;
  }
  encode(): Tensor {
    const x = this.of.encode();
    return x
      .mul(1)
      .reshape([x.dim(0), this.tokenCount, 1, this.of.width])
      .expand([x.dim(0), this.tokenCount, 2, this.of.width])
      .reshape([x.dim(0), this.tokenCount, this.width]);
  }
}
const twice = defineEncoder<{ of: EncoderConfig }, Twice>('test-twice', {
  config: z.object({ of: encoderConfig }),
  network: ({ of }) => new Twice(encoderFrom(of).network),
  reader: (_, { of }, sizes) => encoderFrom(of).reader(sizes),
});

const parts = { connector: mlp({ depth: 1 }), language: llama({ width: 32, layers: 1, heads: 2 }) };
const sizes = { vocabSize: 50, imageTokenId: 5 };
const processor = (network: EncoderMllm) => new EncoderProcessor(5, network.encoder.reader(network.itemSizes), network.itemSizes, [9]);

describe('defineEncoder', () => {
  it('goes through config.json and back, encoders inside it too', () => {
    const config = mllm({ vision: twice({ of: fours({ width: 8 }) }), ...parts }).config(sizes);
    expect(config).toMatchObject({ model_type: 'sensorium_mllm', encoder: { kind: 'test-twice', of: { kind: 'test-fours', width: 8 } } });
    const { family, config: read } = readFamily(JSON.parse(JSON.stringify(config)));
    const network = family.build(read) as EncoderMllm;
    expect(network.vision_tower.parameters().map((p) => p.name)).toEqual(['vision_tower.of.embed.weight', 'vision_tower.of.embed.bias']);
    expect(network.multi_modal_projector.parameters()[0]?.dims).toEqual([32, 16]);
  });

  it('has a gradient through the joined model, in exactly one of its parts', () => {
    const network = mllm({ vision: fours({ width: 8 }), ...parts }).build(sizes) as EncoderMllm;
    const rows = withInputs({ sizes: { items: 2 } }, () => network.connect(network.encode()));
    const hidden = network.hidden(input('ids', [1, 6], 'int32'), rows, input('at', [2], 'int32'));
    const { vision, connector, language } = network.parts();
    expect([vision.length, connector.length]).toEqual([2, 2]);
    expect(new Set([...vision, ...connector, ...language]).size).toBe(network.parameters().length);
    const [first] = grad(hidden.mean(), vision);
    expect(lower({ first: first as Tensor }).fed.has('vision_tower.embed.weight')).toBe(true);
    expect(inputsOf([network.see()]).map(({ name }) => name)).toEqual(['fours']);
  });

  it('reads media of every kind, with a row end behind each line', async () => {
    const take = processor(mllm({ vision: fours({ width: 8 }), ...parts }).build(sizes) as EncoderMllm);
    const image: RgbImage = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => i) };
    const [prepared] = take.prepare([image]);
    expect(prepared?.ids).toEqual([5, 5, 5, 9, 5, 5, 5, 9]);
    expect(prepared?.rows).toEqual([0, 1, 2, 4, 5, 6]);
    expect((await prepared?.feeds())?.fours?.shape).toEqual([6, 1, 4]);
    expect(take.prepareVideo?.([image, image]).ids).toHaveLength(12);
    expect(take.prepareSound?.({ sampleRate: 8000, samples: new Float32Array(16) }).ids).toEqual([5, 5, 5, 5]);
    expect(take.preparePoints?.({ points: new Float32Array(24), channels: 3 })).toMatchObject({
      variant: 'cloud',
      ids: [5, 5, 5, 5, 5, 5],
    });
    expect(take.videoTokenId).toBe(5);
    expect(modalitiesOf(take)).toEqual(['images', 'videos', 'sounds', 'points']);
    expect(take.everyImage).toBeUndefined();
  });

  it('leaves a plain CLIP tower a LLaVA, and has it as a kind among others', () => {
    const tower = clipVision({ imageSize: 32, patchSize: 8, width: 16, layers: 2 });
    const plain = mllm({ vision: tower, ...parts });
    expect(plain.config(sizes)).not.toHaveProperty('encoder');
    expect(plain.build(sizes)).toBeInstanceOf(MllmNetwork);
    const inside = new EncoderMllm(
      encoderMllmConfig.parse({ ...mllm({ vision: twice({ of: tower }), ...parts }).config(sizes), image_token_index: 5 }),
    );
    expect(inside.clip?.path).toBe('vision_tower.of.vision_model');
    expect(inside.itemSizes).toEqual({ rows: 16, width: 32 });
    expect(processor(inside).everyImage).toHaveLength(16);
  });

  it('is part of the recipe', () => {
    expect(mllm({ vision: fours({ width: 8 }), ...parts }).describe).toMatchObject({ vision: { kind: 'test-fours', width: 8 } });
  });

  it('refuses a kind that nothing has defined, or that is defined twice, wrong options, and media without a reader', () => {
    expect(() => encoderFrom({ kind: 'nowhere' })).toThrow(expect.objectContaining({ code: 'model.encoder', got: 'nowhere' }));
    expect(() => defineEncoder('test-fours', {} as never)).toThrow(expect.objectContaining({ code: 'model.encoder' }));
    expect(() => fours({ width: 0 })).toThrow(expect.objectContaining({ code: 'model.config', place: 'test-fours: width' }));
    const blind = processor(
      mllm({ vision: twice({ of: clipVision({ imageSize: 32, patchSize: 8, width: 16, layers: 2 }) }), ...parts }).build(
        sizes,
      ) as EncoderMllm,
    );
    expect(modalitiesOf(blind)).toEqual(['images', 'videos']);
    expect(modalitiesOf(undefined)).toEqual([]);
  });
});
