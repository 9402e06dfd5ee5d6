// Scenes in words: short and long captions and a grid layout, in English and Chinese, every statement exactly true.
import { cellOf, groupRelates, groupsOf } from './facts.js';
import { article, BACKGROUNDS, CATEGORIES, nameOf, TINTS } from './vocabulary.js';
const numbers = {
    en: ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
    zh: ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二'],
};
/** "a red dog", "two blue cups"; "一只红色的狗", "两个蓝色的杯子". */
export function phrase(group, language) {
    const n = group.objects.length;
    const tint = TINTS[group.tint];
    if (language === 'zh')
        return `${numbers.zh[n]}${CATEGORIES[group.category]?.measure}${tint?.zh}的${nameOf(group.category, 'zh')}`;
    const count = n === 1 ? article(tint?.en ?? '') : numbers.en[n];
    return `${count} ${tint?.en} ${nameOf(group.category, 'en', n)}`;
}
/** "a, b and c" or "甲、乙和丙". */
export function list(items, language) {
    if (items.length <= 1)
        return items[0] ?? '';
    const head = items.slice(0, -1).join(language === 'zh' ? '、' : ', ');
    return `${head}${language === 'zh' ? '和' : ' and '}${items.at(-1)}`;
}
const columns = { en: ['left', 'middle', 'right'], zh: ['左', '中', '右'] };
/** Where an object is in thirds of the image: "top left", "middle", "bottom right"; "左上方", "中间". */
export function place(scene, object, language) {
    const [x, y] = cellOf(scene, object, 3);
    if (language === 'zh') {
        if (x === 1 && y === 1)
            return '中间';
        return `${x === 1 ? '' : columns.zh[x]}${y === 0 ? '上' : y === 2 ? '下' : ''}${x !== 1 && y === 1 ? '边' : '方'}`;
    }
    const row = y === 0 ? 'top' : y === 2 ? 'bottom' : '';
    if (x === 1)
        return row || 'middle';
    return row ? `${row} ${columns.en[x]}` : columns.en[x];
}
/** How captions and lists say a relation. */
export const relationWords = {
    left: { en: 'left of', zh: '左边' },
    right: { en: 'right of', zh: '右边' },
    above: { en: 'above', zh: '上面' },
    below: { en: 'below', zh: '下面' },
    inside: { en: 'inside', zh: '里面' },
    near: { en: 'near', zh: '旁边' },
};
/** "the dog is left of the cups"; "狗在杯子的左边". Without a capital or full stop. */
export function statement(a, b, relation, language) {
    const w = relationWords[relation];
    const [x, y] = [nameOf(a.category, language, a.objects.length), nameOf(b.category, language, b.objects.length)];
    if (language === 'zh')
        return `${x}在${y}的${w.zh}`;
    return `the ${x} ${a.objects.length === 1 ? 'is' : 'are'} ${w.en} the ${y}`;
}
/** Every statement of `inside` and of direction between whole groups, each pair once. */
export function statements(scene, groups) {
    const out = [];
    for (const a of groups)
        for (const b of groups) {
            if (a === b)
                continue;
            const relation = ['inside', 'left', 'right', 'above', 'below'].find((r) => groupRelates(scene, a, b, r));
            if (relation && !out.some((s) => s.a === b && s.b === a))
                out.push({ a, b, relation });
        }
    return out;
}
const capital = (s) => s.charAt(0).toUpperCase() + s.slice(1);
const leads = {
    short: {
        en: ['@.', 'An image of @.', 'A picture with @.'],
        zh: ['@。', '图中有@。', '一张有@的图片。'],
    },
    long: {
        en: ['The image shows @', 'This picture has @', 'There you can see @'],
        zh: ['图中有@', '这张图片里有@', '画面中可以看到@'],
    },
};
const printedForms = { en: ['a sign says @', 'the printed word is @'], zh: ['牌子上写着@', '图中印着@'] };
/** What a caption of a scene tells, all of it true. Options as of `caption`. */
export function planCaption(scene, { language, detail, rng }) {
    const groups = groupsOf(scene);
    if (rng)
        rng.shuffle(groups);
    const pick = (items) => (rng ? rng.pick(items) : items[0]);
    if (detail === 'short')
        return { language, detail, lead: pick(leads.short[language]), groups, relations: [] };
    const lead = groups.length > 0 ? pick(leads.long[language]) : '';
    const relations = statements(scene, groups);
    if (rng)
        rng.shuffle(relations);
    const single = groups.filter((g) => g.objects.length === 1);
    const group = single.length > 0 ? pick(single) : undefined;
    const where = group && place(scene, scene.objects[group.objects[0]], language);
    const form = scene.text ? pick(printedForms[language]) : '';
    return {
        language,
        detail,
        lead,
        groups,
        relations: relations.slice(0, 3),
        ...(group && where ? { placed: { group, where } } : {}),
        ...(scene.text ? { text: { form, word: scene.text.word } } : {}),
        background: scene.background.kind,
    };
}
/** The text of a plan. */
export function writeCaption({ language, detail, lead, groups, relations, placed, text, background }) {
    const zh = language === 'zh';
    const all = list(groups.map((g) => phrase(g, language)), language);
    const told = lead.replace('@', lead.startsWith('@') ? capital(all) : all);
    if (detail === 'short')
        return told;
    const parts = groups.length > 0 ? [told] : [];
    for (const { a, b, relation } of relations)
        parts.push(statement(a, b, relation, language));
    if (placed) {
        const name = nameOf(placed.group.category, language);
        parts.push(zh ? `${name}位于图片的${placed.where}` : `the ${name} is at the ${placed.where} of the image`);
    }
    if (text)
        parts.push(text.form.replace('@', text.word));
    const behind = BACKGROUNDS.find((b) => b.id === background);
    if (behind)
        parts.push(zh ? `背景是${behind.zh}的` : `the background is ${behind.en}`);
    return zh ? `${parts.join('。')}。` : parts.map((p) => `${capital(p)}.`).join(' ');
}
/**
 * One caption. `short` names every category with count and tint; `long` adds where single objects are, relations, the printed word
 * and the background. Without `rng` the first phrasing and the drawing order are used.
 */
export function caption(scene, options) {
    return writeCaption(planCaption(scene, options));
}
/**
 * The scene as a text grid, row by row: each cell lists what has its centre there ("red dog"), or ".". Cells are divided by "|",
 * rows by newlines. Text for pretraining a language model on where things are.
 */
export function layoutText(scene, options) {
    const { language, grid = 4, rng } = options;
    const cells = Array.from({ length: grid * grid }, () => []);
    const order = scene.objects.map((_, i) => i);
    if (rng)
        rng.shuffle(order);
    for (const i of order) {
        const o = scene.objects[i];
        const [x, y] = cellOf(scene, o, grid);
        const tint = TINTS[o.tint];
        cells[y * grid + x]?.push(language === 'zh' ? `${tint?.zh}${nameOf(o.category, 'zh')}` : `${tint?.en} ${nameOf(o.category, 'en')}`);
    }
    if (scene.text) {
        const [x, y] = cellOf(scene, scene.text, grid);
        cells[y * grid + x]?.push(language === 'zh' ? `牌子${scene.text.word}` : `sign ${scene.text.word}`);
    }
    const words = cells.map((c) => c.join(language === 'zh' ? '、' : ', ') || '.');
    return Array.from({ length: grid }, (_, y) => words.slice(y * grid, (y + 1) * grid).join(' | ')).join('\n');
}
//# sourceMappingURL=captions.js.map