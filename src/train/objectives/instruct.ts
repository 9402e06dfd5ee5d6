// Captioning and instruction tuning: the language model's loss on the replies, given images through encoder and connector.

import { crossEntropy, gather, input, type Parameter, type Tensor, weightedMean } from '../../graph/index.js';
import type { ClipImageProcessor } from '../../media/index.js';
import type { MllmNetwork } from '../../networks/index.js';
import { compile, type Program } from '../../runtime/compile.js';
import type { Runtime } from '../../runtime/runtime.js';
import { packBatch, type Sample } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { assertMemory } from '../../util/memory.js';
import type { Batch, Objective, ObjectiveGraph } from '../objective.js';
import { type OrderOptions, rowOrder } from '../order.js';
import type { ModelState } from '../state.js';

/** One conversation, encoded, over one image. */
export interface ImageSample {
  /** RGB bytes at the encoder's size, or how to make them: with a frozen encoder they are needed once. */
  pixels: Uint8Array | (() => Uint8Array);
  sample: Sample;
  /** Messages that were left out so that the conversation fits. */
  dropped?: number;
}

export type Part = 'vision' | 'connector' | 'language';

export interface InstructOptions extends Pick<OrderOptions, 'accumulate' | 'shuffle' | 'lastBatch'> {
  name?: string;
  network: MllmNetwork;
  state: ModelState;
  processor: ClipImageProcessor;
  /** Which parts learn; the others are initializers, and a frozen encoder's tokens are computed once and kept. */
  train: readonly Part[];
  /** Conversations a step, each over one image. */
  batch: number;
  /** Tokens in a row. Several conversations share a row; none sees another. */
  length: number;
  pad: number;
  /** Samples in the data set; `sample(i)` for i below it, in the order that `shuffle` and `lastBatch` say. */
  count: number;
  sample(index: number): ImageSample;
  /** Loss of each predicted token, [n], from logits [n, vocabulary] and targets int32 [n]. Default: cross entropy. */
  tokenLoss?: (logits: Tensor, targets: Tensor) => Tensor;
  /** Bytes of encoder tokens to keep. Default 1 GiB. */
  cacheBytes?: number;
  runtime?: Runtime;
  describe?: Record<string, unknown>;
}

/** Encoder tokens of a frozen encoder, computed once per sample. */
class FeatureCache {
  private readonly kept = new Map<number, Float32Array>();
  private bytes = 0;
  private program: Program | undefined;
  constructor(private readonly o: InstructOptions) {}

  /** [rows, tokens, width] for the samples at `indices`. `pixels` is asked for only where something is missing. */
  async features(indices: readonly number[], pixels: (i: number) => Uint8Array): Promise<HostTensor<'float32'>> {
    const { vision } = this.o.network;
    const each = vision.tokenCount * vision.width;
    const out = hostTensor('float32', [indices.length, vision.tokenCount, vision.width]);
    const missing = indices.flatMap((k, i) => (this.kept.has(k) ? [] : [i]));
    if (missing.length > 0) {
      // Always the full batch, black where an image is cached or there is none: one shape, one program, and the same rounding.
      const wanted = new Set(missing);
      const encoded = await this.encode(Array.from({ length: this.o.batch }, (_, i) => (wanted.has(i) ? pixels(i) : undefined)));
      for (const i of missing) this.keep(indices[i] as number, encoded.slice(i * each, (i + 1) * each));
      for (const i of missing) out.data.set(encoded.subarray(i * each, (i + 1) * each), i * each);
    }
    indices.forEach((k, i) => {
      const found = this.kept.get(k);
      if (found) out.data.set(found, i * each);
    });
    return out;
  }

  private keep(index: number, tokens: Float32Array): void {
    if (this.bytes + tokens.byteLength > (this.o.cacheBytes ?? 2 ** 30)) return;
    this.kept.set(index, tokens);
    this.bytes += tokens.byteLength;
  }

