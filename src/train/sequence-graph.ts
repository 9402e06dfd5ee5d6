// How sequences are read in training: packed rows, sources and images, and values at the places that predict something.

import { arange, crossEntropy, equal, gather, input, type Parameter, type Tensor, where } from '../graph/index.js';
import { type Model, type PackedSequences, packSequences, type Sequence } from '../model/index.js';
import { type CausalDecoder, MultimodalNetwork, Seq2SeqLanguage, VisionNetwork, VisionSeq2Seq } from '../networks/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
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
  /** Rows of the images, as the language model reads them, in the order of `PackedSequences.media`, perhaps with filling behind: [m, row width]. */
  readonly features?: Tensor | undefined;
  /** Sums of [n] over the places of each sequence, times their weights: [sequences]; of [n, width]: [sequences, width]. */
  perSequence(x: Tensor): Tensor;
  /** Values of the sequences, [sequences], at the places of each: [n]. */
  toTokens(x: Tensor): Tensor;
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
  /** Rows of a batch are filled up to a multiple of this with empty ones: few shapes where sequences differ from batch to batch. Default 1. */
  rowMultiple?: number;
}

/** A batch of sequences, ready to be fed. */
export interface SequenceBatch {
  /** Names the shapes: `trace` of equal names is the same graph. */
  bucket: string;
  feeds: Record<string, HostTensor>;
  packed: PackedSequences;
  /** Its images, in the order in which they are fed. */
  placed: PackedSequences['media'];
}

interface Shapes {
  rows: number;
  length: number;
  asked: number;
  sequences: number;
  media: MediaShapes | undefined;
  /** Of encoder-decoders: tokens of a row that the encoder reads. */
  source: number | undefined;
}

/** Batches of sequences and the graphs that read them, for every model that writes text. */
export class SequenceGraph {
  private readonly shapes = new Map<string, Shapes>();
  private readonly network: CausalDecoder | MultimodalNetwork | Seq2SeqLanguage | VisionSeq2Seq;
  private readonly language: CausalDecoder | Seq2SeqLanguage;
  readonly media: TrainingMedia | undefined;

  constructor(private readonly o: SequenceGraphOptions) {
    this.network = o.model.network as SequenceGraph['network'];
    this.language = 'language_model' in this.network ? this.network.language_model : this.network;
    const { joinable, joins = false } = o.model.media ?? {};
    this.media =
      this.network instanceof VisionNetwork ? new TrainingMedia({ ...o, network: this.network, joins: joinable ?? joins }) : undefined;
  }

  /** Packs sequences, at least one, and prepares their images. Longer ones first leave the least padding. */
  async batch(sequences: readonly Sequence[]): Promise<SequenceBatch> {
    const { language } = this;
    const sources = language instanceof Seq2SeqLanguage ? this.pack(sequences.map(sourceOf)) : undefined;
    const packed = this.pack(sequences, sources ? 0 : (language as CausalDecoder).positionKinds, sources === undefined);
    const placed = (sources ?? packed).media;
    const media = await this.media?.batch(placed);
    const [rows, length] = packed.ids.shape as [number, number];
    const asked = packed.asked.shape[0] as number;
    const source = sources?.ids.shape[1];
    const shape = [rows, length, asked, sequences.length, ...(source === undefined ? [] : [source])].join('x');
    const bucket = media ? `${shape} ${media.bucket}` : shape;
    this.shapes.set(bucket, { rows, length, asked, sequences: sequences.length, media: media?.shapes, source });
    const { ids, positions, segments, targets, weights, owners } = packed;
    const epsilon = this.epsilons(sequences, owners);
    const feeds = { ids, positions, segments, asked: packed.asked, targets, weights, owners, ...epsilon, ...media?.feeds };
    return { bucket, feeds: sources ? { ...feeds, source_ids: sources.ids, source_segments: sources.segments } : feeds, packed, placed };
  }

  /** How far the switch is turned at each place that predicts. Throws `train.sequence` for a sequence that turns one which is not there. */
  private epsilons(sequences: readonly Sequence[], owners: HostTensor<'int32'>): { epsilon?: HostTensor<'float32'> } {
    const { language } = this;
    if (!(language instanceof Seq2SeqLanguage) && language.switched)
      return {
        epsilon: hostTensor(
          'float32',
          owners.shape,
          Float32Array.from(owners.data, (s) => sequences[s]?.epsilon ?? 0),
        ),
      };
    if (sequences.every(({ epsilon }) => epsilon === undefined)) return {};
    throw new SensoriumError('train.sequence', 'a row turns a switch that the model does not have', {
      place: 'epsilon',
      expected: 'a model opened with adapters: [halle()]',
      got: 'a model without a HallE switch',
      hint: 'Give the model the adapter, or take "epsilon" out of the rows',
    });
  }

