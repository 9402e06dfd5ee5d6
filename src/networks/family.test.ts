// The registry: published configs give the published sizes, both ways of writing rotary settings are read, and errors name the field.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CausalDecoder, DecoderConfig } from './index.js';
import {
  buildLanguage,
  defineFamily,
  languageConfig,
  llamaConfig,
  llamaFamily,
  parseConfig,
  readFamily,
  ropeOf,
  windowOf,
} from './index.js';

const smol = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 576,
  intermediate_size: 1536,
  max_position_embeddings: 8192,
  num_attention_heads: 9,
  num_hidden_layers: 30,
  num_key_value_heads: 3,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  rope_theta: 100000,
  tie_word_embeddings: true,
  vocab_size: 49152,
  torch_dtype: 'bfloat16',
};
const llama32 = {
  ...smol,
  hidden_size: 2048,
  intermediate_size: 8192,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  num_hidden_layers: 16,
  max_position_embeddings: 131072,
  vocab_size: 128256,
  rope_theta: 500000,
  rope_scaling: { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192, rope_type: 'llama3' },
  eos_token_id: [128001, 128008, 128009],
};
const t5 = { architectures: ['T5ForConditionalGeneration'], model_type: 't5', is_encoder_decoder: true };

const parameters = (config: Record<string, unknown>): number => {
  const read = readFamily(config);
  return read.family
    .build(read.config)
    .parameters()
    .reduce((n, p) => n + p.count, 0);
};

describe('published configs', () => {
  it.each<[string, number, Record<string, unknown>]>([
    ['SmolLM2-135M', 134_515_008, smol],
    ['Llama-3.2-1B', 1_235_814_400, llama32],
    // What LLaVA 1.5 says of its language model: everything else is the class's default.
    [
      'Vicuna-7B in LLaVA 1.5',
      6_738_939_904,
      { architectures: ['LlamaForCausalLM'], model_type: 'llama', vocab_size: 32064, rms_norm_eps: 1e-5 },
    ],
    [
      'Qwen2-0.5B',
      494_032_768,
      {
        architectures: ['Qwen2ForCausalLM'],
        model_type: 'qwen2',
        hidden_size: 896,
        intermediate_size: 4864,
        num_attention_heads: 14,
        num_hidden_layers: 24,
        num_key_value_heads: 2,
        max_window_layers: 24,
        sliding_window: 131072,
        use_sliding_window: false,
        rope_theta: 1000000,
        tie_word_embeddings: true,
        vocab_size: 151936,
      },
    ],
    [
      'Qwen3-0.6B',
      596_049_920,
      {
        architectures: ['Qwen3ForCausalLM'],
        model_type: 'qwen3',
        head_dim: 128,
        hidden_size: 1024,
        intermediate_size: 3072,
        num_attention_heads: 16,
        num_hidden_layers: 28,
        num_key_value_heads: 8,
        max_position_embeddings: 40960,
        sliding_window: null,
        tie_word_embeddings: true,
        vocab_size: 151936,
      },
    ],
    [
      'SmolLM3-3B',
      3_075_098_624,
      { architectures: ['SmolLM3ForCausalLM'], model_type: 'smollm3', max_position_embeddings: 65536, rope_theta: 5000000 },
    ],
    ...(
      [
        ['2B', 2_127_532_032, { hidden_size: 2048, intermediate_size: 6144, num_hidden_layers: 28, num_attention_heads: 16 }, true],
        ['8B', 8_767_123_696, { hidden_size: 4096, intermediate_size: 12288, num_hidden_layers: 36, num_attention_heads: 32 }, false],
      ] as const
    ).map(([size, count, text, tie_word_embeddings]): [string, number, Record<string, unknown>] => {
      const small = { depth: 24, hidden_size: 1024, intermediate_size: 4096, deepstack_visual_indexes: [5, 11, 17] };
      const vision_config = { out_hidden_size: text.hidden_size, ...(size === '2B' ? small : {}) };
      const text_config = { ...text, num_key_value_heads: 8, tie_word_embeddings };
      return [`Qwen3-VL-${size}`, count, { model_type: 'qwen3_vl', tie_word_embeddings, vision_config, text_config }];
    }),
    ...(
      [
        ['270M', 268_098_176, { hidden_size: 640, intermediate_size: 2048, num_hidden_layers: 18 }],
        ['1B', 999_885_952, { hidden_size: 1152, intermediate_size: 6912, num_hidden_layers: 26 }],
      ] as const
    ).map(([size, count, c]): [string, number, Record<string, unknown>] => {
      const shared = { model_type: 'gemma3_text', vocab_size: 262144, num_attention_heads: 4, num_key_value_heads: 1, sliding_window: 512 };
      return [`Gemma-3-${size}`, count, { ...shared, ...c }];
    }),
    ['Mixtral-8x7B', 46_702_792_704, { architectures: ['MixtralForCausalLM'], model_type: 'mixtral', max_position_embeddings: 32768 }],
    ['Mistral-7B', 7_241_732_096, { architectures: ['MistralForCausalLM'], model_type: 'mistral', max_position_embeddings: 32768 }],
    ['T5-small', 60_506_624, { ...t5, d_ff: 2048, d_model: 512, num_heads: 8, num_layers: 6, n_positions: 512 }],
    [
      'Flan-T5-small',
      76_961_152,
      {
        ...t5,
        d_ff: 1024,
        num_heads: 6,
        num_layers: 8,
        num_decoder_layers: 8,
        feed_forward_proj: 'gated-gelu',
        tie_word_embeddings: false,
      },
    ],
  ])('%s has %i parameters', (_, count, config) => {
    expect(parameters(config)).toBe(count);
  });

  it('reads the rotary settings of transformers 4 and 5 alike', () => {
    const { rope_theta, rope_scaling, ...rest } = llama32;
    const { rope_type, ...scaling } = rope_scaling;
    const five = { ...rest, rope_parameters: { rope_theta, ...rope_scaling } };
    const old = { ...rest, rope_theta, rope_scaling: { type: rope_type, ...scaling } };
    for (const config of [five, old]) expect(readFamily(config).config).toEqual(readFamily(llama32).config);
    const plain = readFamily({ ...rest, rope_parameters: { rope_theta: 7, rope_type: 'default' } }).config as DecoderConfig;
    expect([plain.rope_theta, plain.rope_scaling]).toEqual([7, undefined]);
  });

  it('builds the class of an architecture where there is no model_type', () => {
    const { family } = readFamily({ ...smol, model_type: undefined });
    expect(family).toBe(llamaFamily);
    expect((family.build(llamaConfig.parse(smol)) as CausalDecoder).config.head_dim).toBe(64);
  });
});

