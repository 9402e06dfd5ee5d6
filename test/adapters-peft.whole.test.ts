// Adapters in peft's layout: what peft wrote gives peft's logits here, what is written here reads back the same, and strangers are refused.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { input } from '../src/graph/index.js';
import {
  attachLora,
  type Blip2,
  CausalDecoder,
  detachLora,
  type LlavaNetwork,
  linearLayers,
  lora,
  type MultimodalNetwork,
  T5,
} from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import {
  ADAPTER_FILES,
  type LoadedNetwork,
  loadAdapter,
  loadNetwork,
  readAll,
  SafetensorsFile,
  saveAdapter,
  writeSafetensors,
} from '../src/weights/index.js';
import { wholeLogits, withAdapter } from './adapters/traces.js';
import { distance, golden } from './golden/read.js';

const BAR = 1e-4;
const PEFT = join(import.meta.dirname, 'golden', 'peft');
/** Adapters that peft wrote (test/golden/make_peft.py), and their bases. */
const BASES = {
  llama: 'llama/untied',
  'llama-dora': 'llama/untied',
  'llama-patterns': 'llama/untied',
  'llama-saved': 'llama/tied-bf16-sharded',
  t5: 't5/flan',
  opt: 'opt/tied',
  llava: 'llava/clip',
  idefics3: 'idefics3/tiles',
  'qwen2-vl': 'qwen2-vl/untied',
  fuyu: 'fuyu/untied',
  'blip-2': 'blip-2/opt',
} as const;
type Name = keyof typeof BASES;
const names = Object.keys(BASES) as Name[];

let out: string;
beforeAll(async () => {
  // Where this is set the folders stay, for peft to check: CHECK=DIR python test/golden/make_peft.py
  out = process.env.SENSORIUM_PEFT_OUT ?? (await mkdtemp(join(tmpdir(), 'sensorium-peft-')));
});
afterAll(async () => {
  if (!process.env.SENSORIUM_PEFT_OUT) await rm(out, { recursive: true, force: true });
});

const load = async (name: Name, adapter: string = join(PEFT, name)) =>
  loadNetwork((await golden(BASES[name])).dir, { adapters: [adapter] });

/** Logits of a text alone, and the rows of an image where the network's tower is a plain one. */
async function outputs(
  { network, values }: Pick<LoadedNetwork, 'network' | 'values'>,
  pixels?: HostTensor,
): Promise<Record<string, HostTensor<'float32'>>> {
  const n = 9;
  const ids = hostTensor(
    'int32',
    [1, n],
    Int32Array.from({ length: n }, (_, i) => 5 + ((i * 7) % 40)),
  );
  const x = input('ids', [1, n], 'int32');
  const run = async (logits: Parameters<typeof compile>[0], feeds: Record<string, HostTensor>) => {
    const program = await compile(logits, { frozen: values });
    const got = (await program.run(feeds)) as Record<string, HostTensor<'float32'>>;
    program.dispose();
    return got;
  };
  if (network instanceof T5) {
    const hidden = network.sequence(network.embed(x), network.embed(x));
    return run({ logits: network.logits(hidden) }, { ids });
  }
  const language = network instanceof CausalDecoder ? network : (network as MultimodalNetwork).language_model;
  const logits = language.logits(language.sequence(language.embed(x)));
  if (!pixels) return run({ logits }, { ids });
  const { rows } = await run({ rows: (network as LlavaNetwork | Blip2).see() }, { pixels });
  return { ...(await run({ logits }, { ids })), rows: rows as HostTensor<'float32'> };
}

const expected = async (name: Name) => readAll(await SafetensorsFile.open(join(PEFT, name, 'golden.safetensors')));

