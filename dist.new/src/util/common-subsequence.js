// The longest common subsequence of two lists of words, which ROUGE-L and the comparison of instructions are made of.
/** Its length. */
export function commonLength(a, b) {
    const row = new Int32Array(b.length + 1);
    for (const word of a) {
        let before = 0;
        for (let j = 1; j <= b.length; j++) {
            const above = row[j];
            row[j] = word === b[j - 1] ? before + 1 : Math.max(above, row[j - 1]);
            before = above;
        }
    }
    return row[b.length];
}
//# sourceMappingURL=common-subsequence.js.map