  private async encode(images: readonly (Uint8Array | undefined)[]): Promise<Float32Array> {
    const { network, state, runtime } = this.o;
    const size = network.config.vision_config.image_size;
    this.program ??= await compile(
      { tokens: network.encode(input('pixels', [images.length, 3, size, size])) },
      { runtime, frozen: state.values },
    );
    const { tokens } = await this.program.run({ pixels: pixelTensor(this.o, images) });
    return tokens?.data as Float32Array;
  }
  dispose(): void {
    this.program?.dispose();
  }
}

/** [images, 3, size, size]; zeros where there is no image. */
function pixelTensor(o: InstructOptions, images: readonly (Uint8Array | undefined)[]): HostTensor<'float32'> {
  const size = o.network.config.vision_config.image_size;
  const out = hostTensor('float32', [images.length, 3, size, size]);
  for (const [i, data] of images.entries())
    if (data) o.processor.processInto({ width: size, height: size, data }, out.data, i * 3 * size * size);
  return out;
}

/** The objective of the alignment and instruction stages. */
export function instructObjective(given: InstructOptions): Objective {
  // No more images than there are rows are ever seen at once.
  const o = given.lastBatch === 'wrap' ? given : { ...given, batch: Math.min(given.batch, given.count) };
  assertBatch(o);
  const { network, state, length, tokenLoss = crossEntropy } = o;
  const rowsOf = rowOrder(o);
  const vision = o.train.includes('vision');
  const parts: Record<Part, Parameter[]> = {
    vision: usedVision(network),
    connector: network.multi_modal_projector.parameters(),
    language: network.language_model.parameters(),
  };
  const trained = (Object.keys(parts) as Part[]).filter((p) => o.train.includes(p)).flatMap((p) => parts[p]);
  const frozen = new Map<Parameter, HostTensor>();
  for (const p of Object.keys(parts) as Part[]) if (!o.train.includes(p)) for (const q of parts[p]) frozen.set(q, state.value(q));
  const cache = vision ? undefined : new FeatureCache(o);
  const { vision_config } = network.config;
  const image = network.imageTokens;

  const graph = (bucket: string): ObjectiveGraph => {
    const [rows, , targets, images = o.batch] = bucket.split('x').map(Number) as [number, number, number, number?];
    const sequence = (name: string): Tensor => input(name, [rows, length], 'int32');
    const tokens: Tensor = vision
      ? network.encode(input('pixels', [images, 3, vision_config.image_size, vision_config.image_size]))
      : input('tokens', [images, network.vision.tokenCount, network.vision.width]);
    const hidden = network.hidden(sequence('ids'), network.connect(tokens), input('image_positions', [images * image], 'int32'), {
      positions: sequence('positions'),
      segments: sequence('segments'),
    });
    // Logits only where there is something to predict.
    const asked = gather(hidden.reshape([rows * length, network.language_model.width]), input('asked', [targets], 'int32'));
    const each = tokenLoss(network.language_model.logits(asked), input('targets', [targets], 'int32'));
    return { loss: weightedMean(each, input('weights', [targets])) };
  };

  const batch = async (index: number): Promise<Batch> => {
    // Longest first: first fit then leaves the least padding.
    const taken = rowsOf(index);
    const drawn = taken.map((at) => ({ at, ...o.sample(at) })).sort((x, y) => y.sample.ids.length - x.sample.ids.length);
    const images = drawn.length;
    const b = packBatch(
      drawn.map((s) => s.sample),
      { length, pad: o.pad },
    );
    const about = {
      tokens: drawn.reduce((n, s) => n + s.sample.ids.length, 0),
      items: images,
      weight: b.lossTokens,
      rows: taken,
      withoutLoss: drawn.flatMap((s) => (s.sample.lossTokens === 0 ? [s.at] : [])),
      unended: drawn.flatMap((s) => (s.sample.unended ? [s.at] : [])),
      shortened: drawn.flatMap((s) => (s.dropped ? [{ row: s.at, turns: s.dropped }] : [])),
    };
    if (b.lossTokens === 0) return { bucket: 'empty', feeds: {}, ...about };
    // The images in the order in which their tokens stand in the rows.
    const order = b.images.map((x) => x.sample);
    if (order.length !== images || new Set(order).size !== images)
      throw new SensoriumError('train.images', 'every conversation needs exactly one image', {
        place: o.name ?? 'instruct',
        expected: `${images} images`,
        got: String(order.length),
      });
    const ordered = order.map((i) => drawn[i] as (typeof drawn)[number]);
    const positions = hostTensor(
      'int32',
      [images * image],
      b.imagePositions.flatMap((row) => [...row]),
    );
    const rows = b.inputIds.shape[0] as number;
    const { asked, targets, weights } = lossRows(b, images);
    const feeds: Record<string, HostTensor> = {
      ids: b.inputIds,
      positions: b.positionIds,
      segments: b.segmentIds,
      image_positions: positions,
      asked,
      targets,
      weights,
    };
    if (cache)
      feeds.tokens = await cache.features(
        ordered.map((s) => s.at),
        (i) => pixelsOf(ordered[i] as ImageSample),
      );
    else feeds.pixels = pixelTensor(o, ordered.map(pixelsOf));
    return { bucket: `${rows}x${length}x${asked.shape[0]}${images === o.batch ? '' : `x${images}`}`, feeds, ...about };
  };

  const blind = (b: Batch): Batch | undefined => {
    const key = vision ? 'pixels' : 'tokens';
    const t = b.feeds[key] as HostTensor<'float32'>;
    const each = t.data.length / b.items;
    // Exchanging equal images shows nothing.
    if (t.data.every((x, i) => x === t.data[i % each])) return undefined;
    const swapped = hostTensor('float32', t.shape);
    swapped.data.set(t.data.subarray(each));
    swapped.data.set(t.data.subarray(0, each), t.data.length - each);
    return { ...b, feeds: { ...b.feeds, [key]: swapped } };
  };
  return { name: o.name ?? 'instruct', trained, frozen, graph, batch, blind, describe: o.describe, dispose: () => cache?.dispose() };
}

