// How CLAP's audio tower turns spectrograms into patches: folded into a square, and for long sounds three cuts fused with the whole.
import { constant, relu, where } from '../../graph/index.js';
import { BatchNorm, Conv2d, LayerNorm, Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
/** Attention of HTS-AT's feature fusion (Dai et al. 2021, "Attentional Feature Fusion"), in torch's numbering of a Sequential. */
class FusionBlock extends Module {
    local_att;
    global_att;
    constructor(c) {
        super();
        const width = c.patch_embeds_hidden_size;
        const inner = Math.floor(width / c.aff_block_r);
        const branch = () => [
            new Conv2d(width, inner, 1),
            new BatchNorm(inner),
            null, // the activation, which has no weights
            new Conv2d(inner, width, 1),
            new BatchNorm(width),
        ];
        this.local_att = branch();
        this.global_att = [null, ...branch()];
    }
    /** x, y: [batch, width, h, w] -> what of each to take, summed. */
    forward(x, y) {
        return this.trace(() => {
            const sum = x.add(y);
            const run = ([first, norm, , second, last], input) => last.forward(second.forward(relu(norm.forward(first.forward(input)))));
            const share = run(this.local_att, sum)
                .add(run(this.global_att.slice(1), sum.mean([2, 3], true)))
                .sigmoid();
            return x
                .mul(share)
                .mul(2)
                .add(y.mul(share.neg().add(1)).mul(2));
        });
    }
}
/** ClapAudioPatchEmbed. */
export class ClapPatches extends Module {
    c;
    proj;
    norm;
    fusion_model;
    mel_conv2d;
    constructor(c) {
        super();
        this.c = c;
        const { patch_size: p, patch_stride: s, patch_embeds_hidden_size: width } = c;
        const padding = Math.floor((p - s) / 2);
        this.proj = new Conv2d(1, width, p, { stride: s, padding });
        if (c.enable_patch_layer_norm)
            this.norm = new LayerNorm(width);
        if (!c.enable_fusion)
            return;
        this.fusion_model = new FusionBlock(c);
        this.mel_conv2d = new Conv2d(1, width, [p, 3 * p], { stride: [s, 3 * s], padding });
    }
    /** images: [batch, channels, size, size], longer: bool [batch] where channels are fused -> [batch, side², width]. */
    forward(images, longer) {
        return this.trace(() => {
            const whole = this.proj.forward(images.slice({ axis: 1, end: 1 }));
            const [b, width, side] = [whole.dim(0), whole.size(1), whole.size(2)];
            const fused = longer && this.fusion_model ? this.fuse(images, whole, longer) : whole;
            const rows = fused.reshape([b, width, side * side]).transpose([0, 2, 1]);
            return this.norm ? this.norm.forward(rows) : rows;
        });
    }
    fuse(images, whole, longer) {
        const size = this.c.spec_size;
        const [b, width, side] = [whole.dim(0), whole.size(1), whole.size(2)];
        const cuts = this.mel_conv2d.forward(images.slice({ axis: 1, start: 1 }).reshape([-1, 1, size, size]));
        const columns = cuts.size(3);
        const beside = cuts
            .reshape([-1, 3, width, side, columns])
            .transpose([0, 2, 3, 1, 4])
            .reshape([b, width, side, 3 * columns]);
        const local = beside.pad([
            [0, 0],
            [0, 0],
            [0, 0],
            [0, side - 3 * columns],
        ]);
        return where(longer.reshape([b, 1, 1, 1]), this.fusion_model.forward(whole, local), whole);
    }
}
/**
 * Spectrograms as images: time is cut into strips that stand on top of each other. x: [batch, channels, frames, mels] ->
 * [batch, channels, size, size].
 */
export function folded(x, size) {
    const [channels, mels] = [x.size(1), x.size(3)];
    const strips = Math.floor(size / mels);
    const [width, height] = [size * strips, Math.floor(size / strips)];
    const time = x.size(2) < width ? stretch(x.size(2), width).matMul(x) : x;
    const full = mels < height ? time.matMul(stretch(mels, height).transpose()) : time;
    return full
        .reshape([-1, channels * strips, width / strips, height])
        .transpose([0, 1, 3, 2])
        .reshape([-1, channels, height * strips, width / strips]);
}
/** Bicubic interpolation with corners aligned (torch's, a = -0.75, places in single precision), as a matrix: [to, from]. */
export function stretch(from, to) {
    const f = Math.fround;
    const a = -0.75;
    const near = (t) => ((a + 2) * t - (a + 3)) * t * t + 1;
    const far = (t) => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
    const matrix = hostTensor('float32', [to, from]);
    const scale = to > 1 ? f((from - 1) / (to - 1)) : 0;
    for (let row = 0; row < to; row++) {
        const place = f(scale * row);
        const low = Math.floor(place);
        const t = f(place - low);
        [far(t + 1), near(t), near(1 - t), far(2 - t)].forEach((weight, i) => {
            const at = row * from + Math.min(Math.max(low - 1 + i, 0), from - 1);
            matrix.data[at] = matrix.data[at] + weight;
        });
    }
    return constant(matrix);
}
//# sourceMappingURL=clap-patches.js.map