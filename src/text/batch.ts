// Packs samples into the rectangular arrays that a training step takes: inputs, shifted targets, weights, segments and image positions.

import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import type { Sample } from './sample.js';

export interface PackOptions {
  /** Tokens in a row (T). */
  length: number;
  /** Rows (B). Samples that find no place are listed in `rest`. Default: as many rows as it takes. */
  rows?: number;
  /** Id that fills up rows. */
  pad: number;
  /** Put several samples into one row, first fit in the order given. Default true; otherwise one sample a row. */
  pack?: boolean;
}

/** Where a sample went. */
export interface Placement {
  /** Index into the samples given. */
  sample: number;
  row: number;
  /** First token in the row. */
  start: number;
}

/** One batch; every tensor is [rows, length]. */
export interface Batch {
  inputIds: HostTensor<'int32'>;
  /** Next token of the same sample, or the end token of a reply (`Sample.ends`); 0 where it is not in the loss. */
  targets: HostTensor<'int32'>;
  /** 1 where `targets` counts, else 0. */
  weights: HostTensor<'float32'>;
  /** Position inside the sample; 0 on padding. */
  positionIds: HostTensor<'int32'>;
  /** 1, 2, … for the samples of a row, 0 on padding. Attention stays inside a segment. */
  segmentIds: HostTensor<'int32'>;
  /** For each row, the flat positions (row * length + column) of its image tokens, from left to right. */
  imagePositions: Int32Array[];
  /** The images in the order of `imagePositions`: which sample, and which of its images. */
  images: { sample: number; image: number; tokens: number }[];
  /** From top left to bottom right. */
  placements: Placement[];
  /** Samples that found no place in `rows`. */
  rest: number[];
  /** Sum of `weights`. */
  lossTokens: number;
}

/** Packs samples. Throws `text.length` for a sample longer than a row: samples are never cut here. */
export function packBatch(samples: readonly Sample[], options: PackOptions): Batch {
  const { length, rows: fixed, pad, pack = true } = options;
  if (!Number.isInteger(length) || length < 1 || (fixed !== undefined && (!Number.isInteger(fixed) || fixed < 1)))
    throw new SensoriumError('text.batch', 'a batch needs positive sizes', { got: `rows ${fixed}, length ${length}` });
  const placements: Placement[] = [];
  const rest: number[] = [];
  const used: number[] = [];
  samples.forEach((sample, s) => {
    const need = sample.ids.length;
    if (need > length)
      throw new SensoriumError('text.length', 'a sample is longer than a row', {
        place: `sample ${s}`,
        expected: `at most ${length} tokens`,
        got: String(need),
        hint: 'Encode with maxLength, or take a longer bucket',
      });
    let row = pack ? used.findIndex((n) => n + need <= length) : -1;
    if (row < 0) {
      if (used.length === fixed) {
        rest.push(s);
        return;
      }
      row = used.push(0) - 1;
    }
    placements.push({ sample: s, row, start: used[row] as number });
    used[row] = (used[row] as number) + need;
  });
  placements.sort((a, b) => a.row - b.row || a.start - b.start);

  const rows = fixed ?? used.length;
  const shape = [rows, length];
  const inputIds = hostTensor('int32', shape);
  const targets = hostTensor('int32', shape);
  const weights = hostTensor('float32', shape);
  const positionIds = hostTensor('int32', shape);
  const segmentIds = hostTensor('int32', shape);
  inputIds.data.fill(pad);
  const positions: number[][] = Array.from({ length: rows }, () => []);
  const images: Batch['images'] = [];
  const segments = new Array<number>(rows).fill(0);
  let lossTokens = 0;
  for (const { sample: s, row, start } of placements) {
    const { ids, mask, imageRuns, ends = [] } = samples[s] as Sample;
    const base = row * length + start;
    const segment = (segments[row] as number) + 1;
    segments[row] = segment;
    inputIds.data.set(ids, base);
    for (let t = 0; t < ids.length; t++) {
      positionIds.data[base + t] = t;
      segmentIds.data[base + t] = segment;
      if (t + 1 < ids.length && mask[t + 1] === 1) {
        targets.data[base + t] = ids[t + 1] as number;
        weights.data[base + t] = 1;
        lossTokens++;
      }
    }
    for (const [at, id] of ends) {
      targets.data[base + at] = id;
      weights.data[base + at] = 1;
      lossTokens++;
    }
    imageRuns.forEach(([at, tokens], image) => {
      images.push({ sample: s, image, tokens });
      for (let k = 0; k < tokens; k++) (positions[row] as number[]).push(base + at + k);
    });
  }
  return {
    inputIds,
    targets,
    weights,
    positionIds,
    segmentIds,
    imagePositions: positions.map((p) => Int32Array.from(p)),
    images,
    placements,
    rest,
    lossTokens,
  };
}

/** The smallest bucket that holds `length`. Throws `text.length` when none does. */
export function bucketFor(length: number, buckets: readonly number[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (const bucket of buckets) if (bucket >= length && bucket < best) best = bucket;
  if (best === Number.POSITIVE_INFINITY)
    throw new SensoriumError('text.length', 'longer than the largest bucket', {
      expected: `at most ${Math.max(...buckets)}`,
      got: String(length),
    });
  return best;
}
