// Batches as training reads them, over golden checkpoints: packed rows of conversations with and without images, and the graphs over them.

import { concat, input, inputsOf, type Sizes, sizesOf, type Tensor, withInputs } from '../../src/graph/index.js';
import { type Model, openModel, packSequences, type Sequence } from '../../src/model/index.js';
import { Blip2Seq2Seq, type CausalDecoder, MultimodalNetwork, type T5, type VisionNetwork } from '../../src/networks/index.js';
import { rowPositions } from '../../src/networks/processor.js';
import { type HostTensor, hostTensor } from '../../src/util/host.js';
import { Rng } from '../../src/util/rng.js';
import { picture } from './picture.js';
import { golden } from './read.js';

/** A batch: its feeds, the graph's hidden states over them, and where each conversation is in the rows. */
export interface PackedBatch {
  model: Model;
  language: CausalDecoder | T5;
  /** Of decoders as they are; of encoder-decoders their targets, with sources. */
  sequences: readonly Sequence[];
  /** Row and first position of each. */
  places: readonly { row: number; start: number }[];
  rows: number;
  length: number;
  feeds: Record<string, HostTensor>;
  /** [rows, length, width]. */
  hidden(): Tensor;
}

type Feeds = Readonly<Record<string, HostTensor>>;

/** Inputs `mediaI.NAME` of several media, and their rows one after another. */
function mediaGraph(network: VisionNetwork, media: readonly Feeds[]): { feeds: Record<string, HostTensor>; trace(): Tensor } {
  const declared = inputsOf([network.see()]);
  const sizes: Sizes[] = media.map((feeds) => sizesOf(declared, feeds));
  const feeds = Object.fromEntries(media.flatMap((one, i) => Object.entries(one).map(([name, t]) => [`media${i}.${name}`, t])));
  const rows = (): Tensor[] =>
    sizes.map((own, i) => withInputs({ prefix: `media${i}.`, sizes: own }, () => network.connect(network.encode())));
  return { feeds, trace: () => concat(rows(), 0) };
}

/** Random ids that are no placeholder. */
function words(model: Model, count: number, rng: Rng): number[] {
  const { media } = model;
  const { vocab_size } = languageOf(model).config;
  const banned = new Set([media?.imageTokenId, media?.videoTokenId]);
  const pick = (): number => {
    const id = rng.int(vocab_size);
    return banned.has(id) ? pick() : id;
  };
  return Array.from({ length: count }, pick);
}

const languageOf = ({ network }: Model): CausalDecoder | T5 =>
  'language_model' in network ? (network as VisionNetwork & { language_model: CausalDecoder | T5 }).language_model : (network as T5);

/** A conversation of `before` words, an image where `size` says so, and `after` words. Every id has a weight. */
function conversation(
  model: Model,
  o: { before: number; size?: readonly [number, number]; after: number; seed: number },
): Sequence {
  const rng = new Rng(o.seed);
  const [before, after] = [words(model, o.before, rng), words(model, o.after, rng)];
  const [prepared] = o.size ? (model.media?.prepare([picture(...o.size, o.seed)], [{ role: 'user', content: `what ${o.seed}` }]) ?? []) : [];
  const ids = Int32Array.from([...before, ...(prepared?.ids ?? []), ...after]);
  const placed = prepared ? [{ prepared, start: before.length }] : [];
  return {
    ids,
    weights: Float32Array.from(ids, (_, i) => 1 + (i % 3) / 4),
    positions: placed.length > 0 ? model.media?.tokenPositions?.(ids.length, placed, before.length + (prepared?.ids.length ?? 0)) : undefined,
    media: placed.map(({ prepared: p, start }) => ({
      at: Int32Array.from(rowPositions(p, start)),
      key: String(o.seed),
      feeds: () => p.feeds(),
    })),
  };
}

/** Two conversations in the first row, one in the second, padding behind both. Images in the first and the last where the model takes any. */
export async function packedBatch(name: string): Promise<PackedBatch> {
  const model = await openModel((await golden(name)).dir);
  const sees = model.media !== undefined;
  const [first, last] = [sees ? ([43, 30] as const) : undefined, sees ? ([24, 61] as const) : undefined];
  const conversations = [
    conversation(model, { before: 3, size: first, after: 6, seed: 1 }),
    conversation(model, { before: 4, after: 3, seed: 2 }),
    conversation(model, { before: 2, size: last, after: 5, seed: 3 }),
  ] as const;
  return model.kind === 'seq2seq' ? seq2seqBatch(model, conversations) : decoderBatch(model, conversations);
}

