// Items that a judge is checked with: statements about scenes whose truth is exact, alone, by fours to be rated, and in pairs to be compared.
import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import { absentCategory, article, BACKGROUNDS, CATEGORIES, groupsOf, list, nameOf, phrase, statement, statements, TINTS, WORDS, } from '../world/index.js';
/** What a statement is about, and so what is made up where it is wrong. */
export const STATEMENT_TYPES = ['existence', 'attribute', 'count', 'relation', 'text'];
const NUMBERS = {
    en: ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen'],
    zh: ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二', '十三'],
};
const OPPOSITE = { left: 'right', right: 'left', above: 'below', below: 'above' };
/** Relations that the reference tells, and so the only ones that statements are about. */
const RELATED = 3;
const sentence = (text, language) => language === 'zh' ? `${text}。` : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
function existence(category, n, language) {
    const name = nameOf(category, language, n);
    if (language === 'zh')
        return `图中有${name}`;
    return n === 1 ? `there is ${article(name)} ${name}` : `there are ${name}`;
}
function counted(category, n, language) {
    const word = NUMBERS[language][n];
    if (language === 'zh')
        return `图中有${word}${CATEGORIES[category]?.measure}${nameOf(category, 'zh')}`;
    return `there ${n === 1 ? 'is' : 'are'} ${word} ${nameOf(category, 'en', n)}`;
}
function colored({ category, objects }, tint, language) {
    const name = nameOf(category, language, objects.length);
    if (language === 'zh')
        return `${name}是${TINTS[tint]?.zh}的`;
    return `the ${name} ${objects.length === 1 ? 'is' : 'are'} ${TINTS[tint]?.en}`;
}
const printed = (word, language) => (language === 'zh' ? `牌子上写着${word}` : `a sign says ${word}`);
/** The scene in captions, which tell all that the facts are about. */
function describe(scene, language, rng) {
    const zh = language === 'zh';
    const groups = rng.shuffle(groupsOf(scene));
    const all = list(groups.map((group) => phrase(group, language)), language);
    const related = rng.shuffle(statements(scene, groups)).slice(0, RELATED);
    const background = BACKGROUNDS.find(({ id }) => id === scene.background.kind);
    const rest = [
        ...related.map(({ a, b, relation }) => statement(a, b, relation, language)),
        ...(scene.text ? [printed(scene.text.word, language)] : []),
        ...(background ? [zh ? `背景是${background.zh}的` : `the background is ${background.en}`] : []),
    ];
    const join = (parts) => parts.map((part) => sentence(part, language)).join(zh ? '' : ' ');
    const present = groups.map(({ category }) => category);
    const facts = groups.flatMap((group) => {
        const { category, objects, tint } = group;
        const n = objects.length;
        const other = (tint + 1 + rng.int(TINTS.length - 1)) % TINTS.length;
        // Never "one" for two: "there is one dog" can be said of two.
        return [
            { type: 'existence', right: existence(category, n, language), wrong: existence(absentCategory(present, rng), n, language) },
            { type: 'attribute', right: colored(group, tint, language), wrong: colored(group, other, language) },
            { type: 'count', right: counted(category, n, language), wrong: counted(category, n > 2 && rng.bool() ? n - 1 : n + 1, language) },
        ];
    });
    for (const { a, b, relation } of related) {
        const opposite = OPPOSITE[relation];
        const wrong = opposite ? statement(a, b, opposite, language) : statement(b, a, relation, language);
        facts.push({ type: 'relation', right: statement(a, b, relation, language), wrong });
    }
    if (scene.text) {
        const { word } = scene.text;
        const other = rng.pick(WORDS.filter((one) => one !== word));
        facts.push({ type: 'text', right: printed(word, language), wrong: printed(other, language) });
    }
    return {
        references: [join([zh ? `图中有${all}` : `the image shows ${all}`]), ...(rest.length ? [join(rest)] : [])],
        facts: facts.map(({ type, right, wrong }) => ({ type, right: sentence(right, language), wrong: sentence(wrong, language) })),
    };
}
/** Scenes that are looked at for each item. */
const PATIENCE = 200;
/** `make` of the first scene from `start` on that gives something. Errors: `evaluate.source`. */
function firstOf(source, start, make, stream) {
    for (let i = start; i < start + PATIENCE; i++) {
        const rng = new Rng(`judge-items/${source.seed}/${stream}/${source.language}/${i}`);
        const made = make(describe(source.scene(i), source.language, rng), rng);
        if (made !== undefined)
            return made;
    }
    throw new SensoriumError('evaluate.source', 'the source yields no scenes of which enough can be said', {
        expected: `one within ${PATIENCE} scenes`,
        got: 'none',
    });
}
const joined = (parts, language) => parts.join(language === 'zh' ? '' : ' ');
/**
 * Caption `index`: one to three statements. Every other one has one wrong statement; what is wrong goes through the types in turn, as far as the
 * scenes have them.
 */
