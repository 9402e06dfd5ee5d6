// The language of a caption, by n-grams of letters (eld, 60 languages).

/** ISO 639-1, or an empty string where nothing can be told. Not reliable: too short, or two languages are about as likely. */
export interface LanguageGuess {
  language: string;
  reliable: boolean;
}

let loaded: Promise<(text: string) => LanguageGuess> | undefined;

/** Loads the tables of n-grams, once. */
export function languageDetector(): Promise<(text: string) => LanguageGuess> {
  loaded ??= import('eld/small').then(({ eld }) => (text: string): LanguageGuess => {
    const found = eld.detect(text);
    return { language: found.language, reliable: found.language !== '' && found.isReliable() };
  });
  return loaded;
}
