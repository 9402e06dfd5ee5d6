// The rows of the registry: every architecture that a Hugging Face folder may hold. A new family is a file and a row here.

import { Clip, clipConfig } from './encoders/clip.js';
import { ConvNext, convNextConfig } from './encoders/convnext.js';
import { SiglipVisionModel, siglipConfig, siglipVisionConfig } from './encoders/siglip-vision.js';
import { defineFamily } from './family.js';
import { Llama, llamaConfig } from './language/llama.js';
import { Mistral, mistralConfig } from './language/mistral.js';
import { Mixtral, mixtralConfig } from './language/mixtral.js';
import { Qwen2, Qwen3, qwen2Config, qwen3Config } from './language/qwen.js';
import { t5Config, t5CrossBias } from './language/t5.js';
import { T5 } from './language/t5-model.js';
import { LlavaNetwork, LlavaTilesNetwork, llavaConfig, llavaNextConfig, llavaOnevisionConfig, tiesHead } from './llava.js';
import { MllmNetwork, mllmConfig } from './mllm.js';
import { decoderNames, llavaNames, towerNames, withinNames } from './names.js';

/** Files may hold a tied head or leave it out. */
const tiedHead = (c: { tie_word_embeddings: boolean }): Record<string, string> =>
  c.tie_word_embeddings ? { 'lm_head.weight': 'model.embed_tokens.weight' } : {};

/** LLaMA 1 to 3, Vicuna, MobileLLaMA, SmolLM2. */
export const llamaFamily = defineFamily({
  modelType: 'llama',
  architectures: ['LlamaForCausalLM'],
  alsoFor: ['LlamaModel', 'LLaMAForCausalLM'],
  kind: 'causal',
  config: llamaConfig,
  build: (c) => new Llama(c),
  names: decoderNames,
  tied: tiedHead,
});

/** Qwen 1.5, 2 and 2.5. */
export const qwen2Family = defineFamily({
  modelType: 'qwen2',
  architectures: ['Qwen2ForCausalLM'],
  alsoFor: ['Qwen2Model'],
  kind: 'causal',
  config: qwen2Config,
  build: (c) => new Qwen2(c),
  names: decoderNames,
  tied: tiedHead,
});

/** Qwen 3, without experts. */
export const qwen3Family = defineFamily({
  modelType: 'qwen3',
  architectures: ['Qwen3ForCausalLM'],
  alsoFor: ['Qwen3Model'],
  kind: 'causal',
  config: qwen3Config,
  build: (c) => new Qwen3(c),
  names: decoderNames,
  tied: tiedHead,
});

/** Mistral 7B, the language model of LLaVA-NeXT and Idefics2. */
export const mistralFamily = defineFamily({
  modelType: 'mistral',
  architectures: ['MistralForCausalLM'],
  alsoFor: ['MistralModel'],
  kind: 'causal',
  config: mistralConfig,
  build: (c) => new Mistral(c),
  names: decoderNames,
  tied: tiedHead,
});

/** Mixtral 8x7B and 8x22B. */
export const mixtralFamily = defineFamily({
  modelType: 'mixtral',
  architectures: ['MixtralForCausalLM'],
  alsoFor: ['MixtralModel'],
  kind: 'causal',
  config: mixtralConfig,
  build: (c) => new Mixtral(c),
  names: decoderNames,
  tied: tiedHead,
});

/** T5, T5 1.1 and Flan-T5. */
export const t5Family = defineFamily({
  modelType: 't5',
  architectures: ['T5ForConditionalGeneration'],
  alsoFor: ['T5WithLMHeadModel', 'T5Model'],
  kind: 'seq2seq',
  config: t5Config,
  build: (c) => new T5(c),
  tied: (c) => ({
    'encoder.embed_tokens.weight': 'shared.weight',
    'decoder.embed_tokens.weight': 'shared.weight',
    ...(c.tie_word_embeddings ? { 'lm_head.weight': 'shared.weight' } : {}),
  }),
  ignore: [t5CrossBias],
});

