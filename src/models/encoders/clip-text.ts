// The CLIP text tower: token and position embeddings, a causal transformer, pooled at the end-of-text token.

import { z } from 'zod';
import { causalMask, gather, type Tensor } from '../../graph/index.js';
import { Embedding, LayerNorm, Module } from '../../nn/index.js';
import { ClipEncoder, towerActivation } from './clip-layers.js';

/** `text_config` of CLIPModel. */
export const clipTextConfig = z.object({
  model_type: z.literal('clip_text_model').default('clip_text_model'),
  vocab_size: z.number().int().positive(),
  hidden_size: z.number().int().positive(),
  intermediate_size: z.number().int().positive(),
  num_hidden_layers: z.number().int().positive(),
  num_attention_heads: z.number().int().positive(),
  max_position_embeddings: z.number().int().positive(),
  hidden_act: towerActivation.default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
  projection_dim: z.number().int().positive().optional(),
  eos_token_id: z.number().int().default(1),
  pad_token_id: z.number().int().nullish(),
});
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
  /** ids: int [batch, n], ends: int [batch] (index of the end-of-text token) -> pooled [batch, width]. */
  pooled(ids: Tensor, ends: Tensor): Tensor {
    return this.trace(() => {
      const [b, n, w] = [ids.size(0), ids.size(1), this.config.hidden_size];
      const x = this.embeddings.token_embedding.forward(ids).add(this.embeddings.position_embedding.weight.slice({ axis: 0, end: n }));
      const h = this.final_layer_norm.forward(this.encoder.states(x, causalMask(n)).at(-1) as Tensor);
      return gather(h.reshape([b * n, w]), ends);
    });
  }
}
