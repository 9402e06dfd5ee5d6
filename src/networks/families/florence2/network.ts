// Florence-2 (Xiao et al. 2024): a DaViT tower whose cells, and their mean, stand before the task's words in the source of a BART.

import { z } from 'zod';
import { concat, constant, type Initializer, input, Parameter, type Tensor } from '../../../graph/index.js';
import { Embedding, init, LayerNorm, Linear, Module } from '../../../nn/index.js';
import { hostTensor } from '../../../util/host.js';
import { Davit, type DavitConfig, davitConfig, davitSide } from '../../encoders/davit.js';
import { prefixMap } from '../../names.js';
import { partConfig, wrongField } from '../../parse-config.js';
import { VisionSeq2Seq } from '../../vision-seq2seq.js';
import { Bart, type BartConfig, bartConfig } from '../bart/network.js';

/** `config.json` of Florence2ForConditionalGeneration. */
export const florence2Config = z
  .object({
    model_type: z.literal('florence2').default('florence2'),
    architectures: z.array(z.string()).default(['Florence2ForConditionalGeneration']),
    vision_config: z.unknown().prefault({}).pipe(davitConfig),
    text_config: partConfig<BartConfig>({ bart: bartConfig }, 'bart', {}),
    image_token_id: z.number().int().nonnegative().default(51289),
    tie_word_embeddings: z.literal(true).default(true),
  })
  .superRefine(({ vision_config: vision, text_config: text }, context) => {
    if (vision.projection_dim !== text.d_model)
      wrongField(context, 'vision_config.projection_dim', `d_model of text_config (${text.d_model})`, vision.projection_dim);
  });
export type Florence2Config = z.infer<typeof florence2Config>;

/** Rows, hence tokens, of an image: the mean of the cells, then each of them. */
export const florence2Rows = ({ vision_config }: Florence2Config): number => 1 + davitSide(vision_config) ** 2;

/** Sines in the even columns and cosines in the odd ones, of slower waves to the right. */
const waves: Initializer = (data, shape) => {
  const [rows, width] = shape as [number, number];
  const half = Math.floor(width / 2);
  for (let t = 0; t < rows; t++)
    for (let i = 0; i < half; i++) {
      const angle = t * Math.exp(-i * (Math.log(10_000) / half));
      data[t * width + 2 * i] = Math.sin(angle);
      data[t * width + 2 * i + 1] = Math.cos(angle);
    }
};

class Positions2D extends Module {
  row_embeddings: Embedding;
  column_embeddings: Embedding;
  constructor(c: DavitConfig, width: number) {
    super();
    const half = Math.floor(width / 2);
    this.row_embeddings = new Embedding(c.max_position_embeddings, half, init.normal(0.02));
    this.column_embeddings = new Embedding(c.max_position_embeddings, width - half, init.normal(0.02));
  }
  /** [1, side², width]: the half of the column, then that of the row. */
  forward(side: number): Tensor {
    return this.trace(() => {
      const rows = this.row_embeddings.weight.slice({ axis: 0, end: side });
      const columns = this.column_embeddings.weight.slice({ axis: 0, end: side });
      const over = (x: Tensor, axis: number): Tensor => x.unsqueeze(axis).expand([side, side, x.size(1)]);
      return concat([over(columns, 0), over(rows, 1)], -1).reshape([1, side * side, -1]);
    });
  }
}

/** The table of positions in time. An image has the first, a constant; the table itself stands in files and is not read. */
class PositionsInTime extends Module {
  pos_idx_to_embed: Parameter;
  constructor(c: DavitConfig, width: number) {
    super();
    this.pos_idx_to_embed = new Parameter([c.max_temporal_embeddings, width], waves);
  }
  /** [width]: that of a single image, sines of 0 and cosines of 0. */
  get first(): Tensor {
    const width = this.pos_idx_to_embed.dims[1] as number;
    return constant(
      hostTensor(
        'float32',
        [width],
        Float32Array.from({ length: width }, (_, i) => i % 2),
      ),
    );
  }
}

class Projector extends Module {
  image_projection: Linear;
  image_proj_norm: LayerNorm;
  image_position_embed: Positions2D;
  visual_temporal_embed: PositionsInTime;
  private readonly side: number;
  constructor(c: DavitConfig) {
    super();
    const width = c.embed_dim.at(-1) as number;
    this.side = davitSide(c);
    this.image_projection = new Linear(width, c.projection_dim, { bias: false });
    this.image_proj_norm = new LayerNorm(c.projection_dim);
    this.image_position_embed = new Positions2D(c, width);
    this.visual_temporal_embed = new PositionsInTime(c, width);
  }
  /** tokens: [images, side², tower width] -> [images, 1 + side², width]. */
  project(tokens: Tensor): Tensor {
    return this.trace(() => {
      const placed = tokens.add(this.image_position_embed.forward(this.side)).add(this.visual_temporal_embed.first);
      const all = concat([placed.mean(1, true), placed], 1);
      return this.image_proj_norm.forward(this.image_projection.forward(all));
    });
  }
}

/** Florence2ForConditionalGeneration. */
export class Florence2 extends VisionSeq2Seq<Bart> {
  vision_tower: Davit;
  multi_modal_projector: Projector;
  language_model: Bart;
  constructor(readonly config: Florence2Config) {
    super();
    const { vision_config: vision } = config;
    this.vision_tower = new Davit(vision);
    this.multi_modal_projector = new Projector(vision);
    this.language_model = new Bart(config.text_config);
    this.nameParameters();
  }
  protected override tower(): Module[] {
    return [this.vision_tower];
  }
  /** The input `pixels`, [images, 3, size, size] -> [images, side², tower width]. */
  override encode(): Tensor {
    const { image_size: side } = this.config.vision_config;
    return this.vision_tower.tokens(input('pixels', ['images', 3, side, side]));
  }
  /** [images, side², tower width] -> [images * (1 + side²), width]. */
  override connect(tokens: Tensor): Tensor {
    return this.multi_modal_projector.project(tokens).reshape([-1, this.language_model.width]);
  }
}

/** The attributes of the class, which its files have. */
export const florence2Names = prefixMap([
  ['vision_tower', 'model.vision_tower'],
  ['multi_modal_projector', 'model.multi_modal_projector'],
  ['language_model', 'model.language_model'],
  ['language_model.lm_head', 'lm_head'],
]);
