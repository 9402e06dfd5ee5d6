// The CLIP text tower: token and position embeddings, a causal transformer, pooled at the end-of-text token.

import { z } from 'zod';
import { causalMask, gather, type Tensor } from '../../graph/index.js';
import { Embedding, LayerNorm, Module } from '../../nn/index.js';
import { divides } from '../parse-config.js';
import { ClipEncoder, towerActivation } from './clip-layers.js';

const size = z.number().int().positive();

/** `text_config` of CLIPModel, with the defaults of its class: published files leave out what equals them. */
export const clipTextConfig = z
  .object({
    model_type: z.literal('clip_text_model').default('clip_text_model'),
    vocab_size: size.default(49408),
    hidden_size: size.default(512),
    intermediate_size: size.default(2048),
    num_hidden_layers: size.default(12),
    num_attention_heads: size.default(8),
    max_position_embeddings: size.default(77),
    hidden_act: towerActivation.default('quick_gelu'),
    layer_norm_eps: z.number().positive().default(1e-5),
    projection_dim: size.optional(),
    /** See `LEGACY_EOS`. */
    eos_token_id: z.number().int().default(49407),
    pad_token_id: z.number().int().nullish(),
  })
  .superRefine(divides('num_attention_heads', 'hidden_size'));
export type ClipTextConfig = z.infer<typeof clipTextConfig>;

class ClipTextEmbeddings extends Module {
  token_embedding: Embedding;
  position_embedding: Embedding;
  constructor(c: ClipTextConfig) {
    super();
    this.token_embedding = new Embedding(c.vocab_size, c.hidden_size);
    this.position_embedding = new Embedding(c.max_position_embeddings, c.hidden_size);
  }
}

/** CLIPTextModel: causal attention, pooled at the end-of-text token. */
export class ClipText extends Module {
  embeddings: ClipTextEmbeddings;
  encoder: ClipEncoder;
  final_layer_norm: LayerNorm;
  constructor(readonly config: ClipTextConfig) {
    super();
    this.embeddings = new ClipTextEmbeddings(config);
    this.encoder = new ClipEncoder(config);
    this.final_layer_norm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
  }
  /** ids: int [batch, n] -> the states of all tokens behind the last norm, [batch, n, width]; none depends on tokens after it. */
  states(ids: Tensor): Tensor {
    return this.trace(() => {
      const n = ids.size(1);
      const x = this.embeddings.token_embedding.forward(ids).add(this.embeddings.position_embedding.weight.slice({ axis: 0, end: n }));
      return this.final_layer_norm.forward(this.encoder.states(x, causalMask(n)).at(-1) as Tensor);
    });
  }
  /** ids: int [batch, n], ends: int [batch] (index of the end-of-text token) -> pooled [batch, width]. */
  pooled(ids: Tensor, ends: Tensor): Tensor {
    return this.trace(() => gather(this.states(ids).reshape([-1, this.config.hidden_size]), ends));
  }
}

/** `eos_token_id` in every CLIP config until transformers 4.31, whatever the end token's id is: published vocabularies have a word there. */
export const LEGACY_EOS = 2;

/**
 * Where CLIPTextModel pools a text of these ids: at the first `eos`, or 0 without one; where that is unknown (`LEGACY_EOS`), at the first of
 * the largest ids, which the end token of the published vocabularies has.
 */
export function endOfText(ids: ArrayLike<number>, eos?: number): number {
  const all = Array.from(ids);
  return eos === undefined ? all.indexOf(all.reduce((a, b) => Math.max(a, b), 0)) : Math.max(0, all.indexOf(eos));
}
