// Initialisers: how fresh parameters are filled. Each takes the shape, so that fans are known.
export const zeros = (data) => void data.fill(0);
export const ones = (data) => void data.fill(1);
/** A constant. */
export const fill = (value) => (data) => void data.fill(value);
/** Normal with the given standard deviation, cut at three of them. */
export const normal = (std) => (data, _, rng) => {
    for (let i = 0; i < data.length; i++) {
        let v = rng.normal();
        while (Math.abs(v) > 3)
            v = rng.normal();
        data[i] = v * std;
    }
};
/** Normal with std = gain / sqrt(fan in); fan in is the product of all axes but the first. */
export const fanIn = (gain = 1) => (data, shape, rng) => {
    const fan = shape.slice(1).reduce((a, b) => a * b, 1) || 1;
    normal(gain / Math.sqrt(fan))(data, shape, rng);
};
/** Uniform within ±1 / sqrt(fan in): PyTorch's kaiming_uniform with a = sqrt(5), which its linear layers and LoRA's A begin with. */
export const kaimingUniform = (data, shape, rng) => {
    const bound = 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1) || 1);
    for (let i = 0; i < data.length; i++)
        data[i] = (2 * rng.float() - 1) * bound;
};
/**
 * 2-D sine-cosine positions for a square grid behind one class token (Chen et al. 2021; He et al. 2022): half of the width for the row,
 * half for the column, zeros for the class token. shape: [1 + side², width], width a multiple of 4.
 */
export const sincos2d = (data, shape) => {
    const [rows, width] = shape;
    const side = Math.sqrt(rows - 1);
    const waves = Math.floor(width / 4);
    data.fill(0);
    for (let cell = 0; cell < rows - 1; cell++) {
        const places = [Math.floor(cell / side), cell % side];
        places.forEach((place, axis) => {
            for (let k = 0; k < waves; k++) {
                const angle = place / 10_000 ** (k / waves);
                const at = (cell + 1) * width + axis * 2 * waves + k;
                data[at] = Math.sin(angle);
                data[at + waves] = Math.cos(angle);
            }
        });
    }
};
//# sourceMappingURL=init.js.map