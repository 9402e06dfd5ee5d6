/**
 * The singular of a lower-case word. Made for plural nouns and given every word of a caption, so "bus" becomes "bu", "four" becomes "fmy"
 * and "ties" becomes "ty": captions that say them are scored accordingly by the published script.
 */
export declare const singularize: (word: string) => string;
