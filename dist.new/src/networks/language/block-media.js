// What adapters in decoder layers are given of images: their rows, and which of them each token may attend to.
import { and, arange, cast, div, equal, gather, greater, lessEqual, max, mul, putRows, sub, sum, where, zeros, } from '../../graph/index.js';
/**
 * bool [batch, n, m]: the rows of the last image that begins before a token, or at it, in the token's own sequence. tokens: [batch, n];
 * rows: [m]. Rows at consecutive places are one image.
 */
export function lastImageBefore(tokens, rows) {
    const row = (x) => x.unsqueeze(0); // [1, m]
    const column = (x) => x.unsqueeze(1); // [m, 1]
    const together = equal(column(rows.sequence), row(rows.sequence));
    const follows = and(together, equal(column(rows.place), row(rows.place).add(1)));
    const begins = sub(1, max(cast(follows, 'int32'), [1])); // [m]: no row stands right before it
    const sooner = and(together, lessEqual(row(rows.place), column(rows.place)));
    const image = sum(mul(cast(sooner, 'int32'), row(begins)), [1]); // [m]: the number of its image in its sequence, from 1
    const at = (x) => x.unsqueeze(2); // [batch, n, 1]
    const wide = (x) => x.reshape([1, 1, -1]);
    const before = and(equal(at(tokens.sequence), wide(rows.sequence)), lessEqual(wide(rows.place), at(tokens.place)));
    const latest = max(where(before, wide(image), 0), [2], true); // [batch, n, 1]
    const own = equal(at(tokens.sequence), wide(rows.sequence));
    return and(and(own, greater(latest, 0)), equal(wide(image), latest));
}
/** More than the segments of any row. */
const SEGMENTS = 1 << 20;
/**
 * The context of whole sequences: rows [m, width] at the flat positions `at`, int [m], of [batch, n]; `segments`, int32 [batch, n], tell
 * sequences apart that share a row.
 */
export function wholeMedia(rows, at, shape, segments) {
    const [batch, n] = shape;
    const flat = cast(at, 'int32');
    const line = arange(batch).reshape([batch, 1]).expand([batch, n]);
    const sequence = segments ? line.mul(SEGMENTS).add(segments) : line;
    const tokens = { sequence, place: arange(n).reshape([1, n]).expand([batch, n]) };
    const place = sub(flat, mul(div(flat, n), n));
    const visible = lastImageBefore(tokens, { sequence: gather(sequence.reshape([batch * n]), flat), place });
    return { imageMask: maskOf(flat, [batch, n]), media: { rows, visible } };
}
/** bool [batch, n]: the tokens at the flat positions `at`. */
export function maskOf(at, [batch, n]) {
    const ones = zeros([at.dim(0), 1]).add(1);
    const plane = zeros([batch, n]);
    return greater(putRows(plane.reshape([-1, 1]), at, ones), 0).reshape(plane.shape);
}
/** The columns of rows that stand among embeddings, without those for later layers (DeepStack). rows: [m, at least width] -> [m, width]. */
export function ownColumns(rows, width) {
    return rows.size(1) === width ? rows : rows.slice({ axis: 1, end: width });
}
//# sourceMappingURL=block-media.js.map