describe('layers of SmolLM3', () => {
  const layers = (config: Record<string, unknown>) => {
    const c = readFamily({ model_type: 'smollm3', num_hidden_layers: 5, ...config }).config as DecoderConfig;
    return [0, 1, 2, 3, 4].map((layer) => [ropeOf(c, layer)?.rope_theta, windowOf(c, layer)]);
  };
  const rope = [2000000, undefined];
  it('turn no heads every fourth time, or where the config says so; windows are theirs', () => {
    expect(layers({})).toEqual([rope, rope, rope, [undefined, undefined], rope]);
    const windows = { use_sliding_window: true, sliding_window: 8 };
    expect(layers({ ...windows, no_rope_layer_interval: 2 })).toEqual([rope, [undefined, 8], rope, [undefined, 8], rope]);
    expect(layers({ no_rope_layers: [0, 1, 1, 1, 1, 0] })).toEqual([[undefined, undefined], rope, rope, rope, rope]);
  });
  it('are all in the list', () => {
    const code = expect.objectContaining({ code: 'model.config', place: 'config.json: no_rope_layers' });
    expect(() => layers({ no_rope_layers: [1, 1, 0] })).toThrow(code);
    expect(() => layers({ no_rope_layers: [1, 1, 1, 1, 2] })).toThrow(
      expect.objectContaining({ place: 'config.json: no_rope_layers.4', got: '2' }),
    );
  });
});

describe('layers of Gemma 3', () => {
  const layers = (config: Record<string, unknown>) => {
    const c = readFamily({ model_type: 'gemma3_text', num_hidden_layers: 3, sliding_window: 8, ...config }).config as DecoderConfig;
    return [0, 1, 2].map((layer) => [ropeOf(c, layer)?.rope_theta, ropeOf(c, layer)?.rope_scaling?.rope_type, windowOf(c, layer)]);
  };
  const local = [10000, undefined, 8];
  it('have windows and a base of their own but for every sixth, or as the config says', () => {
    expect(layers({})).toEqual([local, local, local]);
    expect(layers({ sliding_window_pattern: 2, rope_theta: 7 })).toEqual([local, [7, undefined, undefined], local]);
    const older = { rope_theta: 7, rope_local_base_freq: 3, rope_scaling: { rope_type: 'linear', factor: 8 } };
    const newer = {
      rope_parameters: {
        full_attention: { rope_theta: 7, rope_type: 'linear', factor: 8 },
        sliding_attention: { rope_theta: 3, rope_type: 'default' },
      },
    };
    for (const config of [older, newer])
      expect(layers({ ...config, sliding_window_pattern: 2 })).toEqual([
        [3, undefined, 8],
        [7, 'linear', undefined],
        [3, undefined, 8],
      ]);
  });
  it.each([
    ['rope_local_type', { rope_parameters: { sliding_attention: { rope_type: 'linear', factor: 2 } } }],
    ['attn_logit_softcapping', { attn_logit_softcapping: 50 }],
    ['use_bidirectional_attention', { use_bidirectional_attention: true }],
    ['hidden_activation', { hidden_activation: 'silu' }],
  ])('are refused with another %s', (field, config) => {
    expect(() => layers(config)).toThrow(expect.objectContaining({ code: 'model.config', place: `config.json: ${field}` }));
  });
});

