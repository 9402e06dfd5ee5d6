// LaVIN's mixture-of-modality adapters: two small adapters before attention or the feed-forward, mixed by whether the sequence has shown an image.
import { z } from 'zod';
import { concat, Parameter, where } from '../../graph/index.js';
import { init, Linear, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { defineAdapter } from './registry.js';
/** Names under which layers project what goes into attention. */
const INPUTS = new Set(['q_proj', 'k_proj', 'v_proj', 'query_key_value']);
/** A linear layer whose inputs and outputs are cut into groups that see nothing of each other: PyTorch's `Conv1d(…, 1, groups)`. */
class GroupedLinear extends Module {
    inputs;
    outputs;
    groups;
    weight;
    bias;
    constructor(inputs, outputs, groups) {
        super();
        this.inputs = inputs;
        this.outputs = outputs;
        this.groups = groups;
        this.weight = new Parameter([outputs, inputs / groups], init.zeros);
        this.bias = new Parameter([outputs], init.zeros);
    }
    /** x: [..., inputs] -> [..., outputs]. */
    forward(x) {
        return this.trace(() => {
            const [from, to] = [this.inputs / this.groups, this.outputs / this.groups];
            const parts = Array.from({ length: this.groups }, (_, g) => x
                .slice({ axis: -1, start: g * from, end: (g + 1) * from })
                .matMul(this.weight.slice({ axis: 0, start: g * to, end: (g + 1) * to }).transpose()));
            return concat(parts, x.rank - 1).add(this.bias);
        });
    }
}
/**
 * x + scale · (w₀ f₀(x) + w₁ f₁(x)), w = softmax((E_m W + b) / temperature), E_m the row of the modality (Luo et al. 2023, arXiv:2305.15023,
 * section 3.2; names as in its code). Both adapters share the way down; their ways up begin at zero. LaVIN puts the modality in front of a
 * sequence as a token; here a token's modality is `image` from the first image of its own sequence on, so that cached decoding, packed rows and
 * images in later turns agree.
 */
export class LavinAdapter extends Module {
    o;
    readsMedia = true;
    conv_A;
    conv_B;
    conv_D;
    expert_weights;
    /** Rows: text, image. */
    modality;
    project;
    feedForward;
    constructor(width, o) {
        super();
        this.o = o;
        this.conv_A = new Linear(width, o.size, { init: init.fanIn() });
        this.conv_B = new GroupedLinear(o.size, width, o.groups);
        this.conv_D = new GroupedLinear(o.size, width, o.groups);
        this.expert_weights = new Linear(width, 2);
        this.modality = new Parameter([2, width], init.normal(1));
        if (o.at === 'attention')
            this.project = (name, linear, x, y, context) => (INPUTS.has(name) ? linear.forward(this.adapt(x, context)) : y);
        else
            this.feedForward = (x, plain, context) => plain(this.adapt(x, context));
    }
    /** x: [batch, n, width] -> the same. */
    adapt(x, { media }) {
        return this.trace(() => {
            const mixed = this.expert_weights.forward(this.modality).div(this.o.temperature).softmax(); // [2 modalities, 2 adapters]
            const of = (row) => mixed.slice({ axis: 0, start: row, end: row + 1 }).unsqueeze(0);
            const seen = media?.visible.cast('int32').max([2], true).greater(0); // [batch, n, 1]
            const weights = seen ? where(seen, of(1), of(0)) : of(0);
            const share = (k) => weights.slice({ axis: 2, start: k, end: k + 1 });
            const h = this.conv_A.forward(x);
            const added = this.conv_B
                .forward(h)
                .mul(share(0))
                .add(this.conv_D.forward(h).mul(share(1)));
            return x.add(this.o.scale === 1 ? added : added.mul(this.o.scale));
        });
    }
}
const whole = z.number().int().positive();
/**
 * LaVIN's adapters in every layer. `size`: numbers between the ways down and up; `at`: before the projections of attention, as its code has it by
 * default, or before the feed-forward. Errors: `adapter.spec` for groups that do not divide size and width.
 * @example open('models/sensorium-tiny', { adapters: [lavin(), lavin({ at: 'feed-forward' })] })
 */
export const lavin = defineAdapter({
    kind: 'lavin',
    options: z.object({
        at: z.enum(['attention', 'feed-forward']).default('attention'),
        size: whole.default(8),
        groups: whole.default(2),
        temperature: z.number().positive().default(10),
        scale: z.number().positive().default(1),
    }),
    build: (options, _layer, { width }) => {
        const { size, groups } = options;
        if (size % groups !== 0 || width % groups !== 0)
            throw new SensoriumError('adapter.spec', 'the groups of an adapter must divide its size and the width of the model', {
                place: 'lavin: groups',
                expected: `a divisor of ${size} and ${width}`,
                got: String(groups),
            });
        return new LavinAdapter(width, options);
    },
});
//# sourceMappingURL=lavin.js.map