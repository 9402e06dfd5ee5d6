// The cases of the fine-tuning benchmark, and the one batch that every side of a case trains on.
import { hostTensor } from '../src/util/host.js';
import { writeSafetensors } from '../src/weights/index.js';
import { TRAINED_SHAPES } from './shapes.js';
const QV = { rank: 16, alpha: 32, targets: 'language_model\\..*\\.(q_proj|v_proj)' };
/** The cases by name. */
export const CASES = Object.fromEntries([
    { name: 'lora', shape: 'smolvlm-256m', lora: QV, batch: 4, tokens: 192, predicted: 64 },
    { name: 'full', shape: 'llama-60m', batch: 4, tokens: 256, predicted: 128 },
    { name: 'full-every-token', shape: 'llama-60m', batch: 4, tokens: 256, predicted: 255 },
    { name: 'tiny-lora', shape: 'tiny-smolvlm', lora: { ...QV, rank: 4 }, batch: 2, tokens: 32, predicted: 8 },
    { name: 'tiny-full', shape: 'tiny', batch: 2, tokens: 32, predicted: 31 },
].map((one) => [one.name, one]));
/** AdamW of both sides: no decay, gradients clipped to a norm of 1. */
export const OPTIMIZER = { lr: 1e-4, betas: [0.9, 0.999], eps: 1e-8, clip: 1 };
/** Rows of an image and the side of its pixels; undefined for a text model. */
export function imageOf({ config }) {
    const { vision_config: vision, scale_factor: scale, image_token_id: id, } = config;
    if (!vision || !scale || id === undefined)
        return undefined;
    return { tokens: (vision.image_size / vision.patch_size / scale) ** 2, side: vision.image_size, id };
}
/** One image at the beginning of each conversation, and ids and pixels from a simple generator. */
export function makeBatch({ shape: name, batch, tokens, predicted }) {
    const shape = TRAINED_SHAPES[name];
    const image = imageOf(shape);
    const { text_config: text = shape.config } = shape.config;
    const words = Math.min(text.vocab_size, image?.id ?? Number.POSITIVE_INFINITY);
    const random = generator(1);
    const ids = hostTensor('int32', [batch, tokens]);
    const weights = hostTensor('float32', [batch, tokens]);
    for (let row = 0; row < batch; row++)
        for (let t = 0; t < tokens; t++) {
            const inImage = image !== undefined && t >= 1 && t <= image.tokens;
            ids.data[row * tokens + t] = inImage ? image.id : Math.floor(random() * words);
            weights.data[row * tokens + t] = t >= tokens - predicted ? 1 : 0;
        }
    const pixels = hostTensor('float32', image ? [batch, 3, image.side, image.side] : [0]);
    for (let i = 0; i < pixels.data.length; i++)
        pixels.data[i] = Math.floor(random() * 256) / 127.5 - 1;
    return { ids, weights, pixels };
}
/** Writes the batch for the sides. */
export const writeBatch = (path, batch) => writeSafetensors(path, batch);
/** Numbers from 0 to below 1 (an LCG, the high bits). */
function generator(seed) {
    let state = seed;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        return (state >>> 8) / 2 ** 24;
    };
}
//# sourceMappingURL=finetune-case.js.map