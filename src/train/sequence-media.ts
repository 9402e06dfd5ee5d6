// The images of a training batch: as rows, as tokens of the frozen tower, or as pixels, by which parts learn.

import { concat, input, inputsOf, type Parameter, type Sizes, sizesOf, type Tensor, withInputs } from '../graph/index.js';
import type { Feeds, SequenceMedia } from '../model/index.js';
import type { VisionNetwork } from '../networks/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { MediaCache } from './media-cache.js';

/** Where the training graph takes over: at the rows (connector and tower frozen), at the tower's tokens (tower frozen), at the pixels. */
export type MediaEntry = 'rows' | 'tokens' | 'pixels';

/** Rows are filled up to a multiple of this, which keeps the number of compiled programs small. */
const ROWS = 32;

export interface SequenceMediaOptions {
  network: VisionNetwork;
  /** Of frozen parts, at least. */
  values: ReadonlyMap<Parameter, HostTensor>;
  trained: ReadonlySet<Parameter>;
  /** Several images may go through the programs joined on the first axis. */
  joins: boolean;
  runtime?: Runtime;
  threads?: number;
  /** Folder of the cache on disk. */
  cacheDir?: string;
  cacheBytes?: number;
}

/** Media of one batch, ready for its graph. */
export interface MediaBatch {
  /** Names the shapes; equal names share a program. */
  bucket: string;
  shapes: MediaShapes;
  feeds: Record<string, HostTensor>;
}

/** What the graph of a bucket is traced with. */
export interface MediaShapes {
  /** Rows of all images. */
  rows: number;
  /** Sizes of the named dimensions, one set for each trace of the vision program. */
  sizes: readonly Sizes[];
}

/** Placed media of a batch: what `packSequences` gives. */
type Placed = readonly { readonly media: SequenceMedia; readonly at: Int32Array }[];

/** The media side of a training stage. */
export class TrainingMedia {
  readonly entry: MediaEntry;
  private readonly cache: MediaCache | undefined;
  /** The tower's tokens with named dimensions, and the inputs of the traced programs. */
  private readonly tokens: Tensor;
  private readonly inputs: readonly { name: string; shape: readonly (number | string)[]; dtype: string }[];

  constructor(private readonly o: SequenceMediaOptions) {
    const { network, values, trained, runtime, threads, cacheBytes: bytes, cacheDir: dir } = o;
    const { vision, connector } = network.parts();
    const learns = (parts: readonly Parameter[]): boolean => parts.some((p) => trained.has(p));
    this.entry = learns(vision) ? 'pixels' : learns(connector) ? 'tokens' : 'rows';
    this.tokens = withInputs({}, () => network.encode());
    const encoded = inputsOf([this.tokens]);
    const connected = inputsOf([withInputs({}, () => network.connect(input('tokens', this.tokens.shape)))]);
    this.inputs = this.entry === 'pixels' ? distinct([...encoded, ...connected].filter((x) => x.name !== 'tokens')) : connected;
    const options = { runtime, threads, bytes, dir };
    const valuesOf = (parts: readonly Parameter[]) => new Map(parts.map((p) => [p, values.get(p) as HostTensor] as const));
    if (this.entry === 'rows')
      this.cache = new MediaCache({ ...options, trace: () => network.see(), values: valuesOf([...vision, ...connector]) });
    if (this.entry === 'tokens') this.cache = new MediaCache({ ...options, trace: () => this.tokens, values: valuesOf(vision) });
  }

  /** Feeds of the media of a batch, in their order. */
  async batch(placed: Placed): Promise<MediaBatch | undefined> {
    if (placed.length === 0) return undefined;
    const media = placed.map((p) => p.media);
    const at = placed.flatMap((p) => [...p.at]);
    if (this.entry === 'rows') return this.rowBatch(await this.all(media), at);
    const each = await Promise.all(media.map((m) => this.feedsOf(m)));
    const joined = this.o.joins ? [joinFeeds(each)] : each;
    const sizes = joined.map((feeds) => sizesOf(this.inputs, feeds));
    const feeds: Record<string, HostTensor> = { image_positions: hostTensor('int32', [at.length], Int32Array.from(at)) };
    joined.forEach((one, i) => {
      for (const { name } of this.inputs) feeds[prefix(i) + name] = one[name] as HostTensor;
    });
    const names = sizes.map((s) =>
      Object.entries(s)
        .map(([k, v]) => `${k}=${v}`)
        .join(','),
    );
    return { bucket: `${this.entry}:${at.length}:${names.join(';')}`, shapes: { rows: at.length, sizes }, feeds };
  }

