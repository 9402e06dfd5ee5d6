// Encoders made of towers: rows in the order of the prompt, alone and joined; windows and mixtures that change nothing while they are nothing.

import { describe, expect, it } from 'vitest';
import { distance } from '../../../test/golden/read.js';
import { inputsOf, type Parameter, type Tensor, withInputs } from '../../graph/index.js';
import type { RgbImage } from '../../media/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';
import { clipVision, type EncoderMllm, EncoderProcessor, linear, llama, mllm, mlp } from '../index.js';
import { convNextVision } from './convnext-encoder.js';
import type { EncoderSpec } from './define.js';
import { dinov2 } from './dinov2.js';
import { interpolated } from './interpolated.js';
import { mixed } from './mixed.js';
import { patches } from './patches.js';
import { tiles } from './tiles.js';
import { windows } from './windows.js';

const tower = clipVision({ imageSize: 16, patchSize: 8, width: 16, layers: 1, featureLayer: -1 });
const language = llama({ width: 8, layers: 1, heads: 2 });

function picture(width: number, height: number, seed = 1): RgbImage {
  const rng = new Rng(seed);
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => rng.int(256)) };
}

/** A network with values by name, so that networks that share parameters share their values, and its processor. */
function joined(vision: EncoderSpec, connector = linear()) {
  const network = mllm({ vision, connector, language }).build({ vocabSize: 20, imageTokenId: 5 }) as EncoderMllm;
  const values = new Map<Parameter, HostTensor>();
  const path = network.clip?.path ?? 'none';
  for (const p of network.parameters()) {
    const name = p.name.replace(path, 'tower');
    const rng = new Rng(name);
    const scale = name.includes('lora_B') ? 0 : 0.3;
    values.set(
      p,
      hostTensor(
        'float32',
        p.dims,
        Float32Array.from({ length: p.count }, () => scale * rng.normal()),
      ),
    );
  }
  const take = new EncoderProcessor(5, network.encoder.reader(network.itemSizes), network.itemSizes, [9]);
  return { network, values, take };
}

/** The rows of images, encoded together where `join`. */
async function rowsOf({ network, values, take }: ReturnType<typeof joined>, images: readonly RgbImage[]): Promise<Float32Array> {
  const program = await compile({ y: network.see() }, { frozen: values });
  const each = await Promise.all(take.prepare(images).map((one) => one.feeds()));
  const feeds = Object.fromEntries(
    Object.keys(each[0] ?? {}).map((name) => {
      const parts = each.map((feed) => feed[name] as HostTensor<'float32'>);
      const [first] = parts as [HostTensor<'float32'>];
      const all = hostTensor(first.dtype, [parts.reduce((n, p) => n + (p.shape[0] as number), 0), ...first.shape.slice(1)]);
      let at = 0;
      for (const { data } of parts) {
        all.data.set(data, at);
        at += data.length;
      }
      return [name, all];
    }),
  );
  const { y } = (await program.run(feeds)) as { y: HostTensor<'float32'> };
  const copy = Float32Array.from(y.data);
  program.dispose();
  return copy;
}

const width = 8;
const row = (rows: Float32Array, i: number): Float32Array => rows.subarray(i * width, (i + 1) * width);

describe('tiles', () => {
  const grids: [number, number][] = [
    [1, 2],
    [2, 1],
    [2, 2],
  ];

  it('are the whole image, then the grid of all tiles with a row end behind each line', async () => {
    const plain = joined(tiles({ of: tower, grids, layout: 'list' }));
    const laid = joined(tiles({ of: tower, grids }));
    const image = picture(32, 16);
    const [listed, rows] = [await rowsOf(plain, [image]), await rowsOf(laid, [image])];
    // Two tiles side by side, each 2 x 2: lines of four.
    expect(laid.take.prepare([image])[0]?.ids).toHaveLength(4 + 2 * (4 + 1));
    const newline = laid.values.get(laid.network.parameters().find(({ name }) => name === 'media_rows.newline') as Parameter);
    const order = [0, 1, 2, 3, 4, 5, 8, 9, -1, 6, 7, 10, 11, -1];
    expect(rows.length).toBe(order.length * width);
    order.forEach((from, i) => {
      const wanted = from < 0 ? (newline?.data as Float32Array) : row(listed, from);
      expect(distance(row(rows, i), wanted), `${i}`).toBeLessThan(1e-6);
    });
  });

  it('leave padding out, and choose the grid by the shape', () => {
    const { take } = joined(tiles({ of: tower, grids }));
    const count = (w: number, h: number): number => take.prepare([picture(w, h)])[0]?.ids.length as number;
    expect(count(20, 40)).toBe(4 + 4 * (2 + 1));
    expect(count(32, 32)).toBe(4 + 4 * (4 + 1));
    expect(count(40, 8)).toBeLessThan(count(32, 16)); // a strip in the middle of two tiles
  });

  it('of images of several shapes are the same joined as one by one', async () => {
    const laid = joined(tiles({ of: tower, grids }));
    const images = [picture(32, 16, 2), picture(16, 32, 3), picture(24, 24, 4)];
    const apart: number[] = [];
    for (const image of images) apart.push(...(await rowsOf(laid, [image])));
    expect(distance(await rowsOf(laid, images), apart)).toBeLessThan(1e-6);
  });

  it('are refused for connectors that leave no square of rows', () => {
    const odd = tiles({ of: interpolated({ of: tower, size: [16, 24] }) });
    expect(() => joined(odd)).toThrow(expect.objectContaining({ code: 'model.encoder' }));
    expect(() => tiles({ of: tower, grids: [] })).toThrow(expect.objectContaining({ code: 'model.config' }));
    expect(() => joined(tiles({ of: patches({ patch: 8 }) }))).toThrow(expect.objectContaining({ code: 'model.encoder' }));
  });
});

