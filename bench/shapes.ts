// The models that are measured: published shapes, to be filled with random weights, as the config.json that describes them.

import type { JsonObject } from '../src/weights/index.js';

/** A shape of the benchmarks. */
export interface Shape {
  readonly name: string;
  readonly config: JsonObject;
  /** For programs that run no multimodal model of this kind: the shape of its language model, which has the same weights. */
  readonly language?: string;
}

/** Positions of every shape; how many have memory is a matter of the run. */
const POSITIONS = 8192;

const smollm2: JsonObject = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: POSITIONS,
  rms_norm_eps: 1e-5,
  rope_theta: 100000,
  tie_word_embeddings: true,
};
const qwen2: JsonObject = {
  model_type: 'qwen2',
  architectures: ['Qwen2ForCausalLM'],
  vocab_size: 151936,
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  max_position_embeddings: POSITIONS,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  tie_word_embeddings: true,
};
const tinyText: JsonObject = {
  ...smollm2,
  vocab_size: 512,
  hidden_size: 128,
  intermediate_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};
const onevision: JsonObject = {
  model_type: 'llava_onevision',
  architectures: ['LlavaOnevisionForConditionalGeneration'],
  image_token_index: 151646,
  video_token_index: 151647,
  tie_word_embeddings: true,
  text_config: qwen2,
  vision_config: {
    model_type: 'siglip_vision_model',
    hidden_size: 1152,
    intermediate_size: 4304,
    patch_size: 14,
    image_size: 384,
    num_hidden_layers: 26,
    num_attention_heads: 16,
    vision_use_head: false,
  },
  vision_feature_layer: -1,
  vision_feature_select_strategy: 'full',
};
/** LLaVA 1.5 around a tower, with a language model that is as small as it can be: only its width matters here. */
const llavaAround = (vision: JsonObject, width: number): JsonObject => ({
  model_type: 'llava',
  architectures: ['LlavaForConditionalGeneration'],
  image_token_index: 500,
  vision_feature_layer: -2,
  vision_feature_select_strategy: 'default',
  vision_config: { model_type: 'clip_vision_model', projection_dim: 768, ...vision },
  text_config: {
    ...tinyText,
    hidden_size: width,
    num_hidden_layers: 1,
    num_attention_heads: width / 64,
    num_key_value_heads: width / 64,
    tie_word_embeddings: false,
  },
});
const clipLarge: JsonObject = {
  hidden_size: 1024,
  intermediate_size: 4096,
  patch_size: 14,
  image_size: 336,
  num_hidden_layers: 24,
  num_attention_heads: 16,
};
const clipTiny: JsonObject = {
  hidden_size: 128,
  intermediate_size: 256,
  patch_size: 8,
  image_size: 32,
  num_hidden_layers: 3,
  num_attention_heads: 2,
};

/** SmolVLM-256M as it is published: SigLIP base at 512 pixels, pixel shuffle by 4 (64 tokens a tile), SmolLM2-135M with a head of its own. */
const smolvlm: JsonObject = {
  model_type: 'idefics3',
  architectures: ['Idefics3ForConditionalGeneration'],
  image_token_id: 49190,
  scale_factor: 4,
  tie_word_embeddings: false,
  vocab_size: 49280,
  text_config: { ...smollm2, vocab_size: 49280, head_dim: 64, tie_word_embeddings: false },
  vision_config: {
    model_type: 'idefics3',
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    image_size: 512,
    patch_size: 16,
  },
};
/** The LLaMA of 60 M parameters that ReLoRA and GaLore train (Lialin et al. 2023; Zhao et al. 2024). */
const llama60: JsonObject = {
  ...smollm2,
  vocab_size: 32000,
  hidden_size: 512,
  intermediate_size: 1376,
  num_hidden_layers: 8,
  num_attention_heads: 8,
  num_key_value_heads: 8,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  tie_word_embeddings: false,
};
const smolvlmTiny: JsonObject = {
  ...smolvlm,
  image_token_id: 500,
  text_config: { ...tinyText, tie_word_embeddings: false },
  vision_config: { ...(smolvlm.vision_config as JsonObject), ...clipTiny, image_size: 64 },
};

const named = (list: readonly Shape[]): Readonly<Record<string, Shape>> => Object.fromEntries(list.map((shape) => [shape.name, shape]));

/** Shapes that generate text. */
export const LANGUAGE_SHAPES = named([
  { name: 'smollm2-135m', config: smollm2 },
  { name: 'qwen2-0.5b', config: qwen2 },
  { name: 'onevision-0.5b', config: onevision, language: 'qwen2-0.5b' },
  { name: 'tiny', config: tinyText },
]);

/** Shapes that see. */
export const VISION_SHAPES = named([
  { name: 'clip-l-336', config: llavaAround(clipLarge, 1024) },
  { name: 'onevision-0.5b', config: onevision, language: 'qwen2-0.5b' },
  { name: 'tiny-llava', config: llavaAround(clipTiny, 128) },
]);

/** Shapes that are fine-tuned. */
export const TRAINED_SHAPES = named([
  { name: 'smolvlm-256m', config: smolvlm },
  { name: 'llama-60m', config: llama60 },
  { name: 'tiny-smolvlm', config: smolvlmTiny },
  { name: 'tiny', config: tinyText },
]);
