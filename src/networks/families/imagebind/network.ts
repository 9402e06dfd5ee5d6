// ImageBindModel: six modalities as vectors of one space, each trained with images alone, so that any two of them can be compared.

import { causalMask, concat, conv, gather, gelu, normalize, Parameter, patchify, type Tensor } from '../../../graph/index.js';
import { Conv2d, Embedding, identity, init, LayerNorm, Linear, Module, MultiheadAttention, Sequential } from '../../../nn/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { stack } from '../../stack.js';
import type { ImageBindConfig, ImageBindModality } from './config.js';

const EPS = 1e-6;

/** A convolution without overlap over frames and patches, [width, 3, frames, patch, patch], of which an image stands for every frame. */
class VideoPatches extends Module {
  weight: Parameter;
  constructor(
    private readonly width: number,
    private readonly kernel: readonly [number, number, number],
  ) {
    super();
    this.weight = new Parameter([width, 3, ...kernel], init.fanIn());
  }
  /** frames: as many as the kernel covers, or one that stands for all; each [items, 3, side, side] -> [items, patches, width]. */
  forward(frames: readonly Tensor[]): Tensor {
    const [time, patch] = this.kernel;
    const at = (t: number): Tensor => this.weight.slice({ axis: 2, start: t, end: t + 1 }).reshape([this.width, 3 * patch * patch]);
    const [first] = frames as [Tensor];
    const cut = first.size(2) - (first.size(2) % patch);
    const whole = (x: Tensor): Tensor => (cut === x.size(2) ? x : x.slice({ axis: 2, end: cut }).slice({ axis: 3, end: cut }));
    const sums = (parts: Tensor[]): Tensor => parts.reduce((a, b) => a.add(b));
    return this.trace(() => {
      const kernels = Array.from({ length: time }, (_, t) => at(t));
      if (frames.length === 1) return patchify(whole(first), patch).matMul(sums(kernels).transpose());
      return sums(frames.map((frame, t) => patchify(whole(frame), patch).matMul((kernels[t] as Tensor).transpose())));
    });
  }
}

/** A projection of patches, under the names that a stem of one part or of several has, and a norm behind it. */
class Stem<P extends Module> extends Module {
  norm_layer?: LayerNorm;
  constructor(
    readonly proj: P,
    norm?: number,
  ) {
    super();
    if (norm !== undefined) this.norm_layer = new LayerNorm(norm);
  }
  normed(x: Tensor): Tensor {
    return this.norm_layer ? this.norm_layer.forward(x) : x;
  }
}

class PositionHelper extends Module {
  pos_embed: Parameter;
  constructor(tokens: number, width: number) {
    super();
    this.pos_embed = new Parameter([1, tokens, width], init.normal(width ** -0.5));
  }
}

/** A class token before the tokens, and positions added to all. */
function withClass(tokens: Tensor, cls: Parameter, positions: Parameter): Tensor {
  return concat([cls.expand([tokens.dim(0), 1, cls.dims[2] as number]), tokens], 1).add(positions);
}

/** Maps cut into patches by a convolution: sounds as spectrograms, depth and heat as pictures of one channel. */
class MapPreprocessor extends Module {
  cls_token: Parameter;
  pos_embedding_helper: PositionHelper;
  rgbt_stem?: Stem<Conv2d>;
  depth_stem?: Stem<Conv2d>;
  constructor(
    private readonly stem: 'rgbt_stem' | 'depth_stem',
    { width, kernel, stride = kernel, shape }: { width: number; kernel: number; stride?: number; shape: readonly [number, number] },
  ) {
    super();
    const [rows, columns] = shape.map((n) => Math.floor((n - kernel) / stride) + 1) as [number, number];
    this.cls_token = new Parameter([1, 1, width], init.normal(width ** -0.5));
    this[stem] = new Stem(new Conv2d(1, width, kernel, { stride, bias: false }), width);
    this.pos_embedding_helper = new PositionHelper(1 + rows * columns, width);
  }
  /** [items, 1, h, w] -> [items, 1 + patches, width]. */
  tokens(maps: Tensor): Tensor {
    return this.trace(() => {
      const stem = this[this.stem] as Stem<Conv2d>;
      const { proj } = stem;
      const y = conv(maps, proj.weight, proj.options);
      const tokens = stem.normed(y.reshape([-1, y.size(1), y.size(2) * y.size(3)]).transpose());
      return withClass(tokens, this.cls_token, this.pos_embedding_helper.pos_embed);
    });
  }
}

