// The peers of the vision benchmark. llama.cpp is not among them: node-llama-cpp has no way to run its image encoders.
import { floatFolder, transformersJsFolder } from '../checkpoint.js';
import { startTorch, startTransformersJs } from './language.js';
/** transformers.js and PyTorch. */
export function visionPeers(shape, precision) {
    return [
        {
            name: 'transformersjs',
            start: async (threads) => {
                const dtype = precision === 'fp32' ? 'fp32' : 'q8';
                const folder = await transformersJsFolder(shape, dtype);
                return startTransformersJs('vision_transformersjs.mjs', () => [folder, dtype, String(threads)]);
            },
        },
        {
            name: 'torch',
            start: async (threads) => {
                if (precision !== 'fp32')
                    throw new Error('transformers has no 8-bit encoders for the CPU; it takes part with --precision fp32');
                return startTorch('vision_torch.py', [await floatFolder(shape)], threads);
            },
        },
        {
            name: 'llamacpp',
            start: async () => {
                throw new Error('node-llama-cpp does not run image encoders');
            },
        },
    ];
}
//# sourceMappingURL=vision.js.map