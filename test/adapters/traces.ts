// Runs a network as training does (whole sequences) and as generation does (over caches), for tests of what adapters do to both.

import { MediaRows } from '../../src/generate/media-rows.js';
import { gather, Input, input, type Parameter, type Tensor, topological } from '../../src/graph/index.js';
import { decodeGraph } from '../../src/networks/decode-graph.js';
import { T5 } from '../../src/networks/families/t5/network.js';
import { CausalDecoder } from '../../src/networks/language/decoder.js';
import { MultimodalNetwork } from '../../src/networks/multimodal.js';
import type { Module } from '../../src/nn/index.js';
import { compile, type Program } from '../../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../../src/util/host.js';
import { Rng } from '../../src/util/rng.js';

/** Tokens of the text that is run. */
const N = 9;
const CAPACITY = 16;
const ids = Int32Array.from({ length: N }, (_, i) => 5 + ((i * 7) % 40));

export type Values = ReadonlyMap<Parameter, HostTensor>;

/** Random values for the inputs of a graph; a named size is one. */
function randomFeeds(output: Tensor): Record<string, HostTensor> {
  const rng = new Rng('feeds');
  const inputs = topological([output]).leaves.filter((leaf) => leaf instanceof Input);
  return Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const sizes = shape.map((d) => (typeof d === 'number' ? d : 1));
      const count = sizes.reduce((a, b) => a * b, 1);
      return [
        name,
        hostTensor(
          'float32',
          sizes,
          Float32Array.from({ length: count }, () => rng.normal()),
        ),
      ];
    }),
  );
}

async function once(outputs: Record<string, Tensor>, frozen: Values, feeds: Record<string, HostTensor>): Promise<HostTensor<'float32'>> {
  const program = await compile(outputs, { frozen });
  const { logits } = await program.run(feeds);
  program.dispose();
  return logits as HostTensor<'float32'>;
}

/** Rows of one image, from random pixels. */
async function imageRows(network: Module, frozen: Values): Promise<HostTensor<'float32'> | undefined> {
  if (!('see' in network)) return undefined;
  const seen = (network as { see(): Tensor }).see();
  const program = await compile({ rows: seen }, { frozen });
  const { rows } = await program.run(randomFeeds(seen));
  program.dispose();
  return rows as HostTensor<'float32'>;
}

/** Logits of a whole sequence [n, vocab], as training computes them; an image stands in front where the network takes one. */
export async function wholeLogits(network: Module, values: Values): Promise<Float32Array> {
  const rows = await imageRows(network, values);
  const m = rows?.shape[0] ?? 0;
  const text = hostTensor('int32', [1, m + N], [...new Array(m).fill(0), ...ids]);
  const at = hostTensor(
    'int32',
    [m],
    Int32Array.from({ length: m }, (_, i) => i),
  );
  const x = input('ids', [1, m + N], 'int32');
  if (network instanceof T5) {
    const hidden = network.sequence(network.embed(input('reply', [1, N], 'int32')), network.embed(x));
    return (await once({ logits: network.logits(hidden) }, values, { ids: text, reply: text })).data;
  }
  if (network instanceof CausalDecoder)
    return (await once({ logits: network.logits(network.sequence(network.embed(x))) }, values, { ids: text })).data;
  if (!(network instanceof MultimodalNetwork)) throw new Error(`no way to run ${network.constructor.name}`);
  const hidden = network.hidden(x, input('features', (rows as HostTensor).shape), input('at', [m], 'int32'));
  return (await once({ logits: network.language_model.logits(hidden) }, values, { ids: text, features: rows as HostTensor, at })).data;
}

