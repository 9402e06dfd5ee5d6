// The parts of every golden network: each parameter in one of them, and read by the half of the vision program that its part names.

import { describe, expect, it } from 'vitest';
import { input, type Parameter, type Tensor, topological, withInputs } from '../src/graph/index.js';
import { CausalDecoder, MultimodalNetwork, readFamily, T5, VisionNetwork } from '../src/networks/index.js';
import { readJson } from '../src/util/fs.js';
import { FAMILIES, goldenNames } from './golden/read.js';

async function build(name: string) {
  const path = `${FAMILIES}/${name}/config.json`;
  const { family, config } = readFamily(await readJson(path), path);
  return family.build(config as never).nameParameters();
}
const names = (parameters: Iterable<Parameter>): string[] => [...parameters].map((p) => p.name).sort();
const leavesOf = (...outputs: Tensor[]): Set<Tensor> => new Set(topological(outputs).leaves);

const VISION = [
  ...['blip-2', 'fuyu', 'idefics2', 'idefics3', 'instructblip', 'kosmos2'],
  ...['llava', 'llava-next', 'llava-onevision', 'qwen2-5-vl', 'qwen2-vl', 'qwen3-vl'],
].flatMap(goldenNames);
const TEXT = ['gemma', 'gemma3', 'lfm2', 'llama', 'mixtral', 'opt', 'qwen2', 'qwen3', 'smollm3', 't5', 'windows'].flatMap(goldenNames);

describe.each(VISION)('%s', (name) => {
  it('has each parameter in exactly one part, read by its half of the program or by none', async () => {
    const network = (await build(name)) as VisionNetwork;
    const { vision, connector, language, embeddings } = network.parts();
    expect(names([...vision, ...connector, ...language])).toEqual(names(network.parameters()));
    for (const p of embeddings) expect(language).toContain(p);

    const tokens = withInputs({}, () => network.encode());
    const encoded = leavesOf(tokens);
    const rows = withInputs({}, () => network.connect(input('tokens', tokens.shape)));
    const connected = leavesOf(rows);
    const unused = network.unused();
    expect(names(vision.filter((p) => !unused.includes(p)))).toEqual(names(network.parameters().filter((p) => encoded.has(p))));
    expect(names(connector.filter((p) => !unused.includes(p)))).toEqual(names(network.parameters().filter((p) => connected.has(p))));
    expect(rows.shape).toHaveLength(2);
    expect(tokens.rank).toBe(name.startsWith('fuyu') ? 2 : 3);
  });

  it('has a head among the embeddings only where it is one of its own', async () => {
    const { embeddings } = ((await build(name)) as VisionNetwork).parts();
    const heads = names(embeddings).filter((n) => n.endsWith('lm_head.weight'));
    expect(embeddings.length).toBe(1 + heads.length);
  });
});

it.each([
  ['llava/clip', ['post_layernorm.bias', 'post_layernorm.weight'], 1],
  ['llava/layers-full-bf16', [], undefined],
  ['llava-next/siglip-llama', [], undefined],
  ['kosmos2/tied', [], 0],
  ['qwen2-vl/untied', [], 0],
  ['qwen3-vl/tied', [], undefined],
  ['idefics2/split', [], 0],
])('%s names the layers behind the chosen features as unused', async (name, some, layers) => {
  const network = (await build(name)) as MultimodalNetwork;
  const unused = names(network.unused());
  for (const end of some) expect(unused.some((n) => n.endsWith(end))).toBe(true);
  const left = new Set(unused.flatMap((n) => /\.layers\.(\d+)\./.exec(n)?.[1] ?? []));
  if (layers !== undefined) expect(left.size).toBe(layers);
  if (layers === 0) expect(unused).toEqual([]);
});

it('counts what the words of InstructBLIP go through after the last cross-attention as unused', async () => {
  const network = (await build('instructblip/vicuna')) as MultimodalNetwork;
  const unused = names(network.unused());
  expect(unused.length).toBeGreaterThan(0);
  for (const n of unused) expect(n).toMatch(/^connector\.qformer\.encoder\.layer\.\d+\.(intermediate|output)\./);
});

it.each(TEXT)('%s is language alone', async (name) => {
  const network = (await build(name)) as CausalDecoder | T5;
  expect(network instanceof CausalDecoder || network instanceof T5).toBe(true);
  const { vision, connector, language, embeddings } = network.parts();
  expect([vision, connector]).toEqual([[], []]);
  expect(names(language)).toEqual(names(network.parameters()));
  for (const p of embeddings) expect(language).toContain(p);
  expect(network instanceof VisionNetwork).toBe(false);
});

it('is known by its kind', async () => {
  expect(await build('blip-2/opt')).toBeInstanceOf(MultimodalNetwork);
  expect(await build('blip-2/t5-every-layer')).not.toBeInstanceOf(MultimodalNetwork);
});
