// Images and text in one vocabulary: codes of a VQ-VAE are tokens of a decoder beside those of words, which it reads and writes alike.

import { z } from 'zod';
import { cast, concat, equal, greater, input, or, type Tensor } from '../../../graph/index.js';
import type { Module } from '../../../nn/index.js';
import { VqVae, vqVaeConfig } from '../../generators/vq-vae.js';
import type { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { wrongField } from '../../parse-config.js';
import { buildLanguage, languageConfig } from '../language-part.js';

const id = z.number().int().nonnegative();

/** `config.json` of a decoder over words and codes of images. */
export const unifiedConfig = z
  .object({
    model_type: z.literal('sensorium_unified').default('sensorium_unified'),
    architectures: z.array(z.string()).default(['SensoriumForUnifiedGeneration']),
    vq_config: vqVaeConfig,
    text_config: languageConfig,
    /** The placeholder of an image's codes in prompts. */
    image_token_index: id,
    /** The tokens around the codes of an image. */
    image_begin_index: id,
    image_end_index: id,
    /** The token of code 0; those of the others follow. All tokens from it on are codes. */
    first_code_index: id,
    tie_word_embeddings: z.boolean().optional(),
  })
  .superRefine((c, context) => {
    const { vocab_size } = c.text_config;
    if (c.first_code_index + c.vq_config.num_embeddings > vocab_size)
      wrongField(
        context,
        'first_code_index',
        `room for ${c.vq_config.num_embeddings} codes among ${vocab_size} tokens`,
        c.first_code_index,
      );
    for (const key of ['image_token_index', 'image_begin_index', 'image_end_index'] as const)
      if (c[key] >= c.first_code_index) wrongField(context, key, `a token before ${c.first_code_index}, where codes begin`, c[key]);
  });
export type UnifiedConfig = z.infer<typeof unifiedConfig>;

/**
 * The network of Sheng et al. 2023 (arXiv:2312.02520): one embedding table for words and codes, and a decoder. An image of a prompt is rows of that table, so what
 * it reads of an image that it is given is, to the bit, what it reads of one that it has written itself.
 */
export class UnifiedNetwork extends MultimodalNetwork {
  image_tokenizer: VqVae;
  language_model: CausalDecoder;
  constructor(readonly config: UnifiedConfig) {
    super();
    this.image_tokenizer = new VqVae(config.vq_config);
    this.language_model = buildLanguage(config.text_config);
    this.nameParameters();
  }

  protected override tower(): Module[] {
    return [this.image_tokenizer];
  }

  /** Codes as numbers, [images, codes, 1]. */
  override encode(): Tensor {
    const { image_size: size } = this.config.vq_config;
    const codes = this.image_tokenizer.encode(input('pixels', ['images', 3, size, size]));
    return cast(codes, 'float32').unsqueeze(2);
  }

  /** Codes [images, codes, 1] -> their rows of the embedding, [images * codes, width]. */
  override connect(codes: Tensor): Tensor {
    const ids = cast(codes, 'int32').reshape([-1]).add(this.config.first_code_index);
    return this.language_model.embed(ids);
  }

  /** Whether a token is of an image, and whether it is of a text. */
  override attributes(ids: Tensor): Tensor {
    const { first_code_index: first, image_token_index: placeholder } = this.config;
    const image = cast(or(greater(ids, first - 1), equal(ids, placeholder)), 'float32').unsqueeze(2);
    return concat([image, image.neg().add(1)], 2);
  }
}
