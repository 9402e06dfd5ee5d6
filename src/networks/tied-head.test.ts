// Where multimodal configs say that the head is the embedding: the whole config, its text model, or either, as transformers 5 reads each family.

import { expect, it } from 'vitest';
import { type MultimodalNetwork, readFamily } from './index.js';

const text = {
  vocab_size: 20,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 2,
};
const llava = {
  image_token_index: 3,
  vision_config: { hidden_size: 8, intermediate_size: 12, num_hidden_layers: 1, num_attention_heads: 1, image_size: 8, patch_size: 4 },
};
const tiles = { ...llava, image_grid_pinpoints: [[8, 8]] };
const mrope = { mrope_section: [1, 1, 2], rope_type: 'default' };
const families = {
  llava: { ...llava, text_config: { ...text, model_type: 'llama' } },
  llava_next: { ...tiles, text_config: { ...text, model_type: 'llama' } },
  llava_onevision: { ...tiles, video_token_index: 4, text_config: { ...text, model_type: 'qwen2' } },
  qwen2_vl: {
    vision_config: { depth: 1, embed_dim: 16, hidden_size: 16, num_heads: 2, mlp_ratio: 1, patch_size: 4 },
    image_token_id: 3,
    video_token_id: 4,
    text_config: { ...text, model_type: 'qwen2_vl_text', rope_parameters: mrope },
  },
  idefics3: {
    image_token_id: 3,
    vision_config: { hidden_size: 8, intermediate_size: 12, num_hidden_layers: 1, num_attention_heads: 1, image_size: 8, patch_size: 4 },
    text_config: { ...text, model_type: 'llama' },
  },
};

it.each([
  ['llava', true],
  ['llava_onevision', true],
  ['qwen2_vl', true],
  ['llava_next', false],
  ['idefics3', false],
] as const)('%s goes by the whole config, and by its text model: %s', (model_type, byText) => {
  const raw = families[model_type];
  const tied = (top: boolean | undefined, inner: boolean): boolean => {
    const { family, config } = readFamily({
      model_type,
      ...raw,
      ...(top === undefined ? {} : { tie_word_embeddings: top }),
      text_config: { ...raw.text_config, tie_word_embeddings: inner },
    });
    const head = (family.build(config) as MultimodalNetwork).language_model.lm_head;
    // The file may leave out what the network does not have.
    expect(Object.keys(family.tied?.(config) ?? {})).toEqual(head ? [] : ['language_model.lm_head.weight']);
    return head === undefined;
  };
  expect(tied(false, false)).toBe(false);
  expect(tied(true, false)).toBe(true);
  expect(tied(true, true)).toBe(true);
  expect(tied(false, true)).toBe(byText);
  expect(tied(undefined, true)).toBe(byText);
});
