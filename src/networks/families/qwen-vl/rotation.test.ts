// Rotations by several positions: equal positions give the plain rotation, sections turn by their own, over whole sequences and caches.

import { describe, expect, it } from 'vitest';
import { gather, input, type Parameter, rotary, type Tensor } from '../../../graph/index.js';
import { compile } from '../../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../../util/host.js';
import { Rng } from '../../../util/rng.js';
import { llama } from '../sensorium/specs.js';
import { sectionedRotation } from './rotation.js';

const rope = { head_dim: 8, max_position_embeddings: 64, rope_theta: 100 };
const ints = (shape: number[], data: number[]) => hostTensor('int32', shape, data);
async function run(outputs: Record<string, Tensor>, feeds: Record<string, HostTensor>, frozen?: Map<Parameter, HostTensor>) {
  const program = await compile(outputs, { frozen });
  const out = (await program.run(feeds)) as Record<string, HostTensor<'float32'>>;
  program.dispose();
  return out;
}

describe('sectionedRotation', () => {
  it('turns each pair by the position of its section', async () => {
    const positions = input('positions', [3, 1, 2], 'int32');
    const { table, at } = sectionedRotation(rope, positions, [1, 2, 1]);
    const x = input('x', [1, 1, 2, 8]);
    const data = Float32Array.from({ length: 16 }, (_, i) => i + 1);
    const where = [
      [3, 40], // time of both tokens
      [5, 7],
      [1, 60],
    ];
    const { y } = await run(
      { y: rotary(x, at, table) },
      { x: hostTensor('float32', [1, 1, 2, 8], data), positions: ints([3, 1, 2], where.flat()) },
    );
    for (const token of [0, 1])
      [0, 1, 1, 2].forEach((kind, i) => {
        const angle = (where[kind]?.[token] as number) * 100 ** ((-2 * i) / 8);
        const [a, b] = [data[token * 8 + i] as number, data[token * 8 + i + 4] as number];
        expect(y?.data[token * 8 + i]).toBeCloseTo(a * Math.cos(angle) - b * Math.sin(angle), 4);
        expect(y?.data[token * 8 + i + 4]).toBeCloseTo(b * Math.cos(angle) + a * Math.sin(angle), 4);
      });
  });

  it('refuses sections that do not make up half a head', () => {
    expect(() => sectionedRotation(rope, input('p', [3, 1, 2], 'int32'), [1, 1, 1])).toThrow(
      /mrope_section\): expected 3 counts.*4, got 1, 1, 1/,
    );
  });

  it.each([16, 12])('gives the same in whole sequences and over a cache, heads of %i', async (headDim) => {
    const network = llama({ width: headDim * 2, layers: 2, heads: 2, kvHeads: 1, vocabSize: 20, positions: 16 })
      .build()
      .nameParameters();
    const rng = new Rng(3);
    const values = new Map(
      network.parameters().map((p) => {
        const value = hostTensor('float32', p.dims);
        p.init(value.data, p.dims, rng);
        return [p, value];
      }),
    );
    const sections = [headDim / 2 - 4, 2, 2];
    const whole = (rotated: boolean) => {
      const positions = input('positions', [3, 1, 6], 'int32');
      const x = network.embed(input('ids', [1, 6], 'int32'));
      return network.sequence(x, rotated ? { rotation: sectionedRotation(network.config, positions, sections) } : {});
    };
    const ids = ints([1, 6], [3, 1, 4, 1, 5, 9]);
    const same = ints([3, 1, 6], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
    const other = ints([3, 1, 6], [0, 1, 1, 1, 1, 4, 0, 1, 1, 2, 2, 4, 0, 1, 2, 1, 2, 4]);
    const plain = (await run({ y: whole(false) }, { ids }, values)).y?.data as Float32Array;
    const equal = (await run({ y: whole(true) }, { ids, positions: same }, values)).y?.data as Float32Array;
    const moved = (await run({ y: whole(true) }, { ids, positions: other }, values)).y?.data as Float32Array;
    const distance = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((v, i) => Math.abs(v - (b[i] as number))));
    expect(distance(equal, plain)).toBeLessThan(1e-5);
    expect(distance(moved, plain)).toBeGreaterThan(1e-3);

    const rotation = sectionedRotation(network.config, input('positions', [3, 'batch', 'seq'], 'int32'), sections);
    const strategy = network.overCache(16, rotation);
    const hidden = network.hidden(network.embed(input('ids', ['batch', 'seq'], 'int32')), strategy);
    const last = gather(hidden.reshape([-1, network.width]), input('last', ['batch'], 'int32'));
    const program = await compile({ state: last, ...strategy.outputs }, { frozen: values });
    const caches = Object.fromEntries(['0.key', '0.value', '1.key', '1.value'].map((k) => [k, hostTensor('float32', [1, 1, 16, headDim])]));
    const prefixed = (prefix: string) => Object.fromEntries(Object.entries(caches).map(([k, v]) => [`${prefix}.${k}`, v]));
    let out: Record<string, HostTensor> = {};
    for (const [from, to] of [
      [0, 4],
      [4, 5],
      [5, 6],
    ] as const) {
      const columns = [0, 1, 2].flatMap((kind) => Array.from(other.data.subarray(kind * 6 + from, kind * 6 + to)));
      out = await program.run(
        {
          ids: ints([1, to - from], Array.from(ids.data.subarray(from, to))),
          positions: ints([3, 1, to - from], columns),
          last: ints([1], [to - from - 1]),
          lengths: ints([1], [to - 1]),
          total: ints([], [to]),
          ...prefixed('past'),
        },
        prefixed('present'),
      );
    }
    program.dispose();
    expect(distance((out.state as HostTensor<'float32'>).data, moved.slice(-network.width))).toBeLessThan(1e-5);
  });
});
