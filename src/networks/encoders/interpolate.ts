// Grids of tokens and of learned positions at another size than they were trained at, as torch's interpolate makes them.

import { constant, type Tensor } from '../../graph/index.js';
import type { HeightWidth } from '../../media/index.js';
import { hostTensor } from '../../util/host.js';

/** How values between those of a grid are found. */
export type Interpolation = 'bicubic' | 'bilinear';

/** Keys' cubic with a = -0.75, as torch has it, at a distance. */
function cubic(x: number): number {
  const a = -0.75;
  const d = Math.abs(x);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}
const linear = (x: number): number => Math.max(0, 1 - Math.abs(x));

/**
 * What each of `to` places takes of each of `from`, along one axis: [to, from], row-major. Corners are not aligned, and beyond the ends the
 * last value stands (torch.nn.functional.interpolate with `align_corners=False` and without antialiasing).
 */
export function interpolationMatrix(from: number, to: number, mode: Interpolation = 'bicubic'): Float32Array {
  const [weight, reach] = mode === 'bicubic' ? [cubic, 2] : [linear, 1];
  const out = new Float32Array(to * from);
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    const exact = scale * (i + 0.5) - 0.5;
    // Linear places before the first value are the first; cubic ones reach over the end.
    const at = mode === 'bilinear' ? Math.max(0, exact) : exact;
    const base = Math.floor(at);
    for (let k = base - reach + 1; k <= base + reach; k++) {
      const j = i * from + Math.min(Math.max(k, 0), from - 1);
      out[j] = (out[j] as number) + weight(at - k);
    }
  }
  return out;
}

/**
 * A grid of vectors at another size: [..., height * width, n] -> [..., height' * width', n], one matrix product for each axis, so that
 * what the vectors learn passes through.
 */
export function resizeGrid(x: Tensor, from: HeightWidth, to: HeightWidth, mode: Interpolation = 'bicubic'): Tensor {
  if (from[0] === to[0] && from[1] === to[1]) return x;
  const n = x.size(x.rank - 1);
  const matrix = (axis: 0 | 1): Tensor =>
    constant(hostTensor('float32', [1, to[axis], from[axis]], interpolationMatrix(from[axis], to[axis], mode)));
  const rows = matrix(0).matMul(x.reshape([-1, from[0], from[1] * n]));
  const both = matrix(1).matMul(rows.reshape([-1, from[1], n]));
  return both.reshape([...x.shape.slice(0, -2), to[0] * to[1], n]);
}
