// Checkpoints under the names that their base classes, larger classes and older files have, with the tensors that those have beside, and heads
// that are or are not the embedding: golden folders written again.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { quantizeFolder } from '../src/generate/index.js';
import type { CausalDecoder, MultimodalNetwork } from '../src/networks/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { loadNetwork, loadWeights, readAll, readConfig, saveFolder } from '../src/weights/index.js';

const root = await mkdtemp(join(tmpdir(), 'published-'));
afterAll(() => rm(root, { recursive: true }));
let count = 0;

type Tensors = Record<string, HostTensor>;
type Json = Record<string, unknown>;
type Config = Json & { text_config: Json };

/** The folder with its tensors and its config changed. */
async function again(
  name: string,
  {
    rename = (n) => n,
    extra = {},
    config = (c) => c,
    tensors = (t) => t,
  }: {
    rename?: (name: string) => string | undefined;
    extra?: Tensors;
    config?: (c: Config) => Json;
    tensors?: (t: Tensors) => Tensors;
  },
): Promise<string> {
  const from = name.startsWith('models/') ? name : join('test/golden/families', name);
  const read = tensors({ ...(await readAll(await loadWeights(from))) });
  const weights: Tensors = {};
  for (const [old, tensor] of Object.entries(read)) {
    const renamed = rename(old);
    if (renamed !== undefined) weights[renamed] = tensor;
  }
  const dir = join(root, String(count++));
  await saveFolder(dir, { config: config(structuredClone(await readConfig(from)) as Config), weights: { ...weights, ...extra } });
  return dir;
}

/** Every parameter by name. */
async function values(dir: string): Promise<Map<string, HostTensor>> {
  const { values: all } = await loadNetwork(dir);
  return new Map([...all].map(([p, v]) => [p.name, v]));
}
const original = (name: string): Promise<Map<string, HostTensor>> => values(join('test/golden/families', name));

const small = hostTensor('float32', [2, 2], [1, 2, 3, 4]);
const without =
  (prefix: string) =>
  (name: string): string =>
    name.startsWith(prefix) ? name.slice(prefix.length) : name;
/** What the class without a head writes. */
const noHead =
  (rename: (name: string) => string) =>
  (name: string): string | undefined =>
    name.includes('lm_head') ? undefined : rename(name);

