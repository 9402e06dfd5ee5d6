// LLaVA's connectors: one linear layer, or Linear-GELU-Linear; optionally after a pixel shuffle that trades tokens for width.
import { z } from 'zod';
import { Linear, Module } from '../../nn/index.js';
import { activations } from '../encoders/clip-layers.js';
import { parseConfig } from '../parse-config.js';
/** Names as in LlavaForConditionalGeneration: linear_1, linear_2. */
export class MlpConnector extends Module {
    config;
    linear_1;
    linear_2;
    constructor(config, inputs, width) {
        super();
        this.config = config;
        const { bias = true } = config;
        this.linear_1 = new Linear(inputs * config.shuffle ** 2, width, { bias });
        if (config.depth === 2)
            this.linear_2 = new Linear(width, width, { bias });
    }
    tokenCount(n) {
        return n / this.config.shuffle ** 2;
    }
    project(tokens) {
        return this.trace(() => {
            const y = this.linear_1.forward(pixelShuffle(tokens, this.config.shuffle));
            return this.linear_2 ? this.linear_2.forward(activations[this.config.activation ?? 'gelu'](y)) : y;
        });
    }
}
/** Neighbouring s x s tokens of a square grid side by side: [batch, g*g, w] -> [batch, (g/s)², s*s*w]. */
export function pixelShuffle(x, s) {
    if (s === 1)
        return x;
    const [b, n, w] = [x.dim(0), x.size(1), x.size(2)];
    const g = Math.sqrt(n) / s;
    return x
        .reshape([b, g, s, g, s, w])
        .transpose([0, 1, 3, 2, 4, 5])
        .reshape([b, g * g, s * s * w]);
}
const mlpOptions = z.object({
    depth: z.literal([1, 2]).default(2),
    shuffle: z.number().int().positive().default(1),
});
/** LLaVA-1.5's MLP connector. Errors: `model.config`. */
export function mlp(options = {}) {
    const config = parseConfig(mlpOptions, options, 'mlp');
    return { kind: 'mlp', options, config, build: (inputs, width) => new MlpConnector(config, inputs, width) };
}
/** LLaVA's linear connector. */
export function linear(o = {}) {
    return mlp({ depth: 1, ...o });
}
//# sourceMappingURL=mlp.js.map