describe.each(names)('%s', (name) => {
  it("computes peft's logits with the adapter that peft wrote", async () => {
    const want = await expected(name);
    const got = await outputs(await load(name), want.pixels);
    for (const key of want.rows ? (['logits', 'rows'] as const) : (['logits'] as const))
      expect(
        distance((got as Record<string, HostTensor<'float32'>>)[key]?.data ?? [], (want[key] as HostTensor<'float32'>).data),
        key,
      ).toBeLessThan(BAR);
  });

  it('writes the same tensors under the same names, and reads them back', async () => {
    const loaded = await load(name);
    const [adapter] = loaded.adapters;
    const dir = join(out, name);
    await saveAdapter(dir, adapter as NonNullable<typeof adapter>, loaded, { base: 'somewhere/base' });
    const file = async (folder: string) => readAll(await SafetensorsFile.open(join(folder, ADAPTER_FILES.weights)));
    const [theirs, ours] = [await file(join(PEFT, name)), await file(dir)];
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    for (const [key, tensor] of Object.entries(theirs)) expect(ours[key]?.data, key).toEqual(tensor.data);
    const want = await outputs(loaded);
    if (process.env.SENSORIUM_PEFT_OUT) await writeSafetensors(join(dir, 'golden.safetensors'), want);
    expect(await outputs(await load(name, dir))).toEqual(want);
  });
});

describe('adapters of ours', () => {
  it.each(['llama/untied', 'llama/tied-bf16-sharded', 'llava/clip', 'blip-2/opt', 't5/flan'])(
    'of %s read back to the bit',
    async (base) => {
      const { dir } = await golden(base);
      const loaded = await loadNetwork(dir);
      const request = lora({
        rank: 3,
        alpha: 6,
        targets: 'all-linear',
        exclude: ['v_proj'],
        dora: true,
        rslora: true,
        modulesToSave: [base.startsWith('t5') ? 'shared' : 'embed_tokens'],
      });
      const attached = attachLora(loaded.network, request, { seed: 5, values: loaded.values });
      const values = withAdapter(loaded.values, attached.values, 0.05);
      for (const module of attached.saved.values())
        for (const p of module.parameters())
          values.set(
            p,
            hostTensor(
              'float32',
              p.dims,
              (values.get(p) as HostTensor<'float32'>).data.map((v) => 1.25 * v),
            ),
          );
      const want = await wholeLogits(loaded.network, values);
      const folder = join(out, `own-${base.replace('/', '-')}`);
      await saveAdapter(folder, attached, { ...loaded, values }, { base: dir });
      const again = await loadNetwork(dir, { adapters: [folder] });
      expect(await wholeLogits(again.network, again.values)).toEqual(want);
      if (process.env.SENSORIUM_PEFT_OUT) await writeSafetensors(join(folder, 'golden.safetensors'), await outputs(again));
      expect(again.adapters[0]).toMatchObject({ base: dir, count: attached.count });
      // In bfloat16 it is half as large, and rounded.
      await saveAdapter(`${folder}-half`, attached, { ...loaded, values }, { dtype: 'bfloat16' });
      const half = await loadNetwork(dir, { adapters: [`${folder}-half`] });
      expect(distance(await wholeLogits(half.network, half.values), want)).toBeGreaterThan(0);
    },
  );
});