export function statementItem(source, index) {
    const { language } = source;
    const truth = index % 2 === 0 ? 'yes' : 'no';
    const wanted = STATEMENT_TYPES[(index >> 1) % STATEMENT_TYPES.length];
    return firstOf(source, index, ({ references, facts }, rng) => {
        const about = facts.filter(({ type }) => type === wanted);
        if (about.length === 0)
            return undefined;
        const main = rng.pick(about);
        const others = rng.sample(facts.filter((fact) => fact !== main), Math.min(rng.int(3), facts.length - 1));
        const parts = [truth === 'yes' ? main.right : main.wrong, ...others.map(({ right }) => right)];
        return { references, candidate: joined(rng.shuffle(parts), language), truth, kind: truth === 'yes' ? 'right' : wanted, language };
    }, 'statement');
}
/**
 * Several captions of one scene: of each, one to three statements, half of them with one that is wrong, of any kind. What a judge learns from; undefined
 * for a scene without objects.
 */
export function captionsAbout(scene, { language, rng, n }) {
    const { references, facts } = describe(scene, language, rng);
    if (facts.length === 0)
        return undefined;
    const types = [...new Set(facts.map(({ type }) => type))];
    const captions = Array.from({ length: n }, () => {
        // A kind first: there are far more statements about objects than printed words.
        const type = rng.pick(types);
        const main = rng.pick(facts.filter((fact) => fact.type === type));
        const truth = rng.bool() ? 'yes' : 'no';
        const others = rng.sample(facts.filter((fact) => fact !== main), Math.min(rng.int(3), facts.length - 1));
        const parts = [truth === 'yes' ? main.right : main.wrong, ...others.map(({ right }) => right)];
        return { candidate: joined(rng.shuffle(parts), language), truth };
    });
    return { references, captions };
}
/** `n` statements about a scene, `wrong` of them wrong. */
const answer = (facts, n, wrong, language, rng) => joined(rng.shuffle(rng.sample(facts, n).map((fact, i) => (i < wrong ? fact.wrong : fact.right))), language);
/** Answer `index` to be rated; the number of wrong statements goes from none to all four in turn. */
export function ratedItem(source, index) {
    const { language } = source;
    const wrong = index % 5;
    return firstOf(source, index, ({ references, facts }, rng) => facts.length < 4 ? undefined : { references, answer: answer(facts, 4, wrong, language, rng), truth: 5 - wrong, language }, 'rated');
}
/** Pair `index`; the better answer is the first and the second in turn. */
export function pairItem(source, index) {
    const { language } = source;
    const better = (index % 2);
    return firstOf(source, index, ({ references, facts }, rng) => {
        if (facts.length < 3)
            return undefined;
        const few = rng.int(2);
        const good = answer(facts, 3, few, language, rng);
        const bad = answer(facts, 3, few + 1 + rng.int(3 - few), language, rng);
        return { references, answers: better === 0 ? [good, bad] : [bad, good], better, language };
    }, 'pair');
}
//# sourceMappingURL=judge-items.js.map