// Scenes with more to ask about: the most related of several. Relations are the rarest facts of the world, two a scene, so training that is
// to teach them looks for scenes that have many.
import { groupsOf, relationFacts } from './facts.js';
import { makeScene } from './scene.js';
/** Of the scenes `index * candidates` and on, the one in which most can be asked of relations; with one candidate, scene `index`. */
export function mostRelated(index, options, candidates = 1) {
    const scenes = Array.from({ length: candidates }, (_, k) => makeScene(index * candidates + k, options));
    if (scenes.length === 1)
        return scenes[0];
    const askable = scenes.map((scene) => relationFacts(scene, groupsOf(scene)).reduce((sum, f) => sum + f.weight, 0));
    return scenes[askable.indexOf(Math.max(...askable))];
}
//# sourceMappingURL=crowded.js.map