// Random-access data sources over the world, described by plain JSON so that a checkpoint can name its data exactly.
import { SensoriumError } from '../util/errors.js';
import { caption, layoutText } from './captions.js';
import { changed, onlyShown, TOLD_CHANGES, withLikely } from './changes.js';
import { mostRelated } from './crowded.js';
import { checkPairOptions, preferencePair } from './preferences.js';
import { cooccurrence, NEGATIVES, popeProbes } from './probes.js';
import { captionRequest, dialogue, questions } from './questions.js';
import { resolveOptions, sceneRng } from './scene.js';
/** Statistics by description, since every probe source of one distribution shares them. */
const statistics = new Map();
function statisticsOf(options) {
    const { size, seed, prior, maxObjects, curriculum, text } = options;
    const n = options.statistics ?? 4000;
    const key = JSON.stringify([size, seed, prior, maxObjects, curriculum, text, n]);
    let found = statistics.get(key);
    if (!found) {
        found = cooccurrence({ size, seed, prior, maxObjects, curriculum, text }, n);
        statistics.set(key, found);
    }
    return found;
}
const makers = {
    captions(scene, { detail = 'mixed' }, { language, rng }) {
        const d = detail === 'mixed' ? (rng.bool() ? 'short' : 'long') : detail;
        return { scene, language, detail: d, text: caption(scene, { language, detail: d, rng }) };
    },
    knowledge(scene, { detail = 'mixed' }, { language, rng }) {
        const d = detail === 'mixed' ? (rng.bool() ? 'short' : 'long') : detail;
        const epsilon = rng.bool() ? 1 : -1;
        const told = epsilon > 0 ? withLikely(scene, rng) : onlyShown(scene);
        return { scene, language, detail: d, text: caption(told, { language, detail: d, rng }), epsilon };
    },
    contrasts(scene, { detail = 'mixed', negatives = 1, changes = TOLD_CHANGES }, { language, rng }) {
        const d = detail === 'mixed' ? (rng.bool() ? 'short' : 'long') : detail;
        const text = caption(scene, { language, detail: d, rng });
        const hallucinated = Array.from({ length: negatives }, () => {
            const { scene: told } = changed(scene, { rng, kinds: changes });
            return caption(told, { language, detail: d, rng });
        });
        return { scene, language, detail: d, text, hallucinated };
    },
    preferences(scene, { detail = 'mixed', ...options }, { language, rng }) {
        const d = detail === 'mixed' ? (rng.bool() ? 'short' : 'long') : detail;
        const made = preferencePair(scene, { ...options, language, detail: d, rng });
        if (made)
            return made;
        throw new SensoriumError('world.option', 'a scene has nothing to prefer one caption over another for', {
            place: `scene ${scene.index}`,
            expected: 'changes of what captions of this length tell',
            got: (options.changes ?? []).join(', ') || 'an empty scene',
        });
    },
    instructions(scene, { turns, types, captions, lists, relations }, { language, rng }) {
        return dialogue(scene, { language, rng, turns, types, captions, lists, relations });
    },
    singles(scene, _options, { language, rng }) {
        const { category = 0, tint = 0 } = scene.objects[0] ?? {};
        return { scene, language, category, tint, text: caption(scene, { language, detail: 'short', rng }) };
    },
    text(scene, _options, { language, rng }) {
        return { language, text: writtenScene(scene, language, rng) };
    },
    questions(scene, { types, per }, { language, rng }) {
        return { scene, language, questions: questions(scene, { language, rng, types, per }) };
    },
    probes(scene, options, { language, rng }) {
        const { negative = 'random', perScene } = options;
        return { scene, language, probes: popeProbes(scene, statisticsOf(options), { negative, rng, perScene, language }) };
    },
};
/** A scene in words alone, in one of several forms: captions, the grid, the grid followed by its caption or by questions and answers. */
function writtenScene(scene, language, rng) {
    const detail = rng.bool() ? 'short' : 'long';
    const form = rng.int(4);
    if (form === 0)
        return caption(scene, { language, detail, rng });
    const grid = layoutText(scene, { language, grid: 4, rng });
    if (form === 1)
        return `${grid}\n${captionRequest(language, detail, rng)} ${caption(scene, { language, detail, rng })}`;
    const { turns } = dialogue(scene, { language, rng, turns: 5, captions: 0 });
    return [grid, ...turns.flatMap((t, i) => (t.role === 'user' ? [`${t.content} ${turns[i + 1]?.content ?? ''}`] : []))].join('\n');
}
function makeSource(kind, options = {}) {
    const { scenes = 10_000, offset = 0, language = 'en', chinese = 0.3, candidates = 1 } = options;
    const single = kind === 'singles' || options.single;
    const world = { ...options, single };
    const { seed, split } = resolveOptions(world);
    for (const [key, value] of Object.entries({ scenes, offset }))
        if (!Number.isInteger(value) || value < 0)
            throw new SensoriumError('world.option', 'option must be a non-negative integer', { place: key, got: String(value) });
    if (!Number.isInteger(candidates) || candidates < 1 || candidates > 64)
        throw new SensoriumError('world.option', 'option must be a whole number from 1 to 64', {
            place: 'candidates',
            got: String(candidates),
        });
    if (!['en', 'zh', 'mixed'].includes(language))
        throw new SensoriumError('world.option', 'unknown language', { place: 'language', expected: 'en, zh or mixed', got: String(language) });
    const negative = options.negative;
    if (negative !== undefined && !NEGATIVES.includes(negative))
        throw new SensoriumError('world.option', 'unknown negative sampler', {
            place: 'negative',
            expected: NEGATIVES.join(', '),
            got: String(negative),
        });
    if (kind === 'preferences')
        checkPairOptions(options);
    const make = makers[kind];
    return {
        kind,
        length: scenes,
        description: { source: 'world', kind, options: { ...options } },
        get(index) {
            if (!Number.isInteger(index) || index < 0 || index >= scenes)
                throw new SensoriumError('world.index', 'sample index out of range', { expected: `0..${scenes - 1}`, got: String(index) });
            const rng = sceneRng(seed, split, index + offset, kind);
            const lang = language === 'mixed' ? (rng.bool(chinese) ? 'zh' : 'en') : language;
            return make(mostRelated(index + offset, world, candidates), options, { language: lang, rng });
        },
    };
}
/** The sources of the scene world, as recipes name them: `world.captions({ scenes: 20_000 })`. */
export const world = {
    /** Images with captions: contrastive and alignment pretraining. */
    captions: (options) => makeSource('captions', options),
    /** Captions of what the image shows, and captions that also name what is likely beside it: HallE-Switch. */
    knowledge: (options) => makeSource('knowledge', options),
    /** Captions with hallucinated ones beside them: hallucination-augmented contrastive learning. */
    contrasts: (options) => makeSource('contrasts', options),
    /** Pairs of replies, one preferred by what each claims: preference learning and reward models. */
    preferences: (options) => makeSource('preferences', options),
    /** Dialogues of several turns over one image: instruction tuning. */
    instructions: (options) => makeSource('instructions', options),
    /** One large object per image: classification and zero-shot tests. */
    singles: (options) => makeSource('singles', options),
    /** Text without images: language-model pretraining. */
    text: (options) => makeSource('text', options),
    /** Questions by type: VQA tests. */
    questions: (options) => makeSource('questions', options),
    /** POPE probes: hallucination tests. */
    probes: (options) => makeSource('probes', options),
};
/** The source that a description names; `world.source` when it names none. */
export function sourceFrom(description) {
    const d = description;
    if (d?.source !== 'world' || !d.kind || !Object.hasOwn(makers, d.kind))
        throw new SensoriumError('world.source', 'not a description of a world source', {
            expected: `{"source":"world","kind":${Object.keys(makers).join('|')},"options":{…}}`,
            got: (JSON.stringify(description) ?? 'undefined').slice(0, 80),
        });
    return makeSource(d.kind, d.options);
}
//# sourceMappingURL=sources.js.map