// A rectangle of an image in any direction, laid straight.
const side = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);
/** Turned by a quarter to the left: what was the right side is the top. */
export function quarterTurn({ width, height, data }) {
    const out = new Uint8Array(data.length);
    for (let y = 0; y < width; y++)
        for (let x = 0; x < height; x++) {
            const from = (x * width + (width - 1 - y)) * 3;
            const to = (y * height + x) * 3;
            out[to] = data[from];
            out[to + 1] = data[from + 1];
            out[to + 2] = data[from + 2];
        }
    return { width: height, height: width, data: out };
}
/** The pixels of a rectangle at their own size, bilinear; beyond the image its border goes on. */
export function rectify({ width, height, data }, quad) {
    const [a, b, , d] = quad;
    const w = Math.max(1, Math.round(side(a, b)));
    const h = Math.max(1, Math.round(side(a, d)));
    const out = new Uint8Array(w * h * 3);
    for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
            const [s, t] = [(x + 0.5) / w, (y + 0.5) / h];
            const px = Math.min(width - 1, Math.max(0, a[0] + (b[0] - a[0]) * s + (d[0] - a[0]) * t - 0.5));
            const py = Math.min(height - 1, Math.max(0, a[1] + (b[1] - a[1]) * s + (d[1] - a[1]) * t - 0.5));
            const [x0, y0] = [Math.floor(px), Math.floor(py)];
            const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)];
            const [fx, fy] = [px - x0, py - y0];
            for (let c = 0; c < 3; c++) {
                const at = (u, v) => data[(v * width + u) * 3 + c];
                const top = at(x0, y0) * (1 - fx) + at(x1, y0) * fx;
                const bottom = at(x0, y1) * (1 - fx) + at(x1, y1) * fx;
                out[(y * w + x) * 3 + c] = Math.round(top * (1 - fy) + bottom * fy);
            }
        }
    return { width: w, height: h, data: out };
}
//# sourceMappingURL=rectify.js.map