// torch's Sequential: modules and functions one after another, numbered as they stand there.

import type { Tensor } from '../graph/index.js';
import { Module } from './module.js';

/** What a `Sequential` is made of: a layer, or a function without parameters (an activation, or nothing at all). */
export type Step = (Module & { forward(x: Tensor): Tensor }) | ((x: Tensor) => Tensor);

/** nn.Identity: keeps the numbers of the steps behind it. */
export const identity = (x: Tensor): Tensor => x;

/** x goes through the steps in order. The parameters of step i are named `i.…`; functions have none, but keep their number. */
export class Sequential extends Module {
  readonly #steps: readonly Step[];
  constructor(...steps: readonly Step[]) {
    super();
    this.#steps = steps;
    Object.assign(this, Object.fromEntries(steps.flatMap((step, i) => (step instanceof Module ? [[i, step]] : []))));
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.#steps.reduce((y, step) => (step instanceof Module ? step.forward(y) : step(y)), x));
  }
}
