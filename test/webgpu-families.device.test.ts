// Decoders of every golden family on a device: caches stay there, no node falls back, replies and logits are those of the CPU.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Decoder, type Prompt } from '../src/generate/index.js';
import { type Model, openModel } from '../src/model/index.js';
import type { CausalDecoder, MultimodalNetwork } from '../src/networks/index.js';
import type { Runtime } from '../src/runtime/runtime.js';
import { selectRuntime } from '../src/runtime/select.js';
import { Rng } from '../src/util/rng.js';
import { goldenNames } from './golden/read.js';
import { nodesOnCpu } from './webgpu/placement.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

const TEXT = ['gemma', 'gemma3', 'lfm2', 'llama', 'llama-rope', 'mixtral', 'opt', 'qwen2', 'qwen3', 'smollm3', 'windows'];
const MEDIA = [
  ...['blip-2', 'fuyu', 'gemma3-vl', 'idefics2', 'idefics3', 'instructblip', 'internvl', 'kosmos2', 'lfm2-vl', 'llava', 'llava-next'],
  ...['llava-onevision', 'paligemma', 'pixtral', 'qwen2-5-vl', 'qwen2-vl', 'qwen3-vl'],
];
const TOKENS = 32;

const argMax = (x: Float32Array): number => x.reduce((best, v, i) => (v > (x[best] as number) ? i : best), 0);

/** Logits after the prompt and after each of the tokens: greedy ones, or those that are given. */
async function follow(decoder: Decoder, { ids, features, imagePositions, positions }: Prompt, given?: readonly number[]) {
  const cache = decoder.cache(1, ids.length + TOKENS);
  const tokens: number[] = [];
  const logits: Float32Array[] = [];
  let now = await decoder.step(cache, { ids: [ids], features, imagePositions, positions: [positions] });
  for (;;) {
    logits.push(now.data.slice());
    tokens.push(argMax(now.data));
    if (tokens.length === TOKENS) return { tokens, logits };
    now = await decoder.step(cache, { ids: [[given?.[tokens.length - 1] ?? (tokens.at(-1) as number)]] });
  }
}

/** Prompts of ids. */
function prompts(model: Model): Prompt[] {
  const rng = new Rng(`device ${model.dir}`);
  const vocab = (('language_model' in model.network ? model.network.language_model : model.network) as CausalDecoder).config.vocab_size;
  const some = (n: number): Prompt => ({ ids: Int32Array.from({ length: n }, () => 3 + rng.int(vocab - 3)) });
  return [some(7), some(40)]; // the fused kernel of some adapters is wrong from 32 tokens on
}

const tallies = { prompts: 0, equal: 0, worst: 0 };
const cases = [...TEXT, ...MEDIA].flatMap(goldenNames);

describe.runIf(isHere)('families on a device', () => {
  afterAll(() => process.stdout.write(`${JSON.stringify(tallies)}\n`));

  it.each(cases)('%s', async (name) => {
    const [cpu, gpu] = [await selectRuntime('native', 'cpu'), await selectRuntime('native', 'webgpu')];
    const model = await openModel(join(import.meta.dirname, 'golden', 'families', name));
    if (model.kind === 'seq2seq') return;
    const make = (runtime: Runtime, profile?: string): Promise<Decoder> =>
      Decoder.create({
        network: model.network as CausalDecoder | MultimodalNetwork,
        values: model.values,
        capacity: 128,
        runtime,
        profile,
      });
    const dir = mkdtempSync(join(tmpdir(), 'placement-'));
    const [ours, theirs] = [await make(gpu, join(dir, 'run')), await make(cpu)];
    try {
      for (const prompt of prompts(model)) {
        const wanted = await follow(theirs, prompt);
        const got = await follow(ours, prompt, wanted.tokens);
        let off = 0;
        for (const [t, row] of wanted.logits.entries())
          for (const [i, v] of row.entries()) off = Math.max(off, Math.abs(v - (got.logits[t]?.[i] as number)));
        tallies.worst = Math.max(tallies.worst, off);
        tallies.prompts++;
        if (got.tokens.join() === wanted.tokens.join()) tallies.equal++;
        expect(off, 'logits').toBeLessThan(2e-3);
      }
      ours.dispose();
      expect(nodesOnCpu(dir)).toEqual([]);
    } finally {
      theirs.dispose();
      rmSync(dir, { recursive: true });
    }
  });

  it('gives the replies of the CPU', () => {
    expect(tallies.equal / tallies.prompts).toBeGreaterThanOrEqual(0.95);
  });
});
