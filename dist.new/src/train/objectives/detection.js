// Learning to detect: for each patch and class whether it lies in the middle of an object, and the overlap of the box that it gives with the true one.
import { input, maximum, minimum, softplus, weightedMean } from '../../graph/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
/** The part of an object, about its middle, whose patches are to find it (center sampling of FCOS). */
const CENTRAL = 0.5;
/**
 * The targets of one image. An object is found by the patch that its middle lies in and by those whose middle lies in its central part; of two
 * of one class at a patch the smaller is. `scale`: patches per pixel, on both axes. Errors: `train.data` for a class that there is none of.
 */
export function detectionTargets(objects, { side, classes, scale }) {
    const present = new Float32Array(side * side * classes);
    const sides = new Float32Array(side * side * classes * 4);
    const area = ({ box: [x0, y0, x1, y1] }) => (x1 - x0) * (y1 - y0);
    for (const object of [...objects].sort((a, b) => area(b) - area(a))) {
        const { class: c, box } = object;
        if (!(Number.isInteger(c) && c >= 0 && c < classes))
            throw new SensoriumError('train.data', 'an object has no such class', { expected: `a number below ${classes}`, got: String(c) });
        const [x0, y0, x1, y1] = box.map((v, i) => v * scale[i % 2]);
        const [middleX, middleY] = [(x0 + x1) / 2, (y0 + y1) / 2];
        for (let row = 0; row < side; row++)
            for (let column = 0; column < side; column++) {
                const [x, y] = [column + 0.5, row + 0.5];
                const own = Math.floor(Math.min(middleX, side - 0.01)) === column && Math.floor(Math.min(middleY, side - 0.01)) === row;
                const near = Math.abs(x - middleX) <= (CENTRAL * (x1 - x0)) / 2 && Math.abs(y - middleY) <= (CENTRAL * (y1 - y0)) / 2;
                if (!own && !near)
                    continue;
                const at = (row * side + column) * classes + c;
                present[at] = 1;
                // A thin object may lie beside the middle of its patch: its near side is then at the middle.
                [x - x0, y - y0, x1 - x, y1 - y].forEach((v, k) => {
                    sides[at * 4 + k] = Math.max(0, v);
                });
            }
    }
    return { present, sides };
}
/** 1 - IoU of boxes around one point (Yu et al. 2016). a, b: [..., 4] distances to the sides -> [...]. */
export function overlapLoss(a, b) {
    const axis = a.rank - 1;
    const sums = (x) => {
        const [left, top, right, bottom] = [0, 1, 2, 3].map((i) => x.slice({ axis, start: i, end: i + 1 }).squeeze(axis));
        return { width: left.add(right), height: top.add(bottom) };
    };
    const area = ({ width, height }) => width.mul(height);
    const both = area(sums(minimum(a, b)));
    const union = area(sums(a))
        .add(area(sums(b)))
        .sub(both);
    return both.div(union.add(1e-6)).neg().add(1);
}
/** Cross-entropy of presence for each patch and class over the number that are to be found, and the overlap of the boxes of those. */
export function detectionObjective(o) {
    const { network, processor, batchSize: n } = o;
    const { image_size: size } = network.config.vision_config;
    const [side, classes] = [network.side, network.labels.length];
    const cells = side * side;
    const graph = () => {
        const { logits, sides } = network.detect(input('pixels', [n, 3, size, size]));
        const present = input('present', [n, cells, classes]);
        const found = softplus(logits).sub(logits.mul(present)).sum().div(maximum(present.sum(), 1));
        const box = weightedMean(overlapLoss(sides, input('sides', [n, cells, classes, 4])), present);
        return { loss: found.add(box), metrics: { found, box } };
    };
    const batch = async (index) => {
        const feeds = {
            pixels: hostTensor('float32', [n, 3, size, size]),
            present: hostTensor('float32', [n, cells, classes]),
            sides: hostTensor('float32', [n, cells, classes, 4]),
        };
        const rows = Array.from({ length: n }, (_, i) => index * n + i);
        for (const [i, row] of rows.entries()) {
            const { image, objects } = o.sample(row);
            processor.processInto(image, feeds.pixels.data, i * 3 * size * size);
            const scale = [side / image.width, side / image.height];
            const targets = detectionTargets(objects, { side, classes, scale });
            feeds.present.data.set(targets.present, i * cells * classes);
            feeds.sides.data.set(targets.sides, i * cells * classes * 4);
        }
        return { bucket: 'all', feeds, tokens: n * cells, items: n, rows };
    };
    return {
        name: 'detection',
        trained: network.parameters(),
        frozen: new Map(),
        graph,
        batch,
        rate: ({ name }) => (name.startsWith('vision_model.') ? 1 : (o.headRate ?? 1)),
        describe: o.describe,
    };
}
//# sourceMappingURL=detection.js.map