  /** Encoder-decoders have one sequence in each row. */
  private pack(sequences: readonly Sequence[], positionKinds = 0, share = false): PackedSequences {
    const { maxLength, pad, rowMultiple } = this.o;
    const longest = Math.max(...sequences.map(({ ids }) => ids.length));
    const length = Math.max(longest, Math.min(rounded(longest), maxLength));
    return packSequences(sequences, { length, pad, positionKinds, share, rowMultiple, multiple: 16 * sequences.length });
  }

  /** Traces what a loss reads of a bucket that a batch has had. */
  trace(bucket: string): Read {
    const s = this.shapes.get(bucket);
    if (!s) throw new SensoriumError('train.bucket', 'no batch has had these shapes', { got: bucket });
    const { language } = this;
    const features = s.media && this.media?.trace(s.media);
    const hidden = gather(this.hidden(s, features).reshape([s.rows * s.length, language.width]), input('asked', [s.asked], 'int32'));
    const switched = !(language instanceof Seq2SeqLanguage) && language.switched;
    const logits = language.logits(switched ? language.turned(hidden, input('epsilon', [s.asked])) : hidden);
    const targets = input('targets', [s.asked], 'int32');
    const weights = input('weights', [s.asked]);
    let owned: Tensor | undefined;
    let owners: Tensor | undefined;
    const ownersOf = (): Tensor => {
      owners ??= input('owners', [s.asked], 'int32');
      return owners;
    };
    /** bool [sequences, n]. */
    const own = (): Tensor => {
      owned ??= equal(arange(s.sequences).reshape([s.sequences, 1]), ownersOf());
      return owned;
    };
    return {
      hidden,
      logits,
      targets,
      weights,
      features,
      sequences: s.sequences,
      get logProbs() {
        return crossEntropy(logits, targets).neg();
      },
      toTokens: (x) => gather(x.reshape([s.sequences, 1]), ownersOf()).reshape([s.asked]),
      perSequence: (x) =>
        x.shape.length === 1
          ? where(own(), x.mul(weights).reshape([1, s.asked]), 0).sum(1)
          : where(own(), weights.reshape([1, s.asked]), 0).matMul(x),
    };
  }

  private hidden({ rows, length, media: shapes, source }: Shapes, features: Tensor | undefined): Tensor {
    const { network, language } = this;
    const whole = (name: string, n = length): Tensor => input(name, [rows, n], 'int32');
    const at = shapes && input('image_positions', [shapes.rows], 'int32');
    const segments = whole('segments');
    if (network instanceof Seq2SeqLanguage || network instanceof VisionSeq2Seq) {
      const read = { ids: whole('source_ids', source), segments: whole('source_segments', source), features, at };
      return network.hidden(whole('ids'), read, { segments });
    }
    const { positionKinds: kinds } = language as CausalDecoder;
    const positions = kinds > 0 ? input('positions', [kinds, rows, length], 'int32') : whole('positions');
    const options = { positions, segments };
    if (network instanceof MultimodalNetwork) return network.hidden(whole('ids'), features, at, options);
    return network.sequence(network.embed(whole('ids')), options);
  }

  async dispose(): Promise<void> {
    await this.media?.dispose();
  }
}

/** Log-probability of each target under logits divided by a temperature: [n]. */
export function temperedLogProbs(read: Read, temperature: number): Tensor {
  return temperature === 1 ? read.logProbs : crossEntropy(read.logits.mul(1 / temperature), read.targets).neg();
}

/** Lengths of rows: multiples of 32 up to 256, then of 64, then of 256, so that few programs are compiled. */
function rounded(n: number): number {
  const step = n <= 256 ? 32 : n <= 1024 ? 64 : 256;
  return Math.ceil(n / step) * step;
}

/** What the encoder of an encoder-decoder reads. Throws `train.sequence` for a sequence of another kind of model. */
function sourceOf({ source }: Sequence): Sequence {
  if (source) return source;
  throw new SensoriumError('train.sequence', 'an encoder-decoder trains on sequences with a source', {
    expected: 'Sequence.source',
    got: 'none',
  });
}
