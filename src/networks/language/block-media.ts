// What adapters in decoder layers are given of images: their rows, and which of them each token may attend to.

import {
  and,
  arange,
  cast,
  div,
  equal,
  gather,
  greater,
  lessEqual,
  max,
  mul,
  putRows,
  sub,
  sum,
  type Tensor,
  where,
  zeros,
} from '../../graph/index.js';
import type { BlockMedia, ImageTokens, SequenceContext } from '../parts.js';

/** Where something stands: in which sequence, and at which place of it. int32 each, of one shape. */
export interface Places {
  sequence: Tensor;
  place: Tensor;
}

/**
 * bool [batch, n, m]: the rows of the last image that begins before a token, or at it, in the token's own sequence. tokens: [batch, n];
 * rows: [m]. Rows at consecutive places are one image.
 */
export function lastImageBefore(tokens: Places, rows: Places): Tensor {
  const row = (x: Tensor): Tensor => x.unsqueeze(0); // [1, m]
  const column = (x: Tensor): Tensor => x.unsqueeze(1); // [m, 1]
  const together = equal(column(rows.sequence), row(rows.sequence));
  const follows = and(together, equal(column(rows.place), row(rows.place).add(1)));
  const begins = sub(1, max(cast(follows, 'int32'), [1])); // [m]: no row stands right before it
  const sooner = and(together, lessEqual(row(rows.place), column(rows.place)));
  const image = sum(mul(cast(sooner, 'int32'), row(begins)), [1]); // [m]: the number of its image in its sequence, from 1
  const at = (x: Tensor): Tensor => x.unsqueeze(2); // [batch, n, 1]
  const wide = (x: Tensor): Tensor => x.reshape([1, 1, -1]);
  const before = and(equal(at(tokens.sequence), wide(rows.sequence)), lessEqual(wide(rows.place), at(tokens.place)));
  const latest = max(where(before, wide(image), 0), [2], true); // [batch, n, 1]
  const own = equal(at(tokens.sequence), wide(rows.sequence));
  return and(and(own, greater(latest, 0)), equal(wide(image), latest));
}

/** More than the segments of any row. */
const SEGMENTS = 1 << 20;

/**
 * The context of whole sequences: rows [m, at least width] at the flat positions `at`, int [m], of [batch, n]; `segments`, int32 [batch, n],
 * tell sequences apart that share a row. `width`: the decoder's; that of the rows by default.
 */
export function wholeMedia(
  rows: Tensor,
  at: Tensor,
  shape: readonly [number, number],
  segments?: Tensor,
  width = rows.size(1),
): Required<Pick<SequenceContext, 'images' | 'media'>> {
  const [batch, n] = shape;
  const flat = cast(at, 'int32');
  const line = arange(batch).reshape([batch, 1]).expand([batch, n]);
  const sequence = segments ? line.mul(SEGMENTS).add(segments) : line;
  const tokens = { sequence, place: arange(n).reshape([1, n]).expand([batch, n]) };
  const place = sub(flat, mul(div(flat, n), n));
  const visible = lastImageBefore(tokens, { sequence: gather(sequence.reshape([batch * n]), flat), place });
  return { images: { ...imageTokens(flat, [batch, n]), first: firstTimes(flat) }, media: { ...split(rows, width), visible } };
}

/** The tokens at the flat positions `at`, int32 [m], of [batch, n]. */
export function imageTokens(at: Tensor, shape: readonly [Tensor['shape'][number], Tensor['shape'][number]]): ImageTokens {
  return { at, mask: maskOf(at, shape) };
}

/** 1 where a number of `at`, int32 [m], has not come before, else 0: [m, 1]. */
export function firstTimes(at: Tensor): Tensor {
  const order = arange(at.dim(0));
  const [row, column] = [(x: Tensor) => x.unsqueeze(0), (x: Tensor) => x.unsqueeze(1)];
  const before = and(equal(column(at), row(at)), greater(column(order), row(order)));
  return sub(1, cast(max(cast(before, 'int32'), [1], true), 'float32'));
}

/** Rows of media as adapters are given them: [m, at least width] -> the width, and what stands behind it. */
export function split(rows: Tensor, width: number): Pick<BlockMedia, 'rows' | 'more'> {
  return rows.size(1) === width ? { rows } : { rows: ownColumns(rows, width), more: rows.slice({ axis: 1, start: width }) };
}

/** bool [batch, n]: the tokens at the flat positions `at`. */
export function maskOf(at: Tensor, [batch, n]: readonly [Tensor['shape'][number], Tensor['shape'][number]]): Tensor {
  const ones = zeros([at.dim(0), 1]).add(1);
  const plane = zeros([batch, n]);
  return greater(putRows(plane.reshape([-1, 1]), at, ones), 0).reshape(plane.shape);
}

/** The columns of rows that stand among embeddings, without those for later layers (DeepStack). rows: [m, at least width] -> [m, width]. */
export function ownColumns(rows: Tensor, width: number): Tensor {
  return rows.size(1) === width ? rows : rows.slice({ axis: 1, end: width });
}
