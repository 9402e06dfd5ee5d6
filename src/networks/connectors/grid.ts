// Tokens as the square grid that they were cut from: what connectors that convolve, pool or know positions share.

import { constant, type Tensor } from '../../graph/index.js';
import { Conv2d, LayerNorm, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';

/** The side of a square grid of `n` tokens. Errors: `model.connector` where `n` is not a square; `place` names the connector. */
export function gridSide(n: number, place: string): number {
  const side = Math.sqrt(n);
  if (Number.isInteger(side)) return side;
  throw new SensoriumError('model.connector', 'this connector needs a square grid of tokens', {
    place,
    expected: 'the square of a whole number',
    got: `${n} tokens`,
    hint: 'Take an encoder without a class token in its output, or another connector',
  });
}

/** [batch, side², width] -> [batch, width, side, side]. */
export function toGrid(tokens: Tensor, place: string): Tensor {
  const side = gridSide(tokens.size(1), place);
  return tokens.transpose([0, 2, 1]).reshape([tokens.dim(0), tokens.size(2), side, side]);
}

/** [batch, width, side, side] -> [batch, side², width]. */
export function fromGrid(grid: Tensor): Tensor {
  return grid.reshape([grid.dim(0), grid.size(1), grid.size(2) * grid.size(3)]).transpose([0, 2, 1]);
}

/** torch's AdaptiveAvgPool2d over tokens: cell i is the mean of rows floor(i g / s) to ceil((i + 1) g / s). [batch, g², width] -> [batch, s², width]. */
export function adaptivePool(tokens: Tensor, side: number, place: string): Tensor {
  const from = gridSide(tokens.size(1), place);
  if (from === side) return tokens;
  const matrix = hostTensor('float32', [side ** 2, from ** 2]);
  const range = (i: number): [number, number] => [Math.floor((i * from) / side), Math.ceil(((i + 1) * from) / side)];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [[top, bottom], [left, right]] = [range(y), range(x)];
      for (let row = top; row < bottom; row++)
        for (let column = left; column < right; column++)
          matrix.data[(y * side + x) * from ** 2 + row * from + column] = 1 / ((bottom - top) * (right - left));
    }
  return constant(matrix).matMul(tokens);
}

/**
 * LayerNorm over the channels of [batch, channels, h, w]. Written out: between two transposes, ONNX Runtime moves the gradient past frozen weights that it
 * then cannot broadcast.
 */
export class ChannelNorm extends LayerNorm {
  override forward(x: Tensor): Tensor {
    return this.trace(() => {
      const own = (p: Tensor): Tensor => p.reshape([1, x.size(1), 1, 1]);
      const off = x.sub(x.mean([1], true));
      const scale = off.square().mean([1], true).add(this.eps).sqrt();
      return off.div(scale).mul(own(this.weight)).add(own(this.bias));
    });
  }
}

/** x weighed channel by channel by what a bottleneck makes of the means over its cells (Hu et al. 2018). x: [batch, channels, h, w] -> the same. */
export class SqueezeExcitation extends Module {
  fc1: Conv2d;
  fc2: Conv2d;
  constructor(
    channels: number,
    squeezed: number,
    private readonly act: { inner: (x: Tensor) => Tensor; gate: (x: Tensor) => Tensor },
  ) {
    super();
    this.fc1 = new Conv2d(channels, squeezed, 1);
    this.fc2 = new Conv2d(squeezed, channels, 1);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => x.mul(this.act.gate(this.fc2.forward(this.act.inner(this.fc1.forward(x.mean([2, 3], true)))))));
  }
}

/**
 * 2-D sine and cosine positions as Qwen-VL's adapter has them (MAE's, the column first): [side², width], width a multiple of 4.
 * A quarter of the width each: sin and cos of the column, sin and cos of the row, over frequencies 10000^(-k / quarter).
 */
export function sincosGrid(side: number, width: number): HostTensor<'float32'> {
  const quarter = width / 4;
  const table = hostTensor('float32', [side ** 2, width]);
  for (let cell = 0; cell < side ** 2; cell++)
    [cell % side, Math.floor(cell / side)].forEach((place, axis) => {
      for (let k = 0; k < quarter; k++) {
        const angle = place / 10_000 ** (k / quarter);
        const at = cell * width + 2 * axis * quarter + k;
        table.data[at] = Math.sin(angle);
        table.data[at + quarter] = Math.cos(angle);
      }
    });
  return table;
}

/** Weights of torch's bicubic interpolation of one axis, corners not aligned (a = -0.75, edges repeated): [to][from]. */
function bicubic(from: number, to: number): Float64Array[] {
  const a = -0.75;
  const near = (t: number): number => ((a + 2) * t - (a + 3)) * t * t + 1;
  const far = (t: number): number => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  return Array.from({ length: to }, (_, i) => {
    const place = ((i + 0.5) * from) / to - 0.5;
    const low = Math.floor(place);
    const t = place - low;
    const weights = new Float64Array(from);
    [far(t + 1), near(t), near(1 - t), far(2 - t)].forEach((weight, k) => {
      const at = Math.min(Math.max(low - 1 + k, 0), from - 1);
      weights[at] = (weights[at] as number) + weight;
    });
    return weights;
  });
}

/** A table over a grid brought to another side by bicubic interpolation: [from², width] -> [to², width]. */
export function resizeGrid(table: HostTensor<'float32'>, to: number): HostTensor<'float32'> {
  const [cells, width] = table.shape as [number, number];
  const from = Math.sqrt(cells);
  if (from === to) return table;
  const weights = bicubic(from, to);
  const out = hostTensor('float32', [to ** 2, width]);
  for (let y = 0; y < to; y++)
    for (let x = 0; x < to; x++)
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let row = 0; row < from; row++)
          for (let column = 0; column < from; column++)
            sum +=
              (weights[y]?.[row] as number) * (weights[x]?.[column] as number) * (table.data[(row * from + column) * width + c] as number);
        out.data[(y * to + x) * width + c] = sum;
      }
  return out;
}
