// Tokens in the order of their logits. Every drawn token sorts the whole vocabulary, so this is a radix sort: numbers are never compared.
const DIGIT = 11;
const VALUES = 2 ** DIGIT;
/** Keys and ids, twice each, as many as the largest vocabulary so far: new memory for every token takes longer than the sort. */
let scratch;
/** Ids that are not at -Infinity, from the largest logit down, ties in the order of ids; valid until the next call. */
export function ranked(logits) {
    if (!scratch || scratch[0].length < logits.length) {
        const array = () => new Uint32Array(logits.length);
        scratch = [array(), array(), array(), array()];
    }
    let [keys, nextKeys, ids, nextIds] = scratch;
    const floats = new Float32Array(keys.buffer);
    let n = 0;
    for (let i = 0; i < logits.length; i++) {
        const logit = logits[i];
        if (logit === Number.NEGATIVE_INFINITY)
            continue;
        floats[n] = logit + 0; // -0 becomes 0
        // The bits of a negative float are above all others and rise as it falls; those of the others rise with it, and are turned round.
        if (logit >= 0)
            keys[n] = 2 ** 31 - 1 - keys[n];
        ids[n++] = i;
    }
    // The lowest digit first.
    for (let shift = 0; shift < 32; shift += DIGIT) {
        sortByDigit(shift, { n, keys, ids, nextKeys, nextIds });
        [keys, nextKeys] = [nextKeys, keys];
        [ids, nextIds] = [nextIds, ids];
    }
    return ids.subarray(0, n);
}
/** One pass: equals stay in the order that they have. */
function sortByDigit(shift, { n, keys, ids, nextKeys, nextIds }) {
    const at = new Int32Array(VALUES + 1); // where the next key with each digit goes
    for (let k = 0; k < n; k++) {
        const after = ((keys[k] >>> shift) & (VALUES - 1)) + 1;
        at[after] = at[after] + 1;
    }
    for (let v = 1; v < VALUES; v++)
        at[v] = at[v] + at[v - 1];
    for (let k = 0; k < n; k++) {
        const key = keys[k];
        const digit = (key >>> shift) & (VALUES - 1);
        const to = at[digit];
        at[digit] = to + 1;
        nextKeys[to] = key;
        nextIds[to] = ids[k];
    }
}
//# sourceMappingURL=sort-logits.js.map