/** LLaVA with parts of ours; its text model says whether the head is tied. */
export const sensoriumLlavaFamily = defineFamily({
  modelType: 'sensorium_llava',
  architectures: ['LlavaForConditionalGeneration'],
  kind: 'multimodal',
  config: mllmConfig,
  build: (c) => new MllmNetwork(c),
  names: llavaNames,
  tied: (c): Record<string, string> =>
    c.text_config.tie_word_embeddings ? { 'language_model.lm_head.weight': 'language_model.model.embed_tokens.weight' } : {},
});

/** A tied head may be in the file or not. */
const tiedLlavaHead = (c: Parameters<typeof tiesHead>[0]): Record<string, string> =>
  tiesHead(c) ? { 'language_model.lm_head.weight': 'language_model.model.embed_tokens.weight' } : {};

/** LLaVA 1.5. */
export const llavaFamily = defineFamily({
  modelType: 'llava',
  architectures: ['LlavaForConditionalGeneration'],
  alsoFor: ['LlavaModel'],
  kind: 'multimodal',
  config: llavaConfig,
  build: (c) => new LlavaNetwork(c),
  names: llavaNames,
  tied: tiedLlavaHead,
});

/** LLaVA-NeXT (1.6). */
export const llavaNextFamily = defineFamily({
  modelType: 'llava_next',
  architectures: ['LlavaNextForConditionalGeneration'],
  alsoFor: ['LlavaNextModel'],
  kind: 'multimodal',
  config: llavaNextConfig,
  build: (c) => new LlavaTilesNetwork(c),
  names: llavaNames,
  tied: tiedLlavaHead,
});

/** LLaVA-OneVision. */
export const llavaOnevisionFamily = defineFamily({
  modelType: 'llava_onevision',
  architectures: ['LlavaOnevisionForConditionalGeneration'],
  alsoFor: ['LlavaOnevisionModel'],
  kind: 'multimodal',
  config: llavaOnevisionConfig,
  build: (c) => new LlavaTilesNetwork(c),
  names: llavaNames,
  tied: tiedLlavaHead,
});

/** CLIP: both towers. */
export const clipFamily = defineFamily({
  modelType: 'clip',
  architectures: ['CLIPModel'],
  kind: 'encoder',
  config: clipConfig,
  build: (c) => new Clip(c),
  names: withinNames('clip'),
});

/** CLIP with a vision tower of ours. */
export const sensoriumClipFamily = defineFamily({
  modelType: 'sensorium_clip',
  architectures: ['CLIPModel'],
  kind: 'encoder',
  config: clipConfig,
  build: (c) => new Clip(c),
});

/** The vision tower of SigLIP. */
export const siglipVisionFamily = defineFamily({
  modelType: 'siglip_vision_model',
  architectures: ['SiglipVisionModel'],
  kind: 'encoder',
  config: siglipVisionConfig,
  build: (c) => new SiglipVisionModel(c),
  names: towerNames,
});

/** SigLIP as published, with a text tower, which is left aside. */
export const siglipFamily = defineFamily({
  modelType: 'siglip',
  architectures: ['SiglipModel'],
  alsoFor: ['SiglipForImageClassification'],
  kind: 'encoder',
  config: siglipConfig,
  build: (c) => new SiglipVisionModel(c.vision_config),
  ignore: [/^text_model\./, /^logit_(scale|bias)$/, /^classifier\./],
});

/** ConvNeXt without its classifier. */
export const convNextFamily = defineFamily({
  modelType: 'convnext',
  architectures: ['ConvNextModel', 'ConvNextForImageClassification'],
  kind: 'encoder',
  config: convNextConfig,
  build: (c) => new ConvNext(c),
  names: withinNames('convnext'),
  ignore: [/^classifier\./],
});
