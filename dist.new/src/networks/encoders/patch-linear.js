// A patch convolution over patches that the image processor has cut: images of any size and number go through one program.
import { Parameter } from '../../graph/index.js';
import { init, Module } from '../../nn/index.js';
/** A convolution of size and stride `patch` (channels first; in three dimensions for video) over patches that are cut already. */
export class PatchLinear extends Module {
    weight;
    bias;
    constructor(patch, width, options) {
        super();
        this.weight = new Parameter([width, ...patch], init.fanIn());
        if (options.bias)
            this.bias = new Parameter([width], init.zeros);
    }
    /** patches: [..., values of one patch, channels first] -> [..., width]. */
    forward(patches) {
        return this.trace(() => {
            const y = patches.matMul(this.weight.reshape([this.weight.dims[0], -1]).transpose());
            return this.bias ? y.add(this.bias) : y;
        });
    }
}
//# sourceMappingURL=patch-linear.js.map