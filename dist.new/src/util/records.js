// Objects whose fields are not known yet, such as parsed JSON.
/** An object that is not an array. */
export const isRecord = (x) => typeof x === 'object' && x !== null && !Array.isArray(x);
//# sourceMappingURL=records.js.map