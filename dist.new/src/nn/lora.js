// LoRA and DoRA around a linear layer, under peft's names; with B = 0, as at the start, the output is the layer's own.
import { detach, Parameter, sum } from '../graph/index.js';
import { dropout } from './dropout.js';
import { kaimingUniform, ones, zeros } from './init.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
/** The factor on the low-rank term. */
export function loraScale({ rank, alpha, rslora }) {
    return alpha / (rslora ? Math.sqrt(rank) : rank);
}
/**
 * y = x Wᵀ + b + scale · x Aᵀ Bᵀ (Hu et al. 2021); A: [rank, inputs], B: [outputs, rank], zeros at the start.
 * With DoRA the rows of W + scale · B A are given the lengths `lora_magnitude_vector`: [outputs].
 */
export class Lora extends Module {
    options;
    lora_A;
    lora_B;
    lora_magnitude_vector;
    constructor(inputs, outputs, options) {
        super();
        this.options = options;
        const { rank, dora = false } = options;
        this.lora_A = new Linear(inputs, rank, { bias: false, init: kaimingUniform });
        this.lora_B = new Linear(rank, outputs, { bias: false, init: zeros });
        if (dora)
            this.lora_magnitude_vector = new Parameter([outputs], ones);
    }
    get scale() {
        return loraScale(this.options);
    }
    around(linear, x) {
        const { dropout: share = 0 } = this.options;
        const kept = dropout(x, share);
        const low = this.lora_B.forward(this.lora_A.forward(kept)).mul(this.scale);
        // Before the bias: ONNX Runtime joins biases with what follows, and so it rounds as it does without an adapter.
        const moved = linear.product(this.lora_magnitude_vector ? kept : x).add(low);
        const turned = this.lora_magnitude_vector ? moved.mul(this.lora_magnitude_vector.div(this.rowLengths(linear))) : moved;
        return linear.bias ? turned.add(linear.bias) : turned;
    }
    /** Lengths of the rows of W + scale · B A: [outputs]. Gradients do not pass (Liu et al. 2024, section 4.3). */
    rowLengths({ weight }) {
        const moved = weight.add(this.lora_B.weight.matMul(this.lora_A.weight).mul(this.scale));
        return detach(sum(moved.square(), [1]).sqrt());
    }
}
//# sourceMappingURL=lora.js.map