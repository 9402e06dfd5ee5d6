// What training never sees: category pairs and tint-category pairs held out once and for all, independent of any seed.
import { hash32 } from '../util/rng.js';
import { CATEGORIES, PARTNER, TINTS } from './vocabulary.js';
const pairKey = (a, b) => (a < b ? a * CATEGORIES.length + b : b * CATEGORIES.length + a);
/** Category pairs (a < b) that never meet in the splits other than `test-pairs`: about 6 %, partners of the prior dial excepted. */
export const HELD_OUT_PAIRS = CATEGORIES.flatMap((a, i) => CATEGORIES.flatMap((b, j) => i < j && PARTNER[i] !== j && PARTNER[j] !== i && hash32(`pair/${a.id}/${b.id}`) % 100 < 6 ? [[i, j]] : []));
const pairSet = new Set(HELD_OUT_PAIRS.map(([a, b]) => pairKey(a, b)));
/** (category, tint) pairs that appear only in the split `test-tints`: about 8 %, at most two tints per category. */
export const HELD_OUT_TINTS = CATEGORIES.flatMap((c, i) => TINTS.flatMap((t, j) => (hash32(`tint/${c.id}/${t.id}`) % 100 < 8 ? [[i, j]] : [])).slice(0, 2));
const tintSet = new Set(HELD_OUT_TINTS.map(([c, t]) => c * TINTS.length + t));
/** True when the two categories never meet in training. */
export function isHeldOutPair(a, b) {
    return pairSet.has(pairKey(a, b));
}
/** True when this category never has this tint in training. */
export function isHeldOutTint(category, tint) {
    return tintSet.has(category * TINTS.length + tint);
}
/** Tints that training allows for each category. */
export const TRAIN_TINTS = CATEGORIES.map((_, c) => TINTS.flatMap((__, t) => (isHeldOutTint(c, t) ? [] : [t])));
/** Tints that only `test-tints` shows, for each category (may be empty). */
export const TEST_TINTS = CATEGORIES.map((_, c) => TINTS.flatMap((__, t) => (isHeldOutTint(c, t) ? [t] : [])));
/** Categories that have at least one held-out tint. */
export const TEST_TINT_CATEGORIES = TEST_TINTS.flatMap((t, c) => (t.length ? [c] : []));
//# sourceMappingURL=holdout.js.map