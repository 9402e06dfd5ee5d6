// Region encoders against plain loops: what they read, where their rows stand, and that no region changes no bit.

import { describe, expect, it } from 'vitest';
import { grad, input, type Tensor, withInputs } from '../../graph/index.js';
import { Module } from '../../nn/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';
import { addAdapters } from '../adapters/index.js';
import { Llama, llamaConfig } from '../families/llama/network.js';
import { ferret, sampleRegion } from './ferret.js';
import { coverage, osprey } from './osprey.js';
import { placeRegions } from './place.js';
import { REGION_COUNTS, type RegionEncoder } from './region-encoder.js';

const GRID = 4;
const SIDE = 16;
const WIDTH = 6;
const TOWER = 5;

/** A network that takes region encoders, with the sizes above. */
class Host extends Module {
  adapters: RegionEncoder[] = [];
  language_model: Llama;
  config = {
    model_type: 'llava',
    vision_config: { hidden_size: TOWER, num_hidden_layers: 2, image_size: SIDE, patch_size: SIDE / GRID },
    text_config: { hidden_size: WIDTH },
    vision_feature_layer: -1,
    vision_feature_select_strategy: 'default',
  };
  constructor() {
    super();
    this.language_model = new Llama(
      llamaConfig.parse({
        vocab_size: 8,
        hidden_size: 8,
        intermediate_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        num_key_value_heads: 2,
      }),
    );
  }
}

function made(spec: ReturnType<typeof ferret>): RegionEncoder {
  const host = new Host();
  addAdapters(host, [spec]);
  return (host.adapters[0] as RegionEncoder).nameParameters('r');
}

const valuesOf = (module: Module): Map<never, HostTensor> =>
  new Map(
    module.parameters().map((p) => {
      const value = hostTensor('float32', p.dims);
      const rng = new Rng(p.name);
      for (let i = 0; i < value.data.length; i++) value.data[i] = rng.normal() * 0.4;
      return [p as never, value];
    }),
  );

const random = (name: string, shape: readonly number[]): HostTensor<'float32'> => {
  const rng = new Rng(name);
  const tensor = hostTensor('float32', shape);
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = rng.normal();
  return tensor;
};

/** Two images with one region and two, and the rows of both. */
async function joined(encoder: RegionEncoder, masks: readonly Uint8Array[], counts: readonly number[], columns: number) {
  const images = random('images', [counts.length, 3, WIDTH]);
  const tokens = random('tokens', [counts.length, GRID ** 2, columns]);
  const values = valuesOf(encoder);
  const program = await compile(
    {
      rows: withInputs({}, () => encoder.join(input('images', ['images', 3, WIDTH]), input('tokens', ['images', GRID ** 2, columns]))),
    },
    { frozen: values as never, threads: 1 },
  );
  const feeds = { images, tokens, ...encoder.feeds(masks), [REGION_COUNTS]: hostTensor('int32', [counts.length], Int32Array.from(counts)) };
  const { rows } = await program.run(feeds);
  program.dispose();
  return { rows: rows as HostTensor<'float32'>, images, tokens, values };
}

const square = (x0: number, y0: number, x1: number, y1: number): Uint8Array => {
  const out = new Uint8Array(SIDE * SIDE);
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) out[y * SIDE + x] = 1;
  return out;
};
const MASKS = [square(0, 0, 4, 4), square(5, 3, 12, 9), square(10, 10, 16, 16)];
const COUNTS = [1, 2];

/** y = W x + b, by name. */
const linear = (values: Map<never, HostTensor>, name: string, x: readonly number[]): number[] => {
  const of = (key: string): HostTensor => [...values].find(([p]) => (p as { name: string }).name === `r.${name}.${key}`)?.[1] as HostTensor;
  const [w, b] = [of('weight'), of('bias')];
  const n = w.shape[1] as number;
  return Array.from({ length: w.shape[0] as number }, (_, o) =>
    x.reduce((sum, v, i) => sum + v * (w.data[o * n + i] as number), b.data[o] as number),
  );
};
const relu = (x: readonly number[]): number[] => x.map((v) => Math.max(0, v));
const close = (got: ArrayLike<number>, want: readonly number[]): void => {
  expect(got.length).toBe(want.length);
  for (const [i, v] of want.entries()) expect(Math.abs((got[i] as number) - v)).toBeLessThan(1e-4);
};

