// Both passes of a resize, with SIMD: rows are resampled across when the pass downwards needs them, and kept while it does.
import { PAIR, ROWS } from './resample-code.js';
import { hasKernel, putRecords, recordBytes, withKernel } from './resample-kernel.js';
import { resamplePlainly } from './resample-plain.js';
import { mostTaps } from './taps.js';
/** Resamples across, rounds to bytes, resamples downwards. */
export function resample(what, result) {
    if (hasKernel())
        resampleFast(what, result);
    else
        resamplePlainly(what, result);
}
/** Bytes that vectors may reach beyond what is asked of them. */
const SLACK = 48;
const aligned = (bytes) => Math.ceil(bytes / 16) * 16;
/** Addresses, one after the other; `size` is that of all so far. */
class Layout {
    size = 0;
    take(bytes) {
        const at = this.size;
        this.size += aligned(bytes + SLACK);
        return at;
    }
}
const tapBytes = (taps) => (taps ? taps.first.length * recordBytes(taps) : 0);
/** Where things lie in the kernel's memory. */
function layoutOf({ rows, columns, across, down }, row) {
    const layout = new Layout();
    const pixels = columns[1] - columns[0];
    // The fourth byte of the last pixel must not be the first of the next row.
    const [step, sourceStep] = [aligned(row + 1), aligned(pixels * 3)];
    // Twice as many rows as are needed at a time: then each moves about once.
    const capacity = Math.min(down ? 2 * mostTaps(down) : 0, Math.max(0, rows[1] - rows[0])) + ROWS;
    const places = {
        color: layout.take(12),
        source: layout.take(ROWS * sourceStep),
        pairs: layout.take(Math.ceil(pixels / 2) * PAIR),
        across: layout.take(tapBytes(across)),
        down: layout.take(tapBytes(down)),
        blank: layout.take(ROWS * step),
        made: layout.take(row),
        // One more: of an odd number of taps, the row behind the last is read and counts nothing.
        window: layout.take((capacity + 1) * step),
    };
    return { ...places, step, sourceStep, capacity, size: layout.size };
}
/** Rows of an image in the kernel's memory, resampled across. */
class Rows {
    what;
    kernel;
    o;
    bytes;
    count;
    constructor(what, kernel, o) {
        this.what = what;
        this.kernel = kernel;
        this.o = o;
        const { across, columns, color } = what;
        this.bytes = new Uint8Array(kernel.memory);
        this.count = across?.first.length ?? columns[1] - columns[0];
        if (across)
            putRecords(kernel.memory, o.across, across, columns[0]);
        new Int32Array(kernel.memory).set(color ?? [0, 0, 0], o.color / 4);
    }
    /** Makes rows at an address: the first is `y`. Returns how many, of those that are there and fit. */
    make(y, at) {
        const { what, o, bytes } = this;
        const { image, rows, columns, across } = what;
        const { width, data } = image;
        const [from, end] = columns;
        const n = Math.min(ROWS, rows[1] - y);
        for (let i = 0; i < n; i++) {
            const row = (y + i) * width;
            bytes.set(data.subarray((row + from) * 3, (row + end) * 3), across ? o.source + i * o.sourceStep : at + i * o.step);
        }
        this.narrow(at);
        return n;
    }
    /** Makes a row outside the image. */
    blank(at) {
        const { what, o, bytes } = this;
        const { columns, across, color } = what;
        const to = across ? o.source : at;
        for (let i = 0; i < (columns[1] - columns[0]) * 3; i++)
            bytes[to + i] = color?.[i % 3] ?? 0;
        this.narrow(at);
    }
    narrow(at) {
        const { what, kernel, o } = this;
        const { across, columns } = what;
        if (!across)
            return;
        kernel.pairs(o.source, o.sourceStep, o.source + Math.max(1, (columns[1] - columns[0]) * 3), o.pairs);
        kernel.across(o.pairs, o.across, recordBytes(across), o.color, at, o.step, at + this.count * 3);
    }
}
function resampleFast(what, { data, at, row, step }) {
    const { rows, down, color } = what;
    const o = layoutOf(what, row);
    withKernel(o.size, (kernel) => {
        const bytes = new Uint8Array(kernel.memory);
        const source = new Rows(what, kernel, o);
        const give = (i, from) => data.set(bytes.subarray(from, from + row), at + i * step);
        if (!down) {
            for (let y = rows[0]; y < rows[1]; y += ROWS)
                for (let i = source.make(y, o.window) - 1; i >= 0; i--)
                    give(y - rows[0] + i, o.window + i * o.step);
            return;
        }
        putRecords(kernel.memory, o.down, down);
        if (color)
            source.blank(o.blank);
        const record = recordBytes(down);
        let [first, end] = [0, 0]; // rows of the image that the window holds
        for (let i = 0; i < down.first.length; i++) {
            const [from, count] = [down.first[i], down.count[i]];
            if (from >= end)
                [first, end] = [from, from];
            while (end < from + count) {
                if (end - first + ROWS > o.capacity) {
                    bytes.copyWithin(o.window, o.window + (from - first) * o.step, o.window + (end - first) * o.step);
                    first = from;
                }
                end += source.make(end, o.window + (end - first) * o.step);
            }
            kernel.down(o.window + (from - first) * o.step, o.step, o.down + i * record, o.blank, o.made, o.made + row);
            give(i, o.made);
        }
    });
}
//# sourceMappingURL=resample.js.map