// HallE-Switch: one matrix before the head, turned by each request between what the image shows and what is likely beside it.
import { z } from 'zod';
import { init, Linear, Module } from '../../nn/index.js';
import { defineAdapter } from './registry.js';
/** h + epsilon · W h, and then the head (Zhai et al. 2023, arXiv:2310.01779). W begins at zero, and then every epsilon gives the plain model. */
class HalleSwitch extends Module {
    switch;
    constructor(width) {
        super();
        this.switch = new Linear(width, width, { bias: false, init: init.zeros });
    }
    /** hidden: [n, width], epsilon: [n] -> [n, width]. */
    end(hidden, epsilon) {
        return this.trace(() => hidden.add(this.switch.forward(hidden).mul(epsilon.unsqueeze(1))));
    }
}
/**
 * The switch of a decoder. Only its matrix is trained: at epsilon -1 on replies that name what the image shows, at +1 on replies that also name
 * what is likely beside it. A request chooses any epsilon from -1 to 1; without one it is 0, the plain model.
 */
export const halle = defineAdapter({
    kind: 'halle',
    options: z.object({}),
    end: (_, { width }) => new HalleSwitch(width),
});
//# sourceMappingURL=halle.js.map