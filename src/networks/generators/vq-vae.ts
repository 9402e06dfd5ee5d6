// A tokenizer of images: patches become the nearest vectors of a codebook, and a decoder makes the image of them again (VQ-VAE).

import { z } from 'zod';
import { argMax, cast, clip, detach, gather, relu, rsqrt, type Tensor } from '../../graph/index.js';
import { Conv2d, Embedding, init, Linear, Module } from '../../nn/index.js';
import { wrongField } from '../parse-config.js';
import { stack } from '../stack.js';

const size = z.number().int().positive();

/** `config.json` of a tokenizer of images. */
export const vqVaeConfig = z
  .object({
    model_type: z.literal('sensorium_vq_vae').default('sensorium_vq_vae'),
    architectures: z.array(z.string()).default(['SensoriumVqVae']),
    image_size: size,
    /** By how much each step of the encoder shrinks the side, and its channels. */
    strides: z.array(size).min(1),
    channels: z.array(size).min(1),
    /** Residual layers at the smallest side, in the encoder and in the decoder. */
    num_res_layers: z.number().int().nonnegative().default(2),
    /** Channels inside a residual layer. */
    res_channels: size.default(32),
    num_embeddings: size.min(2),
    embedding_dim: size,
    commitment_cost: z.number().nonnegative().default(0.25),
  })
  .superRefine((c, context) => {
    const whole = c.strides.reduce((a, b) => a * b, 1);
    if (c.channels.length !== c.strides.length) wrongField(context, 'channels', `${c.strides.length}, one for each stride`, c.channels);
    if (c.image_size % whole !== 0) wrongField(context, 'image_size', `a multiple of ${whole}, the product of the strides`, c.image_size);
  });
export type VqVaeConfig = z.infer<typeof vqVaeConfig>;

/** Cells of p x p pixels as one: [batch, side, side, c] -> [batch, side / p, side / p, p p c]. */
function gathered(x: Tensor, p: number): Tensor {
  const [n, side, c] = [x.dim(0), x.size(1) / p, x.size(3)];
  return x
    .reshape([n, side, p, side, p, c])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([n, side, side, p * p * c]);
}

/** The inverse of `gathered`: [batch, side, side, p p c] -> [batch, side p, side p, c]. */
function spread(x: Tensor, p: number): Tensor {
  const [n, side, c] = [x.dim(0), x.size(1), x.size(3) / (p * p)];
  return x
    .reshape([n, side, side, p, p, c])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([n, side * p, side * p, c]);
}

const channelsLast = (x: Tensor): Tensor => x.transpose([0, 2, 3, 1]);
const channelsFirst = (x: Tensor): Tensor => x.transpose([0, 3, 1, 2]);

/** x + conv1x1(relu(conv3x3(relu(x)))), as in VQ-VAE. x: [batch, side, side, c] -> the same. */
class Residual extends Module {
  conv: Conv2d;
  out: Linear;
  constructor(channels: number, inner: number) {
    super();
    this.conv = new Conv2d(channels, inner, 3, { padding: 1 });
    this.out = new Linear(inner, channels, { init: init.fanIn(0.5) });
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => x.add(this.out.forward(relu(channelsLast(this.conv.forward(channelsFirst(relu(x))))))));
  }
}

/** Pixels [batch, 3, side, side] -> vectors [batch, n, embedding_dim]. */
class Encoder extends Module {
  down: Linear[];
  residual: Residual[];
  out: Linear;
  constructor(private readonly c: VqVaeConfig) {
    super();
    const last = c.channels.at(-1) as number;
    this.down = c.strides.map(
      (p, i) => new Linear(p * p * (c.channels[i - 1] ?? 3), c.channels[i] as number, { init: init.fanIn(Math.SQRT2) }),
    );
    this.residual = stack(c.num_res_layers, () => new Residual(last, c.res_channels));
    this.out = new Linear(last, c.embedding_dim);
  }
  forward(pixels: Tensor): Tensor {
    return this.trace(() => {
      const steps = this.down.length;
      const small = this.down.reduce((x, linear, i) => {
        const y = linear.forward(gathered(x, this.c.strides[i] as number));
        return i + 1 < steps ? relu(y) : y;
      }, channelsLast(pixels));
      const y = this.out.forward(relu(this.residual.reduce((x, layer) => layer.forward(x), small)));
      return y.reshape([y.dim(0), y.size(1) * y.size(2), this.c.embedding_dim]);
    });
  }
}

