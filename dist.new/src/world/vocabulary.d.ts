export interface Category {
    /** Stable English identifier, equal to the singular name with no spaces. */
    id: string;
    /** Unicode code point of the emoji that draws it, as the icon packages name it. */
    hexcode: string;
    /** Singular English name. */
    en: string;
    /** Plural English name. */
    enPlural: string;
    /** Simplified Chinese name. */
    zh: string;
    /** Chinese measure word. */
    measure: string;
    /** Co-occurrence group used by the language-prior dial. */
    theme: string;
    /** True when other objects can be drawn inside it. */
    container?: boolean;
}
export declare const RELATIONS: readonly ['left', 'right', 'above', 'below', 'inside', 'near'];
export type Relation = (typeof RELATIONS)[number];
export type Language = 'en' | 'zh';
export type StyleId = 'noto' | 'fluent' | 'twemoji';
/** The 48 categories, each drawn in all three styles, chosen to be told apart by shape alone at 14-30 px. */
export declare const CATEGORIES: readonly Category[];
/** The eight tints; `zh` is the full colour word. */
export declare const TINTS: readonly {
    id: string;
    en: string;
    zh: string;
    rgb: [number, number, number];
}[];
/** Drawing styles; the held-out one appears only in the split `test-style`. */
export declare const STYLES: readonly {
    id: StyleId;
    heldOut: boolean;
}[];
/** Words that signs carry, printed in capitals, answered in lower case. */
export declare const WORDS: readonly string[];
/** Background patterns; held-out ones appear only in the split `test-backgrounds`. */
export declare const BACKGROUNDS: readonly [{
    readonly id: 'plain';
    readonly heldOut: false;
    readonly en: 'plain';
    readonly zh: '纯色';
}, {
    readonly id: 'gradient';
    readonly heldOut: false;
    readonly en: 'gradient';
    readonly zh: '渐变';
}, {
    readonly id: 'stripes';
    readonly heldOut: false;
    readonly en: 'striped';
    readonly zh: '条纹';
}, {
    readonly id: 'checks';
    readonly heldOut: false;
    readonly en: 'checkered';
    readonly zh: '格子';
}, {
    readonly id: 'speckle';
    readonly heldOut: false;
    readonly en: 'speckled';
    readonly zh: '斑点';
}, {
    readonly id: 'diagonal';
    readonly heldOut: true;
    readonly en: 'diagonally striped';
    readonly zh: '斜纹';
}, {
    readonly id: 'rings';
    readonly heldOut: true;
    readonly en: 'ringed';
    readonly zh: '圆环';
}];
export type BackgroundKind = (typeof BACKGROUNDS)[number]['id'];
/** Themes in table order. */
export declare const THEMES: readonly string[];
/** Category indices that share the theme of category `c`, itself left out. */
export declare const SAME_THEME: readonly (readonly number[])[];
/** The fixed partner of each category: the next one of its theme, the strongest co-occurrence of the prior dial. */
export declare const PARTNER: readonly number[];
/** Indices of the container categories. */
export declare const CONTAINERS: readonly number[];
/** Index of a category by id or English name; -1 when unknown. */
export declare function categoryIndex(name: string): number;
/** The name of a category in one language, plural in English when `count` is not 1. */
export declare function nameOf(category: number, language: Language, count?: number): string;
/** The English indefinite article for a word. */
export declare function article(word: string): string;