describe('a language model inside another config', () => {
  const outer = z.object({ text_config: languageConfig });
  it('is of the family that it names, LLaMA by default', () => {
    const { text_config: plain } = parseConfig(outer, { text_config: { vocab_size: 32064 } });
    expect([plain.model_type, plain.hidden_size, plain.num_key_value_heads]).toEqual(['llama', 4096, 32]);
    const { text_config: qwen } = parseConfig(outer, {
      text_config: { model_type: 'qwen2', hidden_size: 64, num_attention_heads: 4, num_key_value_heads: 2 },
    });
    const names = [...buildLanguage({ ...qwen, num_hidden_layers: 1 }).namedParameters()].map(([name]) => name);
    expect(names).toContain('model.layers.0.self_attn.q_proj.bias');
  });
  it('is refused with the path of the field', () => {
    expect(() => parseConfig(outer, { text_config: { model_type: 'gpt2' } })).toThrow(
      /text_config.model_type\): expected "llama" or .*"opt".*, got "gpt2"/,
    );
    expect(() => parseConfig(outer, { text_config: { hidden_size: 'x' } })).toThrow(
      /text_config.hidden_size\): expected a number, got "x"/,
    );
    expect(() => parseConfig(outer, {})).toThrow(/text_config/);
  });
});

describe('windows', () => {
  const windows = (config: Record<string, unknown>): (number | undefined)[] => {
    const c = readFamily({ num_hidden_layers: 3, ...config }).config as DecoderConfig;
    return [0, 1, 2].map((layer) => windowOf(c, layer));
  };
  it('are in the layers that the config says', () => {
    expect(windows({ model_type: 'mistral' })).toEqual([4096, 4096, 4096]);
    expect(windows({ model_type: 'mistral', sliding_window: null })).toEqual([undefined, undefined, undefined]);
    const qwen = { model_type: 'qwen2', sliding_window: 8, max_window_layers: 1 };
    expect(windows(qwen)).toEqual([undefined, undefined, undefined]);
    expect(windows({ ...qwen, use_sliding_window: true })).toEqual([undefined, 8, 8]);
    const types = ['sliding_attention', 'full_attention', 'sliding_attention'];
    expect(windows({ ...qwen, use_sliding_window: true, layer_types: types })).toEqual([8, undefined, 8]);
  });
});

describe('what is refused', () => {
  it('an architecture that is not supported, with all that are and the nearest', () => {
    expect(() => readFamily({ architectures: ['Qwen3MoeForCausalLM'], model_type: 'qwen3_moe' }, 'x/config.json')).toThrow(
      /not supported \(in x\/config.json\): expected one of .*LlamaForCausalLM, .*T5ForConditionalGeneration.*, got Qwen3MoeForCausalLM, model_type 'qwen3_moe'\. The nearest is Qwen3ForCausalLM/,
    );
    expect(() => readFamily({ model_type: 'lama' })).toThrow(/The nearest is llama/);
    expect(() => readFamily({ architectures: ['LlamaForTokenClassification'], model_type: 'llama' })).toThrow(/The nearest is Llama/);
    expect(() => readFamily({ hidden_size: 3 })).toThrow(/does not say which architecture.*got neither model_type nor architectures/);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a text for a number', { hidden_size: '576' }, /wrong \(in config.json: hidden_size\): expected a number, got "576"/],
    ['a fraction', { num_hidden_layers: 2.5 }, /num_hidden_layers\): expected a whole number, got 2.5/],
    ['nothing where something must be', { vocab_size: 0 }, /vocab_size\): expected more than 0, got 0/],
    ['several at once', { vocab_size: -1, rms_norm_eps: 'x' }, /got -1; 1 more: rms_norm_eps/],
    [
      'groups that do not divide',
      { num_key_value_heads: 4 },
      /num_key_value_heads\): expected a divisor of num_attention_heads \(9\), got 4/,
    ],
    ['heads of odd size', { head_dim: 63 }, /head_dim\): expected a multiple of 2, got 63/],
    ['another activation', { hidden_act: 'gelu' }, /hidden_act\): expected "silu", got "gelu"/],
    [
      'an unknown rope type',
      { rope_scaling: { type: 'longrope', factor: 2 } },
      /rope_scaling.rope_type\): expected .*llama3.*got .*"longrope"/,
    ],
    [
      'an unfinished rope',
      { rope_scaling: { rope_type: 'llama3', factor: 8 } },
      /rope_scaling.low_freq_factor\): expected a number, got nothing/,
    ],
  ])('%s', (_, change, message) => {
    expect(() => readFamily({ ...smol, ...change })).toThrow(message);
  });

  it('types of layers that are not one for each', () => {
    const config = { model_type: 'qwen3', num_hidden_layers: 3, layer_types: ['full_attention', 'sliding_attention'] };
    expect(() => readFamily(config)).toThrow(/layer_types\): expected one type for each of the 3 layers/);
    expect(() => readFamily({ ...config, layer_types: ['chunked_attention'] })).toThrow(/layer_types.0.*"sliding_attention", got "chunked/);
  });

  it('a second family of the same type', () => {
    expect(() => defineFamily({ ...llamaFamily })).toThrow(/defined already/);
  });
});
