// Fingerprints that show whether a resumed run has the same loss and the same batches as the run that wrote its checkpoint.
import { createHash } from 'node:crypto';
import { Constant, Parameter, topological } from '../graph/index.js';
import { canonical } from './identity.js';
/** Largest difference of float summaries, as a share of the root mean square, that is rounding rather than other data. */
const TOLERANCE = 0.01;
const bytesOf = ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** SHA-256 of the graph that computes a loss: ops and their attributes, constants, names and shapes of inputs and parameters. */
export function lossFingerprint(loss) {
    const { nodes, leaves } = topological([loss]);
    const hash = createHash('sha256');
    const numbers = new Map();
    const number = (tensor) => numbers.set(tensor, numbers.size).size - 1;
    for (const leaf of leaves) {
        number(leaf);
        hash.update(`${leaf.dtype}[${leaf.shape}] `);
        if (leaf instanceof Constant)
            hash.update(bytesOf(leaf.value));
        else
            hash.update(`${leaf instanceof Parameter ? 'parameter' : 'input'} ${leaf.name}\n`);
    }
    for (const { op, attrs, inputs, outputs } of nodes) {
        hash.update(`${op.name} ${inputs.map((x) => numbers.get(x)).join(' ')} ${canonical(plain(attrs))}\n`);
        for (const y of outputs)
            number(y);
    }
    return hash.update(`${numbers.get(loss)}`).digest('hex');
}
/** Attributes as JSON can hold them: arrays of numbers by their hash. */
function plain(attrs) {
    const one = (value) => ArrayBuffer.isView(value) ? sha256(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) : value;
    return Object.fromEntries(Object.entries(attrs).map(([key, value]) => [key, one(value)]));
}
/** What identifies the batch at `index`, or a part of it. */
export function batchFingerprint(index, { bucket, weight = 1, feeds }, { part, parts } = { part: 0, parts: 1 }) {
    const of = (tensor) => tensor.dtype.startsWith('float') ? summary(tensor.data) : sha256(bytesOf(tensor));
    const values = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, of(tensor)]));
    return { index, bucket, weight, feeds: values, ...(parts > 1 ? { part, parts } : {}) };
}
/** What identifies the batch at `index` of an objective: of an online one, what it is made from besides the weights. `get` gives the batch, or `part` of it. */
export async function identifyBatch({ online }, index, { get, part }) {
    if (!online)
        return batchFingerprint(index, await get(), part);
    return batchFingerprint(index, { bucket: 'online', feeds: await online.given(index) });
}
/** Mean, root mean square and the sum over fixed pseudo-random factors: numbers in another order differ in the last. */
function summary(data) {
    const n = Math.max(1, data.length);
    let [sum, squares, projection] = [0, 0, 0];
    for (let i = 0; i < data.length; i++) {
        const x = data[i];
        sum += x;
        squares += x * x;
        projection += x * ((Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32 - 0.5);
    }
    return [sum / n, Math.sqrt(squares / n), projection / Math.sqrt(n)];
}
/** What differs between two fingerprints of the same batch; undefined where it is the same. */
export function batchDifference(before, now) {
    if (before.bucket !== now.bucket)
        return `bucket '${before.bucket}' is now '${now.bucket}'`;
    if (before.weight !== now.weight)
        return `weight ${before.weight} is now ${now.weight}`;
    const names = [...new Set([...Object.keys(before.feeds), ...Object.keys(now.feeds)])];
    const name = names.find((key) => !sameFeed(before.feeds[key], now.feeds[key]));
    return name === undefined ? undefined : `the values of '${name}'`;
}
function sameFeed(a, b) {
    if (typeof a !== 'object' || typeof b !== 'object')
        return a === b;
    const limit = TOLERANCE * Math.max(a[1], b[1]) + 1e-12;
    return a.every((x, i) => Math.abs(x - b[i]) <= limit);
}
//# sourceMappingURL=sameness.js.map