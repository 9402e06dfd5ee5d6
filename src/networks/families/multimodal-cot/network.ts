// Multimodal-CoT (Zhang et al. 2023): a T5 whose encoder states attend to image patches and are fused with what they find by a gate.

import { z } from 'zod';
import { arange, cast, concat, gather, input, not, type Parameter, type Tensor, where, zeros } from '../../../graph/index.js';
import { Linear, Module, MultiheadAttention } from '../../../nn/index.js';
import { buildVision, visionConfig } from '../../encoders/any-vision.js';
import type { VisionTower } from '../../parts.js';
import { type SourceRows, VisionSeq2Seq } from '../../vision-seq2seq.js';
import { t5Config } from '../t5/layers.js';
import { T5 } from '../t5/network.js';

/** `config.json`: a vision tower, and a T5 with `model_type` t5. */
export const multimodalCotConfig = z.object({
  model_type: z.literal('sensorium_multimodal_cot').default('sensorium_multimodal_cot'),
  architectures: z.array(z.string()).default(['T5ForMultimodalGeneration']),
  vision_config: z.unknown().prefault({}).pipe(visionConfig('clip_vision_model')),
  text_config: z.unknown().prefault({}).pipe(t5Config),
  /** Never among the ids that the encoder reads: it marks images in conversations. */
  image_token_index: z.number().int().nonnegative(),
  /** Hidden states of the tower that are read, counted from the last: -1, -2, … */
  vision_feature_layer: z.number().int().negative().default(-1),
});
export type MultimodalCotConfig = z.infer<typeof multimodalCotConfig>;

/** Patches of an image. */
export const patchesOf = ({ vision_config: { image_size, patch_size } }: MultimodalCotConfig): number =>
  Math.floor(image_size / patch_size) ** 2;

class Tower extends Module {
  vision_model: VisionTower;
  constructor(c: MultimodalCotConfig['vision_config']) {
    super();
    this.vision_model = buildVision(c);
  }
}

/** T5ForMultimodalGeneration, with the names of the published class for what it adds. */
export class MultimodalCot extends VisionSeq2Seq<T5> {
  vision_tower: Tower;
  image_dense: Linear;
  mha_layer: MultiheadAttention;
  gate_dense: Linear;
  language_model: T5;
  constructor(readonly config: MultimodalCotConfig) {
    super();
    const { vision_config: vision, text_config: text } = config;
    const width = text.d_model;
    this.vision_tower = new Tower(vision);
    this.image_dense = new Linear(vision.hidden_size, width);
    this.mha_layer = new MultiheadAttention(width, 1);
    this.gate_dense = new Linear(2 * width, width);
    this.language_model = new T5(text);
    this.nameParameters();
  }

  /** Patches of an image. */
  get patches(): number {
    return patchesOf(this.config);
  }
  protected override tower(): Module[] {
    return [this.vision_tower];
  }
  /** The input `pixels`, [images, 3, size, size] -> patches without a class token, [images, patches, vision width]. */
  override encode(): Tensor {
    const { vision_config: c, vision_feature_layer: layer } = this.config;
    const states = this.vision_tower.vision_model.states(input('pixels', ['images', 3, c.image_size, c.image_size])).at(layer) as Tensor;
    const extra = states.size(1) - this.patches;
    return extra > 0 ? states.slice({ axis: 1, start: extra }) : states;
  }
  /** Patches -> [images * patches, width]. */
  override connect(tokens: Tensor): Tensor {
    return this.image_dense.forward(tokens).reshape([-1, this.language_model.width]);
  }
  /** Attention and gate stand behind the rows. */
  override unused(): Parameter[] {
    const behind = new Set([...this.mha_layer.parameters(), ...this.gate_dense.parameters()]);
    return super.unused().filter((p) => !behind.has(p));
  }

  /** The words alone: image rows stand beside the source. */
  protected override source(ids: Tensor): Tensor {
    return this.language_model.embed(ids);
  }

  /** States fused with the image of their source; those of a source without an image stay as they are, to the bit. */
  protected override joined(states: Tensor, rows?: SourceRows): Tensor {
    if (!rows) return states;
    const { patches, seen } = this.patchesOf(states, rows);
    return this.fused(states, patches, seen);
  }

  /**
   * (1 - g) h + g a, where a is what one head of attention from h to the patches gives, and g = sigmoid(W [h, a]) by element.
   * h: [batch, m, width], patches: [batch, patches, width], seen: bool [batch, 1, 1], where there is an image -> like h.
   */
  fused(h: Tensor, patches: Tensor, seen?: Tensor): Tensor {
    return this.trace(() => {
      const attended = this.mha_layer.forward(h, patches);
      const gate = this.gate_dense.forward(concat([h, attended], -1)).sigmoid();
      const g = seen ? where(seen, gate, 0) : gate;
      return h.mul(g.neg().add(1)).add(g.mul(attended));
    });
  }

  /** The patches of each source: in a batch of sizes that are known by where they stand, else all of them of the only source. */
  private patchesOf(states: Tensor, { features, at }: SourceRows): { patches: Tensor; seen: Tensor } {
    const [batch, length] = states.shape;
    // One row more, for sources without an image.
    const all = concat([features, zeros([1, this.language_model.width])], 0);
    const order = arange(this.patches);
    const count = (holds: Tensor, axis: number): Tensor => cast(holds, 'int32').sum(axis);
    if (typeof batch !== 'number' || typeof length !== 'number') {
      const rows = count(not(at.less(0)), 0);
      const index = arange(states.dim(0))
        .mul(0)
        .reshape([states.dim(0), 1])
        .add(where(order.less(rows), order, 0));
      return { patches: gather(all, index), seen: rows.greater(0).reshape([1, 1, 1]) };
    }
    const first = arange(batch).mul(length).reshape([batch, 1]);
    const places = at.reshape([1, -1]);
    const before = count(places.less(first), 1).reshape([batch, 1]);
    const own = count(places.less(first.add(length)), 1)
      .reshape([batch, 1])
      .sub(before);
    const index = where(own.greater(0), before.add(order), features.size(0));
    return { patches: gather(all, index), seen: own.greater(0).reshape([batch, 1, 1]) };
  }
}
