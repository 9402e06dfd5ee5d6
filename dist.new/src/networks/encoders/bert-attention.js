// Attention under BERT's names, query, key and value: the heart of the Q-Former's layers and of Swin's windows.
import { Linear, Module, multiHead } from '../../nn/index.js';
/** Multi-head attention without an output projection, which the layers around it have. */
export class BertAttention extends Module {
    heads;
    query;
    key;
    value;
    constructor(width, heads, { from = width, bias = true } = {}) {
        super();
        this.heads = heads;
        this.query = new Linear(width, width, { bias });
        this.key = new Linear(from, width, { bias });
        this.value = new Linear(from, width, { bias });
    }
    /** x: [batch, n, width], from: [batch, m, from width]; `mask` is added to the scores -> [batch, n, width]. */
    forward(x, from = x, mask) {
        return this.trace(() => {
            return multiHead(this.query.forward(x), this.key.forward(from), this.value.forward(from), { heads: this.heads, mask });
        });
    }
}
//# sourceMappingURL=bert-attention.js.map