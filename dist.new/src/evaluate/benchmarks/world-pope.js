// POPE over scenes: yes/no probes for objects that are there and objects that are not (Li et al. 2023).
import { throwIfAborted } from '../../util/errors.js';
import { NEGATIVES, popeRight, popeScoreList } from '../pope.js';
import { EMPTY_SCENES, tooFewSamples } from '../scenes.js';
import { yesNoWords } from '../yes-no.js';
/** `n` probes (default 600) of each sampler, scene by scene, the same scenes for all three. */
export function worldPope(scenes) {
    const { source, language, rng } = scenes;
    return {
        name: 'pope',
        title: 'POPE',
        about: 'yes/no probes for objects',
        maxTokens: 24,
        constants: yesNoWords[language],
        *rows({ n = 600, signal }) {
            for (const negative of NEGATIVES) {
                let asked = 0;
                for (let i = 0, empty = 0; asked < n; i++) {
                    throwIfAborted(signal);
                    const probes = source.probes(scenes.scene(i), { language, negative, rng: rng.fork('pope', negative, i) });
                    empty = probes.length ? 0 : empty + 1;
                    if (empty > EMPTY_SCENES)
                        throw tooFewSamples('POPE probes', source.description);
                    for (const { question, answer } of balanced(probes, n - asked)) {
                        const seen = scenes.image(i);
                        yield { kind: negative, messages: scenes.ask(seen, question), truth: answer, boxes: seen.boxes };
                        asked++;
                    }
                }
            }
        },
        score: popeScoreList,
        right: popeRight,
    };
}
/** At most `limit` probes, keeping yes and no in equal number when some must go. */
function balanced(probes, limit) {
    if (probes.length <= limit)
        return probes;
    const yes = probes.filter((p) => p.answer === 'yes');
    const no = probes.filter((p) => p.answer === 'no');
    return [...yes.slice(0, Math.ceil(limit / 2)), ...no.slice(0, Math.floor(limit / 2))];
}
//# sourceMappingURL=world-pope.js.map