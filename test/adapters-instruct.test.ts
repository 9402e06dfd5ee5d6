// LaVIN's and LLaMA-Adapter's adapters: nothing at gate zero, cached as whole, PyTorch's numbers and gradients, saved and opened again.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { constant, input, type Parameter, repeatHeads, type Tensor } from '../src/graph/index.js';
import { openModel, saveModel } from '../src/model/index.js';
import { LavinAdapter } from '../src/networks/adapters/lavin.js';
import { LlamaAdapter } from '../src/networks/adapters/llama-adapter.js';
import { ADAPTERS_KEY, type AdapterSpec, lavin, llamaAdapter, type MultimodalNetwork } from '../src/networks/index.js';
import { CausalDecoder } from '../src/networks/language/decoder.js';
import { splitHeads } from '../src/nn/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { loadNetwork } from '../src/weights/index.js';
import { agrees, type Facts } from './adapters/torch.js';
import { cachedLogits, wholeLogits, withAdapter } from './adapters/traces.js';
import { distance, golden } from './golden/read.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sensorium-instruct-adapters-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Values with what is zero in the adapters drawn at random. */
const opened = (values: ReadonlyMap<Parameter, HostTensor>): Map<Parameter, HostTensor> =>
  withAdapter(values, new Map([...values].filter(([p]) => p.name.includes('.adapters.'))), 0.5);

describe.each<[string, AdapterSpec]>([
  ['llava/clip', lavin()],
  ['llava/clip', lavin({ at: 'feed-forward', size: 4, scale: 0.5 })],
  ['blip-2/opt', lavin()],
  ['fuyu/untied', lavin()],
  ['kosmos2/tied', lavin()],
  ['llava/clip', llamaAdapter({ images: true })],
  ['llava/clip', llamaAdapter({ prompts: 3, layers: 1 })],
  ['qwen3/untied', llamaAdapter({ prompts: 4 })],
])('%s with %o', (name, spec) => {
  it('gives the same bits at gate zero, whole and over a cache, and others with it open, in both alike', async () => {
    const { dir } = await golden(name);
    const plain = await loadNetwork(dir);
    const [whole, cached] = [await wholeLogits(plain.network, plain.values), await cachedLogits(plain.network, plain.values)];
    const { network, values } = await loadNetwork(dir, { adapters: [spec], seed: 3 });
    expect(await wholeLogits(network, values)).toEqual(whole);
    expect(await cachedLogits(network, values)).toEqual(cached);
    const [open, openCached] = [await wholeLogits(network, opened(values)), await cachedLogits(network, opened(values))];
    expect(distance(open, whole)).toBeGreaterThan(1e-3);
    const language = network instanceof CausalDecoder ? network : (network as MultimodalNetwork).language_model;
    const { vocab_size: vocab } = language.config;
    const n = open.length / vocab;
    openCached.forEach((step, i) => {
      const at = n - 5 + i;
      expect(distance(step, open.subarray(at * vocab, (at + 1) * vocab)), `step ${i}`).toBeLessThan(1e-4);
    });
  });
});

interface Case extends Facts {
  options: Record<string, number>;
  image: number[][];
  visible: number[][][];
}

describe('PyTorch', async () => {
  const facts = JSON.parse(await readFile(join(import.meta.dirname, 'golden/instruct-adapters.json'), 'utf8')) as Record<string, Case>;
  const inputsOf = (f: Case): Record<string, Tensor> =>
    Object.fromEntries(Object.entries(f.inputs).map(([name, { shape }]) => [name, input(name, shape)]));

  it('gives what LaVIN adapters give, text and images, with all gradients', async () => {
    const f = facts.lavin as Case;
    const inputs = inputsOf(f);
    const adapter = new LavinAdapter(8, {
      at: 'attention',
      ...(f.options as { size: number; groups: number; temperature: number; scale: number }),
    });
    adapter.nameParameters();
    const visible = constant(hostTensor('bool', [2, 5, 1], Uint8Array.from(f.image.flat())));
    const y = adapter.adapt(inputs.x as Tensor, { media: { rows: inputs.x as Tensor, visible } });
    await agrees(f, new Map(adapter.namedParameters()), { y, inputs });
  });

  it('gives what prompts give with the image added to every one of them, with all gradients', async () => {
    const f = facts.llamaAdapter as Case;
    const inputs = inputsOf(f);
    const { heads, prompts } = f.options as { heads: number; prompts: number };
    const adapter = new LlamaAdapter(8, heads, { prompts, images: true });
    adapter.nameParameters();
    const made = (rows: Tensor, x: 'k' | 'v'): Tensor =>
      repeatHeads(splitHeads(rows.matMul((inputs[`${x}.weight`] as Tensor).transpose()).add(inputs[`${x}.bias`] as Tensor), heads), 1);
    const visible = constant(hostTensor('bool', [1, 5, 3], Uint8Array.from(f.visible.flat(2))));
    const q = inputs.q as Tensor;
    const y = adapter.attend(q, q, { layer: 0, media: { rows: inputs.rows as Tensor, visible } }, (rows) => ({
      k: made(rows, 'k'),
      v: made(rows, 'v'),
      scale: 0.5,
    }));
    await agrees(f, new Map(adapter.namedParameters()), { y, inputs });
  });
});

describe('a model with them', () => {
  it('is saved and opened again', async () => {
    const adapters = [lavin({ size: 4 }), llamaAdapter({ prompts: 2, layers: 1 })];
    const model = await openModel((await golden('llava/clip')).dir, { adapters, seed: 9 });
    const values = opened(model.values);
    const dir = join(root, 'saved');
    await saveModel(model, dir, { values });
    const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
    expect(config[ADAPTERS_KEY]).toEqual([
      { kind: 'lavin', at: 'attention', size: 4, groups: 2, temperature: 10, scale: 1 },
      { kind: 'llama-adapter', prompts: 2, layers: 1, images: false },
    ]);
    const again = await openModel(dir);
    expect(await wholeLogits(again.network, again.values)).toEqual(await wholeLogits(model.network, values));
  });

  it('is refused by name where it cannot be: groups that do not divide, layers of one matrix, an option', async () => {
    const { dir } = await golden('llava/clip');
    await expect(loadNetwork(dir, { adapters: [lavin({ size: 9 })] })).rejects.toMatchObject({ code: 'adapter.spec' });
    const opt = await loadNetwork((await golden('blip-2/opt')).dir, { adapters: [llamaAdapter()] });
    await expect(wholeLogits(opt.network, opt.values)).rejects.toMatchObject({ code: 'model.extension' });
    expect(() => llamaAdapter({ prompts: 0 })).toThrow(expect.objectContaining({ code: 'model.config' }));
  });
});
