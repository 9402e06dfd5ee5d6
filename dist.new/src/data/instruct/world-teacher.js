// The truth of the scene world as a teacher: what it writes is exact, and takes no model.
import { SensoriumError } from '../../util/errors.js';
import { CATEGORIES, caption, dialogue, groupsOf, list, nameOf, phrase } from '../../world/index.js';
import { ALL_KINDS, kindOfThing } from '../lrv-kinds.js';
const written = (pairs) => pairs.map(({ question, answer }) => `Question: ${question}\nAnswer: ${answer}`).join('\n');
const talk = (scene, o) => {
    const { turns } = dialogue(scene, { language: o.language, rng: o.rng, turns: o.turns, captions: 0 });
    return written(turns.flatMap(({ role, content }, i) => (role === 'user' ? [{ question: content, answer: turns[i + 1]?.content ?? '' }] : [])));
};
const describe = (scene, { language, rng }) => caption(scene, { language, detail: 'long', rng });
/** How many things there are in all, and of what there is most, step by step. */
const reckon = (scene, { language }) => {
    const groups = groupsOf(scene);
    const counts = groups.map(({ objects }) => objects.length);
    const total = counts.reduce((a, b) => a + b, 0);
    const most = Math.max(...counts);
    const first = groups.filter((_, i) => counts[i] === most);
    const things = list(groups.map((group) => phrase(group, language)), language);
    const [one] = first;
    const only = first.length === 1 && one ? nameOf(one.category, language, most) : undefined;
    if (language === 'zh')
        return written([
            {
                question: '图中一共有多少个物体？请一步一步说明。',
                answer: `图中有${things}。${counts.join(' + ')} = ${total}。${only ? `其中${only}最多。` : ''}所以一共有${total}个物体。`,
            },
        ]);
    return written([
        {
            question: 'How many things are there in all? Explain step by step.',
            answer: `The image shows ${things}. ${counts.join(' + ')} = ${total}. ${only && groups.length > 1 ? `There are more ${only} than anything else. ` : ''}So there ${total === 1 ? 'is 1 thing' : `are ${total} things`} in all.`,
        },
    ]);
};
/** A wish that names no thing, and the things of a kind that fulfil it. Without a thing of a known kind there is none. */
const wish = (scene, { language, rng }) => {
    const groups = groupsOf(scene);
    const english = (category) => CATEGORIES[category]?.en ?? '';
    const kinds = ALL_KINDS.filter(({ en }) => groups.some(({ category }) => kindOfThing(english(category))?.en === en));
    if (kinds.length === 0)
        return '';
    const kind = rng.pick(kinds);
    const targets = groups.filter(({ category }) => kindOfThing(english(category))?.en === kind.en);
    const names = targets.map(({ category }) => nameOf(category, language));
    const things = list(groups.map((group) => phrase(group, language)), language);
    const found = list(targets.map((group) => phrase(group, language)), language);
    const pair = language === 'zh'
        ? {
            question: `我想在图中找到${kind.zh}。`,
            answer: `图中有${things}。其中属于${kind.zh}的是${found}。Targets: [${names.join(', ')}]`,
        }
        : {
            question: `I am looking for something in this picture that counts as ${kind.en === 'food' ? 'food' : `a kind of ${kind.en}`}.`,
            answer: `The image shows ${things}. Of these, ${found} would do. Targets: [${names.join(', ')}]`,
        };
    return written([pair]);
};
const MAKERS = {
    conversation: talk,
    lvis: talk,
    detail: describe,
    minigpt4: describe,
    reasoning: reckon,
    detgpt: wish,
    allava: (scene, o) => `Caption: ${describe(scene, o)}\n${reckon(scene, o)}`,
};
/** Kinds that the world teaches. */
export const WORLD_KINDS = Object.keys(MAKERS);
/** What the world says of a scene, in the form of a teacher's reply; empty where the scene has nothing of the kind. */
export const worldReply = (kind, scene, o) => MAKERS[kind](scene, o);
/** The world as a teacher. Errors: `data.teacher` for images that are not of the world, and for kinds that rewrite rows. */
export function worldTeacher() {
    const reply = ({ facts, kind, context, before }) => {
        if (before !== undefined)
            return before; // there is nothing to clean
        if (!WORLD_KINDS.includes(kind) || !facts.scene)
            throw new SensoriumError('data.teacher', 'the scene world cannot teach this', {
                place: facts.id,
                expected: `scenes, and one of ${WORLD_KINDS.join(', ')}`,
                got: facts.scene ? kind : 'an image that is not of the scene world',
                hint: 'Make rows of scenes with --from world, or name a model as --teacher',
            });
        return worldReply(kind, facts.scene, context);
    };
    return {
        name: 'world',
        seesImages: true,
        async replies(requests, { onReply }) {
            for (const [place, request] of requests.entries())
                onReply(place, reply(request));
        },
    };
}
//# sourceMappingURL=world-teacher.js.map