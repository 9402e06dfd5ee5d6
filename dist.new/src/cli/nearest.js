// "Did you mean …": the known word closest to a mistyped one.
import { editDistance } from '../util/nearest.js';
/** Up to three of `known` that `word` may have meant, closest first; words that begin with it count as close. */
export function nearest(word, known) {
    const limit = Math.max(1, Math.ceil(word.length / 3));
    return known
        .map((name) => ({ name, distance: word.length > 1 && name.startsWith(word) ? 0.5 : editDistance(word.toLowerCase(), name) }))
        .filter(({ distance }) => distance <= limit)
        .sort((a, b) => a.distance - b.distance)
        .slice(0, 3)
        .map(({ name }) => name);
}
/** `Did you mean x or y?`, or `undefined` when nothing is close. */
export function didYouMean(word, known, prefix = '') {
    const close = nearest(word, known).map((name) => prefix + name);
    return close.length > 0 ? `Did you mean ${close.join(' or ')}?` : undefined;
}
//# sourceMappingURL=nearest.js.map