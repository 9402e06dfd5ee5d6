// The graphs of transformers.js: a language model whole, or in three parts for a LLaVA. Names of inputs and outputs are its own.

import { input, type Tensor } from '../../graph/index.js';
import type { CausalDecoder, LlavaNetwork, MllmNetwork } from '../../models/index.js';
import { growingCache } from '../../models/language/growing-cache.js';

const IDS = ['batch_size', 'sequence_length'] as const;

/** input_ids, attention_mask, position_ids and past_key_values.* -> logits [batch, n, vocab] and present.*. */
export function textGraph(language: CausalDecoder): Record<string, Tensor> {
  return decode(language, language.embed(input('input_ids', IDS, 'int64')));
}

/** The same from inputs_embeds [batch, n, width]. */
export function decoderGraph(language: CausalDecoder): Record<string, Tensor> {
  return decode(language, input('inputs_embeds', [...IDS, language.width]));
}

/** input_ids -> inputs_embeds. */
export function embeddingGraph(language: CausalDecoder): Record<string, Tensor> {
  return { inputs_embeds: language.embed(input('input_ids', IDS, 'int64')) };
}

/** pixel_values [batch, 3, size, size] -> image_features [batch, tokens, width]. */
export function visionGraph(network: LlavaNetwork | MllmNetwork): Record<string, Tensor> {
  const size = network.config.vision_config.image_size;
  const tokens = network.encode(input('pixel_values', ['batch_size', 3, size, size]));
  return { image_features: network.multi_modal_projector.project(tokens) };
}

function decode(language: CausalDecoder, x: Tensor): Record<string, Tensor> {
  const strategy = growingCache(language.config);
  const logits = language.logits(language.hidden(x, strategy));
  return { logits, ...strategy.outputs };
}