/** Throws `util.memory` where the images of a batch and the activations of one row of tokens alone cannot be held. */
function assertBatch({ network, batch, length, name = 'instruct' }: InstructOptions): void {
  const { vision_config, text_config: t } = network.config;
  const images = batch * 3 * vision_config.image_size ** 2;
  const row = t.num_hidden_layers * length * (t.hidden_size + t.num_attention_heads * length);
  assertMemory(4 * (images + row), {
    place: `stage ${name}: ${batch} images of ${vision_config.image_size}x${vision_config.image_size} and rows of ${length} tokens`,
    hint: row > images ? 'Lower maxLength' : 'Lower batch; accumulate makes up for it',
  });
}

const pixelsOf = ({ pixels }: ImageSample): Uint8Array => (typeof pixels === 'function' ? pixels() : pixels);

/** Encoder parameters that the features depend on; those of later layers get no gradient. */
function usedVision(network: MllmNetwork): Parameter[] {
  const unused = new Set(network.unused());
  return network.vision.parameters().filter((p) => !unused.has(p));
}

/** Places of the flattened batch that predict something, padded with weight 0 to a multiple of 16 a conversation (few shapes). */
function lossRows(
  b: { targets: HostTensor; weights: HostTensor },
  conversations: number,
): { asked: HostTensor<'int32'>; targets: HostTensor<'int32'>; weights: HostTensor<'float32'> } {
  const at: number[] = [];
  const w = b.weights.data as Float32Array;
  for (let i = 0; i < w.length; i++) if ((w[i] as number) > 0) at.push(i);
  const step = conversations * 16;
  const n = Math.max(step, Math.ceil(at.length / step) * step);
  const asked = hostTensor('int32', [n]);
  const targets = hostTensor('int32', [n]);
  const weights = hostTensor('float32', [n]);
  at.forEach((k, i) => {
    asked.data[i] = k;
    targets.data[i] = (b.targets.data as Int32Array)[k] as number;
    weights.data[i] = w[k] as number;
  });
  return { asked, targets, weights };
}
