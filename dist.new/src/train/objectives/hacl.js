// Hallucination-augmented contrastive learning (Jiang et al. 2023): images near their captions and far from hallucinated ones, beside the loss of language.
import { concat, constant, crossEntropy, detach, maximum, sumSquare, where } from '../../graph/index.js';
import { hostTensor } from '../../util/host.js';
/**
 * InfoNCE both ways, means over n. `visual`: each image tells its caption from those of the batch and the queue and from all hallucinated ones;
 * `textual`: each caption tells its image from those of the batch and the queue.
 */
export function haclLoss({ images, texts, hallucinated, imageQueue, textQueue, temperature }) {
    const n = images.size(0);
    const own = constant(hostTensor('int32', [n], Int32Array.from({ length: n }, (_, i) => i)));
    const alike = (a, b) => a.matMul(b.transpose()).div(temperature);
    const before = (a, queue) => alike(a, queue).add(where(sumSquare(queue, [1])
        .reshape([1, queue.size(0)])
        .greater(0), 0, -1e9));
    const toTexts = concat([alike(images, texts), alike(images, hallucinated), before(images, textQueue)], 1);
    const toImages = concat([alike(texts, images), before(texts, imageQueue)], 1);
    return { visual: crossEntropy(toTexts, own).mean(), textual: crossEntropy(toImages, own).mean() };
}
/**
 * The loss over samples of 3 + `negatives` sequences: the conversation, whose replies are learned; the image, the caption and the hallucinated
 * captions, each with one predicted place at its end, whose hidden state stands for the whole.
 */
export function hacl({ head, weight = 1, queue = 2048, negatives = 1 }) {
    const each = 3 + negatives;
    const shape = [queue, head.features];
    return {
        name: 'hacl',
        over: 'samples',
        describe: { weight, queue, negatives },
        carried: { image_queue: hostTensor('float32', shape), text_queue: hostTensor('float32', shape) },
        loss(read, feed) {
            const samples = read.sequences / each;
            const first = (x) => read.perSequence(x).reshape([samples, each]).slice({ axis: 1, end: 1 }).sum();
            const weights = first(read.weights.mul(0).add(1));
            const language = first(read.logProbs).neg().div(maximum(weights, 1e-6));
            const width = read.hidden.size(1);
            const states = read.perSequence(read.hidden).reshape([samples, each, width]);
            const part = (start, end) => states.slice({ axis: 1, start, end }).reshape([-1, width]);
            const images = head.image(part(1, 2));
            const texts = head.text(part(2, 3));
            const [imageQueue, textQueue] = [feed('image_queue', shape), feed('text_queue', shape)];
            const temperature = head.bounded();
            const { visual, textual } = haclLoss({
                images,
                texts,
                hallucinated: head.text(part(3, each)),
                imageQueue,
                textQueue,
                temperature,
            });
            const pushed = (features, old) => concat([detach(features), old], 0).slice({ axis: 0, end: queue });
            return {
                loss: language.add(visual.add(textual).mul(weight / 2)),
                metrics: { language, visual, textual, temperature: temperature.sum() },
                carried: { image_queue: pushed(images, imageQueue), text_queue: pushed(texts, textQueue) },
            };
        },
    };
}
//# sourceMappingURL=hacl.js.map