/** The rows of the batch in order: those of each image, then those of its regions. */
function placed(images: HostTensor<'float32'>, regions: readonly (readonly number[])[], rows: number): number[] {
  const out: number[] = [];
  let next = 0;
  for (const [b, count] of COUNTS.entries()) {
    out.push(...images.data.subarray(b * 3 * WIDTH, (b + 1) * 3 * WIDTH));
    for (let r = 0; r < count * rows; r++) out.push(...(regions[next++] as readonly number[]));
  }
  return out;
}

describe('osprey', () => {
  it('pools each level over the mask and adds the shape, behind the rows of its image', async () => {
    const encoder = made(osprey({ layers: [0, 2], hidden: 7, shape: 8 }));
    const { rows, images, tokens, values } = await joined(encoder, MASKS, COUNTS, TOWER * 3);
    const regions = MASKS.flatMap((mask, r) => {
      const b = r === 0 ? 0 : 1;
      const cells = coverage(mask, SIDE, GRID);
      const all = cells.reduce((x, y) => x + y, 0);
      // The first columns are the connector's.
      const pooled = Array.from({ length: 2 * TOWER }, (_, c) =>
        cells.reduce((sum, w, i) => sum + (w / all) * (tokens.data[(b * GRID ** 2 + i) * TOWER * 3 + TOWER + c] as number), 0),
      );
      const levels = [linear(values, 'feat_linears.0', pooled.slice(0, TOWER)), linear(values, 'feat_linears.1', pooled.slice(TOWER))];
      const sum = (levels[0] as number[]).map((v, i) => v + (levels[1]?.[i] as number));
      const shape = [...coverage(mask, SIDE, 8)];
      return [
        linear(values, 'mask_mlp.layers.1', relu(linear(values, 'mask_mlp.layers.0', sum))),
        linear(values, 'pos_mlp.layers.1', relu(linear(values, 'pos_mlp.layers.0', shape))),
      ];
    });
    close(rows.data, placed(images, regions, 2));
  });
});

describe('ferret', () => {
  it('samples points, gathers neighbors and pools, as GeoRegionSampler does', async () => {
    const encoder = made(ferret({ points: [12, 5, 2], neighbors: 3 }));
    const { rows, images, tokens, values } = await joined(encoder, MASKS, COUNTS, TOWER);
    const regions = MASKS.map((mask, r) => {
      const b = r === 0 ? 0 : 1;
      const sampled = sampleRegion(mask, { points: [12, 5, 2], neighbors: 3, grid: GRID, side: SIDE });
      let points = Array.from({ length: 12 }, (_, p) => {
        const at = [sampled.points[2 * p] as number, sampled.points[2 * p + 1] as number];
        const feature = Array.from({ length: TOWER }, (_, c) =>
          [0, 1, 2, 3].reduce(
            (sum, k) =>
              sum +
              (sampled.weights[4 * p + k] as number) *
                (tokens.data[(b * GRID ** 2 + (sampled.corners[4 * p + k] as number)) * TOWER + c] as number),
            0,
          ),
        );
        return [...feature, ...at];
      });
      for (const [i, { centers, neighbors }] of sampled.rounds.entries()) {
        points = centers.map((center, c) => {
          const anchor = points[center] as number[];
          const each = [0, 1, 2].map((k) => {
            const near = points[neighbors[3 * c + k] as number] as number[];
            const differing = linear(
              values,
              `diff_projector_list.${i}`,
              near.map((v, j) => v - (anchor[j] as number)),
            );
            const h = relu(linear(values, `agg_projector_list.${i}.net.0`, [...differing, ...anchor]));
            const mean = h.reduce((x, y) => x + y, 0) / h.length;
            const spread = Math.sqrt(h.reduce((x, y) => x + (y - mean) ** 2, 0) / h.length + 1e-5);
            const of = (key: string): HostTensor =>
              [...values].find(([p]) => (p as { name: string }).name === `r.agg_projector_list.${i}.norm.${key}`)?.[1] as HostTensor;
            return h.map((v, j) => ((v - mean) / spread) * (of('weight').data[j] as number) + (of('bias').data[j] as number));
          });
          return [
            ...(each[0] as number[]).map((_, j) => each.reduce((sum, one) => sum + (one[j] as number) / 3, 0)),
            ...anchor.slice(TOWER),
          ];
        });
      }
      const flat = points.flatMap((point) => point.slice(0, TOWER));
      return linear(values, 'dim_projector', linear(values, 'flatten_projector', flat));
    });
    close(rows.data, placed(images, regions, 1));
  });

  it('takes the farthest points first, and the nearest neighbors', () => {
    const line = square(0, 0, 16, 1);
    const { points, rounds } = sampleRegion(line, { points: [16, 3], neighbors: 2, grid: GRID, side: SIDE });
    expect([...points.filter((_, i) => i % 2 === 1)]).toEqual(Array.from({ length: 16 }, (_, i) => i / 16));
    expect(rounds[0]?.centers).toEqual([0, 15, 7]);
    expect(rounds[0]?.neighbors).toEqual([0, 1, 15, 14, 7, 6]);
    const few = sampleRegion(square(2, 2, 3, 4), { points: [5, 2], neighbors: 2, grid: GRID, side: SIDE });
    expect(few.points).toHaveLength(10);
  });
});

