// Adapters in decoder layers: each of the four hooks is called, a neutral one leaves the output bit-identical, and one that is not changes it.

import { describe, expect, it } from 'vitest';
import { grad, input, Parameter, type Tensor } from '../../graph/index.js';
import { init, Linear, Module } from '../../nn/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';
import { llama } from '../families/sensorium/specs.js';
import type { BlockAdapter, BlockContext } from '../parts.js';
import type { AttentionStrategy } from './attention.js';

/** Gated addition of learned rows before the block (Flamingo's place): nothing at gate zero. */
class Before extends Module implements BlockAdapter {
  gate = new Parameter([1], init.zeros);
  row = new Parameter([32], init.ones);
  before(x: Tensor): Tensor {
    return x.add(this.row.mul(this.gate.tanh()));
  }
}
/** An expert of its own for some projections (CogVLM's place). */
class QueryExpert extends Module implements BlockAdapter {
  expert = new Linear(32, 32, { init: init.zeros });
  project(name: string, _linear: unknown, x: Tensor, y: Tensor): Tensor {
    return name === 'q_proj' ? y.add(this.expert.forward(x)) : y;
  }
}
/** A share of the queries added to what attention gives (LLaMA-Adapter's place). */
class Attend extends Module implements BlockAdapter {
  gate = new Parameter([1], init.zeros);
  attend(q: Tensor): Tensor {
    return q.mul(this.gate);
  }
}
/** An adapter beside the feed-forward. */
class FeedForward extends Module implements BlockAdapter {
  gate = new Parameter([1], init.zeros);
  feedForward(x: Tensor, plain: (x: Tensor) => Tensor, _context: BlockContext): Tensor {
    return plain(x).add(x.mul(this.gate));
  }
}

/** Hidden states of a small model with `make`'s extension in its second block; `fill`: what its zero parameters hold instead. */
async function hidden(
  make: (() => BlockAdapter) | undefined,
  fill = 0,
): Promise<{ values: Float32Array; gradients: Tensor[]; names: string[] }> {
  const network = llama({ width: 32, layers: 2, heads: 2, vocabSize: 20, positions: 16 }).build();
  const extension = make?.();
  if (extension) network.model.layers[1]?.adapters.push(extension);
  network.nameParameters();
  const root = new Rng(4);
  const frozen = new Map<Parameter, HostTensor>();
  for (const p of network.parameters()) {
    const data = new Float32Array(p.count);
    p.init(data, p.dims, root.fork(p.name));
    if (p.name.includes('adapters') && data.every((v) => v === 0)) data.fill(fill);
    frozen.set(p, hostTensor('float32', p.dims, data));
  }
  const y = network.sequence(network.embed(input('ids', [1, 6], 'int32')));
  const program = await compile({ y }, { frozen });
  const out = await program.run({ ids: hostTensor('int32', [1, 6], [3, 1, 4, 1, 5, 9]) });
  program.dispose();
  const own = extension?.parameters() ?? [];
  return { values: (out.y as HostTensor<'float32'>).data, gradients: grad(y.mean(), own), names: own.map((p) => p.name) };
}

describe('block adapters', () => {
  it.each([
    ['before', () => new Before()],
    ['project', () => new QueryExpert()],
    ['attend', () => new Attend()],
    ['feedForward', () => new FeedForward()],
  ])('%s: bit-identical at gate zero, different with it open', async (_hook, make) => {
    const plain = await hidden(undefined);
    const closed = await hidden(make);
    expect(closed.values).toEqual(plain.values);
    const open = await hidden(make, 0.5);
    expect(open.values.some((v, i) => Math.abs(v - (plain.values[i] as number)) > 1e-3)).toBe(true);
    expect(closed.names.every((name) => name.startsWith('model.layers.1.adapters.0.'))).toBe(true);
    expect(closed.gradients.every((g) => g.node !== undefined)).toBe(true);
  });

  it('in cached decoding all four act; where a strategy gives no queries, attend is refused by name, not left out', () => {
    const traced = (extension: BlockAdapter, given?: AttentionStrategy): Tensor => {
      const network = llama({ width: 32, layers: 1, heads: 2, vocabSize: 20, positions: 16 }).build();
      network.model.layers[0]?.adapters.push(extension);
      network.nameParameters();
      return network.hidden(network.embed(input('ids', ['batch', 'seq'], 'int32')), given ?? network.overCache(16));
    };
    for (const extension of [new Before(), new QueryExpert(), new Attend(), new FeedForward()])
      expect(traced(extension).shape).toEqual(['batch', 'seq', 32]);
    expect(() => traced(new Attend(), { attend: (q) => ({ out: q }) })).toThrow(/model\.layers\.0.*Attend/s);
  });
});
