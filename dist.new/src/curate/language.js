// The language of a caption, by n-grams of letters (eld, 60 languages).
let loaded;
/** Loads the tables of n-grams, once. */
export function languageDetector() {
    loaded ??= import('eld/small').then(({ eld }) => (text) => {
        const found = eld.detect(text);
        return { language: found.language, reliable: found.language !== '' && found.isReliable() };
    });
    return loaded;
}
//# sourceMappingURL=language.js.map