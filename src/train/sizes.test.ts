// Sizes that no machine holds are refused before anything is built, with the bytes they would take.

import { describe, expect, it } from 'vitest';
import { Parameter } from '../graph/index.js';
import { clipVision, llama, MllmNetwork, mllm, mlp } from '../networks/index.js';
import { instructObjective } from './objectives/instruct.js';
import { resolveOptions } from './options.js';
import { ModelState } from './state.js';

const spec = (vision: object = {}, language: object = {}) =>
  mllm({
    vision: clipVision({ imageSize: 32, patchSize: 16, width: 32, layers: 1, ...vision }),
    connector: mlp(),
    language: llama({ width: 32, layers: 1, heads: 2, ...language }),
  });
const sizes = { vocabSize: 8, imageTokenId: 1 };

describe('sizes', () => {
  it('of stacks are refused', () => {
    for (const model of [spec({ layers: 1e9 }), spec({}, { layers: 1e9 }), spec({}, { layers: 5000 })])
      expect(() => model.build(sizes)).toThrow(expect.objectContaining({ code: 'model.size' }));
  });
  it('of parameters are refused, the largest by name', () => {
    const network = spec({}, { width: 1e8 }).build(sizes);
    expect(() => new ModelState(network.parameters(), { seed: 0 })).toThrow(expect.objectContaining({ code: 'util.memory' }));
    const p = Object.assign(new Parameter([1e9, 1e9], () => undefined), { name: 'wide' });
    expect(() => new ModelState([p], { seed: 0 })).toThrow(
      expect.objectContaining({ code: 'util.memory', place: expect.stringContaining('wide') }),
    );
  });
  it('of batches, rows of tokens and steps are refused', () => {
    const network = new MllmNetwork(spec().config(sizes));
    const state = new ModelState(network.parameters(), { seed: 0 });
    const make = (o: { batch?: number; length?: number; count?: number }) =>
      instructObjective({ network, state, train: ['connector'], batch: 2, length: 64, pad: 0, count: 4, ...o } as never);
    expect(() => make({ length: 1e9 })).toThrow(expect.objectContaining({ code: 'util.memory' }));
    expect(() => make({ batch: 1e12, count: 1e12 })).toThrow(expect.objectContaining({ code: 'util.memory' }));
    make({ batch: 1e12 }).dispose?.(); // four rows are never more than four
    for (const o of [{ accumulate: 1e9 }, { steps: 1e300 }])
      expect(() => resolveOptions(o, 'stage')).toThrow(expect.objectContaining({ code: 'train.option' }));
  });
});
