// A compiled grammar as a few flat arrays: it moves between threads at no cost, and its states are read as they are needed.
/** Puts lists behind one another; `wide` for numbers beyond 32 bits. */
export function packLists(lists, wide = false) {
    const starts = new Int32Array(lists.length + 1);
    for (const [i, list] of lists.entries())
        starts[i + 1] = starts[i] + list.length;
    const values = new (wide ? Float64Array : Int32Array)(starts[lists.length]);
    for (const [i, list] of lists.entries())
        values.set(list, starts[i]);
    return { starts, values };
}
/** List i. */
export const listAt = ({ starts, values }, i) => values.subarray(starts[i], starts[i + 1]);
/** Bytes of the arrays of a packed value. */
export function packedBytes(value) {
    if (ArrayBuffer.isView(value))
        return value.byteLength;
    if (typeof value !== 'object' || value === null)
        return 8;
    return Object.values(value).reduce((sum, one) => sum + packedBytes(one), 0);
}
//# sourceMappingURL=packed.js.map