// The sizes of ImageBind (Girdhar et al. 2023): six modalities, each with a transformer of its own, by the names that its model has for them.

import { z } from 'zod';
import { wrongField } from '../../parse-config.js';

const size = z.number().int().positive();

/** The modalities. */
export const IMAGEBIND_MODALITIES = ['vision', 'text', 'audio', 'depth', 'thermal', 'imu'] as const;
export type ImageBindModality = (typeof IMAGEBIND_MODALITIES)[number];

/** `config.json` of an ImageBind. There is no published file of this kind: an empty one with `model_type` is that of imagebind_huge. */
export const imageBindConfig = z
  .object({
    model_type: z.literal('imagebind').default('imagebind'),
    architectures: z.array(z.string()).default(['ImageBindModel']),
    /** Modalities that the weights have; the others are left out. */
    modalities: z
      .array(z.enum(IMAGEBIND_MODALITIES))
      .min(1)
      .default([...IMAGEBIND_MODALITIES]),
    out_embed_dim: size.default(1024),
    image_size: size.default(224),
    /** Frames that one patch covers (an image stands for all of them), and sides of a patch. */
    kernel_size: z.tuple([size, size, size]).default([2, 14, 14]),
    vision_embed_dim: size.default(1280),
    vision_num_blocks: size.default(32),
    vision_num_heads: size.default(16),
    vocab_size: size.default(49408),
    context_length: size.default(77),
    text_embed_dim: size.default(1024),
    text_num_blocks: size.default(24),
    text_num_heads: size.default(16),
    audio_num_mel_bins: size.default(128),
    audio_target_len: size.default(204),
    audio_kernel_size: size.default(16),
    audio_stride: size.default(10),
    audio_embed_dim: size.default(768),
    audio_num_blocks: size.default(12),
    audio_num_heads: size.default(12),
    depth_kernel_size: size.default(16),
    depth_embed_dim: size.default(384),
    depth_num_blocks: size.default(12),
    depth_num_heads: size.default(8),
    thermal_kernel_size: size.default(16),
    thermal_embed_dim: size.default(768),
    thermal_num_blocks: size.default(12),
    thermal_num_heads: size.default(12),
    imu_channels: size.default(6),
    imu_length: size.default(2000),
    imu_kernel_size: size.default(8),
    imu_embed_dim: size.default(512),
    imu_num_blocks: size.default(6),
    imu_num_heads: size.default(8),
  })
  .superRefine((c, context) => {
    for (const modality of IMAGEBIND_MODALITIES) {
      const width = c[`${modality}_embed_dim`];
      if (width % c[`${modality}_num_heads`] !== 0)
        wrongField(context, `${modality}_num_heads`, `a divisor of ${modality}_embed_dim (${width})`, c[`${modality}_num_heads`]);
    }
    if (c.kernel_size[1] !== c.kernel_size[2]) wrongField(context, 'kernel_size', 'patches as high as wide', c.kernel_size);
    const [mels, frames, kernel] = [c.audio_num_mel_bins, c.audio_target_len, c.audio_kernel_size];
    if (Math.min(mels, frames) < kernel) wrongField(context, 'audio_kernel_size', `at most ${Math.min(mels, frames)}`, kernel);
    for (const key of ['depth_kernel_size', 'thermal_kernel_size'] as const)
      if (c[key] > c.image_size) wrongField(context, key, `at most image_size (${c.image_size})`, c[key]);
    if (c.kernel_size[1] > c.image_size) wrongField(context, 'kernel_size', `at most image_size (${c.image_size})`, c.kernel_size);
    if (c.imu_kernel_size > c.imu_length) wrongField(context, 'imu_kernel_size', `at most imu_length (${c.imu_length})`, c.imu_kernel_size);
  });
export type ImageBindConfig = z.infer<typeof imageBindConfig>;
