// mllm: a vision encoder, a connector and a language model joined, under the names of LlavaForConditionalGeneration.

import { z } from 'zod';
import { input, type Tensor } from '../graph/index.js';
import { Module } from '../nn/index.js';
import { type ConnectorSpec, connectorConfig, connectorFrom } from './connectors/define.js';
import { type MlpConnectorConfig, mlp } from './connectors/mlp.js';
import { ClipVision, type clipVision, clipVisionConfig } from './encoders/clip-vision.js';
import { Llama, type llama, llamaConfig } from './language/llama.js';
import { MultimodalNetwork } from './multimodal.js';
import type { Connector } from './parts.js';

/** `config.json` of LlavaForConditionalGeneration. `projector` (a connector other than the MLP) and `projector_*` are ours (model_type says so). */
export const mllmConfig = z.object({
  model_type: z.enum(['llava', 'sensorium_llava']).default('llava'),
  architectures: z.array(z.string()).default(['LlavaForConditionalGeneration']),
  vision_config: clipVisionConfig,
  text_config: llamaConfig,
  image_token_index: z.number().int().nonnegative(),
  vision_feature_layer: z.number().int().default(-2),
  vision_feature_select_strategy: z.literal('default').default('default'),
  projector_hidden_act: z.literal('gelu').default('gelu'),
  projector_depth: z.union([z.literal(1), z.literal(2)]).default(2),
  projector_pixel_shuffle: z.number().int().positive().default(1),
  projector: connectorConfig.optional(),
  image_seq_length: z.number().int().positive().optional(),
  tie_word_embeddings: z.boolean().optional(),
});
export type MllmConfig = z.infer<typeof mllmConfig>;

class VisionTower extends Module {
  vision_model: ClipVision;
  constructor(c: MllmConfig) {
    super();
    this.vision_model = new ClipVision(c.vision_config, c.vision_feature_layer);
  }
}

/** The joined network (weights and graph only; `Mllm` of the package adds tokenizer, images and generation). */
export class MllmNetwork extends MultimodalNetwork {
  vision_tower: VisionTower;
  multi_modal_projector: Connector;
  language_model: Llama;
  constructor(readonly config: MllmConfig) {
    super();
    this.vision_tower = new VisionTower(config);
    const connector: ConnectorSpec = config.projector
      ? connectorFrom(config.projector)
      : mlp({ depth: config.projector_depth, shuffle: config.projector_pixel_shuffle });
    this.multi_modal_projector = connector.build(config.vision_config.hidden_size, config.text_config.hidden_size);
    this.language_model = new Llama(config.text_config);
    this.nameParameters();
  }
  get vision(): ClipVision {
    return this.vision_tower.vision_model;
  }
  /** Language-model positions that one image takes. */
  get imageTokens(): number {
    return this.multi_modal_projector.tokenCount(this.vision.tokenCount);
  }

  /** Encoder tokens: pixels [images, 3, size, size] -> [images, tokens, vision width]. What a frozen encoder caches. */
  encode(pixels: Tensor): Tensor {
    return this.vision.tokens(pixels);
  }
  /** Encoder tokens -> [images * imageTokens, language width]. */
  connect(tokens: Tensor): Tensor {
    const y = this.multi_modal_projector.project(tokens);
    return y.reshape([-1, this.language_model.width]);
  }
  see(): Tensor {
    const size = this.config.vision_config.image_size;
    return this.connect(this.encode(input('pixels', ['images', 3, size, size])));
  }
}

/** Joins parts by their sizes; vocabulary and image token come from the tokenizer. */
export function mllm(o: { vision: ReturnType<typeof clipVision>; connector: ConnectorSpec; language: ReturnType<typeof llama> }): {
  kind: 'mllm';
  /** The sizes as plain data: part of a recipe's identity. */
  describe: Record<string, unknown>;
  config(tokenizer: { vocabSize: number; imageTokenId: number }): MllmConfig;
  build(tokenizer: { vocabSize: number; imageTokenId: number }): MllmNetwork;
} {
  const config = (t: { vocabSize: number; imageTokenId: number }): MllmConfig => {
    const { vision, connector } = o;
    const text_config = o.language.config(t.vocabSize);
    const mlpConfig = connector.kind === 'mlp' ? (connector.config as MlpConnectorConfig) : undefined;
    const ours = vision.config.model_type !== 'clip_vision_model' || mlpConfig?.shuffle !== 1 || mlpConfig.depth === 1;
    const patches = (vision.config.image_size / vision.config.patch_size) ** 2;
    return mllmConfig.parse({
      model_type: ours ? 'sensorium_llava' : 'llava',
      vision_config: vision.config,
      text_config,
      image_token_index: t.imageTokenId,
      vision_feature_layer: vision.featureLayer,
      ...(mlpConfig
        ? { projector_depth: mlpConfig.depth, projector_pixel_shuffle: mlpConfig.shuffle }
        : { projector: { ...connector.config, kind: connector.kind } }),
      image_seq_length: connector.build(vision.config.hidden_size, text_config.hidden_size).tokenCount(patches),
    });
  };
  const describe = {
    vision: o.vision.config,
    featureLayer: o.vision.featureLayer,
    connector: o.connector.kind === 'mlp' ? o.connector.config : { ...o.connector.config, kind: o.connector.kind },
    language: o.language.options,
  };
  return { kind: 'mllm', describe, config, build: (t) => new MllmNetwork(config(t)) };
}
