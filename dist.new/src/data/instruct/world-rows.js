// What the scene world teaches as a source by number: row k is about scene k, written by `worldTeacher` when it is read. Nothing is stored.
import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import { layoutText, makeScene, questions } from '../../world/index.js';
import { parsePairs } from './parse.js';
import { DESCRIBE } from './prompts.js';
import { WORLD_KINDS, worldReply } from './world-teacher.js';
/** Draws of another scene where one gives nothing of a kind, such as a wish without a thing of a known kind. */
const TRIES = 64;
/**
 * Instructions about scenes, exact and without a model. Errors: `data.option` for a kind that the world does not teach, `data.index`.
 * @example stage.instruct({ data: worldInstructions({ kinds: ['conversation', 'reasoning'], scenes: 5000 }) })
 */
export function worldInstructions(options) {
    const { kinds, scenes = 10_000, language = 'en', turns = 3, seed = 0, ...rest } = options;
    const wrong = kinds.find((kind) => !WORLD_KINDS.includes(kind));
    if (kinds.length === 0 || wrong !== undefined)
        throw new SensoriumError('data.option', 'the scene world does not teach this', {
            place: 'kinds',
            expected: WORLD_KINDS.join(', '),
            got: wrong ?? 'none',
        });
    return {
        length: scenes,
        description: { source: 'instructions of the world', options },
        get(index) {
            checkIndex(index, scenes);
            const kind = kinds[index % kinds.length];
            const rng = new Rng(`instructions/${seed}/${kind}/${index}`);
            const own = language === 'mixed' ? (rng.bool() ? 'zh' : 'en') : language;
            for (let i = index; i < index + TRIES * scenes; i += scenes) {
                const scene = makeScene(i, { ...rest, seed });
                const reply = worldReply(kind, scene, { language: own, rng, turns });
                const pairs = parsePairs(reply) ?? (reply ? [{ question: rng.pick(DESCRIBE[own]), answer: reply }] : []);
                if (pairs.length > 0)
                    return { scene, language: own, turns: pairs.flatMap(asTurns) };
            }
            throw new SensoriumError('data.option', 'no scene gives instructions of this kind', { place: 'kinds', got: kind });
        },
    };
}
/** A question about a scene that is told in words, and its answer: rows without an image, as half of ScienceQA's are. */
export function writtenScenes(options) {
    const { scenes = 10_000, language = 'en', seed = 0, ...rest } = options;
    const question = (index) => {
        checkIndex(index, scenes);
        const rng = new Rng(`written/${seed}/${index}`);
        for (let i = index;; i += scenes) {
            const scene = makeScene(i, { ...rest, seed });
            const asked = questions(scene, { language, rng, types: ['existence', 'color', 'count', 'relation'] });
            if (asked.length === 0)
                continue;
            const { question, answer, type } = rng.pick(asked);
            return { question: `${layoutText(scene, { language, grid: 4, rng })}\n${question}`, answer, type };
        }
    };
    return {
        length: scenes,
        describe: { source: 'scenes in words', options },
        question,
        async get(index) {
            const { question: asked, answer } = question(index);
            const messages = [
                { role: 'user', content: asked },
                { role: 'assistant', content: answer },
            ];
            return { id: `written-${index}`, messages, at: { file: 'scenes in words', row: index } };
        },
    };
}
function checkIndex(index, scenes) {
    if (!Number.isInteger(index) || index < 0 || index >= scenes)
        throw new SensoriumError('data.index', 'no such sample', { expected: `0 to ${scenes - 1}`, got: String(index) });
}
const asTurns = ({ question, answer }) => [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
];
//# sourceMappingURL=world-rows.js.map