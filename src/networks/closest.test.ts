// Models that are not supported get an error that names the closest in kind and size: every row of the table, and what stands in no row.

import { describe, expect, it } from 'vitest';
import { SensoriumError } from '../util/errors.js';
import { sizeOf } from './closest.js';
import { closestTo, families, readFamily } from './index.js';
import { KINDS, KNOWN_MODELS, PUBLISHED } from './known-models.js';

function refused(config: Record<string, unknown>): SensoriumError {
  try {
    readFamily(config);
  } catch (error) {
    if (error instanceof SensoriumError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(config)} is read`);
}

/** `model_type`, class, kind, and the family that is closest. */
const KNOWN: readonly [type: string, architecture: string, kind: keyof typeof KINDS, closest: string | undefined][] = [
  ['qwen3_vl_moe', 'Qwen3VLMoeForConditionalGeneration', 'vision-language', 'qwen3_vl'],
  ['qwen3_5', 'Qwen3_5ForConditionalGeneration', 'vision-language', 'qwen3_vl'],
  ['qwen2_5_omni', 'Qwen2_5OmniModel', 'vision-language', 'qwen2_5_vl'],
  ['internvl_chat', 'InternVLChatModel', 'vision-language', 'qwen2_5_vl'],
  ['gemma3n', 'Gemma3nForConditionalGeneration', 'vision-language', 'gemma3'],
  ['pixtral', 'PixtralForConditionalGeneration', 'vision-language', 'qwen2_5_vl'],
  ['mistral3', 'Mistral3ForConditionalGeneration', 'vision-language', 'qwen2_5_vl'],
  ['phi3_v', 'Phi3VForCausalLM', 'vision-language', 'qwen2_5_vl'],
  ['phi4mm', 'Phi4MMForCausalLM', 'vision-language', 'qwen2_5_vl'],
  ['minicpmv', 'MiniCPMV', 'vision-language', 'qwen2_5_vl'],
  ['minicpmo', 'MiniCPMO', 'vision-language', 'qwen2_5_vl'],
  ['molmo', 'MolmoForCausalLM', 'vision-language', 'qwen2_5_vl'],
  ['florence2_language', 'Florence2LanguageForConditionalGeneration', 'vision-language', 'florence2'],
  ['multi_modality', 'MultiModalityCausalLM', 'vision-language', 'qwen2_5_vl'],
  ['deepseek_vl_v2', 'DeepseekVLV2ForCausalLM', 'vision-language', 'qwen2_5_vl'],
  ['janus', 'JanusForConditionalGeneration', 'vision-language', 'qwen2_5_vl'],
  ['moondream1', 'HfMoondream', 'vision-language', 'smolvlm'],
  ['glm4v', 'Glm4vForConditionalGeneration', 'vision-language', 'qwen2_5_vl'],
  ['mllama', 'MllamaForConditionalGeneration', 'vision-language', 'qwen2_5_vl'],
  ['llama4', 'Llama4ForConditionalGeneration', 'vision-language', 'qwen2_5_vl'],
  ['llava_phi', 'LlavaPhiForCausalLM', 'vision-language', 'smolvlm'],
  ['bunny-qwen2', 'BunnyQwen2ForCausalLM', 'vision-language', 'smolvlm'],
  ['tinyllava', 'TinyLlavaForConditionalGeneration', 'vision-language', 'smolvlm'],
  ['llava_llama', 'LlavaLlamaForCausalLM', 'vision-language', 'llava'],
  ['llava_qwen', 'LlavaQwenForCausalLM', 'vision-language', 'llava_onevision'],
  ['idefics', 'IdeficsForVisionText2Text', 'vision-language', 'idefics2'],
  ['llava_next_video', 'LlavaNextVideoForConditionalGeneration', 'vision-language', 'llava_next'],
  ['vaultgemma', 'VaultGemmaForCausalLM', 'language', 'gemma3_text'],
  ['phi3', 'Phi3ForCausalLM', 'language', 'qwen3'],
  ['gpt2', 'GPT2LMHeadModel', 'language', 'opt'],
  ['gpt_neox', 'GPTNeoXForCausalLM', 'language', 'qwen3'],
  ['falcon', 'FalconForCausalLM', 'language', 'qwen3'],
  ['qwen3_moe', 'Qwen3MoeForCausalLM', 'language', 'qwen3'],
  ['deepseek_v3', 'DeepseekV3ForCausalLM', 'language', 'mixtral'],
  ['gpt_oss', 'GptOssForCausalLM', 'language', 'mixtral'],
  ['mamba', 'MambaForCausalLM', 'language', 'llama'],
  ['mt5', 'MT5ForConditionalGeneration', 'seq2seq', 't5'],
  ['mbart', 'MBartForConditionalGeneration', 'seq2seq', 't5'],
  ['bert', 'BertForMaskedLM', 'text-encoder', 'clip'],
  ['deberta-v2', 'DebertaV2ForSequenceClassification', 'text-encoder', 'clip'],
  ['xlm-roberta', 'XLMRobertaModel', 'text-encoder', 'clip'],
  ['vit', 'ViTForImageClassification', 'vision', 'siglip'],
  ['dinov3_vit', 'DINOv3ViTModel', 'vision', 'siglip'],
  ['sam', 'SamModel', 'vision', 'siglip'],
  ['detr', 'DetrForObjectDetection', 'vision', 'siglip'],
  ['siglip2', 'Siglip2Model', 'joint', 'siglip'],
  ['chinese_clip', 'ChineseCLIPModel', 'joint', 'clip'],
  ['clip_vision_model', 'CLIPVisionModelWithProjection', 'vision', 'clip'],
  ['wav2vec2', 'Wav2Vec2ForCTC', 'audio', 'whisper'],
  ['voxtral', 'VoxtralForConditionalGeneration', 'speech', undefined],
  ['bark', 'BarkModel', 'speech', undefined],
];

describe('a model of the table', () => {
  it.each(KNOWN)('%s, %s', (model_type, architecture, kind, closest) => {
    for (const config of [{ model_type, architectures: [architecture] }, { model_type }, { architectures: [architecture] }]) {
      const error = refused(config);
      expect(error.code).toBe('model.architecture');
      const found = closestTo(config);
      expect([found?.kind, found?.families[0]]).toEqual([kind, closest]);
      const row = families().find((f) => f.modelType === closest);
      if (row) expect(error.hint).toContain(row.architectures[0]);
      else expect(error.hint).toMatch(/no model here/);
    }
  });

  it('has families that are supported, and published sizes for each', () => {
    const types = families().map((f) => f.modelType);
    for (const [, name, kind, nearest = KINDS[kind].nearest] of KNOWN_MODELS)
      for (const family of nearest) {
        expect(types, name).toContain(family);
        expect(PUBLISHED[family]?.sizes.length, family).toBeGreaterThan(0);
      }
  });

  it('is never one that is supported', () => {
    for (const { modelType, architectures } of families()) {
      expect(closestTo({ model_type: modelType }), modelType).toBeUndefined();
      for (const name of architectures) expect(closestTo({ architectures: [name] }), name).toBeUndefined();
    }
  });

  it('is matched in time that does not grow with odd names', () => {
    const config = { model_type: `${'a'.repeat(5000)}_`, architectures: ['Q'.repeat(5000)] };
    expect(closestTo(config)).toBeUndefined();
  });
});

describe('the closest in size', () => {
  const qwen = { vocab_size: 151936, num_attention_heads: 16, num_key_value_heads: 8 };
  it('is of the first family that has about that size, else of the one that comes nearest', () => {
    const internvl = (part: object) => closestTo({ model_type: 'internvl_chat', llm_config: part });
    const half = {
      ...qwen,
      hidden_size: 896,
      num_hidden_layers: 24,
      intermediate_size: 4864,
      num_attention_heads: 14,
      num_key_value_heads: 2,
    };
    expect(internvl(half)).toMatchObject({ families: ['llava_onevision', 'qwen2_5_vl', 'smolvlm'], size: 0.5 });
    const large = { ...qwen, hidden_size: 5120, num_hidden_layers: 64, intermediate_size: 27648, num_attention_heads: 40 };
    expect(internvl(large)).toMatchObject({ families: ['qwen2_5_vl', 'llava_onevision', 'smolvlm'], size: 32 });
  });
  it('counts parameters as published', () => {
    expect(sizeOf({ ...qwen, hidden_size: 4096, num_hidden_layers: 36, intermediate_size: 12288, num_attention_heads: 32 })).toBeCloseTo(
      8.2,
      0,
    );
    expect(sizeOf({ n_embd: 768, n_layer: 12, n_head: 12, vocab_size: 50257, tie_word_embeddings: true })).toBeCloseTo(0.124, 2);
    const experts = { num_local_experts: 8, intermediate_size: 14336, hidden_size: 4096, num_hidden_layers: 32 };
    expect(sizeOf({ ...experts, num_attention_heads: 32, num_key_value_heads: 8, vocab_size: 32000 })).toBeCloseTo(46.7, 0);
    expect(sizeOf({ hidden_size: 4096 })).toBeUndefined();
  });
});

describe('a model that no row knows', () => {
  it.each([
    [{ model_type: 'new_vl', architectures: ['NewForConditionalGeneration'], vision_config: {} }, /Qwen2_5_VLForConditionalGeneration/],
    [{ model_type: 'new', architectures: ['NewForImageTextToText'] }, /Qwen2_5_VLForConditionalGeneration/],
    [{ model_type: 'newlm', architectures: ['NewLmForCausalLM'] }, /Qwen3ForCausalLM/],
    [{ architectures: ['NewForObjectDetection'] }, /SiglipModel/],
    [{ _class_name: 'UNet2DConditionModel', _diffusers_version: '0.30' }, /makes images/],
    [{ model_type: 'llava_nxt', architectures: ['LlavaNxtForConditionalGeneration'] }, /LlavaNextForConditionalGeneration/],
    [{ model_type: 'qwen22' }, /qwen2/],
  ])('%j is told by its kind, or as misspelt', (config, hint) => {
    expect(refused(config).hint).toMatch(hint);
  });
  it('gets no name that only looks alike', () => {
    expect(refused({ architectures: ['FooForConditionalGeneration'] }).hint).toBeUndefined();
  });
});

describe('a part of a model', () => {
  it.each([
    ['llava_next', 'text_config', 'granite', 'Qwen3'],
    ['llava', 'text_config', 'phi3', 'Qwen3'],
    ['llava', 'vision_config', 'intern_vit_6b', 'Qwen2.5-VL'],
    ['llava_onevision', 'vision_config', 'siglip2_vision_model', 'SigLIP'],
  ])('of %s, %s of type %s, names the closest', (model_type, key, type, name) => {
    const error = refused({ model_type, [key]: { model_type: type } });
    expect(error).toMatchObject({ code: 'model.config', place: `config.json: ${key}.model_type` });
    expect(error.hint).toContain(name);
    expect(error.hint).toContain(PUBLISHED[model_type]?.name);
  });
});

it.each([
  [{ peft_type: 'LORA', base_model_name_or_path: 'org/base', r: 8 }, /adapter.*merge/],
  [{ model_cfg: { embed_dim: 512 }, preprocess_cfg: {} }, /open_clip.*CLIPModel/],
  [{ architecture: 'convnext_tiny', num_classes: 1000, pretrained_cfg: {} }, /timm/],
])('a config of another library gets a hint that names it: %j', (config, hint) => {
  expect(refused(config).hint).toMatch(hint);
});
