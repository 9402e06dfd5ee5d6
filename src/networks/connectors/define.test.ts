// Connectors defined outside: in a config and back, trained through the same graph, and refused when unknown.

import { describe, expect, it } from 'vitest';
import { grad, input, lower, type Tensor } from '../../graph/index.js';
import { Linear, Module } from '../../nn/index.js';
import { clipVision, llama, MllmNetwork, mllm, mllmConfig, mlp } from '../index.js';
import type { Connector } from '../parts.js';
import { defineConnector } from './define.js';

/** The mean of each run of `every` tokens, through one linear layer. */
class Pool extends Module implements Connector {
  out: Linear;
  constructor(
    readonly every: number,
    inputs: number,
    width: number,
  ) {
    super();
    this.out = new Linear(inputs, width);
  }
  tokenCount(n: number): number {
    return n / this.every;
  }
  project(tokens: Tensor): Tensor {
    return this.trace(() =>
      this.out.forward(tokens.reshape([tokens.dim(0), this.tokenCount(tokens.size(1)), this.every, tokens.size(2)]).mean(2)),
    );
  }
}
const pool = defineConnector('test-pool', (o: { every: number }, { inputs, width }) => new Pool(o.every, inputs, width));
const spec = (connector: Parameters<typeof mllm>[0]['connector']) =>
  mllm({
    vision: clipVision({ imageSize: 32, patchSize: 8, width: 16, layers: 1, featureLayer: -1 }),
    connector,
    language: llama({ width: 32, layers: 1, heads: 2 }),
  });
const tokenizer = { vocabSize: 50, imageTokenId: 5 };

describe('defineConnector', () => {
  it('goes through config.json and back', () => {
    const config = spec(pool({ every: 4 })).config(tokenizer);
    expect(config).toMatchObject({ model_type: 'sensorium_llava', projector: { kind: 'test-pool', every: 4 }, image_seq_length: 4 });
    const again = new MllmNetwork(mllmConfig.parse(JSON.parse(JSON.stringify(config))));
    expect(again.imageTokens).toBe(4);
    expect(again.multi_modal_projector.parameters().map((p) => p.name)).toEqual([
      'multi_modal_projector.out.weight',
      'multi_modal_projector.out.bias',
    ]);
  });

  it('gets a gradient through the joined model', () => {
    const network = spec(pool({ every: 8 })).build(tokenizer);
    const hidden = network.hidden(
      input('ids', [1, 6], 'int32'),
      network.connect(network.encode(input('pixels', [1, 3, 32, 32]))),
      input('at', [2], 'int32'),
    );
    const gradients = grad(hidden.mean(), network.multi_modal_projector.parameters());
    expect(gradients.map((g) => g.shape)).toEqual([[32, 16], [32]]);
    expect(lower({ a: gradients[0] as Tensor }).fed.has('multi_modal_projector.out.weight')).toBe(true);
  });

  it('is part of the recipe, and leaves the MLP as published', () => {
    expect(spec(pool({ every: 4 })).describe.connector).toEqual({ kind: 'test-pool', every: 4 });
    const plain = spec(mlp()).config(tokenizer);
    expect(plain).toMatchObject({ model_type: 'llava', projector_depth: 2, projector_pixel_shuffle: 1, image_seq_length: 16 });
    expect(plain).not.toHaveProperty('projector');
    expect(spec(mlp({ shuffle: 2 })).config(tokenizer)).toMatchObject({ model_type: 'sensorium_llava', image_seq_length: 4 });
  });

  it('refuses a kind that nothing has defined, or that is defined twice', () => {
    const config = { ...spec(mlp()).config(tokenizer), projector: { kind: 'nowhere' } };
    expect(() => new MllmNetwork(mllmConfig.parse(config))).toThrow(
      /unknown kind of connector.*projector\.kind.*test-pool.*nowhere.*Import the module/s,
    );
    expect(() => defineConnector('test-pool', () => new Pool(1, 1, 1))).toThrow(/defined already/);
    expect(() => defineConnector('mlp', () => new Pool(1, 1, 1))).toThrow(/defined already/);
  });
});
