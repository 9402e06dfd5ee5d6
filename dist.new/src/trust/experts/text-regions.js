// From a map of how likely each pixel is text to rectangles in any direction: the boxes of DB (Liao et al. 2020), differentiable binarization.
/** The regions of a map [height, width], from top to bottom and left to right. */
export function textRegions(map, { width, height }, { pixel = 0.3, box = 0.6, grow = 1.5, least = 3, most = 1000 } = {}) {
    const seen = new Uint8Array(width * height);
    const found = [];
    for (let start = 0; start < seen.length && found.length < most; start++) {
        if (seen[start] || map[start] <= pixel)
            continue;
        const { points, mean: score } = component(map, { width, height, start, pixel, seen });
        const rectangle = leastRectangle(convexHull(points));
        if (!rectangle || Math.min(rectangle.along, rectangle.across) < least)
            continue;
        if (score < box)
            continue;
        const by = (rectangle.along * rectangle.across * grow) / (2 * (rectangle.along + rectangle.across));
        const grown = { ...rectangle, along: rectangle.along + 2 * by, across: rectangle.across + 2 * by };
        if (Math.min(grown.along, grown.across) < least + 2)
            continue;
        found.push({ quad: cornersOf(grown), score });
    }
    return readingOrder(found);
}
/** Pixels that hang together (by sides and corners); of each row of a component only its ends matter for the hull. */
function component(map, { width, height, start, pixel, seen }) {
    const ends = new Map();
    let [sum, n] = [0, 0];
    const stack = [start];
    seen[start] = 1;
    while (stack.length > 0) {
        const at = stack.pop();
        const [x, y] = [at % width, Math.floor(at / width)];
        sum += map[at];
        n++;
        const row = ends.get(y);
        if (!row)
            ends.set(y, [x, x]);
        else if (x < row[0])
            row[0] = x;
        else if (x > row[1])
            row[1] = x;
        for (let dy = -1; dy <= 1; dy++)
            for (let dx = -1; dx <= 1; dx++) {
                const [nx, ny] = [x + dx, y + dy];
                if (nx < 0 || ny < 0 || nx >= width || ny >= height)
                    continue;
                const next = ny * width + nx;
                if (seen[next] || map[next] <= pixel)
                    continue;
                seen[next] = 1;
                stack.push(next);
            }
    }
    // Pixels have a width: corners of the outermost ones.
    const points = [...ends].flatMap(([y, [from, to]]) => [
        [from, y],
        [to + 1, y],
        [from, y + 1],
        [to + 1, y + 1],
    ]);
    return { points, mean: sum / n };
}
/** Corners of the convex hull (Andrew 1979). */
export function convexHull(points) {
    const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const turn = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
    const half = (list) => {
        const out = [];
        for (const point of list) {
            while (out.length >= 2 && turn(out[out.length - 2], out[out.length - 1], point) <= 0)
                out.pop();
            out.push(point);
        }
        return out.slice(0, -1);
    };
    return [...half(sorted), ...half(sorted.reverse())];
}
/** The rectangle of least area around a hull: one of its sides lies on the hull (Freeman and Shapira 1975). */
function leastRectangle(hull) {
    let best;
    for (const [i, a] of hull.entries()) {
        const b = hull[(i + 1) % hull.length];
        const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
        if (length === 0)
            continue;
        const [ux, uy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
        const alongs = hull.map(([x, y]) => x * ux + y * uy);
        const acrosses = hull.map(([x, y]) => y * ux - x * uy);
        const [l0, l1] = [Math.min(...alongs), Math.max(...alongs)];
        const [c0, c1] = [Math.min(...acrosses), Math.max(...acrosses)];
        if (best && (l1 - l0) * (c1 - c0) >= best.along * best.across)
            continue;
        const [l, c] = [(l0 + l1) / 2, (c0 + c1) / 2];
        best = { center: [l * ux - c * uy, l * uy + c * ux], direction: [ux, uy], along: l1 - l0, across: c1 - c0 };
    }
    return best;
}
/** Corners from the top left on: the side that runs more to the right than down is the top. */
function cornersOf({ center: [cx, cy], direction, along, across }) {
    let [ux, uy] = direction;
    let [w, h] = [along, across];
    if (Math.abs(ux) < Math.abs(uy)) {
        [ux, uy] = [-uy, ux];
        [w, h] = [across, along];
    }
    if (ux < 0)
        [ux, uy] = [-ux, -uy];
    const corner = (a, b) => [cx + (a * w * ux - b * h * uy) / 2, cy + (a * w * uy + b * h * ux) / 2];
    return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
}
/** Lines from top to bottom; those that lie beside each other from left to right. */
function readingOrder(regions) {
    const middle = ({ quad }) => quad.reduce((sum, [, y]) => sum + y, 0) / 4;
    const left = ({ quad }) => Math.min(...quad.map(([x]) => x));
    const tall = ({ quad }) => Math.hypot(quad[3][0] - quad[0][0], quad[3][1] - quad[0][1]);
    const rows = [];
    for (const region of [...regions].sort((a, b) => middle(a) - middle(b))) {
        const row = rows.at(-1);
        const first = row?.[0];
        if (row && first && Math.abs(middle(region) - middle(first)) < Math.min(tall(region), tall(first)) / 2)
            row.push(region);
        else
            rows.push([region]);
    }
    return rows.flatMap((row) => row.sort((a, b) => left(a) - left(b)));
}
//# sourceMappingURL=text-regions.js.map