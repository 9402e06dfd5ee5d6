// Rows of the registry for models that see images as tiles or as patches in any number.

import { defineFamily } from '../family.js';
import { Fuyu, fuyuConfig, fuyuNames } from './fuyu.js';
import { Idefics2, idefics2Config } from './idefics2.js';
import { Idefics3, idefics3Config, ideficsNames } from './idefics3.js';
import { Kosmos2, kosmos2Config, kosmos2Names } from './kosmos2.js';
import { QwenVl, qwen2VlConfig, qwen25VlConfig, qwenVlNames } from './qwen-vl.js';

/** Where a config ties the head, the file may leave it out. */
const tiedHead = (c: { tie_word_embeddings: boolean }): Record<string, string> =>
  c.tie_word_embeddings ? { 'language_model.lm_head.weight': 'language_model.model.embed_tokens.weight' } : {};

/** Idefics 2. */
export const idefics2Family = defineFamily({
  modelType: 'idefics2',
  architectures: ['Idefics2ForConditionalGeneration'],
  alsoFor: ['Idefics2Model'],
  kind: 'multimodal',
  config: idefics2Config,
  build: (c) => new Idefics2(c),
  names: ideficsNames,
  tied: tiedHead,
});

/** Idefics 3. */
export const idefics3Family = defineFamily({
  modelType: 'idefics3',
  architectures: ['Idefics3ForConditionalGeneration'],
  alsoFor: ['Idefics3Model'],
  kind: 'multimodal',
  config: idefics3Config,
  build: (c) => new Idefics3(c),
  names: ideficsNames,
  tied: tiedHead,
});

/** SmolVLM under the name that its later checkpoints bear. */
export const smolVlmFamily = defineFamily({
  modelType: 'smolvlm',
  architectures: ['SmolVLMForConditionalGeneration'],
  alsoFor: ['SmolVLMModel'],
  kind: 'multimodal',
  config: idefics3Config,
  build: (c) => new Idefics3(c),
  names: ideficsNames,
  tied: tiedHead,
});

/** Qwen2-VL. */
export const qwen2VlFamily = defineFamily({
  modelType: 'qwen2_vl',
  architectures: ['Qwen2VLForConditionalGeneration'],
  alsoFor: ['Qwen2VLModel'],
  kind: 'multimodal',
  config: qwen2VlConfig,
  build: (c) => new QwenVl(c),
  names: qwenVlNames,
  tied: tiedHead,
});

/** Qwen2.5-VL. */
export const qwen25VlFamily = defineFamily({
  modelType: 'qwen2_5_vl',
  architectures: ['Qwen2_5_VLForConditionalGeneration'],
  alsoFor: ['Qwen2_5_VLModel'],
  kind: 'multimodal',
  config: qwen25VlConfig,
  build: (c) => new QwenVl(c),
  names: qwenVlNames,
  tied: tiedHead,
});

/** Fuyu 8B. */
export const fuyuFamily = defineFamily({
  modelType: 'fuyu',
  architectures: ['FuyuForCausalLM'],
  alsoFor: ['FuyuModel'],
  kind: 'multimodal',
  config: fuyuConfig,
  build: (c) => new Fuyu(c),
  names: fuyuNames,
  tied: tiedHead,
});

/** Kosmos-2. */
export const kosmos2Family = defineFamily({
  modelType: 'kosmos-2',
  architectures: ['Kosmos2ForConditionalGeneration'],
  kind: 'multimodal',
  config: kosmos2Config,
  build: (c) => new Kosmos2(c),
  names: () => kosmos2Names,
  tied: tiedHead,
  ignore: [/\.embed_positions\.weights$/, /\.embeddings\.position_ids$/],
});
