// The training step that DESIGN measures: a 12 M-parameter decoder (d = 384, 6 layers, GELU feed-forward, learned positions).

import { attention, causalMask, crossEntropy, gelu, grad, input, Parameter, type Tensor } from '../src/graph/index.js';
import { Embedding, init, Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../src/nn/index.js';

export interface StepShape {
  batch: number;
  tokens: number;
  width: number;
  layers: number;
  heads: number;
  vocab: number;
}
export const DESIGN_STEP: StepShape = { batch: 8, tokens: 256, width: 384, layers: 6, heads: 6, vocab: 2048 };

class Block extends Module {
  n1: RmsNorm;
  n2: RmsNorm;
  q: Linear;
  k: Linear;
  v: Linear;
  o: Linear;
  up: Linear;
  down: Linear;
  constructor(readonly s: StepShape) {
    super();
    const plain = { bias: false };
    this.n1 = new RmsNorm(s.width);
    this.n2 = new RmsNorm(s.width);
    this.q = new Linear(s.width, s.width, plain);
    this.k = new Linear(s.width, s.width, plain);
    this.v = new Linear(s.width, s.width, plain);
    this.o = new Linear(s.width, s.width, plain);
    this.up = new Linear(s.width, 4 * s.width, plain);
    this.down = new Linear(4 * s.width, s.width, plain);
  }
  forward(x: Tensor, mask: Tensor): Tensor {
    return this.trace(() => {
      const h = this.n1.forward(x);
      const heads = (l: Linear): Tensor => splitHeads(l.forward(h), this.s.heads);
      const y = x.add(this.o.forward(mergeHeads(attention(heads(this.q), heads(this.k), heads(this.v), { mask }))));
      return y.add(this.down.forward(gelu(this.up.forward(this.n2.forward(y)))));
    });
  }
}

export class StepModel extends Module {
  embed: Embedding;
  positions: Parameter;
  blocks: Block[];
  norm: RmsNorm;
  head: Linear;
  constructor(readonly s: StepShape) {
    super();
    this.embed = new Embedding(s.vocab, s.width);
    this.positions = new Parameter([s.tokens, s.width], init.normal(0.02));
    this.blocks = Array.from({ length: s.layers }, () => new Block(s));
    this.norm = new RmsNorm(s.width);
    this.head = new Linear(s.width, s.vocab, { bias: false });
    this.nameParameters();
  }
  /** Mean next-token loss of `ids` against `targets`, both int32 [batch, tokens]. */
  loss(): Tensor {
    const { batch, tokens } = this.s;
    const ids = input('ids', [batch, tokens], 'int32');
    const targets = input('targets', [batch, tokens], 'int32');
    let x = this.embed.forward(ids).add(this.positions);
    const mask = causalMask(tokens);
    for (const b of this.blocks) x = b.forward(x, mask);
    return crossEntropy(this.head.forward(this.norm.forward(x)), targets).mean();
  }
  /** Outputs of the gradients program: the loss and `grad.NAME` of every parameter. */
  gradients(): { outputs: Record<string, Tensor>; parameters: Parameter[] } {
    const loss = this.loss();
    const parameters = this.parameters();
    const outputs: Record<string, Tensor> = { loss };
    grad(loss, parameters).forEach((g, i) => {
      outputs[`grad.${(parameters[i] as Parameter).name}`] = g;
    });
    return { outputs, parameters };
  }
  /** 6 N per token plus attention: the usual count of a training step's floating-point operations. */
  flops(): number {
    const { batch, tokens, width, layers } = this.s;
    const n = this.parameters().reduce((a, p) => a + p.count, 0);
    return 6 * n * batch * tokens + 12 * layers * tokens * tokens * width * batch;
  }
}