describe('windows', () => {
  it('are tiles through the tower while their terms are zero, and differ when they are not', async () => {
    const plain = joined(tiles({ of: tower, grids: [[2, 2]], layout: 'list' }));
    const own = joined(windows({ of: tower, grid: [2, 2], attention: 2, mlp: 4 }));
    const image = picture(32, 32);
    const [tiled, windowed] = [await rowsOf(plain, [image]), await rowsOf(own, [image])];
    expect(windowed.length).toBe(5 * 4 * width);
    expect(distance(tiled, windowed)).toBeLessThan(1e-6);
    // A term of the second window alone moves the rows of the second window alone.
    const term = own.network.parameters().find(({ name }) => /windows\.1\.terms\.0\.lora_B/.test(name)) as Parameter;
    own.values.set(term, hostTensor('float32', term.dims, new Float32Array(term.count).fill(0.5)));
    const moved = await rowsOf(own, [image]);
    const differs = Array.from(
      { length: 5 },
      (_, i) => distance(moved.subarray(i * 32, i * 32 + 32), windowed.subarray(i * 32, i * 32 + 32)) > 0,
    );
    expect(differs).toEqual([false, false, true, false, false]);
  });

  it('have terms on every layer of the tower, of both ranks, among the parameters of vision', () => {
    const { network } = joined(windows({ of: tower, grid: [1, 2], attention: 2, mlp: 4 }));
    const terms = network.parts().vision.filter(({ name }) => name.includes('lora_A'));
    expect(terms).toHaveLength(2 * 6);
    expect(new Set(terms.map(({ dims }) => dims[0]))).toEqual(new Set([2, 4]));
    expect(network.unused().some(({ name }) => name.includes('lora'))).toBe(false);
  });
});

describe('mixed', () => {
  const second = dinov2({ hidden_size: 12, num_hidden_layers: 1, num_attention_heads: 2, image_size: 16, patch_size: 4 });
  const third = convNextVision({ convnext: { hidden_sizes: [6, 10], depths: [1, 1], num_stages: 2, image_size: 16 }, levels: [0, 1] });

  it('has the tokens of every tower side by side, brought to the grid of the first', async () => {
    const both = joined(mixed({ encoders: [tower, second, third] }), mlp({ depth: 1 }));
    expect(both.network.vision_tower.width).toBe(16 + 12 + 16);
    expect(both.network.itemSizes.rows).toBe(4);
    const alone = joined(mixed({ encoders: [tower] }));
    const read = async ({ network, values, take }: typeof both): Promise<Float32Array> => {
      const tokens: Tensor = withInputs({}, () => network.encode());
      const program = await compile({ tokens }, { frozen: values });
      const feeds = await take.prepare([picture(16, 16)])[0]?.feeds();
      const result = (await program.run(feeds as Record<string, HostTensor>)) as { tokens: HostTensor<'float32'> };
      const copy = Float32Array.from(result.tokens.data);
      program.dispose();
      return copy;
    };
    const [mix, first] = [await read(both), await read(alone)];
    for (let t = 0; t < 4; t++) expect(distance(mix.subarray(t * 44, t * 44 + 16), first.subarray(t * 16, t * 16 + 16))).toBeLessThan(1e-5);
  });

  it('refuses towers of pictures of another size', () => {
    const other = clipVision({ imageSize: 32, patchSize: 8, width: 16, layers: 1 });
    expect(() => joined(mixed({ encoders: [tower, other] }))).toThrow(expect.objectContaining({ code: 'model.encoder' }));
  });
});

describe('patches', () => {
  it('are any image line by line, and the words of the prompt end the lines', async () => {
    const raw = joined(patches({ patch: 8 }));
    const [one] = raw.take.prepare([picture(24, 10)]);
    expect(one?.ids).toEqual([5, 5, 5, 9, 5, 5, 5, 9]);
    expect(inputsOf([raw.network.see()]).map(({ name }) => name)).toEqual(['patches']);
    const images = [picture(24, 10), picture(8, 16, 7)];
    const apart = [...(await rowsOf(raw, [images[0] as RgbImage])), ...(await rowsOf(raw, [images[1] as RgbImage]))];
    expect(distance(await rowsOf(raw, images), apart)).toBeLessThan(1e-6);
    expect(raw.network.parts().vision).toEqual([]);
  });
});

describe('interpolated', () => {
  it('is the tower itself at its own size, and has more tokens at a larger one', async () => {
    const [own, same] = [joined(mixed({ encoders: [tower] })), joined(interpolated({ of: tower, size: 16 }))];
    expect(distance(await rowsOf(own, [picture(16, 16)]), await rowsOf(same, [picture(16, 16)]))).toBe(0);
    const wide = joined(interpolated({ of: tower, size: [16, 32] }));
    expect(wide.network.itemSizes.rows).toBe(8);
    expect((await rowsOf(wide, [picture(50, 20)])).length).toBe(8 * width);
  });
});
