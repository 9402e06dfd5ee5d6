// The peers of the text benchmarks: transformers.js, node-llama-cpp and PyTorch, each over its own export of the same weights.
import { join } from 'node:path';
import { packageRoot } from '../../src/util/package.js';
import { floatFolder, ggufFile, languageOf, transformersJsFolder } from '../checkpoint.js';
import { PeerProcess } from './child.js';
import { installPeers } from './install.js';
const TRANSFORMERS = '@huggingface/transformers@4.3.1';
const LLAMA = '3.22.1';
const PLATFORMS = {
    darwin: process.arch === 'arm64' ? 'mac-arm64-metal' : 'mac-x64',
    win32: `win-${process.arch}`,
};
/** Starts a script of this folder and says on stderr what it is. */
export async function startPeer(command, script, args, env = {}) {
    const { peer, about } = await PeerProcess.start(command, [join(packageRoot(), 'bench', 'peers', script), ...args], { env });
    process.stderr.write(`${about}\n`);
    return peer;
}
/** node with transformers.js, installed when first wanted. */
export async function startTransformersJs(script, args) {
    const dir = await installPeers([TRANSFORMERS]);
    return startPeer(process.execPath, script, [dir, ...args(dir)]);
}
/** A Python with torch: SENSORIUM_PYTHON, or python3. */
export async function startTorch(script, args, threads) {
    const python = process.env.SENSORIUM_PYTHON ?? 'python3';
    try {
        return await startPeer(python, script, [...args, String(threads)], { OMP_NUM_THREADS: String(threads) });
    }
    catch (error) {
        throw new Error(`${python}: ${error.message}`, { cause: error });
    }
}
/** All of them, for prompts and replies of at most `capacity` tokens in `streams` sequences. */
export function languagePeers(shape, { precision, capacity, streams = 1 }) {
    const language = languageOf(shape);
    const vocab = String(language.config.vocab_size);
    return [
        {
            name: 'transformersjs',
            start: async (threads) => {
                const folder = await transformersJsFolder(language, precision === 'fp32' ? 'fp32' : 'q4');
                const dtype = precision === 'fp32' ? 'fp32' : 'q4';
                return startTransformersJs('generate_transformersjs.mjs', () => [folder, dtype, vocab, String(threads)]);
            },
        },
        {
            name: 'llamacpp',
            start: async (threads) => {
                const platform = `@node-llama-cpp/${PLATFORMS[process.platform] ?? `linux-${process.arch}`}@${LLAMA}`;
                const dir = await installPeers([`node-llama-cpp@${LLAMA}`, platform]);
                const file = await ggufFile(language, precision === 'fp32' ? 'f32' : 'q4_0');
                const args = [dir, file, vocab, threads, capacity, streams].map(String);
                return startPeer(process.execPath, 'generate_llamacpp.mjs', args);
            },
        },
        {
            name: 'torch',
            start: async (threads) => {
                if (precision !== 'fp32')
                    throw new Error('transformers has no 4-bit products for the CPU; it takes part with --precision fp32');
                return startTorch('generate_torch.py', [await floatFolder(language), vocab], threads);
            },
        },
    ];
}
//# sourceMappingURL=language.js.map