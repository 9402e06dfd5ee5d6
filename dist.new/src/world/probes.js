// POPE's yes/no probes over scenes, with its three ways of choosing absent objects, and the co-occurrence counts they need.
import { SensoriumError } from '../util/errors.js';
import { groupsOf } from './facts.js';
import { existenceQuestion, yesNo } from './questions.js';
import { makeScene } from './scene.js';
import { CATEGORIES } from './vocabulary.js';
export const NEGATIVES = ['random', 'popular', 'adversarial'];
/** Counts over the first `n` scenes of the training split (whatever split `options` names: statistics never come from test scenes). */
export function cooccurrence(options, n) {
    const k = CATEGORIES.length;
    const stats = { scenes: n, frequency: new Int32Array(k), pairs: new Int32Array(k * k) };
    for (let i = 0; i < n; i++) {
        const present = groupsOf(makeScene(i, { ...options, split: 'train' })).map((g) => g.category);
        for (const a of present) {
            stats.frequency[a] = stats.frequency[a] + 1;
            for (const b of present)
                if (a !== b)
                    stats.pairs[a * k + b] = stats.pairs[a * k + b] + 1;
        }
    }
    return stats;
}
/**
 * Balanced probes of one scene: as many present as absent categories, at most `perScene` together (POPE: 3 + 3; fewer when the scene
 * has fewer categories). `random` draws absent ones uniformly, `popular` takes the most frequent ones, `adversarial` goes round the
 * asked present ones and takes what co-occurs most with each (Li et al. 2023).
 */
export function popeProbes(scene, stats, options) {
    const { negative, rng, perScene = 6, language = 'en' } = options;
    if (!NEGATIVES.includes(negative))
        throw new SensoriumError('world.option', 'unknown negative sampler', {
            place: 'negative',
            expected: NEGATIVES.join(', '),
            got: String(negative),
        });
    const k = CATEGORIES.length;
    if (stats.frequency.length !== k || stats.pairs.length !== k * k)
        throw new SensoriumError('world.option', 'co-occurrence counts do not fit the vocabulary', {
            expected: `${k} categories`,
            got: `${stats.frequency.length}`,
        });
    const present = groupsOf(scene).map((g) => g.category);
    const asked = rng.sample(present, Math.min(Math.floor(perScene / 2), present.length));
    // Shuffled first, so that ties are broken by chance and not by the order of the vocabulary.
    const absent = rng.shuffle(CATEGORIES.map((_, c) => c).filter((c) => !present.includes(c)));
    const chosen = [];
    if (negative === 'random')
        chosen.push(...absent.slice(0, asked.length));
    else if (negative === 'popular')
        chosen.push(...absent.sort((a, b) => stats.frequency[b] - stats.frequency[a]).slice(0, asked.length));
    else
        for (const p of asked) {
            let best = -1;
            for (const c of absent)
                if (!chosen.includes(c) && (best < 0 || stats.pairs[p * k + c] > stats.pairs[p * k + best]))
                    best = c;
            if (best >= 0)
                chosen.push(best);
        }
    const out = [];
    asked.forEach((category, i) => {
        out.push({ question: existenceQuestion(category, language), answer: yesNo(true, language), category });
        const other = chosen[i];
        if (other !== undefined)
            out.push({
                question: existenceQuestion(other, language),
                answer: yesNo(false, language),
                category: other,
                negative,
            });
    });
    return out;
}
//# sourceMappingURL=probes.js.map