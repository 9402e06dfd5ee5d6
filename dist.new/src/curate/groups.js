// Rows that belong together: a union-find in one typed array, and rows grouped by a 32-bit key with a native sort.
/** Sets of rows; the leader of a set is its first row. */
export class RowSets {
    length;
    parent;
    constructor(length) {
        this.length = length;
        this.parent = Uint32Array.from({ length }, (_, i) => i);
    }
    /** The first row of the set of a row. */
    leader(row) {
        const { parent } = this;
        let at = row;
        while (parent[at] !== at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }
    join(a, b) {
        const [x, y] = [this.leader(a), this.leader(b)];
        if (x < y)
            this.parent[y] = x;
        else
            this.parent[x] = y;
    }
}
/**
 * Groups of two or more of the given rows that share a key, rows in order within each. `keyOf` is asked once for each row. 8 bytes a row while it
 * runs.
 */
export function* groupsByKey(rows, keyOf) {
    const buffer = new ArrayBuffer(8 * rows.length);
    const halves = new Uint32Array(buffer);
    for (let i = 0; i < rows.length; i++) {
        // The machines that run this are little-endian: the second half is the upper one.
        halves[2 * i] = rows[i];
        halves[2 * i + 1] = keyOf(rows[i]);
    }
    new BigUint64Array(buffer).sort();
    for (let from = 0; from < rows.length;) {
        let to = from + 1;
        while (to < rows.length && halves[2 * to + 1] === halves[2 * from + 1])
            to++;
        if (to - from > 1)
            yield Uint32Array.from({ length: to - from }, (_, i) => halves[2 * (from + i)]);
        from = to;
    }
}
//# sourceMappingURL=groups.js.map