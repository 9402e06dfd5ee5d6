// Qwen3VLForConditionalGeneration: what layers of the tower see goes to the first layers of the language model (DeepStack).

import { concat, gather, gelu, input, type Tensor, zeros } from '../../../graph/index.js';
import { Embedding, LayerNorm, Linear, Module } from '../../../nn/index.js';
import { activations } from '../../encoders/clip-layers.js';
import { PatchLinear } from '../../encoders/patch-linear.js';
import type { AttentionStrategy, SequenceOptions } from '../../language/attention.js';
import type { CacheStrategy } from '../../language/cache.js';
import { CausalDecoder } from '../../language/decoder.js';
import type { Rotation } from '../../language/rope.js';
import { MultimodalNetwork } from '../../multimodal.js';
import type { SequenceContext } from '../../parts.js';
import { stack } from '../../stack.js';
import { axialRotation, sectionedRotation } from '../qwen-vl/rotation.js';
import { QwenVisionBlock } from '../qwen-vl/vision.js';
import type { Qwen3VisionConfig, Qwen3VlConfig, Qwen3VlTextConfig } from './config.js';

const EPS = 1e-6;

class VisionMlp extends Module {
  linear_fc1: Linear;
  linear_fc2: Linear;
  constructor(private readonly c: Qwen3VisionConfig) {
    super();
    this.linear_fc1 = new Linear(c.hidden_size, c.intermediate_size);
    this.linear_fc2 = new Linear(c.intermediate_size, c.hidden_size);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.linear_fc2.forward(activations[this.c.hidden_act](this.linear_fc1.forward(x))));
  }
}

/** Squares of patches to the width of the language model; `late`: normalized as squares. */
class PatchMerger extends Module {
  norm: LayerNorm;
  linear_fc1: Linear;
  linear_fc2: Linear;
  constructor(
    c: Qwen3VisionConfig,
    private readonly late: boolean,
  ) {
    super();
    const inner = c.hidden_size * c.spatial_merge_size ** 2;
    this.norm = new LayerNorm(late ? inner : c.hidden_size, EPS);
    this.linear_fc1 = new Linear(inner, inner);
    this.linear_fc2 = new Linear(inner, c.out_hidden_size);
  }
  /** x: [frames, merge² groups, width] -> [frames * groups, out]. */
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const squares = (y: Tensor): Tensor => y.reshape([-1, this.linear_fc1.inputs]);
      const normed = this.late ? this.norm.forward(squares(x)) : squares(this.norm.forward(x));
      return this.linear_fc2.forward(gelu(this.linear_fc1.forward(normed)));
    });
  }
}

class PatchEmbed extends Module {
  proj: PatchLinear;
  constructor(c: Qwen3VisionConfig) {
    super();
    this.proj = new PatchLinear([3, c.temporal_patch_size, c.patch_size, c.patch_size], c.hidden_size, { bias: true });
  }
}

/** Qwen3VLVisionModel. */
export class Qwen3Vision extends Module {
  patch_embed: PatchEmbed;
  pos_embed: Embedding;
  blocks: QwenVisionBlock[];
  merger: PatchMerger;
  deepstack_merger_list: PatchMerger[];
  constructor(private readonly c: Qwen3VisionConfig) {
    super();
    const { hidden_size: width, num_heads: heads } = c;
    this.patch_embed = new PatchEmbed(c);
    this.pos_embed = new Embedding(c.num_position_embeddings, width);
    const norm = (w: number): LayerNorm => new LayerNorm(w, EPS);
    this.blocks = stack(c.depth, () => new QwenVisionBlock({ width, heads, norm, mlp: () => new VisionMlp(c) }));
    this.merger = new PatchMerger(c, false);
    this.deepstack_merger_list = c.deepstack_visual_indexes.map(() => new PatchMerger(c, true));
  }

