// Sizes that no machine holds are refused before anything is built, with the bytes they would take.

import { describe, expect, it } from 'vitest';
import { Parameter } from '../graph/index.js';
import { clipVision, llama, mllm, mlp } from '../networks/index.js';
import { selectRuntime } from '../runtime/select.js';
import { world } from '../world/index.js';
import { assemble } from './assembly.js';
import { fineTuneObjective } from './fine-tune.js';
import { resolveOptions } from './options.js';
import { ModelState } from './state.js';
import { worldTokenizer } from './world-tokenizer.js';

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
  it('of batches and steps are refused', async () => {
    const state = await assemble(spec(), { seed: 0, tokenizer: worldTokenizer, clip: false });
    const runtime = await selectRuntime();
    const make = (o: { batch?: number; scenes?: number; lastBatch?: 'wrap' }) => {
      const data = world.captions({ scenes: o.scenes ?? 4, size: 32 });
      const options = { train: ['connector'], batch: 2, seed: 0, data, ...o };
      return fineTuneObjective({ state, runtime, dir: '', stage: { name: 'test', index: 0 }, options });
    };
    for (const o of [
      { batch: 1e12, scenes: 1e12 },
      { batch: 1e12, lastBatch: 'wrap' as const },
    ])
      await expect(make(o)).rejects.toThrow(expect.objectContaining({ code: 'util.memory' }));
    const few = await make({ batch: 1e12 }); // four rows are never more than four
    expect((await few.batch(0)).items).toBe(4);
    few.dispose?.();
    for (const o of [{ accumulate: 1e9 }, { steps: 1e300 }])
      expect(() => resolveOptions(o, 'stage')).toThrow(expect.objectContaining({ code: 'train.option' }));
  });
});
