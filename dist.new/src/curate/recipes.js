// The published ways in which pretraining data were filtered, as lists of filters with their numbers.
import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
/**
 * Conceptual Captions (Sharma et al. 2018, section 3; sizes and shape as the paper of CC12M recalls them): JPEG, both sides above 400 pixels,
 * at most 2 to 1; a noun, a determiner and a preposition, few repeated words, no boilerplate; a label of the image in the caption; hypernyms.
 */
const cc3m = {
    name: 'cc3m',
    about: 'Conceptual Captions: JPEG above 400 pixels, 2 to 1, full sentences, a label in the caption, hypernyms',
    filters: [
        { name: 'format', settings: { allow: 'jpeg' } },
        { name: 'size', settings: { min: 401 } },
        { name: 'aspect', settings: { max: 2 } },
        { name: 'grammar', settings: { noun: true, determiner: true, preposition: true } },
        { name: 'repetition', settings: { max: 0.2 } },
        { name: 'banned' },
        { name: 'labels', settings: { min: 1 } },
    ],
    transforms: ['hypernyms', 'digits'],
    without: 'ratios of word classes, capitalization and rare words (their numbers are not published), sentiment, detectors of pornography; entities of a knowledge graph',
};
/** Conceptual 12M (Changpinyo et al. 2021, section 2): CC3M's filters relaxed; names of persons are replaced, hypernyms are not. */
const cc12m = {
    name: 'cc12m',
    about: 'Conceptual 12M: 2.5 to 1, 3 to 256 words, a noun and a determiner, at most 0.2 repeated; <PERSON> for names',
    filters: [
        { name: 'format', settings: { allow: 'jpeg' } },
        { name: 'size', settings: { min: 401 } },
        { name: 'aspect', settings: { max: 2.5 } },
        { name: 'words', settings: { min: 3, max: 256 } },
        { name: 'grammar', settings: { noun: true, determiner: true, preposition: false } },
        { name: 'repetition', settings: { max: 0.2 } },
        { name: 'banned' },
        { name: 'labels', settings: { min: 1 } },
    ],
    transforms: ['persons'],
    without: 'words that are rare in the whole corpus (fewer than 20), detectors of pornography; entities of a language service',
};
/** SBU Captions (Ordonez et al. 2011): two words of a term list and a preposition of place. The least of three words is ours: theirs is not published. */
const sbu = {
    name: 'sbu',
    about: 'SBU Captions: two content words and a preposition of place',
    filters: [
        { name: 'words', settings: { min: 3 } },
        { name: 'spatial', settings: { terms: 2 } },
    ],
    without: 'the term list (not published): every content word counts',
};
/**
 * LAION-400M and LAION-5B (Schuhmann et al. 2021, 2022): captions of 5 characters, files of 5 KB, and the cosine of OpenAI's ViT-B/32:
 * 0.28 for English, 0.26 for other languages (0.3 in LAION-400M).
 */
const laion = {
    name: 'laion',
    about: 'LAION-5B: 5 characters, 5 KB, CLIP cosine 0.28 (English) or 0.26',
    filters: [
        { name: 'length', settings: { min: 5, max: 1_000_000 } },
        { name: 'size', settings: { min: 1, bytes: 5000 } },
        { name: 'clip', settings: { min: 0.28, other: 0.26 } },
    ],
    without: 'scores of explicit content and watermarks; the thresholds are those of the CLIP that they used',
};
/** COYO-700M (Byeon et al. 2022, README of the data set): sizes, English, 6 characters, 3 to 256 words, a noun, at most 10 times, pHash with text. */
const coyo = {
    name: 'coyo',
    about: 'COYO-700M: 200 pixels, 5 KB, 3 to 1, English, 3 to 256 words, a noun, at most 10 times, no repeated pair',
    filters: [
        { name: 'size', settings: { min: 200, bytes: 5000 } },
        { name: 'aspect', settings: { max: 3 } },
        { name: 'language', settings: { allow: 'en' } },
        { name: 'length', settings: { min: 6, max: 1_000_000 } },
        { name: 'words', settings: { min: 3, max: 256 } },
        { name: 'grammar', settings: { noun: true } },
        { name: 'frequency', settings: { max: 10 } },
        { name: 'banned' },
        { name: 'duplicate', settings: { by: 'pair' } },
    ],
    without: 'scores of explicit images, the pHash of other public data sets; its lists of explicit words',
};
/** Every recipe. */
export const CURATE_RECIPES = [cc3m, cc12m, sbu, laion, coyo];
/** A recipe by its name. Errors: `curate.option`. */
export function curateRecipe(name) {
    const found = CURATE_RECIPES.find((recipe) => recipe.name === name);
    if (found)
        return found;
    const names = CURATE_RECIPES.map((recipe) => recipe.name);
    const near = nearest(name, names);
    throw new SensoriumError('curate.option', 'there is no such recipe of filters', {
        expected: names.join(', '),
        got: name,
        hint: near ? `Did you mean ${near}?` : undefined,
    });
}
//# sourceMappingURL=recipes.js.map