  /**
   * Declares the inputs of one image or video and returns what comes out of the last layer and, behind it, of those for DeepStack in their
   * order: [frames, groups * merge², (1 + k) * width]. A group is a square of merge x merge patches.
   * patches: [frames, groups, merge² * values of a patch]; places: int32 [2, frames, groups * merge²], row and column of each patch;
   * position_taps: int32 [groups * merge², 4] and position_weights, the learned positions that each is a mean of.
   */
  encode(): Tensor {
    const { spatial_merge_size: merge, temporal_patch_size: times, patch_size: p, hidden_size: width, num_heads: heads } = this.c;
    const n = `${merge ** 2}*groups`;
    const values = 3 * times * p * p;
    const patches = input('patches', ['frames', 'groups', merge ** 2 * values]).reshape(['frames', n, values]);
    const places = input('places', [2, 'frames', n], 'int32');
    const taps = input('position_taps', [n, 4], 'int32');
    const weights = input('position_weights', [n, 4]);
    return this.trace(() => {
      const rotation = axialRotation({ head_dim: width / heads, rope_theta: this.c.rope_theta }, places);
      const positions = gather(this.pos_embed.weight, taps.reshape([-1])).reshape([n, 4, width]);
      let x = this.patch_embed.proj.forward(patches).add(positions.mul(weights.reshape([n, 4, 1])).sum(1));
      const deep: Tensor[] = [];
      for (const [i, block] of this.blocks.entries()) {
        x = block.forward(x, rotation, undefined);
        if (this.c.deepstack_visual_indexes.includes(i)) deep.push(x);
      }
      return concat([x, ...deep], 2);
    });
  }

  /** What `encode` gave -> [frames * groups, (1 + k) * out]. */
  merge(states: Tensor): Tensor {
    const { hidden_size: width, deepstack_visual_indexes: layers } = this.c;
    const inOrder = [...layers].sort((a, b) => a - b).map((layer) => this.deepstack_merger_list[layers.indexOf(layer)] as PatchMerger);
    const each = [this.merger, ...inOrder].map((merger, i) =>
      merger.forward(states.slice({ axis: 2, start: i * width, end: (i + 1) * width })),
    );
    return concat(each, 1);
  }
}

/** A Qwen3 whose tokens turn by three positions: int32 [3, batch, n], the input `positions` over caches. */
export class Qwen3VlDecoder extends CausalDecoder<Qwen3VlTextConfig> {
  override readonly positionKinds = 3;
  constructor(
    config: Qwen3VlTextConfig,
    /** Layers after which rows of media are added. */
    private readonly deep: number,
  ) {
    super(config, { qkvBias: config.attention_bias, outBias: config.attention_bias, qkNorm: true });
  }
  override get rowWidth(): number {
    return (1 + this.deep) * this.width;
  }
  /** Of x wider than the layers, [batch, n, k * width], the parts behind the first are added after the first layers (DeepStack; Meng et al. 2024). */
  override hidden(x: Tensor, strategy: AttentionStrategy, options: SequenceContext = {}): Tensor {
    const parts = x.size(2) / this.width;
    if (parts === 1) return super.hidden(x, strategy, options);
    const part = (i: number): Tensor => x.slice({ axis: 2, start: i * this.width, end: (i + 1) * this.width });
    const deeper = (h: Tensor, layer: number): Tensor => (layer + 1 < parts ? h.add(part(layer + 1)) : h);
    return this.trace(() => super.hidden(part(0), strategy, options, deeper));
  }
  /** Angles for positions int32 [3, batch, n]. */
  rotation(positions: Tensor): Rotation {
    return sectionedRotation(this.config, positions, this.config.mrope_section, true);
  }
  override wholeSequence(batch: number, n: number, options: SequenceOptions = {}): AttentionStrategy {
    const { positions, rotation = positions?.shape.length === 3 ? this.rotation(positions) : undefined } = options;
    return super.wholeSequence(batch, n, { ...options, rotation });
  }
  override overCache(capacity: number): CacheStrategy {
    return super.overCache(capacity, this.rotation(input('positions', [this.positionKinds, 'batch', 'seq'], 'int32')));
  }
}

/** The network; one run of the vision program takes an image, or the frames of a video. */
export class Qwen3Vl extends MultimodalNetwork {
  visual: Qwen3Vision;
  language_model: Qwen3VlDecoder;
  constructor(readonly config: Qwen3VlConfig) {
    super();
    const { vision_config: v, text_config: t, tie_word_embeddings } = config;
    this.visual = new Qwen3Vision(v);
    this.language_model = new Qwen3VlDecoder({ ...t, tie_word_embeddings }, v.deepstack_visual_indexes.length);
    this.nameParameters();
  }
  protected override words(ids: Tensor): Tensor {
    const { width, rowWidth } = this.language_model;
    const words = super.words(ids);
    return rowWidth === width ? words : concat([words, zeros([...ids.shape, rowWidth - width])], 2);
  }
  protected override tower(): Module[] {
    return [this.visual.patch_embed, this.visual.pos_embed, ...this.visual.blocks];
  }
  override encode(): Tensor {
    return this.visual.encode();
  }
  override connect(tokens: Tensor): Tensor {
    return this.visual.merge(tokens);
  }
}
