// A small network of two frozen matrices in blocks under low-rank adapters, as a graph of loss and gradients: for tests on the CPU and on devices.

import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { grad } from './grad.js';
import { input } from './inputs.js';
import { silu } from './ops/activation.js';
import { add } from './ops/arithmetic.js';
import { matMul } from './ops/matmul.js';
import { mean } from './ops/reduce.js';
import { type Bits, PackedTensor, quantizeBlocks } from './packed.js';
import { Parameter, type Tensor } from './tensor.js';

export const QLORA = { rows: 6, width: 64, hidden: 96, rank: 4 };

const random = (rng: Rng, shape: readonly number[], scale: number): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => scale * rng.uniform(-1, 1)),
  );

/** The graph, with the frozen values in `bits` and what it is fed. */
export function qloraProblem(bits: Bits): {
  outputs: Record<string, Tensor>;
  frozen: Map<Parameter, PackedTensor>;
  feeds: Record<string, HostTensor<'float32'>>;
  trained: readonly string[];
} {
  const { rows, width, hidden, rank } = QLORA;
  const rng = new Rng(`qlora ${bits}`);
  const frozen = new Map<Parameter, PackedTensor>();
  const feeds: Record<string, HostTensor<'float32'>> = {};
  const trained: Parameter[] = [];
  const parameter = (name: string, dims: readonly number[]): Parameter => {
    const p = new Parameter(dims, () => {});
    p.name = name;
    return p;
  };
  const adapted = (name: string, x: Tensor, inputs: number, outputs: number): Tensor => {
    const w = parameter(`${name}.weight`, [outputs, inputs]);
    frozen.set(w, new PackedTensor([outputs, inputs], { blocks: quantizeBlocks(random(rng, w.dims, 0.2), { bits, block: 32 }) }));
    const [a, b] = [parameter(`${name}.a`, [rank, inputs]), parameter(`${name}.b`, [outputs, rank])];
    trained.push(a, b);
    feeds[a.name] = random(rng, a.dims, 0.1);
    feeds[b.name] = random(rng, b.dims, 0.1);
    return add(matMul(x, w.transpose()), matMul(matMul(x, a.transpose()), b.transpose()));
  };
  feeds.x = random(rng, [1, rows, width], 1);
  feeds.y = random(rng, [1, rows, width], 1);
  const x = input('x', [1, rows, width]);
  const out = adapted('down', silu(adapted('up', x, width, hidden)), hidden, width);
  const off = out.sub(input('y', [1, rows, width]));
  const loss = mean(off.mul(off));
  const gradients = grad(loss, trained);
  return {
    outputs: { loss, ...Object.fromEntries(trained.map((p, i) => [`grad.${p.name}`, gradients[i] as Tensor])) },
    frozen,
    feeds,
    trained: trained.map((p) => p.name),
  };
}
