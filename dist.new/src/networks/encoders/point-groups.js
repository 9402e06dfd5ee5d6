// Groups of a point cloud: centers by farthest point sampling, and the nearest points of each, as Point-BERT's tokens are made.
import { pointCount } from '../../media/index.js';
/** Its middle moved to 0 and its farthest point to distance 1; other channels as they are. A new array of the same form. */
export function unitSphere({ points, channels }) {
    const n = points.length / channels;
    const mean = [0, 0, 0];
    for (let i = 0; i < n; i++)
        for (let a = 0; a < 3; a++)
            mean[a] = mean[a] + points[i * channels + a] / n;
    const out = Float32Array.from(points);
    let far = 0;
    for (let i = 0; i < n; i++) {
        let square = 0;
        for (let a = 0; a < 3; a++) {
            const at = i * channels + a;
            out[at] = points[at] - mean[a];
            square += out[at] ** 2;
        }
        far = Math.max(far, square);
    }
    const scale = far > 0 ? 1 / Math.sqrt(far) : 1;
    for (let i = 0; i < n; i++)
        for (let a = 0; a < 3; a++)
            out[i * channels + a] = out[i * channels + a] * scale;
    return out;
}
const squareDistance = (points, channels, i, j) => {
    let sum = 0;
    for (let a = 0; a < 3; a++)
        sum += (points[i * channels + a] - points[j * channels + a]) ** 2;
    return sum;
};
/**
 * Farthest point sampling (Eldar et al. 1997): from the first point on, always the one whose nearest chosen point is farthest; ties go to the point that
 * comes first. A cloud of fewer points gives some again.
 */
export function farthestPoints(points, channels, count) {
    const n = points.length / channels;
    const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
    const chosen = [0];
    while (chosen.length < count) {
        const last = chosen.at(-1);
        let best = 0;
        for (let i = 0; i < n; i++) {
            nearest[i] = Math.min(nearest[i], squareDistance(points, channels, i, last));
            if (nearest[i] > nearest[best])
                best = i;
        }
        chosen.push(best);
    }
    return chosen;
}
/** The `count` points nearest to point `center`, itself first; ties go to the point that comes first. Fewer points are repeated. */
export function nearestPoints(points, channels, center, count) {
    const n = points.length / channels;
    const distances = Float64Array.from({ length: n }, (_, i) => squareDistance(points, channels, i, center));
    const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => distances[a] - distances[b] || a - b);
    return Array.from({ length: count }, (_, k) => order[k % n]);
}
/** A cloud as groups around centers (Yu et al. 2022, arXiv:2111.14819, section 3.1), brought to the unit sphere first. Errors: `media.points`. */
export function groupPoints(cloud, { groups, size }) {
    pointCount(cloud);
    const { channels } = cloud;
    const points = unitSphere(cloud);
    const out = { centers: new Float32Array(groups * 3), points: new Float32Array(groups * size * channels) };
    for (const [g, center] of farthestPoints(points, channels, groups).entries()) {
        const place = points.subarray(center * channels, center * channels + 3);
        out.centers.set(place, 3 * g);
        for (const [k, i] of nearestPoints(points, channels, center, size).entries())
            for (let c = 0; c < channels; c++)
                out.points[(g * size + k) * channels + c] = points[i * channels + c] - (c < 3 ? place[c] : 0);
    }
    return out;
}
//# sourceMappingURL=point-groups.js.map