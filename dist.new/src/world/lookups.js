// Lists of things looked up: a thing is named, then what is known of it is said, again and again in random order. One scene gives dozens of
// look-ups in place of a handful of answers, each right behind the name it belongs to: how small models learn to look things up at all.
import { relationWords } from './captions.js';
import { absentCategory, groupsOf, relationFacts } from './facts.js';
import { nameOf, TINTS } from './vocabulary.js';
/** What a user says to get a list. */
export const listRequest = { en: 'List what you see.', zh: '逐一列出看到的东西。' };
/**
 * `items` look-ups: tint and number of a category ("dog red 2"), what is left, right … of it ("dog left cup"), what is not there ("cat no"),
 * the printed word ("sign stop"); in Chinese without spaces. `relations`: how often a line is a relation, where tints and numbers are 5.
 */
export function lookups(scene, options) {
    const { language, rng, items = 16 } = options;
    const groups = groupsOf(scene);
    const present = groups.map((g) => g.category);
    const relations = relationFacts(scene, groups);
    const name = (c) => nameOf(c, language);
    const words = [
        (g) => [name(g.category), TINTS[g.tint]?.[language] ?? '', String(g.objects.length)],
        () => {
            const f = relations[rng.weighted(relations.map((x) => x.weight))];
            return f ? [name(f.referent.category), language === 'zh' ? relationWords[f.relation].zh : f.relation, name(f.category)] : [];
        },
        () => [name(absentCategory(present, rng)), language === 'zh' ? '没有' : 'no'],
        () => (scene.text ? [language === 'zh' ? '牌子' : 'sign', scene.text.word] : []),
    ];
    const weights = [groups.length ? 5 : 0, relations.length ? (options.relations ?? 3) : 0, 1.5, scene.text ? 0.7 : 0];
    const line = () => words[rng.weighted(weights)]?.(rng.pick(groups)).join(language === 'zh' ? '' : ' ') ?? '';
    return Array.from({ length: items }, line).join(language === 'zh' ? '、' : ', ');
}
//# sourceMappingURL=lookups.js.map