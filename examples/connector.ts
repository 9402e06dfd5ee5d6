// A connector in one file: a few learned queries that look at the encoder's tokens once (single cross-attention), as an MLLM's connector.
// Use it in a recipe as `connector: queries({ count: 4 })`; a saved model loads wherever this module has been imported.

import { attention, Parameter, type Tensor } from 'sensorium/graph';
import { type Connector, clipVision, defineConnector, llama, mllm } from 'sensorium/models';
import { init, Linear, Module } from 'sensorium/nn';

/** Names of parameters follow from the properties: multi_modal_projector.queries, .k_proj.weight, … */
class Queries extends Module implements Connector {
  queries: Parameter;
  k_proj: Linear;
  v_proj: Linear;
  constructor(
    readonly count: number,
    inputs: number,
    readonly width: number,
  ) {
    super();
    this.queries = new Parameter([count, width], init.normal(0.02));
    this.k_proj = new Linear(inputs, width);
    this.v_proj = new Linear(inputs, width);
  }
  tokenCount(): number {
    return this.count; // however many come in: said without running anything, so that placeholders can be expanded
  }
  /** tokens: [batch, n, inputs] -> [batch, count, width]. */
  project(tokens: Tensor): Tensor {
    return this.trace(() => {
      const q = this.queries.expand([tokens.dim(0), 1, this.count, this.width]);
      return attention(q, this.k_proj.forward(tokens).unsqueeze(1), this.v_proj.forward(tokens).unsqueeze(1)).squeeze(1);
    });
  }
}

export const queries = defineConnector('queries', (o: { count: number }, { inputs, width }) => new Queries(o.count, inputs, width));

export const model = mllm({
  vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1 }),
  connector: queries({ count: 4 }),
  language: llama({ width: 32, layers: 1, heads: 2 }),
});
const { imageTokens, multi_modal_projector } = model.build({ vocabSize: 1024, imageTokenId: 5 });
console.log(`${imageTokens} tokens an image: ${multi_modal_projector.parameters().map((p) => p.name)}`);
