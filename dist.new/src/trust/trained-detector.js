// A detector of our own from its folder: one graph from pixels to presence and sides, then boxes in pixels of the image.
import { join } from 'node:path';
import { input, sigmoid } from '../graph/index.js';
import { openImage } from '../media/image.js';
import { ClipImageProcessor } from '../media/index.js';
import { SensoriumDetector } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { FILES, loadNetwork } from '../weights/index.js';
import { nonMaximum } from './non-maximum.js';
/** Detections of less are dropped before anything else. */
const LEAST = 0.05;
/** Boxes in pixels from the outputs of all patches, inside the image, each object once. */
export function detectionsOf({ present, sides }, { labels, side, size: [width, height] }) {
    const found = [];
    const classes = labels.length;
    for (let at = 0; at < side * side * classes; at++) {
        const score = present[at];
        if (score < LEAST)
            continue;
        const patch = Math.floor(at / classes);
        const [x, y] = [(patch % side) + 0.5, Math.floor(patch / side) + 0.5];
        const [left, top, right, bottom] = [0, 1, 2, 3].map((k) => sides[at * 4 + k]);
        const across = (v) => (Math.max(0, Math.min(side, v)) * width) / side;
        const down = (v) => (Math.max(0, Math.min(side, v)) * height) / side;
        const box = [across(x - left), down(y - top), across(x + right), down(y + bottom)];
        found.push({ label: labels[at % classes], box, score });
    }
    return nonMaximum(found);
}
/** A detector of ours; `dispose` frees its program. */
export class TrainedDetector {
    network;
    processor;
    program;
    labels;
    constructor(network, processor, program) {
        this.network = network;
        this.processor = processor;
        this.program = program;
        this.labels = network.labels;
    }
    /** Opens a folder. Errors: `model.architecture` for a model of another kind, those of `loadNetwork` and of the processor's file. */
    static async load(dir, { signal } = {}) {
        const { network, values } = await loadNetwork(dir, { kinds: ['encoder'], signal });
        if (!(network instanceof SensoriumDetector))
            throw new SensoriumError('model.architecture', 'this model is no detector', {
                place: dir,
                expected: 'model_type sensorium_detector',
            });
        return TrainedDetector.of(network, { values, processor: await ClipImageProcessor.load(join(dir, FILES.preprocessor)) });
    }
    /** A detector from a network with its values. */
    static async of(network, { values, processor }) {
        const { image_size: size } = network.config.vision_config;
        const { logits, sides } = network.detect(input('pixels', [1, 3, size, size]));
        return new TrainedDetector(network, processor, await compile({ present: sigmoid(logits), sides }, { frozen: values }));
    }
    async detect(image, { signal } = {}) {
        throwIfAborted(signal);
        const opened = await openImage(image.source, {}, signal);
        const { image_size: size } = this.network.config.vision_config;
        const pixels = hostTensor('float32', [1, 3, size, size]);
        this.processor.processInto(opened, pixels.data, 0);
        const { present, sides } = (await this.program.run({ pixels }));
        return detectionsOf({ present: present.data, sides: sides.data }, { labels: this.labels, side: this.network.side, size: [opened.width, opened.height] });
    }
    dispose() {
        this.program.dispose();
    }
}
//# sourceMappingURL=trained-detector.js.map