// Swin's blocks: attention within windows of a grid, shifted by half a window in every second block (Liu et al. 2021).
import { concat, constant, pad } from '../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { activations } from './clip-layers.js';
import { WindowAttention } from './window-attention.js';
class Dense extends Module {
    dense;
    constructor(inputs, outputs) {
        super();
        this.dense = new Linear(inputs, outputs);
    }
}
class SwinAttention extends Module {
    self;
    output;
    constructor(o) {
        super();
        this.self = new WindowAttention(o.width, o.heads, { window: o.window, bias: o.qkvBias });
        this.output = new Dense(o.width, o.width);
    }
    forward(windows, mask) {
        return this.trace(() => this.output.dense.forward(this.self.within(windows, mask)));
    }
}
/** One block, under the names of transformers' Swin. */
export class SwinBlock extends Module {
    o;
    layernorm_before;
    attention;
    layernorm_after;
    intermediate;
    output;
    constructor(o) {
        super();
        this.o = o;
        this.layernorm_before = new LayerNorm(o.width, o.eps);
        this.attention = new SwinAttention(o);
        this.layernorm_after = new LayerNorm(o.width, o.eps);
        this.intermediate = new Dense(o.width, o.feedForward);
        this.output = new Dense(o.feedForward, o.width);
    }
    /** x: [batch, side², width] -> the same. */
    forward(x) {
        return this.trace(() => {
            const h = x.add(this.attend(this.layernorm_before.forward(x)));
            const inner = activations[this.o.activation](this.intermediate.dense.forward(this.layernorm_after.forward(h)));
            return h.add(this.output.dense.forward(inner));
        });
    }
    attend(x) {
        const { side, window: s, width } = this.o;
        // A grid of one window is not shifted.
        const shift = side <= s ? 0 : this.o.shift;
        const padded = Math.ceil(side / s) * s;
        const more = [0, padded - side];
        const grid = pad(x.reshape([x.dim(0), side, side, width]), [[0, 0], more, more, [0, 0]]);
        const n = padded / s;
        const windows = rolled(grid, -shift)
            .reshape([-1, n, s, n, s, width])
            .transpose([0, 1, 3, 2, 4, 5])
            .reshape([-1, s * s, width]);
        const mask = shift > 0 ? shiftMask({ padded, window: s, shift }) : undefined;
        const out = this.attention
            .forward(windows, mask)
            .reshape([-1, n, n, s, s, width])
            .transpose([0, 1, 3, 2, 4, 5])
            .reshape([-1, padded, padded, width]);
        return rolled(out, shift).slice({ axis: 1, end: side }).slice({ axis: 2, end: side }).reshape(x.shape);
    }
}
/** Both axes of a grid turned by `shift`: torch.roll. x: [batch, h, w, width]. */
function rolled(x, shift) {
    let y = x;
    for (const axis of shift === 0 ? [] : [1, 2]) {
        const cut = shift < 0 ? -shift : y.size(axis) - shift;
        y = concat([y.slice({ axis, start: cut }), y.slice({ axis, end: cut })], axis);
    }
    return y;
}
/** -100 between tokens that only stand in one window because the grid was turned: [windows, 1, s², s²]. */
function shiftMask({ padded, window: s, shift }) {
    const region = (at) => (at >= padded - s ? 1 : 0) + (at >= padded - shift ? 1 : 0);
    const n = padded / s;
    const count = s * s;
    const mask = hostTensor('float32', [n * n, 1, count, count]);
    for (let w = 0; w < n * n; w++) {
        const [top, left] = [Math.floor(w / n) * s, (w % n) * s];
        const of = (i) => region(top + Math.floor(i / s)) * 3 + region(left + (i % s));
        for (let i = 0; i < count; i++)
            for (let j = 0; j < count; j++)
                mask.data[(w * count + i) * count + j] = of(i) === of(j) ? 0 : -100;
    }
    return constant(mask);
}
/** Four neighbouring tokens become one of twice the width; the grid's sides must be even. */
export class PatchMerging extends Module {
    width;
    side;
    reduction;
    norm;
    constructor(width, side) {
        super();
        this.width = width;
        this.side = side;
        this.reduction = new Linear(4 * width, 2 * width, { bias: false });
        this.norm = new LayerNorm(4 * width);
    }
    /** x: [batch, side², width] -> [batch, side² / 4, 2 width]. */
    forward(x) {
        return this.trace(() => {
            const half = this.side / 2;
            const squares = x.reshape([-1, half, 2, half, 2, this.width]).transpose([0, 1, 3, 4, 2, 5]); // column before row, as published
            return this.reduction.forward(this.norm.forward(squares.reshape([x.dim(0), half * half, 4 * this.width])));
        });
    }
}
//# sourceMappingURL=swin.js.map