/** The published stem of images: repeating one over the frames, then the patches. */
class VideoStem extends Module {
  proj: [undefined, VideoPatches];
  constructor(patches: VideoPatches) {
    super();
    this.proj = [undefined, patches];
  }
}

class VisionPreprocessor extends Module {
  cls_token: Parameter;
  pos_embedding_helper: PositionHelper;
  rgbt_stem: VideoStem;
  constructor({ vision_embed_dim: width, kernel_size: kernel, image_size }: ImageBindConfig) {
    super();
    this.cls_token = new Parameter([1, 1, width], init.normal(width ** -0.5));
    this.rgbt_stem = new VideoStem(new VideoPatches(width, kernel));
    this.pos_embedding_helper = new PositionHelper(1 + Math.floor(image_size / kernel[1]) ** 2, width);
  }
  /** [items, 3, side, side] each -> [items, 1 + patches, width]. */
  tokens(frames: readonly Tensor[]): Tensor {
    return this.trace(() => withClass(this.rgbt_stem.proj[1].forward(frames), this.cls_token, this.pos_embedding_helper.pos_embed));
  }
}

class TextPreprocessor extends Module {
  token_embedding: Embedding;
  pos_embed: Parameter;
  constructor({ vocab_size, context_length, text_embed_dim: width }: ImageBindConfig) {
    super();
    this.token_embedding = new Embedding(vocab_size, width, init.normal(0.02));
    this.pos_embed = new Parameter([1, context_length, width], init.normal(0.01));
  }
  /** int ids [items, context] -> [items, context, width]. */
  tokens(ids: Tensor): Tensor {
    return this.trace(() => this.token_embedding.forward(ids).add(this.pos_embed));
  }
}

/** Stretches of all channels of a recording side by side, one after another. */
class ImuPreprocessor extends Module {
  cls_token: Parameter;
  pos_embed: Parameter;
  imu_stem: Stem<Linear>;
  constructor(private readonly c: ImageBindConfig) {
    super();
    const { imu_embed_dim: width, imu_channels, imu_kernel_size: kernel, imu_length } = c;
    this.cls_token = new Parameter([1, 1, width], init.normal(width ** -0.5));
    this.pos_embed = new Parameter([1, 1 + Math.floor(imu_length / kernel), width], init.normal(width ** -0.5));
    this.imu_stem = new Stem(new Linear(imu_channels * kernel, width, { bias: false }), width);
  }
  /** [items, channels, length] -> [items, 1 + stretches, width]. */
  tokens(signals: Tensor): Tensor {
    const { imu_channels: channels, imu_kernel_size: kernel, imu_length } = this.c;
    const n = Math.floor(imu_length / kernel);
    return this.trace(() => {
      const whole = n * kernel === imu_length ? signals : signals.slice({ axis: 2, end: n * kernel });
      const stretches = whole
        .reshape([-1, channels, n, kernel])
        .transpose([0, 2, 1, 3])
        .reshape([-1, n, channels * kernel]);
      return withClass(this.imu_stem.normed(this.imu_stem.proj.forward(stretches)), this.cls_token, this.pos_embed);
    });
  }
}

class Mlp extends Module {
  fc1: Linear;
  fc2: Linear;
  constructor(width: number) {
    super();
    this.fc1 = new Linear(width, 4 * width);
    this.fc2 = new Linear(4 * width, width);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.fc2.forward(gelu(this.fc1.forward(x))));
  }
}

