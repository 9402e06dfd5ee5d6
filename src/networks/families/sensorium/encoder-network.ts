// Any encoder and any connector before a LLaMA: what `mllm` makes where the encoder is not the plain tower of a LLaVA.

import { z } from 'zod';
import { concat, type Tensor } from '../../../graph/index.js';
import type { Module } from '../../../nn/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { type ConnectorSpec, connectorConfig, connectorFrom } from '../../connectors/define.js';
import { mlp } from '../../connectors/mlp.js';
import { ClipVision } from '../../encoders/clip-vision.js';
import {
  type Arrangement,
  type BuiltEncoder,
  type EncoderNetwork,
  encoderConfig,
  encoderFrom,
  type ItemSizes,
} from '../../encoders/define.js';
import type { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import type { Connector } from '../../parts.js';
import { buildLanguage } from '../language-part.js';
import { llamaConfig } from '../llama/network.js';

/** `config.json` of an encoder, a connector (`projector`, by its kind) and a LLaMA. */
export const encoderMllmConfig = z.object({
  model_type: z.literal('sensorium_mllm').default('sensorium_mllm'),
  architectures: z.array(z.string()).default(['SensoriumForConditionalGeneration']),
  encoder: encoderConfig,
  projector: connectorConfig,
  text_config: llamaConfig,
  image_token_index: z.number().int().nonnegative(),
  tie_word_embeddings: z.boolean().optional(),
});
export type EncoderMllmConfig = z.infer<typeof encoderMllmConfig>;

/** The connector of a `projector` with its kind, the MLP included. */
function projectorFrom({ kind, ...config }: z.infer<typeof connectorConfig>): ConnectorSpec {
  return kind === 'mlp' ? mlp(config) : connectorFrom({ kind, ...config });
}

/** The joined network. Names: `vision_tower`, `multi_modal_projector`, `media_rows` where the encoder arranges its rows, `language_model`. */
export class EncoderMllm extends MultimodalNetwork {
  vision_tower: EncoderNetwork;
  multi_modal_projector: Connector;
  media_rows?: Arrangement;
  language_model: CausalDecoder;
  /** How media become feeds, and what becomes of them. */
  readonly encoder: BuiltEncoder;
  constructor(readonly config: EncoderMllmConfig) {
    super();
    const { encoder, projector, text_config: text } = config;
    this.encoder = encoderFrom(encoder);
    this.vision_tower = this.encoder.network;
    this.multi_modal_projector = projectorFrom(projector).build(this.vision_tower.width, text.hidden_size, text.vocab_size);
    this.media_rows = this.encoder.arrangement(this.itemSizes);
    const { carried = 0, tokenCount } = this.vision_tower;
    if (carried > 0 && (this.media_rows || this.multi_modal_projector.tokenCount(tokenCount) !== tokenCount))
      throw new SensoriumError('model.config', 'tokens that carry rows of another resolution need a row each', {
        place: 'mllm: connector',
        expected: `a connector that gives ${tokenCount} rows for ${tokenCount} tokens, such as mlp()`,
        got: String(this.multi_modal_projector.tokenCount(tokenCount)),
      });
    this.language_model = buildLanguage(text);
    this.nameParameters();
  }

  /** What the connector makes of one item of the encoder. */
  get itemSizes(): ItemSizes {
    return {
      rows: this.multi_modal_projector.tokenCount(this.vision_tower.tokenCount),
      width: this.config.text_config.hidden_size,
    };
  }

  /** The first CLIP tower of the encoder and its path; undefined where it has none. */
  get clip(): { path: string; tower: ClipVision } | undefined {
    for (const [path, tower] of this.vision_tower.namedModules('vision_tower')) if (tower instanceof ClipVision) return { path, tower };
    return undefined;
  }

  protected override tower(): Module[] {
    return [this.vision_tower];
  }

  override encode(): Tensor {
    return this.vision_tower.encode();
  }

  override connect(tokens: Tensor): Tensor {
    const { width, carried = 0 } = this.vision_tower;
    if (carried > 0) {
      const own = this.multi_modal_projector.project(tokens.slice({ axis: 2, end: width }));
      const both = concat([own, tokens.slice({ axis: 2, start: width })], 2);
      return both.reshape([-1, both.size(2)]);
    }
    const rows = this.multi_modal_projector.project(tokens).reshape([-1, this.config.text_config.hidden_size]);
    return this.media_rows ? this.media_rows.arrange(rows) : rows;
  }
}
