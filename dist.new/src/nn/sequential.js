// torch's Sequential: modules and functions one after another, numbered as they stand there.
import { Module } from './module.js';
/** nn.Identity: keeps the numbers of the steps behind it. */
export const identity = (x) => x;
/** x goes through the steps in order. The parameters of step i are named `i.…`; functions have none, but keep their number. */
export class Sequential extends Module {
    #steps;
    constructor(...steps) {
        super();
        this.#steps = steps;
        Object.assign(this, Object.fromEntries(steps.flatMap((step, i) => (step instanceof Module ? [[i, step]] : []))));
    }
    forward(x) {
        return this.trace(() => this.#steps.reduce((y, step) => (step instanceof Module ? step.forward(y) : step(y)), x));
    }
}
//# sourceMappingURL=sequential.js.map