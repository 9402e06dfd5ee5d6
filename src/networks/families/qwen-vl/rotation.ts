// Rotary positions of several kinds: time, height and width of tokens (M-RoPE), and the rows and columns of patches.

import { arange, cast, constant, cos, type Dim, sin, type Tensor } from '../../../graph/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { frequenciesOf, plainFrequencies, type RopeConfig, type Rotation } from '../../language/rope.js';

/**
 * Angles of tokens that have several positions (M-RoPE: time, height, width; Wang et al. 2024): the first `sections[0]` frequencies turn by
 * the first position, the next by the second, and so on; `interleaved`, they take turns, and the first position has what is left.
 * positions: int32 [kinds, batch, n]; sections: one count for each kind, making up half the head. Stretched as `rope_scaling` says, except by length. Errors: `model.rope` for sections that do not fit.
 */
export function sectionedRotation(c: RopeConfig, positions: Tensor, sections: readonly number[], interleaved = false): Rotation {
  const kinds = positions.size(0);
  const half = c.head_dim / 2;
  if (sections.length !== kinds || sections.reduce((a, b) => a + b, 0) !== half)
    throw new SensoriumError('model.rope', 'the sections of rotary positions do not fit', {
      place: 'mrope_section',
      expected: `${kinds} counts that add up to half of head_dim, ${half}`,
      got: sections.join(', '),
    });
  const { frequencies, amplitude } = frequenciesOf(c, c.max_position_embeddings);
  const blocks = sections.flatMap((count, kind) => new Array<number>(count).fill(kind));
  const turns = blocks.map((_, i) => (i < (sections[i % kinds] as number) * kinds ? i % kinds : 0));
  return rotationBy(
    positions,
    (interleaved ? turns : blocks).map((kind, i) => ({ kind, frequency: frequencies[i] as number })),
    amplitude,
  );
}

/**
 * Angles of tokens on a grid, as vision encoders turn them: each axis has its share of the head, and frequencies of its own there.
 * positions: int32 [axes, batch, n]; head_dim must be a multiple of twice the axes.
 */
export function axialRotation(c: Pick<RopeConfig, 'head_dim' | 'rope_theta'>, positions: Tensor): Rotation {
  const axes = positions.size(0);
  const frequencies = plainFrequencies(c.head_dim / axes, c.rope_theta);
  const columns = Array.from({ length: axes }, (_, kind) => frequencies.map((frequency) => ({ kind, frequency })));
  return rotationBy(positions, columns.flat());
}

/** A column of the table for each frequency, which turns by the position of its kind. positions: int32 [kinds, batch, n]. */
export function rotationBy(positions: Tensor, columns: readonly { kind: number; frequency: number }[], amplitude = 1): Rotation {
  const [kinds, batch, n] = positions.shape as [number, Dim, Dim];
  const half = columns.length;
  // Each column of this matrix has one frequency, in the row of its kind: the product picks a position and multiplies, exactly.
  const pick = new Float32Array(kinds * half);
  for (const [i, { kind, frequency }] of columns.entries()) pick[kind * half + i] = frequency;
  const flat = cast(positions, 'float32').reshape([kinds, -1]).transpose(); // [batch * n, kinds]
  const angles = flat.matMul(constant(hostTensor('float32', [kinds, half], pick)));
  const scaled = (x: Tensor): Tensor => (amplitude === 1 ? x : x.mul(amplitude));
  return { table: { cos: scaled(cos(angles)), sin: scaled(sin(angles)) }, at: arange(flat.dim(0)).reshape([batch, n]) };
}
