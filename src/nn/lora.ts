// LoRA: a low-rank term added to a linear layer's output; at its start (B = 0) the output is unchanged.

import { Parameter, type Tensor } from '../graph/index.js';
import { fanIn, zeros } from './init.js';
import { Module } from './module.js';

/** y + (alpha / rank) x Aᵀ Bᵀ (Hu et al. 2021). A: [rank, inputs], B: [outputs, rank], B = 0 at the start. */
export class Lora extends Module {
  lora_A: Parameter;
  lora_B: Parameter;
  constructor(
    inputs: number,
    outputs: number,
    readonly rank: number,
    readonly alpha = rank,
  ) {
    super();
    this.lora_A = new Parameter([rank, inputs], fanIn());
    this.lora_B = new Parameter([outputs, rank], zeros);
  }
  forward(x: Tensor, y: Tensor): Tensor {
    return this.trace(() =>
      y.add(
        x
          .matMul(this.lora_A.transpose())
          .matMul(this.lora_B.transpose())
          .mul(this.alpha / this.rank),
      ),
    );
  }
}
