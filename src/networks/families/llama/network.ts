// LLaMA: the plain decoder (Vicuna, MobileLLaMA, SmolLM2 are such), and a builder by its sizes.

import { z } from 'zod';
import { decoderConfig, decoderFields } from '../../language/config.js';
import { CausalDecoder } from '../../language/decoder.js';
import { assertOptions, parseConfig } from '../../parse-config.js';

const { tie_word_embeddings, hidden_act, ...sizes } = decoderFields;

/** `config.json` of LlamaForCausalLM. */
export const llamaConfig = decoderConfig(
  {
    vocab_size: 32000,
    hidden_size: 4096,
    intermediate_size: 11008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    tie_word_embeddings: false,
  },
  {
    model_type: z.literal('llama').default('llama'),
    architectures: z.array(z.string()).default(['LlamaForCausalLM']),
    ...sizes,
    /** On all four projections. */
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().optional(),
    tie_word_embeddings,
    hidden_act,
  },
);
export type LlamaConfig = z.infer<typeof llamaConfig>;

/** LlamaForCausalLM. */
export class Llama extends CausalDecoder<LlamaConfig> {
  constructor(config: LlamaConfig) {
    super(config, { qkvBias: config.attention_bias, outBias: config.attention_bias, mlpBias: config.mlp_bias });
  }
}

export interface LlamaOptions {
  width: number;
  layers: number;
  heads: number;
  kvHeads?: number;
  /** Feed-forward width; 8/3 of the width rounded up to a multiple of 32 by default. */
  feedForward?: number;
  vocabSize?: number;
  positions?: number;
  tied?: boolean;
  /** Biases on the attention's projections. */
  attentionBias?: boolean;
}
/** A LLaMA-family language model by its sizes; the vocabulary size is filled in from the tokenizer when left out. */
export function llama(o: LlamaOptions): {
  kind: 'llama';
  options: LlamaOptions;
  config(vocabSize?: number): LlamaConfig;
  build(vocabSize?: number): Llama;
} {
  assertOptions(o, 'llama', ['width', 'layers', 'heads', 'kvHeads', 'feedForward', 'vocabSize', 'positions']);
  const config = (vocabSize?: number): LlamaConfig =>
    parseConfig(
      llamaConfig,
      {
        vocab_size: o.vocabSize ?? vocabSize,
        hidden_size: o.width,
        intermediate_size: o.feedForward ?? Math.ceil((o.width * 8) / 3 / 32) * 32,
        num_hidden_layers: o.layers,
        num_attention_heads: o.heads,
        num_key_value_heads: o.kvHeads ?? o.heads,
        head_dim: o.width / o.heads,
        max_position_embeddings: o.positions ?? 512,
        rms_norm_eps: 1e-5,
        tie_word_embeddings: o.tied ?? true,
        attention_bias: o.attentionBias ?? false,
      },
      'llama',
    );
  return { kind: 'llama', options: o, config, build: (v) => new Llama(config(v)) };
}
