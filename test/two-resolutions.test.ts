// CogAgent's two resolutions: blocks lie where they lie, the branch begins as the model without it, whole and over a cache, and parts that do not fit are refused.

import { describe, expect, it } from 'vitest';
import { input, type Parameter, withInputs } from '../src/graph/index.js';
import type { TwoResolutions } from '../src/networks/encoders/two-resolutions.js';
import { clipVision, type EncoderMllm, highResolution, llama, mllm, mlp, twoResolutions } from '../src/networks/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { Rng } from '../src/util/rng.js';
import { cachedLogits, wholeLogits } from './adapters/traces.js';
import { distance } from './golden/read.js';
import { evaluate } from './graph/evaluate.js';

const tower = (imageSize: number, width: number) => clipVision({ imageSize, patchSize: 8, width, layers: 1, heads: 1, featureLayer: -1 });
const parts = { connector: mlp({ depth: 1 }), language: llama({ width: 16, layers: 2, heads: 2, vocabSize: 60, positions: 64 }) };
const vision = twoResolutions({ low: tower(16, 16), high: tower(32, 8) });
const sizes = { vocabSize: 60, imageTokenId: 1 };

/** The network with first values; `open`: what is zero in the branch is drawn. */
function made(open = false) {
  const adapters = [highResolution({ width: 8, block: 4, heads: 2 })];
  const network = mllm({ ...parts, vision, adapters }).build(sizes) as EncoderMllm;
  const root = new Rng(5);
  const values = new Map<Parameter, HostTensor>();
  for (const p of network.parameters()) {
    const value = hostTensor('float32', p.dims);
    p.init(value.data, p.dims, root.fork(p.name));
    if (open && p.name.endsWith('adapters.0.o_proj.weight')) value.data.set(value.data.map((_, i) => Math.sin(i)));
    values.set(p, value);
  }
  return { network, values };
}

describe('two resolutions', () => {
  it('begin as the model without the second, and decode over a cache as whole', async () => {
    const { network, values } = made();
    expect(network.language_model.rowWidth).toBe(16 + 4 * 8);
    const closed = await wholeLogits(network, values);
    const wide = made(true);
    const open = await wholeLogits(wide.network, wide.values);
    expect(distance(open, closed)).toBeGreaterThan(1e-3);
    const n = open.length / 60;
    (await cachedLogits(wide.network, wide.values)).forEach((step, i) => {
      expect(distance(step, open.subarray((n - 5 + i) * 60, (n - 4 + i) * 60)), `step ${i}`).toBeLessThan(1e-4);
    });
    for (const layer of network.language_model.model.layers) layer.adapters = [];
    expect(await wholeLogits(network, values)).toEqual(closed);
  });

  it('put the block of a token where it lies', async () => {
    const { network, values } = made();
    const encoder = network.vision_tower as TwoResolutions;
    const whole = encoder.high.tokens(input('pixels', [1, 3, 32, 32]));
    const both = withInputs({ sizes: { pictures: 1 } }, () => encoder.encode());
    const many = hostTensor(
      'float32',
      [1, 3, 32, 32],
      Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i)),
    );
    const few = hostTensor('float32', [1, 3, 16, 16]);
    const weights = Object.fromEntries([...values].map(([p, value]) => [p.name, value]));
    const high = (await evaluate({ whole }, { ...weights, pixels: many })).whole as HostTensor<'float32'>;
    const rows = (await evaluate({ both }, { ...weights, pixels: few, 'high.pixels': many })).both as HostTensor<'float32'>;
    expect(rows.shape).toEqual([1, 4, 48]);
    // A grid of 4 x 4 in blocks of 2 x 2: token 1 of the first has columns 2 and 3 of the first two rows.
    [2, 3, 6, 7].forEach((place, k) => {
      const own = rows.data.subarray(48 + 16 + 8 * k, 48 + 16 + 8 * k + 8);
      expect(distance(own, high.data.subarray(8 * place, 8 * place + 8))).toBeLessThan(1e-6);
    });
  });

  it('are refused where encoder and adapters do not belong together, or grids do not lie in blocks', () => {
    const build = (given: Partial<Parameters<typeof mllm>[0]>) => () => mllm({ ...parts, vision, ...given }).build(sizes);
    const wrong = expect.objectContaining({ code: 'model.config' });
    expect(build({})).toThrow(wrong);
    expect(build({ adapters: [highResolution({ width: 8, block: 2 })] })).toThrow(wrong);
    expect(build({ vision: twoResolutions({ low: tower(16, 16), high: tower(24, 8) }) })).toThrow(wrong);
  });
});
