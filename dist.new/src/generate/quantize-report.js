// What quantizing cost: perplexity, logits and the most probable token beside the float model, over the same text.
import { join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { writeAtomic } from '../util/fs.js';
import { hostTensor } from '../util/host.js';
import { loadNetwork } from '../weights/index.js';
import { Decoder } from './decoder.js';
/** File of the report, in the quantized folder. */
export const REPORT_FILE = 'quantize_report.json';
/** Tokens that are also read one by one, where decoding has a program of its own. */
const DECODED = 128;
/**
 * Runs both models over the same tokens, window by window. Both are held in memory. Errors: `weights.quantize` when there are not
 * two tokens, or ids that the model does not know; `weights.*`, `model.*` for the folders.
 */
export async function compareQuantized(floatDir, quantizedDir, options) {
    const { signal, runtime, threads, onProgress } = options;
    const ids = Int32Array.from(options.ids);
    const networks = [await loadLanguage(floatDir, signal), await loadLanguage(quantizedDir, signal)];
    const { vocab_size: vocab, max_position_embeddings: positions } = networks[0].language.config;
    if (ids.length < 2 || ids.some((id) => id < 0 || id >= vocab))
        throw new SensoriumError('weights.quantize', 'this text cannot be measured', {
            expected: `two tokens or more, below ${vocab}`,
            got: `${ids.length}, up to ${ids.reduce((a, b) => Math.max(a, b), 0)}`,
        });
    const window = Math.min(options.window ?? 256, positions);
    const decoders = [];
    try {
        for (const { network, values } of networks)
            decoders.push(await Decoder.create({ network, values, capacity: window, runtime, threads }));
        const [float, quantized] = decoders;
        const total = ids.length + (quantized.prefill ? Math.min(DECODED, ids.length) : 0);
        const whole = new Tally('prefill', vocab);
        for (let at = 0; at + 1 < ids.length; at += window) {
            signal?.throwIfAborted();
            const piece = ids.subarray(at, at + window);
            if (piece.length < 2)
                break;
            whole.add(piece, await windowLogits(float, piece), await windowLogits(quantized, piece));
            onProgress?.(Math.min(at + window, ids.length), total);
        }
        const reports = [whole.report()];
        if (quantized.prefill) {
            const piece = ids.subarray(0, Math.min(DECODED, window));
            const single = new Tally('decode', vocab);
            single.add(piece, await windowLogits(float, piece), await decodedLogits(quantized, piece, signal));
            reports.push(single.report());
            onProgress?.(total, total);
        }
        return reports;
    }
    finally {
        for (const d of decoders)
            d.dispose();
    }
}
/** Writes the report into the quantized folder. */
export async function writeQuantizeReport(dir, report) {
    await writeAtomic(join(dir, REPORT_FILE), `${JSON.stringify(report, null, 2)}\n`);
}
async function loadLanguage(dir, signal) {
    const { network, values } = await loadNetwork(dir, { kinds: ['causal', 'multimodal'], signal });
    const joined = network;
    return { network: joined, language: 'language_model' in joined ? joined.language_model : joined, values };
}
/** Logits at every position of a window, [n, vocab]. */
async function windowLogits(decoder, ids) {
    const n = ids.length;
    const { language } = decoder;
    const cache = decoder.cache();
    const feeds = {
        ids: hostTensor('int32', [1, n], ids),
        last: hostTensor('int32', [n], Int32Array.from({ length: n }, (_, i) => i)),
        lengths: hostTensor('int32', [1], [n - 1]),
        total: hostTensor('int32', [], [n]),
    };
    const kinds = language.positionKinds;
    if (kinds > 0)
        feeds.positions = hostTensor('int32', [kinds, 1, n], Int32Array.from({ length: kinds * n }, (_, i) => i % n));
    if (decoder.multimodal) {
        feeds.features = hostTensor('float32', [0, language.rowWidth]);
        feeds.image_positions = hostTensor('int32', [0]);
    }
    const into = {};
    for (const [key, buffer] of Object.entries(cache.buffers)) {
        feeds[`past.${key}`] = buffer;
        into[`present.${key}`] = buffer;
    }
    const program = decoder.programFor(n);
    const { logits } = await program.run(feeds, into);
    return logits.data;
}
/** The same, token by token. */
async function decodedLogits(decoder, ids, signal) {
    const vocab = decoder.language.config.vocab_size;
    const out = new Float32Array(ids.length * vocab);
    const cache = decoder.cache();
    for (const [i, id] of ids.entries()) {
        signal?.throwIfAborted();
        out.set((await decoder.step(cache, { ids: [[id]] })).data, i * vocab);
    }
    return out;
}
/** Sums over positions. */
class Tally {
    steps;
    vocab;
    tokens = 0;
    positions = 0;
    loss = { float: 0, quantized: 0 };
    error = 0;
    worst = 0;
    variance = 0;
    same = 0;
    constructor(steps, vocab) {
        this.steps = steps;
        this.vocab = vocab;
    }
    add(ids, float, quantized) {
        const { vocab } = this;
        for (let i = 0; i < ids.length; i++) {
            const [a, b] = [float.subarray(i * vocab, (i + 1) * vocab), quantized.subarray(i * vocab, (i + 1) * vocab)];
            const [x, y] = [summary(a), summary(b)];
            let sum = 0;
            for (let v = 0; v < vocab; v++) {
                const e = Math.abs(a[v] - x.mean - (b[v] - y.mean));
                sum += e;
                if (e > this.worst)
                    this.worst = e;
            }
            this.error += sum / vocab;
            this.variance += x.variance;
            this.same += x.top === y.top ? 1 : 0;
            this.positions++;
            const next = ids[i + 1];
            if (next === undefined)
                continue;
            this.loss.float += x.logSum - a[next];
            this.loss.quantized += y.logSum - b[next];
            this.tokens++;
        }
    }
    report() {
        const perplexity = (loss) => Math.exp(loss / this.tokens);
        return {
            steps: this.steps,
            tokens: this.tokens,
            perplexity: { float: perplexity(this.loss.float), quantized: perplexity(this.loss.quantized) },
            logitError: { mean: this.error / this.positions, max: this.worst },
            logitSpread: Math.sqrt(this.variance / this.positions),
            topOne: this.same / this.positions,
        };
    }
}
function summary(logits) {
    let [sum, top] = [0, 0];
    for (let v = 0; v < logits.length; v++) {
        sum += logits[v];
        if (logits[v] > logits[top])
            top = v;
    }
    const mean = sum / logits.length;
    const most = logits[top];
    let [squares, exps] = [0, 0];
    for (const x of logits) {
        squares += (x - mean) ** 2;
        exps += Math.exp(x - most);
    }
    return { mean, variance: squares / logits.length, top, logSum: most + Math.log(exps) };
}
//# sourceMappingURL=quantize-report.js.map