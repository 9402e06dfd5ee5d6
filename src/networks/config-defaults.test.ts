// What a config leaves out: the defaults of the transformers 5.24 classes, and those of the whole where a config has no such part at all.

import { describe, expect, it } from 'vitest';
import { readFamily } from './index.js';

const read = (config: Record<string, unknown>): Record<string, Record<string, unknown>> =>
  readFamily(config).config as Record<string, Record<string, unknown>>;

function parameters(config: Record<string, unknown>): number {
  const { family, config: full } = readFamily(config);
  return family
    .build(full)
    .parameters()
    .reduce((n, p) => n + p.count, 0);
}

describe('CLIP', () => {
  it.each<[string, number, Record<string, unknown>]>([
    ['ViT-B/32', 151_277_313, {}],
    ['ViT-B/32 with empty parts', 151_277_313, { text_config: {}, vision_config: {} }],
    ['ViT-B/32 with parts that are null', 151_277_313, { text_config: null, vision_config: null }],
    [
      'laion ViT-B/16',
      149_620_737,
      {
        projection_dim: 512,
        text_config: { model_type: 'clip_text_model', eos_token_id: 2, hidden_act: 'gelu' },
        vision_config: { model_type: 'clip_vision_model', patch_size: 16, hidden_act: 'gelu' },
      },
    ],
    [
      'OpenAI ViT-L/14, the parts given twice',
      427_616_513,
      {
        projection_dim: 768,
        text_config: { hidden_size: 8 },
        text_config_dict: { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12, projection_dim: 768 },
        vision_config: {},
        vision_config_dict: { hidden_size: 1024, intermediate_size: 4096, num_hidden_layers: 24, num_attention_heads: 16, patch_size: 14 },
      },
    ],
  ])('%s has %i parameters', (_, count, config) => {
    expect(parameters({ model_type: 'clip', architectures: ['CLIPModel'], ...config })).toBe(count);
  });
  it('refuses heads that do not divide the width', () => {
    expect(() => read({ model_type: 'clip', text_config: { num_attention_heads: 7 } })).toThrow(
      expect.objectContaining({ code: 'model.config', place: 'config.json: text_config.num_attention_heads' }),
    );
  });
});

it('SigLIP without a word of its tower is the base model', () => {
  expect(read({ model_type: 'siglip' }).vision_config).toMatchObject({
    hidden_size: 768,
    num_hidden_layers: 12,
    patch_size: 16,
    image_size: 224,
  });
});

it('SmolLM3 without a word is what its class is', () => {
  const { no_rope_layers, layer_types, ...rest } = readFamily({ model_type: 'smollm3' }).config as Record<string, unknown>;
  expect(rest).toEqual({
    model_type: 'smollm3',
    architectures: ['SmolLM3ForCausalLM'],
    vocab_size: 128256,
    hidden_size: 2048,
    intermediate_size: 11008,
    num_hidden_layers: 36,
    num_attention_heads: 16,
    num_key_value_heads: 4,
    head_dim: 128,
    max_position_embeddings: 32768,
    rms_norm_eps: 1e-6,
    rope_theta: 2000000,
    tie_word_embeddings: true,
    hidden_act: 'silu',
    bos_token_id: 128000,
    eos_token_id: 128001,
    pad_token_id: 128004,
    attention_bias: false,
    mlp_bias: false,
    use_sliding_window: false,
    no_rope_layer_interval: 4,
  });
  expect(no_rope_layers).toEqual(Array.from({ length: 36 }, (_, i) => (i % 4 === 3 ? 0 : 1)));
  expect(layer_types).toEqual(new Array(36).fill('full_attention'));
});

it('Gemma 3 without a word is what its class is', () => {
  const { layer_types, ...rest } = readFamily({ model_type: 'gemma3_text' }).config as Record<string, unknown>;
  expect(rest).toEqual({
    model_type: 'gemma3_text',
    architectures: ['Gemma3ForCausalLM'],
    vocab_size: 262208,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    hidden_activation: 'gelu_pytorch_tanh',
    max_position_embeddings: 131072,
    rms_norm_eps: 1e-6,
    rope_theta: 1000000,
    rope_local_base_freq: 10000,
    rope_local_type: 'default',
    tie_word_embeddings: true,
    bos_token_id: 2,
    eos_token_id: 1,
    pad_token_id: 0,
    attention_bias: false,
    query_pre_attn_scalar: 256,
    sliding_window: 4096,
    sliding_window_pattern: 6,
  });
  expect(layer_types).toEqual(Array.from({ length: 26 }, (_, i) => (i % 6 === 5 ? 'full_attention' : 'sliding_attention')));
});