describe('names', () => {
  it.each<[string, string, Parameters<typeof again>[1]]>([
    ['LlamaModel', 'llama/tied-bf16-sharded', { rename: without('model.'), config: (c) => ({ ...c, architectures: ['LlamaModel'] }) }],
    ['a body without prefix beside a head', 'llama/untied', { rename: without('model.') }],
    ['Qwen2Model', 'qwen2/tied', { rename: without('model.'), config: (c) => ({ ...c, architectures: ['Qwen2Model'] }) }],
    ['Qwen3Model', 'qwen3/tied-bf16', { rename: without('model.'), config: (c) => ({ ...c, architectures: ['Qwen3Model'] }) }],
    ['SmolLM3Model', 'smollm3/tied-bf16', { rename: without('model.'), config: (c) => ({ ...c, architectures: ['SmolLM3Model'] }) }],
    ['Gemma3TextModel', 'gemma3/tied-bf16', { rename: without('model.'), config: (c) => ({ ...c, architectures: ['Gemma3TextModel'] }) }],
    ['a Mistral without prefix', 'windows/mistral', { rename: without('model.') }],
    ['OPTModel', 'opt/tied', { rename: without('model.'), config: (c) => ({ ...c, architectures: ['OPTModel'] }) }],
    ['an OPT with its head', 'opt/untied-fp16', { rename: without('model.') }],
    [
      'LlavaOnevisionModel',
      'llava-onevision/siglip-qwen2',
      {
        rename: (n) => n.replace('language_model.model.', 'language_model.'),
        config: (c) => ({ ...c, architectures: ['LlavaOnevisionModel'] }),
      },
    ],
    [
      'LLaVA as transformers 4.52 writes it',
      'llava/clip',
      {
        rename: (n) =>
          n.startsWith('language_model.lm_head')
            ? without('language_model.')(n)
            : `model.${n.replace('language_model.model.', 'language_model.')}`,
      },
    ],
    ['Qwen2_5_VLModel', 'qwen2-5-vl/tied', { rename: (n) => (n.startsWith('model.') ? `language_model.${n.slice(6)}` : n) }],
    [
      'Qwen2-VL as transformers 4.52 writes it',
      'qwen2-vl/untied',
      { rename: (n) => (n.startsWith('model.') ? `model.language_model.${n.slice(6)}` : n.startsWith('visual.') ? `model.${n}` : n) },
    ],
    ['Qwen3VLModel', 'qwen3-vl/tied', { rename: without('model.'), config: (c) => ({ ...c, architectures: ['Qwen3VLModel'] }) }],
    ['an Idefics3Model with a head', 'idefics3/tiles', { rename: without('model.') }],
    ['an Idefics2Model with a head', 'idefics2/whole', { rename: without('model.') }],
    [
      'a FuyuModel with a head',
      'fuyu/untied',
      {
        rename: (n) =>
          n.startsWith('language_model.lm_head') ? without('language_model.')(n) : n.replace('language_model.model.', 'language_model.'),
      },
    ],
    ['a CLIP inside another class', 'clip/odd-sizes', { rename: (n) => `clip.${n}` }],
    [
      'ConvNextForImageClassification',
      'convnext/two-stages',
      {
        rename: (n) => `convnext.${n}`,
        extra: { 'classifier.weight': small, 'classifier.bias': small },
        config: (c) => ({ ...c, architectures: ['ConvNextForImageClassification'] }),
      },
    ],
    [
      'WhisperForAudioClassification',
      'whisper/model',
      {
        rename: (n) => (n.startsWith('decoder.') ? undefined : n),
        extra: { 'classifier.weight': small, 'projector.bias': small, layer_weights: small },
        config: (c) => ({ ...c, architectures: ['WhisperForAudioClassification'] }),
      },
    ],
    [
      'T5 as first published',
      't5/first-bf16',
      {
        extra: { 'decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight': small },
        config: (c) => ({ ...c, architectures: ['T5WithLMHeadModel'] }),
      },
    ],
    [
      'a T5 inside BLIP-2',
      'blip-2/t5-every-layer',
      { extra: { 'language_model.decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight': small } },
    ],
    [
      'constants of old files',
      'llama/untied',
      {
        extra: {
          'model.layers.0.self_attn.rotary_emb.inv_freq': small,
          'model.layers.0.self_attn.rotary_emb.cos_cached': small,
          'model.embeddings.position_ids': small,
        },
      },
    ],
    ['the version of fairseq', 'opt/tied', { extra: { 'model.decoder.version': small } }],
  ])('%s is read as the usual folder is', async (_, name, change) => {
    const [ours, same] = [await values(await again(name, change)), await original(name)];
    expect([...ours.keys()]).toEqual([...same.keys()]);
    for (const [key, value] of ours) expect(value, key).toEqual(same.get(key));
  });

  it.each<[string, string, Parameters<typeof again>[1], RegExp]>([
    ['an unknown tensor', 'llama/untied', { extra: { 'model.bonus': small } }, /1 not in the model: model.bonus \[2,2\]/],
    [
      'an unknown tensor that no map takes',
      'convnext/two-stages',
      { rename: (n) => `convnext.${n}`, extra: { 'neck.weight': small } },
      /1 not in the model: neck.weight/,
    ],
    ['a base class whose head was not tied', 'llama/untied', { rename: noHead(without('model.')) }, /no output head.*base class/],
  ])('%s is refused by name', async (_, name, change, message) => {
    const error = await loadNetwork(await again(name, change)).catch((e) => e);
    expect(error).toMatchObject({ code: 'weights.mismatch' });
    expect(error.message).toMatch(message);
  });
});

