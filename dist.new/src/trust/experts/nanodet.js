// NanoDet-m (Lyu 2020): scores at three strides, each side of a box as a distribution over eleven distances (generalized focal loss, Li et al. 2020).
import { hostTensor } from '../../util/host.js';
const SIDE = 416;
const STRIDES = [8, 16, 32];
const BINS = 11;
/** Of blue, green and red, in 0..255. */
const MEAN = [103.53, 116.28, 123.675];
const STD = [57.375, 57.12, 58.395];
function prepare({ data }) {
    const plane = SIDE * SIDE;
    const pixels = hostTensor('float32', [1, 3, SIDE, SIDE]);
    for (let i = 0; i < plane; i++)
        for (let c = 0; c < 3; c++)
            pixels.data[c * plane + i] = (data[i * 3 + 2 - c] - MEAN[c]) / STD[c];
    return pixels;
}
/** The expected distance under a softmax over the bins from `at` on, in strides. */
function distance(bins, at) {
    let most = Number.NEGATIVE_INFINITY;
    for (let b = 0; b < BINS; b++)
        most = Math.max(most, bins[at + b]);
    let [sum, weighted] = [0, 0];
    for (let b = 0; b < BINS; b++) {
        const weight = Math.exp(bins[at + b] - most);
        sum += weight;
        weighted += weight * b;
    }
    return weighted / sum;
}
/** The boxes of one stride with at least `least`, in pixels of the network's input; each has the one label that scores highest. */
export function decodeNanodet(scores, bins, { stride, labels, least }) {
    const columns = SIDE / stride;
    const out = [];
    for (let i = 0; i * labels < scores.length; i++) {
        let label = 0;
        for (let c = 1; c < labels; c++)
            if (scores[i * labels + c] > scores[i * labels + label])
                label = c;
        const score = scores[i * labels + label];
        if (score < least)
            continue;
        const [x, y] = [((i % columns) + 0.5) * stride, (Math.floor(i / columns) + 0.5) * stride];
        const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => distance(bins, (i * 4 + side) * BINS) * stride);
        const box = [x - left, y - top, x + right, y + bottom];
        out.push({ label, score, box });
    }
    return out;
}
/** The network as a row of detectors. */
export const nanodet = {
    name: 'nanodet',
    width: SIDE,
    height: SIDE,
    prepare: (image) => ({ input_1: prepare(image) }),
    read(outputs, { least, labels }) {
        return STRIDES.flatMap((stride) => {
            const cells = (SIDE / stride) ** 2;
            const of = (width) => Object.values(outputs).find(({ shape }) => shape[1] === cells && shape[2] === width)?.data;
            return decodeNanodet(of(labels), of(4 * BINS), { stride, labels, least });
        });
    },
};
//# sourceMappingURL=nanodet.js.map