/** Vectors [batch, n, embedding_dim] -> pixels [batch, 3, side, side]. */
class Decoder extends Module {
  into: Linear;
  residual: Residual[];
  up: Linear[];
  constructor(private readonly c: VqVaeConfig) {
    super();
    const last = c.channels.at(-1) as number;
    this.into = new Linear(c.embedding_dim, last);
    this.residual = stack(c.num_res_layers, () => new Residual(last, c.res_channels));
    this.up = c.strides.map((p, i) => new Linear(c.channels[i] as number, p * p * (c.channels[i - 1] ?? 3))).reverse();
  }
  forward(vectors: Tensor): Tensor {
    return this.trace(() => {
      const x = this.into.forward(vectors);
      const side = Math.sqrt(x.size(1));
      const small = this.residual.reduce((y, layer) => layer.forward(y), x.reshape([x.dim(0), side, side, x.size(2)]));
      const strides = [...this.c.strides].reverse();
      return channelsFirst(this.up.reduce((y, linear, i) => spread(linear.forward(relu(y)), strides[i] as number), small));
    });
  }
}

/** x / |x| over the last axis. */
function unit(x: Tensor): Tensor {
  return x.mul(rsqrt(clip(x.mul(x).sum([-1], true), 1e-12)));
}

/** What training reads of a batch. */
export interface VqVaeLoss {
  loss: Tensor;
  reconstruction: Tensor;
  /** Mean squared distance of vectors from those of the codebook; undefined without the codebook. */
  quantization?: Tensor;
}

/**
 * VQ-VAE (van den Oord et al. 2017) over cells that do not overlap, with vectors and codebook on the unit sphere (ViT-VQGAN, Yu et al. 2022), which keeps
 * more of the codebook in use; without the adversarial loss of VQGAN (Esser et al. 2021).
 */
export class VqVae extends Module {
  encoder: Encoder;
  embedding: Embedding;
  decoder: Decoder;
  constructor(readonly config: VqVaeConfig) {
    super();
    this.encoder = new Encoder(config);
    this.embedding = new Embedding(config.num_embeddings, config.embedding_dim, init.normal(1));
    this.decoder = new Decoder(config);
  }

  /** Codes of an image. */
  get codes(): number {
    const { image_size, strides } = this.config;
    return (image_size / strides.reduce((a, b) => a * b, 1)) ** 2;
  }

  /** Vectors before they are quantized. pixels: [batch, 3, size, size] in -1..1 -> [batch, codes, embedding_dim], each of length 1. */
  vectors(pixels: Tensor): Tensor {
    return this.trace(() => unit(this.encoder.forward(pixels)));
  }

  /** The nearest vectors of the codebook. vectors: [batch, n, embedding_dim] -> int64 [batch, n]. */
  nearest(vectors: Tensor): Tensor {
    return this.trace(() => argMax(vectors.matMul(unit(this.embedding.weight).transpose()), -1));
  }

  /** pixels: [batch, 3, size, size] in -1..1 -> codes, int64 [batch, codes]. */
  encode(pixels: Tensor): Tensor {
    return this.nearest(this.vectors(pixels));
  }

  /** Vectors of codes. codes: int [batch, n] -> [batch, n, embedding_dim]. */
  lookup(codes: Tensor): Tensor {
    return this.trace(() => unit(gather(this.embedding.weight, codes)));
  }

  /** codes: int [batch, codes] -> pixels [batch, 3, size, size], about -1..1. */
  decode(codes: Tensor): Tensor {
    return this.trace(() => this.decoder.forward(this.lookup(codes)));
  }

  /**
   * The squared error of the image, and with the codebook (`quantized`) those of equation 3 of van den Oord et al.: codes are drawn to vectors, vectors to
   * codes times `commitment_cost`; the gradient of the image goes straight through. pixels: [batch, 3, size, size] in -1..1.
   */
  loss(pixels: Tensor, { quantized = true }: { quantized?: boolean } = {}): VqVaeLoss {
    return this.trace(() => {
      const wrong = (a: Tensor, b: Tensor): Tensor => {
        const d = a.sub(b);
        return d.mul(d).mean();
      };
      const vectors = this.vectors(pixels);
      if (!quantized) {
        const reconstruction = wrong(this.decoder.forward(vectors), pixels);
        return { loss: reconstruction, reconstruction };
      }
      const found = this.lookup(cast(this.nearest(detach(vectors)), 'int32'));
      const reconstruction = wrong(this.decoder.forward(vectors.add(detach(found.sub(vectors)))), pixels);
      const codebook = wrong(found, detach(vectors));
      const commitment = wrong(vectors, detach(found));
      return {
        loss: reconstruction.add(codebook).add(commitment.mul(this.config.commitment_cost)),
        reconstruction,
        quantization: codebook,
      };
    });
  }
}