describe('heads', () => {
  const head = async (dir: string): Promise<HostTensor | undefined> => {
    const { network, values: all } = await loadNetwork(dir);
    const language = ((network as MultimodalNetwork).language_model ?? network) as CausalDecoder;
    return language.lm_head && all.get(language.lm_head.weight);
  };
  const copies: [name: string, embedding: string, head: string][] = [
    ['llama/tied-bf16-sharded', 'model.embed_tokens.weight', 'lm_head.weight'],
    ['qwen2/tied', 'model.embed_tokens.weight', 'lm_head.weight'],
    ['qwen3/tied-bf16', 'model.embed_tokens.weight', 'lm_head.weight'],
    ['opt/tied', 'model.decoder.embed_tokens.weight', 'lm_head.weight'],
    ['blip-2/opt', 'language_model.model.decoder.embed_tokens.weight', 'language_model.lm_head.weight'],
    ['llava-onevision/siglip-qwen2', 'language_model.model.embed_tokens.weight', 'language_model.lm_head.weight'],
    ['qwen2-5-vl/tied', 'model.embed_tokens.weight', 'lm_head.weight'],
    ['kosmos2/tied', 'text_model.model.embed_tokens.weight', 'text_model.lm_head.weight'],
    ['models/sensorium-tiny', 'language_model.model.embed_tokens.weight', 'language_model.lm_head.weight'],
  ];
  it.each(copies)('%s: an equal copy counts for nothing, another head is kept', async (name, embedding, at) => {
    const copied = (change: (x: HostTensor) => HostTensor): Promise<string> =>
      again(name, { tensors: (t) => ({ ...t, [at]: change(t[embedding] as HostTensor) }) });
    expect(await head(await copied((x) => x))).toBeUndefined();
    const floats = (
      await readAll(await loadWeights(name.startsWith('models/') ? name : `test/golden/families/${name}`), { as: 'float32' })
    )[embedding] as HostTensor<'float32'>;
    const other = floats.data.map((v) => -v);
    expect((await head(await copied(({ shape }) => hostTensor('float32', shape, other))))?.data).toEqual(other);
  });

  it.each([
    ['t5/first-bf16', '', ''],
    ['blip-2/t5-every-second', 'language_model.', 'text_config'],
  ])('%s: a T5 keeps its scaling with a head of its own', async (name, prefix) => {
    const shared = `${prefix}shared.weight`;
    const dir = await again(name, {
      config: (c) => {
        const at = prefix ? c.text_config : c;
        at.tie_word_embeddings = true;
        return c;
      },
      tensors: (t) => {
        const { shape, dtype } = t[shared] as HostTensor;
        const head = { dtype, shape, data: (t[shared] as HostTensor).data.slice().reverse() } as HostTensor;
        return { ...t, [`${prefix}lm_head.weight`]: head };
      },
    });
    const { network, values: all } = await loadNetwork(dir);
    const t5 = (
      prefix ? (network as unknown as { language_model: unknown }).language_model : network
    ) as import('../src/networks/index.js').T5;
    expect(t5.lm_head.weight).not.toBe(t5.shared.weight);
    expect(all.get(t5.lm_head.weight)?.data).not.toEqual(all.get(t5.shared.weight)?.data);
    expect(t5.config).toMatchObject({ tie_word_embeddings: false, scale_decoder_outputs: true });
  });

  it('a head of its own survives quantizing, and the new config says so', async () => {
    const dir = await again('models/world-llama', {
      tensors: (t) => {
        const { shape, data } = t['model.embed_tokens.weight'] as HostTensor<'float32'>;
        return {
          ...t,
          'lm_head.weight': hostTensor(
            'float32',
            shape,
            Float32Array.from(data, (v) => -v),
          ),
        };
      },
    });
    const out = join(root, 'quantized');
    await quantizeFolder(dir, out, { bits: 4 });
    expect(await readConfig(out)).toMatchObject({ tie_word_embeddings: false });
    expect(((await loadNetwork(out)).network as CausalDecoder).lm_head).toBeDefined();
  });

  it('two embeddings of a T5 that differ are refused', async () => {
    const dir = await again('t5/flan', { tensors: (t) => ({ ...t, 'encoder.embed_tokens.weight': t['lm_head.weight'] as HostTensor }) });
    await expect(loadNetwork(dir)).rejects.toMatchObject({ code: 'weights.tied' });
  });

  it.each(['idefics3/tiles', 'idefics2/whole', 'fuyu/untied', 'llava-next/siglip-llama', 'llava/clip', 'qwen2-vl/untied'])(
    '%s: a head that the file leaves out is the embedding where the text model says so',
    async (name) => {
      const change = (top: boolean | undefined, inner: boolean) => ({
        rename: noHead((n) => n),
        config: (c: Config): Json => {
          const { tie_word_embeddings: _, ...rest } = c;
          return {
            ...rest,
            ...(top === undefined ? {} : { tie_word_embeddings: top }),
            text_config: { ...c.text_config, tie_word_embeddings: inner },
          };
        },
      });
      expect(await head(await again(name, change(undefined, true)))).toBeUndefined();
      expect(await head(await again(name, change(false, true)))).toBeUndefined();
      await expect(loadNetwork(await again(name, change(false, false)))).rejects.toMatchObject({ code: 'weights.mismatch' });
    },
  );
});
