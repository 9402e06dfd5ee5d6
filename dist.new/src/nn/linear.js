// Linear, embedding, normalisation and convolution layers, with PyTorch's names and weight layouts.
import { conv, gather, layerNorm, Parameter, rmsNorm } from '../graph/index.js';
import { fanIn, normal, ones, zeros } from './init.js';
import { Module } from './module.js';
/** y = x Wᵀ + b. x: [..., inputs] -> [..., outputs]; weight [outputs, inputs]. */
export class Linear extends Module {
    inputs;
    outputs;
    weight;
    bias;
    /** Not a property of the tree: the adapter's parameters stand beside the layer's own. */
    #adapter;
    constructor(inputs, outputs, options = {}) {
        super();
        this.inputs = inputs;
        this.outputs = outputs;
        this.weight = new Parameter([outputs, inputs], options.init ?? fanIn());
        if (options.bias ?? true)
            this.bias = new Parameter([outputs], zeros);
    }
    get adapter() {
        return this.#adapter;
    }
    /** Puts `adapter` around this layer in every graph traced from now on; undefined takes it away. */
    set adapter(adapter) {
        this.#adapter = adapter;
        if (this.path)
            adapter?.nameParameters(this.path);
    }
    forward(x) {
        return this.trace(() => this.#adapter?.around(this, x) ?? this.plain(x));
    }
    /** The output without the adapter. */
    plain(x) {
        const y = this.product(x);
        return this.bias ? y.add(this.bias) : y;
    }
    /** x Wᵀ, without adapter and bias. */
    product(x) {
        return x.matMul(this.weight.transpose());
    }
    *children() {
        yield* super.children();
        if (this.#adapter)
            yield* this.#adapter.children();
    }
    *namedParameters(prefix = '') {
        yield* super.namedParameters(prefix);
        if (this.#adapter)
            yield* this.#adapter.namedParameters(prefix);
    }
}
/** Rows by id. ids: int [...] -> [..., width]. */
export class Embedding extends Module {
    rows;
    width;
    weight;
    constructor(rows, width, init = normal(0.02)) {
        super();
        this.rows = rows;
        this.width = width;
        this.weight = new Parameter([rows, width], init);
    }
    forward(ids) {
        return this.trace(() => gather(this.weight, ids));
    }
}
/** LayerNorm over the last axis. */
export class LayerNorm extends Module {
    eps;
    weight;
    bias;
    constructor(width, eps = 1e-5) {
        super();
        this.eps = eps;
        this.weight = new Parameter([width], ones);
        this.bias = new Parameter([width], zeros);
    }
    forward(x) {
        return this.trace(() => layerNorm(x, this.weight, this.bias, this.eps));
    }
}
/** RMSNorm over the last axis (Zhang and Sennrich 2019). */
export class RmsNorm extends Module {
    eps;
    weight;
    constructor(width, eps = 1e-6) {
        super();
        this.eps = eps;
        this.weight = new Parameter([width], ones);
    }
    forward(x) {
        return this.trace(() => rmsNorm(x, this.weight, this.eps));
    }
}
/** Convolution over a line. x: [batch, in, n] -> [batch, out, n']; weight [out, in/groups, k]. */
export class Conv1d extends Module {
    options;
    weight;
    bias;
    constructor(inputs, outputs, kernel, options = {}) {
        super();
        this.options = options;
        this.weight = new Parameter([outputs, inputs / (options.groups ?? 1), kernel], fanIn(Math.SQRT2));
        if (options.bias ?? true)
            this.bias = new Parameter([outputs], zeros);
    }
    forward(x) {
        return this.trace(() => {
            const y = conv(x, this.weight, this.options);
            return this.bias ? y.add(this.bias.reshape([1, this.bias.dims[0], 1])) : y;
        });
    }
}
/** Normalises by the means and variances of training, which are weights here, and are not updated. Channels stand on axis 1. */
export class BatchNorm extends Module {
    eps;
    weight;
    bias;
    running_mean;
    running_var;
    constructor(channels, eps = 1e-5) {
        super();
        this.eps = eps;
        this.weight = new Parameter([channels], ones);
        this.bias = new Parameter([channels], zeros);
        this.running_mean = new Parameter([channels], zeros);
        this.running_var = new Parameter([channels], ones);
    }
    /** x: [batch, channels, ...] -> the same. */
    forward(x) {
        return this.trace(() => {
            const shape = [1, this.weight.dims[0], ...x.shape.slice(2).map(() => 1)];
            const scale = this.weight.div(this.running_var.add(this.eps).sqrt());
            return x.mul(scale.reshape(shape)).add(this.bias.sub(this.running_mean.mul(scale)).reshape(shape));
        });
    }
}
/** 2-D convolution. x: [batch, in, h, w] -> [batch, out, h', w']; weight [out, in/groups, k, k], or with a kernel of two sizes. */
export class Conv2d extends Module {
    options;
    weight;
    bias;
    constructor(inputs, outputs, kernel, options = {}) {
        super();
        this.options = options;
        const [h, w] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
        this.weight = new Parameter([outputs, inputs / (options.groups ?? 1), h, w], fanIn(Math.SQRT2));
        if (options.bias ?? true)
            this.bias = new Parameter([outputs], zeros);
    }
    forward(x) {
        return this.trace(() => {
            const y = conv(x, this.weight, this.options);
            return this.bias ? y.add(this.bias.reshape([1, this.bias.dims[0], 1, 1])) : y;
        });
    }
}
//# sourceMappingURL=linear.js.map