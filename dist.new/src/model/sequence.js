// Sequence: the only encoded form of a conversation, in training and in generation.
/** Ids with a weight in the loss, ends included. */
export function lossTokens({ weights, ends = [] }) {
    let count = ends.length;
    if (weights)
        for (let i = 1; i < weights.length; i++)
            if (weights[i] !== 0)
                count++;
    return count;
}
//# sourceMappingURL=sequence.js.map