describe('every region encoder', () => {
  const specs = [osprey({ hidden: 4, shape: 4 }), ferret({ points: [8, 4, 2], neighbors: 2 })];

  it.each(specs)('$kind: without regions the rows are those of the images, to the bit', async (spec) => {
    const encoder = made(spec);
    const { rows, images } = await joined(encoder, [], [0, 0], TOWER);
    expect(rows.shape).toEqual([6, WIDTH]);
    expect(rows.data).toEqual(images.data);
  });

  it.each(specs)('$kind: every parameter has a gradient', async (spec) => {
    const encoder = made(spec);
    const sizes = { images: 2, regions: 3 };
    const loss = withInputs(
      { sizes },
      (): Tensor =>
        encoder
          .join(input('images', ['images', 3, WIDTH]), input('tokens', ['images', GRID ** 2, TOWER]))
          .square()
          .sum(),
    );
    const gradients = grad(loss, encoder.parameters());
    const outputs = Object.fromEntries(encoder.parameters().map((p, i) => [`grad.${p.name}`, gradients[i] as Tensor]));
    const program = await compile(outputs, { frozen: valuesOf(encoder) as never, threads: 1 });
    const feeds = {
      images: random('images', [2, 3, WIDTH]),
      tokens: random('tokens', [2, GRID ** 2, TOWER]),
      ...encoder.feeds(MASKS),
      [REGION_COUNTS]: hostTensor('int32', [2], Int32Array.from(COUNTS)),
    };
    const found = await program.run(feeds);
    program.dispose();
    for (const p of encoder.parameters())
      expect(
        found[`grad.${p.name}`]?.data.some((v) => Number(v) !== 0),
        p.name,
      ).toBe(true);
  });

  it('goes beside the connector of a LLaVA, once', () => {
    const host = new Host();
    addAdapters(host, [osprey()]);
    expect(() => addAdapters(host, [ferret()])).toThrow(expect.objectContaining({ code: 'adapter.layers' }));
    expect(() => addAdapters(new Host(), [osprey({ layers: [7] })])).toThrow(expect.objectContaining({ code: 'adapter.layers' }));
    expect(() => placeRegions(host.language_model, () => made(osprey()), 'x')).toThrow(expect.objectContaining({ code: 'adapter.layers' }));
    expect(() => ferret({ points: [4, 8] })).toThrow(expect.objectContaining({ code: 'model.config' }));
  });
});
