// What CLIP's towers and their relatives share: the patch embedding, and layers of pre-norm attention and a two-layer feed-forward.
import { z } from 'zod';
import { gelu, geluTanh, Parameter, patchify, quickGelu, relu, silu } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module, multiHead } from '../../nn/index.js';
import { stack } from '../stack.js';
/** Activations by the names that transformers has for them. */
export const activations = { quick_gelu: quickGelu, gelu, gelu_pytorch_tanh: geluTanh, gelu_new: geluTanh, relu, silu, swish: silu };
/** `hidden_act` and the like. */
export const towerActivation = z.enum(['quick_gelu', 'gelu', 'gelu_pytorch_tanh', 'gelu_new', 'relu', 'silu', 'swish']);
/** A Conv2d over RGB of size and stride `patch`, as one matrix product. pixels: [batch, 3, H, W] -> [batch, patches, width]; what is beyond the last whole patch is left out. */
export class PatchEmbedding extends Module {
    width;
    patch;
    weight;
    bias;
    constructor(width, patch, options = {}) {
        super();
        this.width = width;
        this.patch = patch;
        this.weight = new Parameter([width, 3, patch, patch], init.fanIn());
        if (options.bias ?? true)
            this.bias = new Parameter([width], init.zeros);
    }
    forward(pixels) {
        return this.trace(() => {
            const whole = [2, 3].reduce((x, axis) => {
                const end = x.size(axis) - (x.size(axis) % this.patch);
                return end === x.size(axis) ? x : x.slice({ axis, end });
            }, pixels);
            const y = patchify(whole, this.patch).matMul(this.weight.reshape([this.width, -1]).transpose());
            return this.bias ? y.add(this.bias) : y;
        });
    }
}
/** Multi-head attention with four projections. */
export class ClipAttention extends Module {
    c;
    k_proj;
    v_proj;
    q_proj;
    out_proj;
    constructor(c, { bias = true, keyBias = bias } = {}) {
        super();
        this.c = c;
        const w = c.hidden_size;
        this.k_proj = new Linear(w, w, { bias: keyBias });
        this.v_proj = new Linear(w, w, { bias });
        this.q_proj = new Linear(w, w, { bias });
        this.out_proj = new Linear(w, w, { bias, init: init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers)) });
    }
    forward(x, mask) {
        return this.trace(() => {
            const [q, k, v] = [this.q_proj.forward(x), this.k_proj.forward(x), this.v_proj.forward(x)];
            return this.out_proj.forward(multiHead(q, k, v, { heads: this.c.num_attention_heads, mask }));
        });
    }
}
/** Linear, activation, Linear. */
export class ClipMlp extends Module {
    c;
    fc1;
    fc2;
    constructor(c) {
        super();
        this.c = c;
        this.fc1 = new Linear(c.hidden_size, c.intermediate_size);
        this.fc2 = new Linear(c.intermediate_size, c.hidden_size, { init: init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers)) });
    }
    forward(x) {
        return this.trace(() => this.fc2.forward(activations[this.c.hidden_act](this.fc1.forward(x))));
    }
}
class ClipLayer extends Module {
    self_attn;
    layer_norm1;
    mlp;
    layer_norm2;
    constructor(c, { attention, mlp }) {
        super();
        this.self_attn = attention();
        this.layer_norm1 = new LayerNorm(c.hidden_size, c.layer_norm_eps);
        this.mlp = mlp?.() ?? new ClipMlp(c);
        this.layer_norm2 = new LayerNorm(c.hidden_size, c.layer_norm_eps);
    }
    forward(x, mask) {
        return this.trace(() => {
            const h = x.add(this.self_attn.forward(this.layer_norm1.forward(x), mask));
            return h.add(this.mlp.forward(this.layer_norm2.forward(h)));
        });
    }
}
/** A stack of layers, with parts of another kind where `parts` makes them. */
export class ClipEncoder extends Module {
    layers;
    constructor(c, parts = { attention: () => new ClipAttention(c) }) {
        super();
        this.layers = stack(c.num_hidden_layers, () => new ClipLayer(c, parts));
    }
    /** x: [batch, n, width] -> the hidden states: x itself, then the output of every layer. */
    states(x, mask, upTo = this.layers.length) {
        const states = [x];
        for (const layer of this.layers.slice(0, upTo))
            states.push(layer.forward(states.at(-1), mask));
        return states;
    }
}
//# sourceMappingURL=clip-layers.js.map