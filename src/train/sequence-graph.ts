// How sequences are read in training: packed rows, their images and positions, and values at the places that predict something.

import { crossEntropy, equal, gather, input, type Parameter, type Tensor, where } from '../graph/index.js';
import { type Model, type PackedSequences, packSequences, type Sequence } from '../model/index.js';
import { type CausalDecoder, counted, MultimodalNetwork, VisionNetwork } from '../networks/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { type MediaShapes, TrainingMedia } from './sequence-media.js';

/** What a loss reads: values at the n places of a batch that predict something. */
export interface Read {
  /** Hidden states, [n, width], and logits, [n, vocabulary]. */
  readonly hidden: Tensor;
  readonly logits: Tensor;
  /** int32 [n]: ids to predict. */
  readonly targets: Tensor;
  /** [n]: weights in the loss, 0 on filling. */
  readonly weights: Tensor;
  /** [n]: log-probability of each target. */
  readonly logProbs: Tensor;
  /** How many sequences there are. */
  readonly sequences: number;
  /** Sums of [n] over the places of each sequence, times their weights: [sequences]. */
  perSequence(x: Tensor): Tensor;
}

/** Whose sequences are read. */
export interface SequenceGraphOptions {
  model: Model;
  /** Values of frozen parameters, at least. */
  values: ReadonlyMap<Parameter, HostTensor>;
  trained: ReadonlySet<Parameter>;
  /** Longest sequence. Rows are as long as the longest of a batch, in steps. */
  maxLength: number;
  pad: number;
  runtime?: Runtime;
  threads?: number;
  /** Folder for what frozen parts make of images. */
  cacheDir?: string;
  cacheBytes?: number;
}

/** A batch of sequences, ready to be fed. */
export interface SequenceBatch {
  /** Names the shapes: `trace` of equal names is the same graph. */
  bucket: string;
  feeds: Record<string, HostTensor>;
  packed: PackedSequences;
}

interface Shapes {
  rows: number;
  length: number;
  asked: number;
  sequences: number;
  media: MediaShapes | undefined;
}

/** Batches of sequences and the graphs that read them, for every model whose language model is a decoder. */
export class SequenceGraph {
  private readonly shapes = new Map<string, Shapes>();
  private readonly network: CausalDecoder | MultimodalNetwork;
  private readonly language: CausalDecoder;
  readonly media: TrainingMedia | undefined;

  constructor(private readonly o: SequenceGraphOptions) {
    this.network = o.model.network as CausalDecoder | MultimodalNetwork;
    this.language = 'language_model' in this.network ? this.network.language_model : this.network;
    const joins = o.model.media?.joinable ?? o.model.media?.joins ?? false;
    this.media = this.network instanceof VisionNetwork ? new TrainingMedia({ ...o, network: this.network, joins }) : undefined;
  }

  /** Packs sequences, at least one, and prepares their images. Longer ones first leave the least padding. */
  async batch(sequences: readonly Sequence[]): Promise<SequenceBatch> {
    const longest = Math.max(...sequences.map(({ ids }) => ids.length));
    const length = Math.max(longest, Math.min(rounded(longest), this.o.maxLength));
    const { positionKinds } = this.language;
    const packed = packSequences(sequences, { length, pad: this.o.pad, positionKinds, multiple: 16 * sequences.length });
    const media = await this.media?.batch(packed.media);
    const asked = packed.asked.shape[0] as number;
    const text = `${packed.rows}x${length}x${asked}x${sequences.length}`;
    const bucket = media ? `${text} ${media.bucket}` : text;
    this.shapes.set(bucket, { rows: packed.rows, length, asked, sequences: sequences.length, media: media?.shapes });
    const { ids, positions, segments, targets, weights, owners } = packed;
    return { bucket, feeds: { ids, positions, segments, asked: packed.asked, targets, weights, owners, ...media?.feeds }, packed };
  }

  /** Traces what a loss reads of a bucket that a batch has had. */
  trace(bucket: string): Read {
    const s = this.shapes.get(bucket);
    if (!s) throw new SensoriumError('train.bucket', 'no batch has had these shapes', { got: bucket });
    const { language } = this;
    const hidden = gather(this.hidden(s).reshape([s.rows * s.length, language.width]), input('asked', [s.asked], 'int32'));
    const logits = language.logits(hidden);
    const targets = input('targets', [s.asked], 'int32');
    const weights = input('weights', [s.asked]);
    return {
      hidden,
      logits,
      targets,
      weights,
      sequences: s.sequences,
      get logProbs() {
        return crossEntropy(logits, targets).neg();
      },
      perSequence: (x) => {
        const own = equal(counted(s.sequences).reshape([s.sequences, 1]), input('owners', [s.asked], 'int32'));
        return where(own, x.mul(weights).reshape([1, s.asked]), 0).sum(1);
      },
    };
  }

  private hidden({ rows, length, media: shapes }: Shapes): Tensor {
    const { network, language, media } = this;
    const whole = (name: string): Tensor => input(name, [rows, length], 'int32');
    const kinds = language.positionKinds;
    const positions = kinds > 0 ? input('positions', [kinds, rows, length], 'int32') : whole('positions');
    const options = { positions, segments: whole('segments') };
    if (!(network instanceof MultimodalNetwork)) return language.sequence(language.embed(whole('ids')), options);
    const at = shapes && input('image_positions', [shapes.rows], 'int32');
    return network.hidden(whole('ids'), shapes && media?.trace(shapes), at, options);
  }

  async dispose(): Promise<void> {
    await this.media?.dispose();
  }
}

/** Lengths of rows: multiples of 32 up to 256, then of 64, then of 256, so that few programs are compiled. */
function rounded(n: number): number {
  const step = n <= 256 ? 32 : n <= 1024 ? 64 : 256;
  return Math.ceil(n / step) * step;
}
