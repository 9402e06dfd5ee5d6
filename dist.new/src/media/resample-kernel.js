// The memory in which resampling runs, and its inner loops as functions. Addresses are bytes of that memory.
import { HEADER, LOW_BITS, PAIR, resampleCode } from './resample-code.js';
const { WebAssembly } = globalThis;
/** Bytes of the record of one position; its first pixel may be the second of a pair. */
export const recordBytes = ({ width }) => HEADER + Math.ceil((width + 1) / 2) * 8;
/** Records that were made, by their taps and origin. */
const made = new WeakMap();
/**
 * Writes the records of taps at an address: how far the first pair is from that of position `origin`, in bytes, or from the first row where no
 * origin is given; bytes of the weights; the weight of what is outside the image; the weights, in pairs.
 */
export function putRecords(memory, at, taps, origin) {
    const known = made.get(taps) ?? new Map();
    made.set(taps, known);
    const records = known.get(origin) ?? recordsOf(taps, origin);
    known.set(origin, records);
    new Uint8Array(memory).set(records, at);
}
function recordsOf(taps, origin) {
    const { weights, width, first, count, outside } = taps;
    const step = recordBytes(taps);
    const bytes = new Uint8Array(step * first.length);
    const [shorts, ints] = [new Int16Array(bytes.buffer), new Int32Array(bytes.buffer)];
    for (let i = 0; i < first.length; i++) {
        const [record, n] = [i * step, count[i]];
        const skipped = origin === undefined ? 0 : Math.max(0, first[i] - origin);
        const odd = skipped & 1;
        ints[record >> 2] = (skipped >> 1) * PAIR;
        ints[(record >> 2) + 1] = ((n + odd + (n > 0 ? 1 : 0)) >> 1) * 8;
        ints[(record >> 2) + 2] = outside[i];
        const to = (record + HEADER) >> 1;
        for (let k = 0; k < n; k++) {
            const weight = weights[i * width + k];
            const place = to + ((k + odd) >> 1) * 4 + ((k + odd) & 1);
            shorts[place] = weight >> LOW_BITS;
            shorts[place + 2] = weight & (2 ** LOW_BITS - 1);
        }
    }
    return bytes;
}
const PAGE = 2 ** 16;
/** A memory that has grown beyond this is given back after use, in bytes. */
const KEPT = 2 ** 23;
let compiled;
let kept;
/** Compiled once a thread; threads share the machine code. */
function loopsModule() {
    if (compiled === undefined) {
        const code = resampleCode();
        compiled = WebAssembly?.validate(code) ? new WebAssembly.Module(code) : null;
    }
    return compiled;
}
/** Whether the kernel can run: old processors have no SIMD, and `node --jitless` has no WebAssembly. */
export const hasKernel = () => loopsModule() !== null;
/** Runs `use` with a memory of at least so many bytes, which belongs to nobody else until it returns. */
export function withKernel(bytes, use) {
    let own = kept;
    kept = undefined;
    if (!own) {
        const memory = new WebAssembly.Memory({ initial: 16 });
        own = { memory, loops: new WebAssembly.Instance(loopsModule(), { m: { memory } }).exports };
    }
    const missing = bytes - own.memory.buffer.byteLength;
    if (missing > 0)
        own.memory.grow(Math.ceil(missing / PAGE));
    const { pairs, across, down } = own.loops;
    const result = use({ memory: own.memory.buffer, pairs, across, down });
    if (own.memory.buffer.byteLength <= KEPT)
        kept = own;
    return result;
}
//# sourceMappingURL=resample-kernel.js.map