async function decoderBatch(model: Model, sequences: readonly Sequence[]): Promise<PackedBatch> {
  const network = model.network as CausalDecoder | MultimodalNetwork;
  const language = languageOf(model) as CausalDecoder;
  const [a, b, c] = sequences.map((s) => s.ids.length) as [number, number, number];
  const length = Math.max(a + b, c) + 2;
  const packed = packSequences(sequences, { length, pad: 0, positionKinds: language.positionKinds });
  const { rows, ids, positions, segments } = packed;
  const media = await Promise.all(packed.media.map((m) => m.media.feeds()));
  const vision = network instanceof MultimodalNetwork ? mediaGraph(network, media) : undefined;
  const at = Int32Array.from(packed.media.flatMap((m) => [...m.at]));
  const feeds: Record<string, HostTensor> = { ids, positions, segments, ...vision?.feeds };
  if (vision) feeds.at = hostTensor('int32', [at.length], at);
  const hidden = (): Tensor => {
    const whole = (key: string): Tensor => input(key, [rows, length], 'int32');
    const options = { positions: language.trainingPositions(rows, length), segments: whole('segments') };
    if (!(network instanceof MultimodalNetwork)) return language.sequence(language.embed(whole('ids')), options);
    return network.hidden(whole('ids'), vision?.trace(), input('at', [at.length], 'int32'), options);
  };
  if (rows !== 2) throw new Error(`${rows} rows instead of 2`);
  return { model, language, sequences, places: placesOf(sequences), rows, length, feeds, hidden };
}

/** The first two in row 0, the last in row 1. */
const placesOf = ([first]: readonly Sequence[]): { row: number; start: number }[] => [
  { row: 0, start: 0 },
  { row: 0, start: first?.ids.length ?? 0 },
  { row: 1, start: 0 },
];

/** Lists of ids side by side in rows, numbered by segments. */
function sideBySide(rows: readonly (readonly ArrayLike<number>[])[]): { ids: HostTensor<'int32'>; segments: HostTensor<'int32'> } {
  const length = Math.max(...rows.map((row) => row.reduce((n, ids) => n + ids.length, 0))) + 2;
  const [ids, segments] = [hostTensor('int32', [rows.length, length]), hostTensor('int32', [rows.length, length])];
  rows.forEach((row, r) => {
    let at = r * length;
    row.forEach((list, i) => {
      ids.data.set(list, at);
      segments.data.fill(i + 1, at, at + list.length);
      at += list.length;
    });
  });
  return { ids, segments };
}

async function seq2seqBatch(model: Model, conversations: readonly Sequence[]): Promise<PackedBatch> {
  const network = model.network as T5 | Blip2Seq2Seq;
  const language = languageOf(model) as T5;
  const sequences = conversations.map((source, i): Sequence => {
    const ids = Int32Array.from([0, ...words(model, 4 + i, new Rng(20 + i))]);
    return { ids, weights: new Float32Array(ids.length).fill(1), media: [], source };
  });
  const inRows = <T>([a, b, c]: readonly T[]): T[][] => [[a as T, b as T], [c as T]];
  const source = sideBySide(inRows(conversations.map((s) => s.ids)));
  const target = sideBySide(inRows(sequences.map((s) => s.ids)));
  const [rows, length] = target.ids.shape as [number, number];
  const sourceLength = source.ids.shape[1] as number;
  const starts = [0, conversations[0]?.ids.length ?? 0, sourceLength];
  const media = conversations.flatMap((s, i) => s.media.map((m) => ({ m, at: [...m.at].map((t) => t + (starts[i] as number)) })));
  const feeds: Record<string, HostTensor> = {
    ids: target.ids,
    segments: target.segments,
    source: source.ids,
    source_segments: source.segments,
  };
  const at = Int32Array.from(media.flatMap((m) => m.at));
  const vision = network instanceof Blip2Seq2Seq ? mediaGraph(network, await Promise.all(media.map(({ m }) => m.feeds()))) : undefined;
  if (vision) Object.assign(feeds, vision.feeds, { at: hostTensor('int32', [at.length], at) });
  const hidden = (): Tensor =>
    network.hidden(
      input('ids', [rows, length], 'int32'),
      {
        ids: input('source', [rows, sourceLength], 'int32'),
        segments: input('source_segments', [rows, sourceLength], 'int32'),
        ...(vision ? { features: vision.trace(), at: input('at', [at.length], 'int32') } : {}),
      },
      { segments: input('segments', [rows, length], 'int32') },
    );
  return { model, language, sequences, places: placesOf(sequences), rows, length, feeds, hidden };
}