describe('an adapter that does not fit is refused, and nothing is changed:', () => {
  /** A copy of the golden adapter with something changed. */
  async function changed(
    change: { config?: Record<string, unknown>; tensors?: (tensors: Record<string, HostTensor>) => Record<string, HostTensor> },
    from: Name = 'llama',
  ): Promise<string> {
    const dir = await mkdtemp(join(out, 'changed-'));
    const config = JSON.parse(await readFile(join(PEFT, from, ADAPTER_FILES.config), 'utf8'));
    await writeFile(join(dir, ADAPTER_FILES.config), JSON.stringify({ ...config, ...change.config }));
    const tensors = await readAll(await SafetensorsFile.open(join(PEFT, from, ADAPTER_FILES.weights)));
    await writeSafetensors(join(dir, ADAPTER_FILES.weights), change.tensors?.({ ...tensors }) ?? tensors);
    return dir;
  }
  const refused = async (dir: string, base = 'llama/untied') => {
    const loaded = await loadNetwork((await golden(base)).dir);
    const error = await loadAdapter(dir, loaded).then(
      () => undefined,
      (e) => e,
    );
    expect([...linearLayers(loaded.network).values()].some((linear) => linear.adapter)).toBe(false);
    return error;
  };

  it.each([
    ['prefix tuning', { peft_type: 'PREFIX_TUNING' }, 'adapter.type', 'PREFIX_TUNING'],
    ['IA3', { peft_type: 'IA3' }, 'adapter.type', 'IA3'],
    ['another rank', { r: 8 }, 'adapter.rank', 'rank 4'],
    ['a config of DoRA without lengths', { use_dora: true }, 'adapter.base', 'none'],
    ['biases on B', { lora_bias: true }, 'adapter.unsupported', 'true'],
    ['PiSSA', { init_lora_weights: 'pissa' }, 'adapter.unsupported', 'pissa'],
    ['activated LoRA', { alora_invocation_tokens: [1, 2] }, 'adapter.unsupported', '[1,2]'],
    ['an alpha that is not a number', { lora_alpha: 'x' }, 'model.config', '"x"'],
    ['a pattern that matches for hours', { alpha_pattern: { '(.*)*x': 2 } }, 'adapter.pattern', '(.*)*x'],
  ] as const)('%s', async (_, config, code, got) => {
    const error = await refused(await changed({ config }));
    expect(error).toMatchObject({ code });
    expect(error.got).toContain(got);
  });

  it('one for a base of other sizes, naming the base', async () => {
    expect(await refused(join(PEFT, 'llama'), 'llama/tied-bf16-sharded')).toMatchObject({
      code: 'adapter.base',
      hint: expect.stringContaining('test/golden/families/llama/untied'),
    });
  });

  it('one for another architecture, naming layers that are not there and the nearest', async () => {
    const error = await refused(join(PEFT, 'opt'), 'llama/untied');
    expect(error).toMatchObject({ code: 'adapter.base' });
    expect(error.got).toContain('model.decoder.layers.0');
    expect(error.expected).toMatch(/model\.layers\./);
  });

  it('one with half of a pair', async () => {
    const dir = await changed({
      tensors: (t) => Object.fromEntries(Object.entries(t).filter(([key]) => !key.endsWith('layers.0.self_attn.q_proj.lora_B.weight'))),
    });
    expect(await refused(dir)).toMatchObject({ code: 'adapter.base', got: expect.stringContaining('q_proj') });
  });

  it('one that parts an embedding and a head that are one', async () => {
    const dir = await changed(
      {
        tensors: (t) => {
          const key = Object.keys(t).find((name) => name.endsWith('lm_head.weight')) as string;
          const { shape, data } = t[key] as HostTensor<'float32'>;
          return {
            ...t,
            [key]: hostTensor(
              'float32',
              shape,
              data.map((v) => v + 1),
            ),
          };
        },
      },
      'llama-saved',
    );
    expect(await refused(dir, 'llama/tied-bf16-sharded')).toMatchObject({ code: 'adapter.tied' });
  });

  it('one whose weights are a pickle or missing', async () => {
    const dir = await mkdtemp(join(out, 'files-'));
    expect(await refused(dir)).toMatchObject({ code: 'util.missing' });
    await writeFile(join(dir, ADAPTER_FILES.config), await readFile(join(PEFT, 'llama', ADAPTER_FILES.config)));
    expect(await refused(dir)).toMatchObject({ code: 'adapter.files', place: dir });
    await writeFile(join(dir, 'adapter_model.bin'), 'x');
    expect(await refused(dir)).toMatchObject({ code: 'adapter.files', place: join(dir, 'adapter_model.bin') });
  });

  it('a second one on the same layers', async () => {
    const loaded = await load('llama');
    await expect(loadAdapter(join(PEFT, 'llama'), loaded)).rejects.toMatchObject({ code: 'adapter.exists' });
    detachLora(loaded.adapters[0] as NonNullable<(typeof loaded.adapters)[0]>);
  });
});

it('names of earlier versions of transformers are read: those of published checkpoints', async () => {
  const want = await outputs(await load('llava'));
  const dir = await mkdtemp(join(out, 'older-'));
  const tensors = await readAll(await SafetensorsFile.open(join(PEFT, 'llava', ADAPTER_FILES.weights)));
  const older = (key: string): string =>
    key
      .replace('.model.model.language_model.', '.model.language_model.model.')
      .replace('.model.model.vision_tower.', '.model.vision_tower.vision_model.')
      .replace('.model.model.multi', '.model.multi');
  await writeSafetensors(join(dir, ADAPTER_FILES.weights), Object.fromEntries(Object.entries(tensors).map(([key, t]) => [older(key), t])));
  await writeFile(join(dir, ADAPTER_FILES.config), JSON.stringify({ peft_type: 'LORA', r: 2, lora_alpha: 8, target_modules: ['q_proj'] }));
  expect(await outputs(await load('llava', dir))).toEqual(want);
});
