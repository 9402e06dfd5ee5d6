// Point clouds as tokens: a small PointNet over each group of points, its center as position, and a transformer (Point-BERT; PointLLM).

import { z } from 'zod';
import { concat, input, relu, type Tensor } from '../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { ClipEncoder } from './clip-layers.js';
import { defineEncoder, type EncoderNetwork } from './define.js';
import { groupPoints } from './point-groups.js';

const whole = z.number().int().positive();

/** Options of the encoder. */
export const pointBertConfig = z.object({
  /** Numbers of each point: 3, or 6 with colors. */
  channels: whole.min(3).max(64).default(6),
  /** Groups of a cloud, each a token. */
  groups: whole.max(4096).default(64),
  /** Points of a group. */
  size: whole.max(1024).default(32),
  width: whole.default(384),
  layers: whole.default(12),
  heads: whole.default(6),
});
export type PointBertConfig = z.infer<typeof pointBertConfig>;

/** Linear, norm, ReLU, Linear over each point. */
class PointMlp extends Module {
  up: Linear;
  norm: LayerNorm;
  down: Linear;
  constructor(inputs: number, inner: number, outputs: number) {
    super();
    this.up = new Linear(inputs, inner);
    this.norm = new LayerNorm(inner);
    this.down = new Linear(inner, outputs);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.down.forward(relu(this.norm.forward(this.up.forward(x)))));
  }
}

/**
 * The mini-PointNet of Point-BERT: each point by itself, then together with the largest of its group, then the largest of all. [n, size, channels] ->
 * [n, width]. Where it has batch normalization, here is layer normalization: batches are small, and frozen statistics would have to be kept.
 */
export class GroupEncoder extends Module {
  first_conv: PointMlp;
  second_conv: PointMlp;
  constructor(channels: number, width: number) {
    super();
    this.first_conv = new PointMlp(channels, width, 2 * width);
    this.second_conv = new PointMlp(4 * width, 4 * width, width);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const each = this.first_conv.forward(x);
      const all = each.max([1], true).expand([each.dim(0), each.size(1), each.size(2)]);
      return this.second_conv.forward(concat([all, each], 2)).max([1]);
    });
  }
}

/** The position of a group from its center: Linear, GELU, Linear. */
class CenterEmbedding extends Module {
  up: Linear;
  down: Linear;
  constructor(width: number) {
    super();
    this.up = new Linear(3, width);
    this.down = new Linear(width, width);
  }
  forward(centers: Tensor): Tensor {
    return this.trace(() => this.down.forward(this.up.forward(centers).gelu()));
  }
}

/** Point-BERT's encoder without its class token: a token for each group. */
export class PointBert extends Module implements EncoderNetwork {
  encoder: GroupEncoder;
  pos_embed: CenterEmbedding;
  blocks: ClipEncoder;
  norm: LayerNorm;
  constructor(readonly config: PointBertConfig) {
    super();
    const { channels, width, layers, heads } = config;
    this.encoder = new GroupEncoder(channels, width);
    this.pos_embed = new CenterEmbedding(width);
    this.blocks = new ClipEncoder({
      hidden_size: width,
      intermediate_size: 4 * width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      layer_norm_eps: 1e-5,
      hidden_act: 'gelu',
    });
    this.norm = new LayerNorm(width);
  }
  get width(): number {
    return this.config.width;
  }
  get tokenCount(): number {
    return this.config.groups;
  }
  /** groups: [clouds, groups, size, channels], centers: [clouds, groups, 3] -> [clouds, groups, width]. */
  tokens(groups: Tensor, centers: Tensor): Tensor {
    return this.trace(() => {
      const { size, channels, width, groups: count } = this.config;
      const each = this.encoder.forward(groups.reshape([-1, size, channels])).reshape([-1, count, width]);
      const states = this.blocks.states(each.add(this.pos_embed.forward(centers)));
      return this.norm.forward(states.at(-1) as Tensor);
    });
  }
  /** The inputs `groups` and `centers`, as `tokens` has them. */
  encode(): Tensor {
    const { groups, size, channels } = this.config;
    return this.tokens(input('groups', ['clouds', groups, size, channels]), input('centers', ['clouds', groups, 3]));
  }
}

/** An encoder of point clouds. @example pointBert({ groups: 16, size: 32, width: 96, layers: 2, heads: 4 }) */
export const pointBert = defineEncoder<PointBertConfig, PointBert, z.input<typeof pointBertConfig>>('point-bert', {
  config: pointBertConfig,
  network: (config) => new PointBert(config),
  reader: (_, { channels, groups, size }) => ({
    points(cloud) {
      if (cloud.channels !== channels)
        throw new SensoriumError('media.points', 'the points of this cloud have another number of channels than the encoder takes', {
          expected: `${channels} numbers of each point`,
          got: String(cloud.channels),
        });
      let made: ReturnType<typeof groupPoints> | undefined;
      const of = () => {
        made ??= groupPoints(cloud, { groups, size });
        return made;
      };
      return {
        feeds: {
          groups: () => hostTensor('float32', [1, groups, size, channels], of().points),
          centers: () => hostTensor('float32', [1, groups, 3], of().centers),
        },
      };
    },
  }),
});
