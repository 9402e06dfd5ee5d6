// `npm run bench -- vision`: images per second through a vision tower and the projector behind it, beside the peers on the same weights.
import { compile } from '../src/runtime/compile.js';
import { selectRuntime } from '../src/runtime/select.js';
import { hostTensor } from '../src/util/host.js';
import { loadNetwork } from '../src/weights/index.js';
import { floatFolder, quantizedFolder } from './checkpoint.js';
import { visionPeers } from './peers/vision.js';
import { benchOptions, namesOf, numbersOf, report, runBench } from './report.js';
import { VISION_SHAPES } from './shapes.js';
import { enter, leave, OURS, speeds, takeTurns, threadsOf } from './sides.js';
const USAGE = `usage: npm run bench -- vision [options]

From pixels, resized and normalised, to rows for the language model, by towers of published shapes with random weights. With int8, ours
multiplies eight bits by eight bits, transformers.js runs its q8; with fp32 all, PyTorch included, multiply floats.
`;
/** Our side: the program of `Mllm.encodeImages`, fed with images of the tower's size. */
async function visionEntrant(folder, runtime) {
    const loaded = await loadNetwork(folder, { kinds: ['multimodal'] });
    const network = loaded.network;
    const size = network.config.vision_config.image_size;
    return {
        name: OURS,
        tokens: network.imageTokens,
        start: async (threads) => {
            const program = await compile({ features: network.see() }, { frozen: loaded.values, runtime, threads, name: 'vision' });
            return {
                ask: async (line) => {
                    const feeds = imageFeeds(Number(line.split(' ')[1]), size, network.imageTokens);
                    const wanted = Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name]]));
                    const start = performance.now();
                    const { features } = await program.run(wanted);
                    return [performance.now() - start, meanSize(features, network.imageTokens)];
                },
                stop: () => program.dispose(),
            };
        },
    };
}
/** Mean of the absolute values in the first rows: shows whether two sides computed the same. */
function meanSize({ data, shape }, rows) {
    const first = data.subarray(0, rows * shape[1]);
    return first.reduce((sum, v) => sum + Math.abs(v), 0) / first.length;
}
/** Pixels of some images; for networks that lay tiles out, every image is one tile without newlines. */
function imageFeeds(images, size, tokens) {
    const pixels = hostTensor('float32', [images, 3, size, size]);
    for (let i = 0; i < pixels.data.length; i++)
        pixels.data[i] = (i % 255) / 127.5 - 1;
    const rows = images * tokens;
    const sources = hostTensor('int32', [rows, 1]);
    for (let i = 0; i < rows; i++)
        sources.data[i] = i;
    const weights = hostTensor('float32', [rows, 1]);
    weights.data.fill(1);
    return { pixels, sources, weights };
}
/** The benchmark. */
export async function main(args) {
    return runBench(async () => {
        const options = benchOptions(args, USAGE, {
            model: `LIST    of ${Object.keys(VISION_SHAPES).join(', ')} (default clip-l-336)`,
            precision: 'LIST  int8, fp32 (default both)',
            images: 'LIST  images at a time (default 1)',
        });
        if (!options)
            return;
        const { more, threadCounts, repeats } = options;
        const shapes = namesOf('model', more.model ?? 'clip-l-336', Object.keys(VISION_SHAPES)).map((name) => VISION_SHAPES[name]);
        const precisions = namesOf('precision', more.precision ?? 'int8,fp32', ['int8', 'fp32']);
        const counts = numbersOf('images', more.images ?? '1', { most: 64 });
        const runtime = await selectRuntime();
        const rows = [];
        for (const shape of shapes)
            for (const precision of precisions) {
                const folder = precision === 'int8' ? await quantizedFolder(shape, 8) : await floatFolder(shape);
                const ours = await visionEntrant(folder, runtime);
                const entered = await enter([ours, ...(options.peers ? visionPeers(shape, precision) : [])], threadCounts, `encode ${counts[0]} ${ours.tokens}`);
                try {
                    for (const count of counts) {
                        const times = await takeTurns(entered, `encode ${count} ${ours.tokens}`, { repeats, same: precision === 'fp32' });
                        rows.push({
                            name: 'vision',
                            case: `${shape.name} ${precision}, ${count} ${count === 1 ? 'image' : 'images'}`,
                            unit: 'images/s',
                            ...speeds(times, count),
                            roofline: null,
                            extra: threadsOf(entered),
                        });
                    }
                }
                finally {
                    await leave(entered);
                }
            }
        report(rows, options);
    });
}
//# sourceMappingURL=vision.js.map