class Block extends Module {
  attn: MultiheadAttention;
  norm_1: LayerNorm;
  mlp: Mlp;
  norm_2: LayerNorm;
  constructor(width: number, heads: number, biasKv: boolean) {
    super();
    this.attn = new MultiheadAttention(width, heads, { biasKv });
    this.norm_1 = new LayerNorm(width, EPS);
    this.mlp = new Mlp(width);
    this.norm_2 = new LayerNorm(width, EPS);
  }
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const normed = this.norm_1.forward(x);
      const h = x.add(this.attn.forward(normed, normed, normed, mask));
      return h.add(this.mlp.forward(this.norm_2.forward(h)));
    });
  }
}

/** A transformer with norms before its parts. That of images has one before all of it; those of neither images nor texts have a learned key and value. */
class Trunk extends Module {
  pre_transformer_layer: Sequential;
  blocks: Block[];
  constructor({ width, blocks, heads, modality }: { width: number; blocks: number; heads: number; modality: ImageBindModality }) {
    super();
    this.pre_transformer_layer = new Sequential(modality === 'vision' ? new LayerNorm(width, EPS) : identity);
    this.blocks = stack(blocks, () => new Block(width, heads, modality !== 'vision' && modality !== 'text'));
  }
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => this.blocks.reduce((h, block) => block.forward(h, mask), this.pre_transformer_layer.forward(x)));
  }
}

/** The head of texts, which reads the state at the end token. */
class TextHead extends Module {
  proj: Sequential;
  constructor(width: number, out: number) {
    super();
    this.proj = new Sequential(new LayerNorm(width, EPS), new Linear(width, out, { bias: false }));
  }
}

const classToken = (x: Tensor): Tensor => x.slice({ axis: 1, end: 1 }).squeeze(1);

/** The head of the others, which reads the class token; a dropout stands in that of motion. */
const classHead = (width: number, out: number, modality: ImageBindModality): Sequential =>
  new Sequential(new LayerNorm(width, EPS), classToken, ...(modality === 'imu' ? [identity] : []), new Linear(width, out, { bias: false }));

/** How much the cosines of a modality count, as a logarithm. */
class LogitScale extends Module {
  log_logit_scale: Parameter;
  constructor(scale: number) {
    super();
    this.log_logit_scale = new Parameter([], init.fill(Math.log(scale)));
  }
}

/** Where the scales of modalities begin: that of texts is learnt, the others are constants. Vectors of images have none. */
const SCALES: Readonly<Record<Exclude<ImageBindModality, 'vision'>, number>> = { text: 1 / 0.07, audio: 20, depth: 5, thermal: 10, imu: 5 };
const MOST_SCALE = 100;

/** The second parts of the published postprocessors; the first make unit vectors. */
class Scales extends Module {
  text?: [undefined, LogitScale];
  audio?: [undefined, LogitScale];
  depth?: [undefined, LogitScale];
  thermal?: [undefined, LogitScale];
  imu?: [undefined, LogitScale];
  constructor(modalities: readonly ImageBindModality[]) {
    super();
    for (const modality of modalities) if (modality !== 'vision') this[modality] = [undefined, new LogitScale(SCALES[modality])];
  }
}

class Preprocessors extends Module {
  vision?: VisionPreprocessor;
  text?: TextPreprocessor;
  audio?: MapPreprocessor;
  depth?: MapPreprocessor;
  thermal?: MapPreprocessor;
  imu?: ImuPreprocessor;
  constructor(c: ImageBindConfig) {
    super();
    const has = (modality: ImageBindModality): boolean => c.modalities.includes(modality);
    const side = [c.image_size, c.image_size] as const;
    if (has('vision')) this.vision = new VisionPreprocessor(c);
    if (has('text')) this.text = new TextPreprocessor(c);
    if (has('audio'))
      this.audio = new MapPreprocessor('rgbt_stem', {
        width: c.audio_embed_dim,
        kernel: c.audio_kernel_size,
        stride: c.audio_stride,
        shape: [c.audio_num_mel_bins, c.audio_target_len],
      });
    if (has('depth'))
      this.depth = new MapPreprocessor('depth_stem', { width: c.depth_embed_dim, kernel: c.depth_kernel_size, shape: side });
    if (has('thermal'))
      this.thermal = new MapPreprocessor('rgbt_stem', { width: c.thermal_embed_dim, kernel: c.thermal_kernel_size, shape: side });
    if (has('imu')) this.imu = new ImuPreprocessor(c);
  }
}

