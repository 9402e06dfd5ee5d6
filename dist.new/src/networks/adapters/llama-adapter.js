// LLaMA-Adapter's prompts: in the upper layers, tokens also attend to learned rows, through the layer's own projections, behind gates that open from zero.
import { z } from 'zod';
import { Parameter, zeros } from '../../graph/index.js';
import { init, Linear, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { defineAdapter } from './registry.js';
/**
 * tanh(gate) · softmax(q Kᵀ / √d) V beside the layer's own attention, K and V made of the prompts by the layer's projections and not turned, a
 * gate for each head (Zhang et al. 2023, arXiv:2303.16199, equations 5 to 8). With images, what is projected of the mean row of the last image
 * before a token is added to every prompt, as in its multimodal form. Added to all prompts alike it moves all scores of a token alike, which
 * softmax does not see, so it is computed once on the values. (Families that norm their keys would see it there; here they do not.)
 */
export class LlamaAdapter extends Module {
    heads;
    readsMedia;
    adaption_prompt;
    adaption_gate;
    visual_proj;
    constructor(width, heads, { prompts, images }) {
        super();
        this.heads = heads;
        this.readsMedia = images;
        this.adaption_prompt = new Parameter([prompts, width], init.normal(0.02));
        this.adaption_gate = new Parameter([heads], init.zeros);
        if (images)
            this.visual_proj = new Linear(width, width, { bias: false });
    }
    /** q: [batch, heads, n, d] -> the same. Errors: `model.extension` for layers whose projections are one matrix. */
    attend(q, _out, { media }, keysOf) {
        if (!keysOf)
            throw new SensoriumError('model.extension', 'the layers of this family do not project rows beside their sequence', {
                place: this.path,
                expected: 'layers with projections of their own for keys and values (LLaMA, Qwen, Mistral, Gemma)',
                got: 'another kind of attention',
            });
        return this.trace(() => {
            const { k, v, scale } = keysOf(this.adaption_prompt.unsqueeze(0));
            let out = q.matMul(k.transpose()).mul(scale).softmax().matMul(v);
            if (this.visual_proj && media) {
                const sees = media.visible.cast('float32'); // [batch, n, rows]
                const mean = sees.matMul(media.rows).div(sees.sum([2], true).clip(1));
                const nothing = keysOf(zeros([1, 1, this.visual_proj.inputs])).v; // the bias of the values, which the prompts have already
                out = out.add(keysOf(this.visual_proj.forward(mean)).v.sub(nothing));
            }
            return out.mul(this.adaption_gate.tanh().reshape([1, this.heads, 1, 1]));
        });
    }
}
const whole = z.number().int().positive();
/** Options: prompts in a layer, how many of the upper layers have them (all by default), whether images are added to them. */
export const llamaAdapter = defineAdapter({
    kind: 'llama-adapter',
    options: z.object({ prompts: whole.default(10), layers: whole.optional(), images: z.boolean().default(false) }),
    build: ({ layers: upper, ...options }, layer, { width, heads, layers }) => layer >= layers - (upper ?? layers) ? new LlamaAdapter(width, heads, options) : undefined,
});
//# sourceMappingURL=llama-adapter.js.map