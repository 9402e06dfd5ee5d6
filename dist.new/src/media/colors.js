// Color spaces to RGB as Pillow's `convert('RGB')` has them: CMYK without profiles, YCbCr as in JPEG, and CIE L*a*b*.
/**
 * CMYK bytes [pixels, channels] to RGB [pixels, 3]: each ink takes its share of what black leaves, by Pillow's integer arithmetic. Channels
 * behind the fourth are ignored.
 */
export function cmykToRgb(cmyk, channels = 4) {
    const out = new Uint8Array((cmyk.length / channels) * 3);
    for (let i = 0, o = 0; o < out.length; i += channels) {
        const light = 255 - cmyk[i + 3];
        for (let c = 0; c < 3; c++, o++) {
            const product = cmyk[i + c] * light + 128;
            out[o] = Math.max(0, light - ((product + (product >> 8)) >> 8));
        }
    }
    return out;
}
/** YCbCr bytes [pixels, 3] of full range to RGB, in place: the integer arithmetic of libtiff, with 16 bits after the binary point. */
export function ycbcrToRgb(data) {
    const fixed = (factor) => Math.trunc(factor * 65536 + 0.5);
    const [redCr, greenCb, greenCr, blueCb] = [fixed(1.402), fixed((0.114 * 1.772) / 0.587), fixed((0.299 * 1.402) / 0.587), fixed(1.772)];
    const clip = (v) => Math.min(255, Math.max(0, v));
    for (let i = 0; i < data.length; i += 3) {
        const [y, cb, cr] = [data[i], data[i + 1] - 128, data[i + 2] - 128];
        data[i] = clip(y + ((redCr * cr + 32768) >> 16));
        data[i + 1] = clip(y + ((32768 - greenCb * cb - greenCr * cr) >> 16));
        data[i + 2] = clip(y + ((blueCb * cb + 32768) >> 16));
    }
    return data;
}
/** From CIE XYZ under D50 to linear sRGB (Bradford). */
const XYZ_TO_RGB = [
    [3.1338561, -1.6168667, -0.4906146],
    [-0.9787684, 1.9161415, 0.033454],
    [0.0719453, -0.2289914, 1.4052427],
];
const WHITE_D50 = [0.9642, 1, 0.8249];
/**
 * L*a*b* bytes [pixels, 3] under D50 to sRGB, in place; L* is 0..255 for 0..100, a* and b* are signed or have 128 added. Pillow asks
 * LittleCMS, whose tables differ by more than 1 for one color in twenty.
 */
export function labToRgb(data, { signed }) {
    const cube = (f) => (f > 6 / 29 ? f ** 3 : 3 * (6 / 29) ** 2 * (f - 4 / 29));
    const zero = signed ? 0 : 128;
    const ab = (byte) => (signed && byte > 127 ? byte - 256 : byte) - zero;
    for (let i = 0; i < data.length; i += 3) {
        const y = ((data[i] / 255) * 100 + 16) / 116;
        const [x, z] = [y + ab(data[i + 1]) / 500, y - ab(data[i + 2]) / 200];
        const xyz = [cube(x) * WHITE_D50[0], cube(y) * WHITE_D50[1], cube(z) * WHITE_D50[2]];
        XYZ_TO_RGB.forEach(([a, b, c], k) => {
            const linear = Math.min(1, Math.max(0, a * xyz[0] + b * xyz[1] + c * xyz[2]));
            const v = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
            data[i + k] = Math.round(v * 255);
        });
    }
    return data;
}
//# sourceMappingURL=colors.js.map