describe('a part of a larger model', () => {
  const wide = { vocab_size: 40000 };
  it.each<[string, Record<string, unknown>, Record<string, unknown>, Record<string, unknown>]>([
    ['LLaVA without a tower', { model_type: 'llava', text_config: wide }, { image_size: 336, hidden_size: 1024, patch_size: 14 }, {}],
    [
      'LLaVA with a CLIP of which nothing is said',
      { model_type: 'llava', text_config: wide, vision_config: { model_type: 'clip_vision_model' } },
      { image_size: 224, hidden_size: 768, patch_size: 32, num_hidden_layers: 12 },
      { model_type: 'llama', rms_norm_eps: 1e-6, max_position_embeddings: 2048 },
    ],
    [
      'LLaVA with a SigLIP of which nothing is said',
      { model_type: 'llava', text_config: { ...wide, model_type: 'mistral' }, vision_config: { model_type: 'siglip_vision_model' } },
      { image_size: 224, hidden_size: 768, patch_size: 16 },
      { rms_norm_eps: 1e-6, max_position_embeddings: 131072, sliding_window: 4096 },
    ],
    [
      'LLaVA-OneVision without parts',
      { model_type: 'llava_onevision' },
      { image_size: 384, hidden_size: 1152, num_hidden_layers: 26, vision_use_head: false },
      { model_type: 'qwen2', vocab_size: 151936 },
    ],
    [
      'Idefics2 without parts',
      { model_type: 'idefics2' },
      { hidden_size: 768, patch_size: 32 },
      { model_type: 'mistral', rms_norm_eps: 1e-5, max_position_embeddings: 32768 },
    ],
    [
      'Idefics2 with a Mistral of which nothing is said',
      { model_type: 'idefics2', text_config: { model_type: 'mistral' } },
      {},
      { model_type: 'mistral', rms_norm_eps: 1e-6, max_position_embeddings: 131072 },
    ],
    [
      'Idefics3 without a language model',
      { model_type: 'idefics3', vision_config: { image_size: 364, patch_size: 14 } },
      { hidden_size: 1152, num_attention_heads: 16 },
      { model_type: 'llama', rms_norm_eps: 1e-5 },
    ],
    [
      'Idefics3 with a LLaMA of which nothing is said',
      { model_type: 'idefics3', vision_config: { image_size: 364, patch_size: 14 }, text_config: {} },
      {},
      { model_type: 'llama', rms_norm_eps: 1e-6 },
    ],
    [
      'Qwen3-VL with parts of which little is said',
      { model_type: 'qwen3_vl', vision_config: { out_hidden_size: 4096 }, text_config: {} },
      {
        model_type: 'qwen3_vl_vision',
        depth: 27,
        hidden_size: 1152,
        hidden_act: 'gelu_pytorch_tanh',
        intermediate_size: 4304,
        num_heads: 16,
        patch_size: 16,
        spatial_merge_size: 2,
        temporal_patch_size: 2,
        num_position_embeddings: 2304,
        deepstack_visual_indexes: [8, 16, 24],
        rope_theta: 10000,
      },
      {
        model_type: 'qwen3_vl_text',
        vocab_size: 151936,
        hidden_size: 4096,
        intermediate_size: 22016,
        num_hidden_layers: 32,
        num_attention_heads: 32,
        num_key_value_heads: 32,
        head_dim: 128,
        max_position_embeddings: 128000,
        rms_norm_eps: 1e-6,
        rope_theta: 500000,
        attention_bias: false,
        mrope_section: [24, 20, 20],
      },
    ],
    ['Kosmos-2 without parts', { model_type: 'kosmos-2' }, { hidden_size: 1024, patch_size: 14 }, { vocab_size: 65037, hidden_size: 2048 }],
    [
      'BLIP-2 without parts',
      { model_type: 'blip-2', image_token_index: 50265 },
      { hidden_size: 1408, num_hidden_layers: 39 },
      { model_type: 'opt', hidden_size: 768 },
    ],
  ])('%s', (_, config, vision, text) => {
    const { vision_config, text_config } = read(config);
    expect(vision_config).toMatchObject(vision);
    expect(text_config).toMatchObject(text);
  });
});
