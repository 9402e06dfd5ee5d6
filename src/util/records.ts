// Objects whose fields are not known yet, such as parsed JSON.

export type Raw = Readonly<Record<string, unknown>>;

/** An object that is not an array. */
export const isRecord = (x: unknown): x is Raw => typeof x === 'object' && x !== null && !Array.isArray(x);
