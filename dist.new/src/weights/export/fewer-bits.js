// Weights in four and eight bits as exports keep them: blocks of 32 with a scale each, rows of bytes with a scale each.
/** Weights that share a scale in four bits; llama.cpp's blocks of bytes are as long. */
export const BLOCK = 32;
/**
 * Scales of blocks along rows of `width`, the last of which may be short: the weight of largest magnitude, the first of them, is -8 times
 * the scale, so that all sixteen codes are used (llama.cpp's Q4_0). `quantizeBlocks` takes the negative one of two that are as large.
 */
export function blockScales(w, width) {
    const blocks = Math.ceil(width / BLOCK);
    const scales = new Float32Array((w.length / width) * blocks);
    for (let b = 0; b < scales.length; b++) {
        const start = Math.floor(b / blocks) * width + (b % blocks) * BLOCK;
        const end = Math.min(start + BLOCK, (Math.floor(b / blocks) + 1) * width);
        let extreme = 0;
        for (let i = start; i < end; i++) {
            const v = w[i];
            if (Math.abs(v) > Math.abs(extreme))
                extreme = v;
        }
        scales[b] = extreme / -8;
    }
    return scales;
}
/**
 * A matrix in blocks along its rows, as MatMulNBits reads them: element 2i is the lower half of byte i. Rows that do not divide into blocks
 * end with zeros.
 */
export function fourBits(w, { outputs, inputs }) {
    const scales = blockScales(w, inputs);
    const blocks = scales.length / outputs;
    const packed = new Uint8Array((scales.length * BLOCK) / 2).fill(0x88);
    for (let b = 0; b < scales.length; b++) {
        const scale = scales[b];
        const inverse = scale === 0 ? 0 : 1 / scale;
        const column = (b % blocks) * BLOCK;
        const start = Math.floor(b / blocks) * inputs + column;
        for (let i = 0; i < Math.min(BLOCK, inputs - column); i++) {
            const level = Math.min(15, Math.round(w[start + i] * inverse) + 8);
            const at = (b * BLOCK + i) >> 1;
            packed[at] = i % 2 === 0 ? (packed[at] & 0xf0) | level : (packed[at] & 15) | (level << 4);
        }
    }
    return { packed, scales };
}
/** Rows in signed levels up to `most`, each with a scale of its own. */
export function eightBits(w, { rows, width, most = 127 }) {
    const levels = new Int8Array(w.length);
    const scales = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
        let top = 0;
        for (let i = row * width; i < (row + 1) * width; i++)
            top = Math.max(top, Math.abs(w[i]));
        scales[row] = top / most;
        const inverse = top === 0 ? 0 : most / top;
        for (let i = row * width; i < (row + 1) * width; i++)
            levels[i] = Math.round(w[i] * inverse);
    }
    return { levels, scales };
}
//# sourceMappingURL=fewer-bits.js.map