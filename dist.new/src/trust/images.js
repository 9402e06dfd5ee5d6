// The images that the bench asks about, with their truth: scenes of the world here, annotated images of one's own in `annotated.ts`.
import { captionRequest } from '../world/index.js';
import { worldTruth } from './truth.js';
/** Scenes of the world, captioned at length; two probes of each. */
export function worldImages(scenes) {
    const { source, language } = scenes;
    return {
        description: source.description,
        language,
        vocabulary: source.vocabulary,
        length: Number.POSITIVE_INFINITY,
        question: captionRequest(language, 'long'),
        image(index) {
            const { part, objects } = scenes.image(index);
            return { name: `scene ${index}`, image: part, truth: worldTruth(scenes.scene(index)), present: objects };
        },
        probes(n) {
            const rng = scenes.rng.fork('trust/pope');
            return Array.from({ length: n }, (_, index) => source
                .probes(scenes.scene(index), { language, negative: 'adversarial', rng })
                .map(({ question, answer }) => ({ index, question, answer }))).flat();
        },
    };
}
//# sourceMappingURL=images.js.map