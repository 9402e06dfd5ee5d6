// Tokens in the order of their logits. Every drawn token sorts the whole vocabulary, so this is a radix sort: numbers are never compared.

const DIGIT = 11;
const VALUES = 2 ** DIGIT;

/** Ids that are not at -Infinity, from the largest logit down, ties in the order of ids. */
export function ranked(logits: Float32Array): Uint32Array {
  const floats = new Float32Array(logits.length);
  const bits = new Uint32Array(floats.buffer);
  let ids = new Uint32Array(logits.length);
  let n = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    if (logit === Number.NEGATIVE_INFINITY) continue;
    floats[n] = logit + 0; // -0 becomes 0
    // The bits of a negative float are above all others and rise as it falls; those of the others rise with it, and are turned round.
    if (logit >= 0) bits[n] = 2 ** 31 - 1 - (bits[n] as number);
    ids[n++] = i;
  }
  let keys = bits;
  let [nextKeys, nextIds] = [new Uint32Array(n), new Uint32Array(n)];
  // The lowest digit first; each pass leaves equals in the order that they had.
  for (let shift = 0; shift < 32; shift += DIGIT) {
    const digit = (key: number): number => (key >>> shift) & (VALUES - 1);
    const ends = new Uint32Array(VALUES);
    for (let k = 0; k < n; k++) {
      const d = digit(keys[k] as number);
      ends[d] = (ends[d] as number) + 1;
    }
    for (let v = 1; v < VALUES; v++) ends[v] = (ends[v] as number) + (ends[v - 1] as number);
    for (let k = n - 1; k >= 0; k--) {
      const key = keys[k] as number;
      const d = digit(key);
      const to = (ends[d] as number) - 1;
      ends[d] = to;
      nextKeys[to] = key;
      nextIds[to] = ids[k] as number;
    }
    [keys, nextKeys] = [nextKeys, keys];
    [ids, nextIds] = [nextIds, ids];
  }
  return ids.subarray(0, n);
}
