// A mixture of experts whose router reads what is known of a token beforehand, such as whether it is of an image: attribute routing.

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { BlockContext } from '../parts.js';
import { defineAdapter } from './registry.js';
import { checkExperts, moeOptions, UpcycledMoe } from './upcycled-moe.js';

/** Attributes -> scores of experts: a linear layer, a norm, a linear layer. */
class AttributeRouter extends Module {
  attributes: Linear;
  norm: LayerNorm;
  gate: Linear;
  constructor(attributes: number, width: number, experts: number) {
    super();
    this.attributes = new Linear(attributes, width, { bias: false, init: init.normal(1) });
    this.norm = new LayerNorm(width);
    this.gate = new Linear(width, experts, { bias: false, init: init.fanIn() });
  }
  /** x: [..., attributes] -> [..., experts]. */
  forward(x: Tensor): Tensor {
    return this.trace(() => this.gate.forward(this.norm.forward(this.attributes.forward(x))));
  }
}

/**
 * Upcycled experts that are chosen by the attributes of a token (Zhu et al. 2022, arXiv:2206.04674, section 3.3, as Sheng et al. 2023, arXiv:2312.02520
 * take it): tokens with the same attributes go to the same experts, so that modalities do not disturb each other, with the loss that balances loads.
 */
export class AttributeMoe extends UpcycledMoe {
  protected override routed(_x: Tensor, { attributes }: BlockContext): Tensor {
    if (attributes) return attributes;
    throw new SensoriumError('model.extension', 'the tokens of this network have no attributes to be routed by', {
      place: this.path,
      expected: 'a model that makes images and text in one vocabulary (model_type sensorium_unified)',
      hint: 'Take moe({ … }), whose router reads the tokens themselves',
    });
  }
}

/**
 * Attribute routing. Options: those of `moe`, how many attributes there are and the width that they are embedded in. In training every expert has room for all
 * tokens unless `capacity` says less. Errors: those of `moe`; `model.extension` when a network without attributes is traced.
 */
export const attributeMoe = defineAdapter({
  kind: 'attribute-moe',
  options: moeOptions.extend({
    attributes: z.number().int().positive().default(2),
    width: z.number().int().positive().default(8),
    capacity: z.number().positive().default(2),
  }),
  build: ({ every, attributes, width: embedded, ...options }, layer, { width }, block) => {
    checkExperts(options, 'attribute-moe');
    if (layer % every !== 0) return undefined;
    return new AttributeMoe(block, width, options, new AttributeRouter(attributes, embedded, options.experts));
  },
});
