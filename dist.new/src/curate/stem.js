// Stems of English words, each found once.
import { stemmer } from 'stemmer';
const KEPT = 2 ** 16;
const known = new Map();
/** The stem of a word in small letters by Porter's rules: "running" and "runs" have one. */
export function stem(word) {
    let found = known.get(word);
    if (found === undefined) {
        found = stemmer(word);
        if (known.size >= KEPT)
            known.clear();
        known.set(word, found);
    }
    return found;
}
//# sourceMappingURL=stem.js.map