  /** Rows of the media as a part of the graph of a bucket: [rows, width]. */
  trace({ rows, sizes }: MediaShapes): Tensor {
    const { network } = this.o;
    if (this.entry === 'rows') return input('features', [rows, network.language_model.rowWidth]);
    const each = sizes.map((own, i) =>
      withInputs({ prefix: prefix(i), sizes: own }, () =>
        network.connect(this.entry === 'pixels' ? network.encode() : input('tokens', this.tokens.shape)),
      ),
    );
    return each.length === 1 ? (each[0] as Tensor) : concat(each, 0);
  }

  /** The same batch with the images of equal shapes exchanged; undefined where there are none, or all are equal. */
  async exchanged(placed: Placed): Promise<MediaBatch | undefined> {
    const groups = new Map<string, number[]>();
    for (const [i, { media, at }] of placed.entries()) {
      const shape = this.o.joins || this.entry === 'rows' ? String(at.length) : await this.shapeOf(media);
      groups.set(shape, [...(groups.get(shape) ?? []), i]);
    }
    const media = placed.map((p) => p.media);
    let changed = false;
    for (const group of groups.values())
      group.forEach((i, k) => {
        const other = (placed[group[(k + 1) % group.length] as number] as Placed[number]).media;
        if (other.key !== (placed[i] as Placed[number]).media.key) changed = true;
        media[i] = other;
      });
    return changed ? this.batch(placed.map(({ at }, i) => ({ at, media: media[i] as SequenceMedia }))) : undefined;
  }

  async dispose(): Promise<void> {
    await this.cache?.dispose();
  }

  private async shapeOf(media: SequenceMedia): Promise<string> {
    const feeds = await this.feedsOf(media);
    return this.inputs.map(({ name }) => `${feeds[name]?.shape}`).join(' ');
  }

  /** Computed one at a time: the same numbers whatever comes with them. */
  private async all(media: readonly SequenceMedia[]): Promise<HostTensor<'float32'>[]> {
    const out: HostTensor<'float32'>[] = [];
    for (const one of media) out.push(await (this.cache as MediaCache).get(one));
    return out;
  }

  private async feedsOf(media: SequenceMedia): Promise<Feeds> {
    if (this.entry === 'pixels') return media.feeds();
    const tokens = await (this.cache as MediaCache).get(media);
    // Pixels are not processed for what the connector needs beside the tokens.
    const names = this.inputs.flatMap(({ name }) => (name === 'tokens' ? [] : [name]));
    const more = names.length > 0 ? await media.feeds(names) : {};
    return { ...more, tokens };
  }

  private rowBatch(each: readonly HostTensor<'float32'>[], at: readonly number[]): MediaBatch {
    const { rowWidth: width } = this.o.network.language_model;
    const rows = Math.ceil(at.length / ROWS) * ROWS;
    const features = hostTensor('float32', [rows, width]);
    let next = 0;
    for (const { data } of each) {
      features.data.set(data, next);
      next += data.length;
    }
    // The last row is written to its own place again: a row more than once changes nothing, for rows have no gradient here.
    for (let i = at.length; i < rows; i++) features.data.copyWithin(i * width, (at.length - 1) * width, at.length * width);
    const positions = hostTensor('int32', [rows]);
    positions.data.set(at);
    positions.data.fill(at.at(-1) as number, at.length);
    return { bucket: `rows:${rows}`, shapes: { rows, sizes: [] }, feeds: { features, image_positions: positions } };
  }
}

const prefix = (i: number): string => `media${i}.`;

const distinct = <T extends { name: string }>(list: readonly T[]): T[] => [...new Map(list.map((x) => [x.name, x])).values()];

/** Feeds of several images as one, joined along the first axis. */
function joinFeeds(each: readonly Feeds[]): Feeds {
  const [first] = each;
  if (!first || each.length === 1) return first ?? {};
  return Object.fromEntries(Object.keys(first).map((name) => [name, joinTensors(each.map((f) => f[name] as HostTensor))]));
}

function joinTensors(parts: readonly HostTensor[]): HostTensor {
  const [first] = parts as readonly [HostTensor];
  const out = hostTensor(first.dtype, [parts.reduce((n, p) => n + (p.shape[0] as number), 0), ...first.shape.slice(1)]);
  let at = 0;
  for (const { data } of parts) {
    (out.data as Float32Array).set(data as Float32Array, at);
    at += data.length;
  }
  return out;
}
