// LRV-Instruction over the scene world: what a scene is known to show, and dialogues of instructions as a source for a stage.
import { SensoriumError } from '../util/errors.js';
import { BACKGROUNDS, CATEGORIES, caption, captionRequest, groupsOf, makeScene, PARTNER, resolveOptions, SAME_THEME, sceneRng, statements, TINTS, WORDS, } from '../world/index.js';
import { checkLrv, lrvTurns, } from './lrv.js';
import { ALL_KINDS, kindOfThing } from './lrv-kinds.js';
const named = (category) => {
    const { en, enPlural, zh, measure } = CATEGORIES[category];
    return { en, enPlural, zh, measure };
};
const word = ({ en, zh }) => ({ en, zh });
/** Chance of what is not there to be asked about: what often stands beside what is there comes first. */
const [PARTNERS, MATES, OTHERS] = [6, 3, 0.3];
/** The facts of a scene. */
export function sceneFacts(scene, { language, rng }) {
    const groups = groupsOf(scene);
    const things = new Map(groups.map((g) => [g, { name: named(g.category), count: g.objects.length, color: word(TINTS[g.tint]) }]));
    const present = groups.map((g) => g.category);
    const weight = (c) => {
        if (present.some((p) => PARTNER[p] === c))
            return PARTNERS;
        return present.some((p) => SAME_THEME[p]?.includes(c)) ? MATES : OTHERS;
    };
    const sides = statements(scene, groups).filter(({ relation }) => relation !== 'inside' && relation !== 'near');
    const background = BACKGROUNDS.find(({ id }) => id === scene.background.kind);
    const knowledge = [...things.values()].flatMap((thing) => {
        const truth = kindOfThing(thing.name.en);
        return truth ? [{ about: 'kind', thing, truth, others: ALL_KINDS }] : [];
    });
    if (scene.text) {
        const same = (text) => ({ en: text, zh: text });
        knowledge.push({ about: 'text', truth: same(scene.text.word), others: WORDS.map(same) });
    }
    if (background)
        knowledge.push({ about: 'background', truth: word(background), others: BACKGROUNDS.map(word) });
    return {
        things: [...things.values()],
        absent: CATEGORIES.flatMap((_, c) => (present.includes(c) ? [] : [{ name: named(c), weight: weight(c) }])),
        colors: TINTS.map(word),
        relations: sides.map(({ a, b, relation }) => ({
            a: things.get(a),
            b: things.get(b),
            relation: relation,
        })),
        knowledge,
        caption: {
            request: captionRequest(language, 'long', rng),
            text: caption(scene, { language, detail: 'long', rng }),
        },
    };
}
/**
 * LRV-Instruction over scenes, for `stage.instruct({ data: lrvScenes({ scenes: 20_000 }) })`; the same options and index always give the same
 * dialogue. Errors: `world.option`, `data.option`.
 */
export function lrvScenes(options = {}) {
    const { scenes = 10_000, offset = 0, language = 'en', chinese = 0.3, turns, negatives } = options;
    const { seed, split } = resolveOptions(options);
    checkLrv({ turns, negatives });
    for (const [place, value] of Object.entries({ scenes, offset }))
        if (!Number.isSafeInteger(value) || value < 0)
            throw new SensoriumError('world.option', 'option must be a non-negative integer', { place, got: String(value) });
    if (!['en', 'zh', 'mixed'].includes(language))
        throw new SensoriumError('world.option', 'unknown language', { place: 'language', expected: 'en, zh or mixed', got: String(language) });
    return {
        length: scenes,
        description: { source: 'lrv', options: { ...options } },
        get(index) {
            if (!Number.isInteger(index) || index < 0 || index >= scenes)
                throw new SensoriumError('world.index', 'sample index out of range', { expected: `0..${scenes - 1}`, got: String(index) });
            const scene = makeScene(index + offset, options);
            const rng = sceneRng(seed, split, index + offset, 'lrv');
            const own = language === 'mixed' ? (rng.bool(chinese) ? 'zh' : 'en') : language;
            const made = lrvTurns(sceneFacts(scene, { language: own, rng }), { language: own, rng, turns, negatives });
            const said = made.flatMap(({ question, answer }) => [
                { role: 'user', content: question },
                { role: 'assistant', content: answer },
            ]);
            return { scene, language: own, turns: said, instructions: made };
        },
    };
}
//# sourceMappingURL=lrv-world.js.map