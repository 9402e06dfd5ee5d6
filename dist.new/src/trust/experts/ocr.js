// PP-OCRv4 (Du et al. 2020 and later): a network that finds lines of text and one that reads a line, left to right, by CTC.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openImage } from '../../media/image.js';
import { resize } from '../../media/resize.js';
import { selectRuntime } from '../../runtime/select.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { io } from '../../util/io.js';
import { quarterTurn, rectify } from './rectify.js';
import { textRegions } from './text-regions.js';
/** Longest side of an image for the network that finds text; sides are multiples of 32. */
const LONGEST = 960;
/** Shorter images are made larger, up to twice: small print is read better. */
const SHORTEST = 480;
const STEP = 32;
/** Height of a line for the network that reads, its least width, and the most that is read of one. */
const LINE = 48;
const LEAST_WIDTH = 320;
const MOST_WIDTH = 2400;
/** A line is read from this mean probability of its characters on. */
const LEAST_SCORE = 0.5;
/** Blue, green, red, channels first, as the networks were trained. */
function planes({ width, height, data }, { mean, std, padded = width }) {
    const out = hostTensor('float32', [1, 3, height, padded]);
    for (let c = 0; c < 3; c++)
        for (let y = 0; y < height; y++)
            for (let x = 0; x < width; x++)
                out.data[(c * height + y) * padded + x] =
                    (data[(y * width + x) * 3 + 2 - c] / 255 - mean[c]) / std[c];
    return out;
}
/** The best path through the probabilities [steps, classes], class 0 between characters: text, and the mean probability of its characters. */
export function decodeCtc(steps, characters) {
    const classes = characters.length + 1;
    let [text, sum, n, last] = ['', 0, 0, 0];
    for (let at = 0; at + classes <= steps.length; at += classes) {
        let best = 0;
        for (let k = 1; k < classes; k++)
            if (steps[at + k] > steps[at + best])
                best = k;
        if (best !== 0 && best !== last) {
            text += characters[best - 1];
            sum += steps[at + best];
            n++;
        }
        last = best;
    }
    return { text, score: n === 0 ? 0 : sum / n };
}
/** Size of an image for the network that finds text. */
export function findingSize({ width, height }) {
    const larger = Math.min(2, Math.max(1, SHORTEST / Math.min(width, height)));
    const scale = Math.min(larger, LONGEST / Math.max(width, height));
    const side = (v) => Math.max(STEP, Math.round((v * scale) / STEP) * STEP);
    return { width: side(width), height: side(height) };
}
function around(quad) {
    const [xs, ys] = [quad.map(([x]) => x), quad.map(([, y]) => y)];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
/** The reader in a folder with `detect.onnx`, `read.onnx` and `characters.txt`. Errors: `trust.detector` where they do not fit, those of the runtime. */
export async function openOcr(dir, { threads } = {}) {
    const list = join(dir, 'characters.txt');
    const lines = (await io(list, () => readFile(list, 'utf8'))).split(/\r?\n/);
    if (lines.at(-1) === '')
        lines.pop();
    const characters = [...lines, ' '];
    const runtime = await selectRuntime();
    const how = threads === undefined ? {} : { threads };
    const finder = await runtime.load(join(dir, 'detect.onnx'), how);
    const reader = await runtime.load(join(dir, 'read.onnx'), how).catch((error) => {
        finder.dispose();
        throw error;
    });
    const [findInput, findOutput] = [finder.inputs[0]?.name, finder.outputs[0]?.name];
    const [readInput, readOutput] = [reader.inputs[0]?.name, reader.outputs[0]?.name];
    const readLine = async (line) => {
        // Text that runs down is laid on its side.
        const straight = line.height >= 1.5 * line.width ? quarterTurn(line) : line;
        const width = Math.min(MOST_WIDTH, Math.max(1, Math.ceil((LINE * straight.width) / straight.height)));
        const small = resize(straight, width, LINE, 'bilinear');
        const half = [0.5, 0.5, 0.5];
        const outputs = await reader.run({ [readInput]: planes(small, { mean: half, std: half, padded: Math.max(LEAST_WIDTH, width) }) });
        const { shape, data } = outputs[readOutput];
        if (shape[2] !== characters.length + 1)
            throw new SensoriumError('trust.detector', 'the characters do not fit the network that reads', {
                place: list,
                expected: `${(shape[2] ?? 0) - 1} characters with the space`,
                got: String(characters.length),
            });
        return decodeCtc(data, characters);
    };
    return {
        name: 'pp-ocrv4',
        async read(part, { signal } = {}) {
            const image = await openImage(part.source, {}, signal);
            const size = findingSize(image);
            const prepared = resize(image, size.width, size.height, 'bilinear');
            const outputs = await finder.run({ [findInput]: planes(prepared, { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }) });
            const regions = textRegions(outputs[findOutput].data, size);
            const read = [];
            let unread = 0;
            for (const { quad } of regions) {
                throwIfAborted(signal);
                const own = quad.map(([x, y]) => [(x * image.width) / size.width, (y * image.height) / size.height]);
                const { text, score } = await readLine(rectify(image, own));
                if (text.trim() && score >= LEAST_SCORE)
                    read.push({ text: text.trim(), score, box: around(own) });
                else
                    unread++;
            }
            return { lines: read, unread };
        },
        dispose() {
            finder.dispose();
            reader.dispose();
        },
    };
}
//# sourceMappingURL=ocr.js.map