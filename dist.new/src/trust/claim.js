// A claim: one thing that a text says of an image, with its place in the text.
/** The kinds of claims, as hallucination is counted by. */
export const CLAIM_TYPES = ['existence', 'attribute', 'relation', 'count', 'text'];
/** How one object stands to another. */
export const CLAIM_RELATIONS = ['left', 'right', 'above', 'below', 'inside', 'near', 'on', 'under', 'behind', 'front'];
//# sourceMappingURL=claim.js.map