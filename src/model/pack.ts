// Packs sequences into the rectangular arrays of a training step: inputs, positions, segments, what is predicted, and places of media.

import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import type { Sequence, SequenceMedia } from './sequence.js';

/** How sequences are packed. */
export interface PackSequencesOptions {
  /** Tokens in a row. */
  length: number;
  /** Id that fills up rows. */
  pad: number;
  /** Positions that the model takes for each token; 0: one. */
  positionKinds?: number;
  /** Put several sequences into one row, first fit in the order given. Default true; otherwise one in each row. */
  share?: boolean;
  /** The number of predictions is filled up to a multiple of this, with weight 0: few shapes. Default 1. */
  multiple?: number;
  /** Rows are filled up to a multiple of this with empty ones. Default 1. */
  rowMultiple?: number;
}

/** A batch of rows. */
export interface PackedSequences {
  rows: number;
  /** int32 [rows, length] each: ids, and 1, 2, … for the sequences of a row, 0 on padding; attention stays inside a segment. */
  ids: HostTensor<'int32'>;
  segments: HostTensor<'int32'>;
  /** int32 [rows, length], or [kinds, rows, length]. */
  positions: HostTensor<'int32'>;
  /** Places of the flattened rows whose next id is predicted, with the id, its weight, and the sequence that it belongs to: [n]. */
  asked: HostTensor<'int32'>;
  targets: HostTensor<'int32'>;
  weights: HostTensor<'float32'>;
  owners: HostTensor<'int32'>;
  /** Media in the order in which they stand in the rows, each with the flat places of its rows. */
  media: { readonly sequence: number; readonly media: SequenceMedia; readonly at: Int32Array }[];
  /** Sum of `weights`, and how many are not zero. */
  weight: number;
  predictions: number;
}

/** Packs sequences. Throws `text.length` for one that is longer than a row: sequences are never cut here. */
export function packSequences(sequences: readonly Sequence[], options: PackSequencesOptions): PackedSequences {
  const { length, pad, positionKinds: kinds = 0, multiple = 1 } = options;
  const { places, rows: used } = place(sequences, options);
  const { rowMultiple = 1 } = options;
  const rows = Math.ceil(used / rowMultiple) * rowMultiple;
  const shape = [rows, length];
  const ids = hostTensor('int32', shape);
  const segments = hostTensor('int32', shape);
  const positions = hostTensor('int32', kinds > 0 ? [kinds, ...shape] : shape);
  ids.data.fill(pad);
  const [asked, targets, owners]: [number[], number[], number[]] = [[], [], []];
  const weights: number[] = [];
  const media: PackedSequences['media'] = [];
  const inRow = new Array<number>(rows).fill(0);
  for (const { sequence: s, row, start } of places) {
    const sequence = sequences[s] as Sequence;
    const n = sequence.ids.length;
    const base = row * length + start;
    inRow[row] = (inRow[row] as number) + 1;
    ids.data.set(sequence.ids, base);
    segments.data.fill(inRow[row] as number, base, base + n);
    for (let kind = 0; kind < Math.max(kinds, 1); kind++)
      for (let t = 0; t < n; t++)
        positions.data[kind * rows * length + base + t] =
          kinds > 0 && sequence.positions ? (sequence.positions[kind * n + t] as number) : t;
    for (const [at, id, weight] of predictions(sequence)) {
      asked.push(base + at);
      targets.push(id);
      weights.push(weight);
      owners.push(s);
    }
    for (const item of sequence.media) media.push({ sequence: s, media: item, at: item.at.map((t) => base + t) });
  }
  const count = asked.length;
  const filled = Math.max(multiple, Math.ceil(count / multiple) * multiple);
  const padded = <T extends 'int32' | 'float32'>(dtype: T, from: readonly number[]): HostTensor<T> => {
    const tensor = hostTensor(dtype, [filled]);
    tensor.data.set(from);
    return tensor;
  };
  return {
    rows,
    ids,
    segments,
    positions,
    asked: padded('int32', asked),
    targets: padded('int32', targets),
    weights: padded('float32', weights),
    owners: padded('int32', owners),
    media,
    weight: weights.reduce((sum, w) => sum + w, 0),
    predictions: count,
  };
}

/** Where each sequence goes, from top left to bottom right. */
function place(sequences: readonly Sequence[], { length, share = true }: PackSequencesOptions) {
  const places: { sequence: number; row: number; start: number }[] = [];
  const used: number[] = [];
  for (const [s, { ids }] of sequences.entries()) {
    const need = ids.length;
    if (need > length)
      throw new SensoriumError('text.length', 'a sequence is longer than a row', {
        place: `sequence ${s}`,
        expected: `at most ${length} tokens`,
        got: String(need),
        hint: 'Encode with maxLength, or take longer rows',
      });
    let row = share ? used.findIndex((n) => n + need <= length) : -1;
    if (row < 0) row = used.push(0) - 1;
    places.push({ sequence: s, row, start: used[row] as number });
    used[row] = (used[row] as number) + need;
  }
  places.sort((a, b) => a.row - b.row || a.start - b.start);
  return { places, rows: used.length };
}

/** What a sequence predicts: after which place which id, with what weight, in order of places. */
function* predictions({ ids, weights, ends = [] }: Sequence): Generator<[at: number, id: number, weight: number]> {
  const after = new Map(ends);
  for (let t = 0; t < ids.length; t++) {
    const end = after.get(t);
    if (end !== undefined) yield [t, end, 1];
    else if (weights && t + 1 < ids.length && weights[t + 1] !== 0) yield [t, ids[t + 1] as number, weights[t + 1] as number];
  }
}
