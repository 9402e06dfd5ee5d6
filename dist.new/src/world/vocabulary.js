// The closed vocabulary of the scene world: categories, tints, styles, printed words and their English and Chinese names.
export const RELATIONS = ['left', 'right', 'above', 'below', 'inside', 'near'];
// theme: id hexcode zh measure [plural] [container]
const table = {
    farm: 'dog 1f436 狗 只|cat 1f431 猫 只|rabbit 1f430 兔子 只|cow 1f404 牛 头|pig 1f437 猪 头',
    wild: 'elephant 1f418 大象 头|giraffe 1f992 长颈鹿 只|turtle 1f422 乌龟 只|butterfly 1f98b 蝴蝶 只 butterflies|snail 1f40c 蜗牛 只',
    sea: 'fish 1f41f 鱼 条 fish|boat 26f5 船 艘|anchor 2693 锚 个|crab 1f980 螃蟹 只',
    kitchen: 'cup 2615 杯子 个|teapot 1fad6 茶壶 把|cake 1f382 蛋糕 个|pizza 1f355 披萨 块|bucket 1faa3 水桶 个 buckets container',
    garden: 'apple 1f34e 苹果 个|pineapple 1f34d 菠萝 个|mushroom 1f344 蘑菇 个|basket 1f9fa 篮子 个 baskets container',
    street: 'car 1f697 汽车 辆|bus 1f68c 公交车 辆 buses|bicycle 1f6b2 自行车 辆|house 1f3e0 房子 座|tree 1f333 树 棵|umbrella 2602 雨伞 把',
    sky: 'airplane 2708 飞机 架|rocket 1f680 火箭 枚|star 2b50 星星 颗|balloon 1f388 气球 个',
    school: 'book 1f4d5 书 本|pencil 270f 铅笔 支|key 1f511 钥匙 把|clock 23f0 闹钟 个',
    home: 'chair 1fa91 椅子 把|box 1f4e6 箱子 个 boxes container|bathtub 1f6c1 浴缸 个 bathtubs container',
    clothes: 'hat 1f3a9 帽子 顶|shoe 1f45f 鞋子 只|shirt 1f455 衬衫 件|dress 1f457 裙子 条 dresses',
    party: 'guitar 1f3b8 吉他 把|gift 1f381 礼物 份|ball 26bd 足球 个|bell 1f514 铃铛 个',
};
/** The 48 categories, each drawn in all three styles, chosen to be told apart by shape alone at 14-30 px. */
export const CATEGORIES = Object.entries(table).flatMap(([theme, rows]) => rows.split('|').map((row) => {
    const [id = '', hexcode = '', zh = '', measure = '个', plural, container] = row.split(' ');
    return { id, hexcode, en: id, enPlural: plural ?? `${id}s`, zh, measure, theme, ...(container ? { container: true } : {}) };
}));
/** The eight tints; `zh` is the full colour word. */
export const TINTS = [
    { id: 'red', en: 'red', zh: '红色', rgb: [214, 30, 36] },
    { id: 'orange', en: 'orange', zh: '橙色', rgb: [246, 130, 12] },
    { id: 'yellow', en: 'yellow', zh: '黄色', rgb: [240, 208, 20] },
    { id: 'green', en: 'green', zh: '绿色', rgb: [38, 150, 50] },
    { id: 'blue', en: 'blue', zh: '蓝色', rgb: [28, 92, 220] },
    { id: 'purple', en: 'purple', zh: '紫色', rgb: [128, 44, 190] },
    { id: 'pink', en: 'pink', zh: '粉色', rgb: [252, 112, 190] },
    { id: 'gray', en: 'gray', zh: '灰色', rgb: [120, 120, 120] },
];
/** Drawing styles; the held-out one appears only in the split `test-style`. */
export const STYLES = [
    { id: 'noto', heldOut: false },
    { id: 'fluent', heldOut: false },
    { id: 'twemoji', heldOut: true },
];
/** Words that signs carry, printed in capitals, answered in lower case. */
export const WORDS = ('stop go exit open sale taxi cafe park bank zoo milk tea hot ice new old ' +
    'left up down push pull free gym pool shop food bar jazz quiz yes').split(' ');
/** Background patterns; held-out ones appear only in the split `test-backgrounds`. */
export const BACKGROUNDS = [
    { id: 'plain', heldOut: false, en: 'plain', zh: '纯色' },
    { id: 'gradient', heldOut: false, en: 'gradient', zh: '渐变' },
    { id: 'stripes', heldOut: false, en: 'striped', zh: '条纹' },
    { id: 'checks', heldOut: false, en: 'checkered', zh: '格子' },
    { id: 'speckle', heldOut: false, en: 'speckled', zh: '斑点' },
    { id: 'diagonal', heldOut: true, en: 'diagonally striped', zh: '斜纹' },
    { id: 'rings', heldOut: true, en: 'ringed', zh: '圆环' },
];
/** Themes in table order. */
export const THEMES = Object.keys(table);
/** Category indices that share the theme of category `c`, itself left out. */
export const SAME_THEME = CATEGORIES.map((a, i) => CATEGORIES.flatMap((b, j) => (j !== i && b.theme === a.theme ? [j] : [])));
/** The fixed partner of each category: the next one of its theme, the strongest co-occurrence of the prior dial. */
export const PARTNER = CATEGORIES.map((a, i) => {
    const next = CATEGORIES[i + 1];
    return next?.theme === a.theme ? i + 1 : CATEGORIES.findIndex((c) => c.theme === a.theme);
});
/** Indices of the container categories. */
export const CONTAINERS = CATEGORIES.flatMap((c, i) => (c.container ? [i] : []));
/** Index of a category by id or English name; -1 when unknown. */
export function categoryIndex(name) {
    return CATEGORIES.findIndex((c) => c.id === name);
}
/** The name of a category in one language, plural in English when `count` is not 1. */
export function nameOf(category, language, count = 1) {
    const c = CATEGORIES[category];
    if (language === 'zh')
        return c.zh;
    return count === 1 ? c.en : c.enPlural;
}
/** The English indefinite article for a word. */
export function article(word) {
    return /^[aeiou]/.test(word) ? 'an' : 'a';
}
//# sourceMappingURL=vocabulary.js.map