/** Logits after the last tokens, step by step over a cache, as generation computes them: [steps, vocab]. */
export async function cachedLogits(network: Module, values: Values): Promise<Float32Array[]> {
  const out: Float32Array[] = [];
  if (network instanceof T5) {
    const cross = network.crossKeysValues(network.encode(network.embed(input('ids', [1, N], 'int32'))));
    const encoder = await compile(
      Object.fromEntries(
        cross.flatMap(({ k, v }, i) => [
          [`cross.${i}.key`, k],
          [`cross.${i}.value`, v],
        ]),
      ),
      { frozen: values },
    );
    const state = await encoder.run({ ids: hostTensor('int32', [1, N], ids) });
    encoder.dispose();
    const { hidden, outputs } = network.decodeCached(network.embed(input('ids', ['batch', 'seq'], 'int32')));
    const program = await compile(
      { logits: network.logits(gather(hidden.reshape([-1, network.width]), input('last', [1], 'int32'))), ...outputs },
      { frozen: values },
    );
    const { num_heads: heads, d_kv } = network.config;
    await steps(program, out, [[...ids.slice(0, 5)], [ids[5] as number], [ids[6] as number]], {
      more: { ...state, source_mask: hostTensor('int32', [1, N], new Int32Array(N).fill(1)) },
      layers: network.decoder.block.length,
      shape: [1, heads, CAPACITY, d_kv],
    });
    return out;
  }
  const rows = await imageRows(network, values);
  const m = rows?.shape[0] ?? 0;
  const language = network instanceof CausalDecoder ? network : (network as MultimodalNetwork).language_model;
  const program = await compile(decodeGraph(network as CausalDecoder, language, m + CAPACITY), { frozen: values });
  const { num_key_value_heads: heads, head_dim, num_hidden_layers: layers } = language.config;
  const at = Int32Array.from({ length: m }, (_, i) => i);
  const none = { features: hostTensor('float32', [0, language.rowWidth]), image_positions: hostTensor('int32', [0]) };
  const first = { features: rows as HostTensor, image_positions: hostTensor('int32', [m], at) };
  const media = new MediaRows(language.rowWidth);
  if (rows) media.append(rows, at, { n: m, lengths: new Int32Array(1) });
  await steps(program, out, [[...new Array(m).fill(0), ...ids.slice(0, 5)], [ids[5] as number], [ids[6] as number]], {
    first: rows && first,
    later: rows && none,
    more: rows && language.readsMedia ? fed(program, media.feeds()) : {},
    layers,
    shape: [1, heads, m + CAPACITY, head_dim],
  });
  return out;
}

/** Of some tensors those that a program has inputs for: an adapter may ask only where images stand, and not for their rows. */
function fed(program: Program, all: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => program.inputs.some((i) => i.name === name)));
}

async function steps(
  program: Program,
  out: Float32Array[],
  pieces: number[][],
  o: {
    more?: Record<string, HostTensor>;
    first?: Record<string, HostTensor>;
    later?: Record<string, HostTensor>;
    layers: number;
    shape: number[];
  },
): Promise<void> {
  const buffers: Record<string, HostTensor> = {};
  for (let layer = 0; layer < o.layers; layer++)
    for (const what of ['key', 'value']) buffers[`${layer}.${what}`] = hostTensor('float32', o.shape);
  const under = (prefix: string): Record<string, HostTensor> =>
    Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [`${prefix}.${name}`, buffer]));
  let length = 0;
  for (const [i, piece] of pieces.entries()) {
    length += piece.length;
    const { logits } = await program.run(
      {
        ids: hostTensor('int32', [1, piece.length], piece),
        last: hostTensor('int32', [1], [piece.length - 1]),
        lengths: hostTensor('int32', [1], [length - 1]),
        total: hostTensor('int32', [], [length]),
        ...under('past'),
        ...o.more,
        ...(i === 0 ? o.first : o.later),
      },
      under('present'),
    );
    out.push((logits as HostTensor<'float32'>).data.slice());
  }
  program.dispose();
}

/** Values with those of adapters added; with `scale`, what is zero in them is drawn at random. */
export function withAdapter(values: Values, adapter: Values, scale = 0): Map<Parameter, HostTensor> {
  const rng = new Rng('open');
  const out = new Map(values);
  for (const [p, value] of adapter) {
    const isZero = (value.data as Float32Array).every((v) => v === 0);
    out.set(
      p,
      isZero && scale
        ? hostTensor(
            'float32',
            p.dims,
            Float32Array.from({ length: p.count }, () => scale * rng.normal()),
          )
        : value,
    );
  }
  return out;
}
