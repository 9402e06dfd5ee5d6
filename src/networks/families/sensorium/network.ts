// mllm: a vision encoder, a connector and a language model joined, under the names of LlavaForConditionalGeneration.

import { z } from 'zod';
import { input, type Tensor } from '../../../graph/index.js';
import { Module } from '../../../nn/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { type ConnectorSpec, connectorConfig, connectorFrom } from '../../connectors/define.js';
import { type MlpConnectorConfig, mlp } from '../../connectors/mlp.js';
import { ClipVision, type ClipVisionConfig, type clipVision, clipVisionConfig } from '../../encoders/clip-vision.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { assertOptions, parseConfig } from '../../parse-config.js';
import type { Connector } from '../../parts.js';
import { Llama, type LlamaConfig, type llama, llamaConfig } from '../llama/network.js';

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

  protected override tower(): Module[] {
    return [this.vision_tower];
  }
  /** Encoder tokens: pixels [images, 3, size, size] -> [images, tokens, vision width]. */
  override encode(pixels = this.pixels()): Tensor {
    return this.vision.tokens(pixels);
  }
  /** Encoder tokens -> [images * imageTokens, language width]. */
  override connect(tokens: Tensor): Tensor {
    const y = this.multi_modal_projector.project(tokens);
    return y.reshape([-1, this.language_model.width]);
  }
  private pixels(): Tensor {
    const size = this.config.vision_config.image_size;
    return input('pixels', ['images', 3, size, size]);
  }
}

/** The parts of an `mllm`. */
export interface MllmPartSpecs {
  vision: ReturnType<typeof clipVision>;
  connector: ConnectorSpec;
  language: ReturnType<typeof llama>;
}

/** What the tokenizer, and trained parts that are taken over, fix of a network's config. */
export interface MllmSizes {
  vocabSize: number;
  imageTokenId: number;
  /** Configs of trained parts; by default those of the specs. */
  vision?: ClipVisionConfig;
  language?: LlamaConfig;
}

/** Joins parts by their sizes; vocabulary and image token come from the tokenizer. Errors: `models.config`, naming the part and field. */
export function mllm(o: MllmPartSpecs): {
  kind: 'mllm';
  /** The specs as given. */
  parts: MllmPartSpecs;
  /** The sizes as plain data: part of a recipe's identity. */
  describe: Record<string, unknown>;
  config(sizes: MllmSizes): MllmConfig;
  build(sizes: MllmSizes): MllmNetwork;
} {
  checkParts(o);
  const config = (t: MllmSizes): MllmConfig => {
    const { connector } = o;
    const vision = t.vision ?? o.vision.config;
    const text_config = t.language ?? o.language.config(t.vocabSize);
    const mlpConfig = connector.kind === 'mlp' ? (connector.config as MlpConnectorConfig) : undefined;
    const ours = vision.model_type !== 'clip_vision_model' || mlpConfig?.shuffle !== 1 || mlpConfig.depth === 1;
    const side = Math.floor(vision.image_size / vision.patch_size);
    if (mlpConfig && side % mlpConfig.shuffle !== 0)
      throw new SensoriumError('models.config', 'a field of the config is wrong', {
        place: 'mlp: shuffle',
        expected: `a divisor of the ${side} patches on a side of the image`,
        got: String(mlpConfig.shuffle),
      });
    return parseConfig(
      mllmConfig,
      {
        model_type: ours ? 'sensorium_llava' : 'llava',
        vision_config: vision,
        text_config,
        image_token_index: t.imageTokenId,
        vision_feature_layer: o.vision.featureLayer,
        ...(mlpConfig
          ? { projector_depth: mlpConfig.depth, projector_pixel_shuffle: mlpConfig.shuffle }
          : { projector: { ...connector.config, kind: connector.kind } }),
        image_seq_length: connector.build(vision.hidden_size, text_config.hidden_size).tokenCount(side ** 2),
      },
      'mllm',
    );
  };
  const describe = {
    vision: o.vision.config,
    featureLayer: o.vision.featureLayer,
    connector: o.connector.kind === 'mlp' ? o.connector.config : { ...o.connector.config, kind: o.connector.kind },
    language: o.language.options,
  };
  config({ vocabSize: o.language.options.vocabSize ?? 1, imageTokenId: 0 }); // sizes are checked here, where they are written
  return { kind: 'mllm', parts: o, describe, config, build: (t) => new MllmNetwork(config(t)) };
}

/** Throws `models.config` for parts that are not what the builders return, or whose sizes do not go together. */
function checkParts(o: MllmPartSpecs): void {
  assertOptions(o, 'mllm');
  const need = (part: keyof MllmPartSpecs, ok: boolean, expected: string): void => {
    if (ok) return;
    const got: unknown = o[part];
    throw new SensoriumError('models.config', `the ${part} of the model is missing or another part`, {
      place: `mllm: ${part}`,
      expected,
      got: typeof got === 'object' && got !== null ? String((got as { kind?: unknown }).kind ?? 'an object without kind') : typeof got,
    });
  };
  need('vision', o.vision?.kind === 'clip-vision', 'clipVision({ imageSize, patchSize, width, layers })');
  need(
    'connector',
    typeof o.connector?.kind === 'string' && typeof o.connector.build === 'function',
    'mlp(), linear(), qformer({…}) or a connector of your own',
  );
  need('language', o.language?.kind === 'llama', 'llama({ width, layers, heads })');
}