/** One part for each modality. */
class Parts<M extends Module> extends Module {
  constructor(modalities: readonly ImageBindModality[], make: (modality: ImageBindModality) => M) {
    super();
    for (const modality of modalities) Object.assign(this, { [modality]: make(modality) });
  }
  of(modality: ImageBindModality): M {
    return (this as unknown as Record<ImageBindModality, M>)[modality];
  }
}

/** What is embedded, one item in a row: ids and the flat places of their ends of texts, frames of images, tensors of the others. */
export interface ImageBindInputs {
  /** [items, 3, side, side]; of videos as many as a patch covers, in order. */
  vision: Tensor | readonly Tensor[];
  /** ids: int [items, context]; ends: int [items], places in all ids. */
  text: { ids: Tensor; ends: Tensor };
  /** [items, 1, mels, frames], log-mel spectrograms. */
  audio: Tensor;
  /** [items, 1, side, side]. */
  depth: Tensor;
  thermal: Tensor;
  /** [items, channels, length]. */
  imu: Tensor;
}

/** ImageBindModel, with the names of the published parameters. */
export class ImageBind extends Module {
  modality_preprocessors: Preprocessors;
  modality_trunks: Parts<Trunk>;
  modality_heads: Parts<Sequential | TextHead>;
  modality_postprocessors: Scales;
  constructor(readonly config: ImageBindConfig) {
    super();
    const { modalities, out_embed_dim: out } = config;
    this.modality_preprocessors = new Preprocessors(config);
    this.modality_trunks = new Parts(modalities, (modality) => {
      const [width, blocks, heads] = [config[`${modality}_embed_dim`], config[`${modality}_num_blocks`], config[`${modality}_num_heads`]];
      return new Trunk({ width, blocks, heads, modality });
    });
    this.modality_heads = new Parts<Sequential | TextHead>(modalities, (modality) => {
      const width = config[`${modality}_embed_dim`];
      return modality === 'text' ? new TextHead(width, out) : classHead(width, out, modality);
    });
    this.modality_postprocessors = new Scales(modalities);
    this.nameParameters();
  }

  /** Unit vectors of one modality, [items, out_embed_dim]. Errors: `model.config` for one that the weights do not have. */
  embed<M extends ImageBindModality>(modality: M, given: ImageBindInputs[M]): Tensor {
    if (!this.config.modalities.includes(modality))
      throw new SensoriumError('model.config', 'this ImageBind does not have the modality', {
        place: 'config.json: modalities',
        expected: this.config.modalities.join(', '),
        got: modality,
      });
    return normalize(this.project(modality, given));
  }

  /** By how much published vectors of a modality are longer than one; a number of the graph, 1 for images. */
  scale(modality: ImageBindModality): Tensor | undefined {
    if (modality === 'vision') return undefined;
    const log = this.modality_postprocessors[modality]?.[1].log_logit_scale;
    return log?.exp().clip(Number.NEGATIVE_INFINITY, MOST_SCALE);
  }

  private project(modality: ImageBindModality, given: ImageBindInputs[ImageBindModality]): Tensor {
    const trunk = this.modality_trunks.of(modality);
    const head = this.modality_heads.of(modality);
    const { modality_preprocessors: before } = this;
    if (head instanceof TextHead) {
      const { ids, ends } = given as ImageBindInputs['text'];
      const states = trunk.forward((before.text as TextPreprocessor).tokens(ids), causalMask(this.config.context_length));
      return head.proj.forward(gather(states.reshape([-1, this.config.text_embed_dim]), ends));
    }
    if (modality === 'vision') {
      const frames = (Array.isArray(given) ? given : [given]) as Tensor[];
      return head.forward(trunk.forward((before.vision as VisionPreprocessor).tokens(frames)));
    }
    const preprocessor = before[modality as 'audio' | 'depth' | 'thermal' | 'imu'] as MapPreprocessor | ImuPreprocessor;
    return head.forward(trunk.forward(preprocessor.tokens(given as Tensor)));
  }
}
