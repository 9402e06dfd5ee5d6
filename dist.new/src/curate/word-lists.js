// Closed classes of English words that the published rules ask for, and phrases of alternative texts that describe nothing. Lists of our own.
const list = (words) => words.split(/\s+/).filter(Boolean);
/** Determiners, articles among them. */
export const DETERMINERS = new Set(list('a an the this that these those my your his her its our their some any each every both all no another other either neither several many few one two three four five six seven eight nine ten'));
/** Prepositions of place and direction: what SBU means by spatial ones. */
export const SPATIAL = new Set(list('on in under below beneath underneath above over behind beside besides between among against near next by at inside into onto outside off along across around through towards toward within upon atop amid beyond opposite up down from'));
/** All prepositions. */
export const PREPOSITIONS = new Set([
    ...SPATIAL,
    ...list('of for with without about after before during since until to as like than via per despite except'),
]);
/** Words that name nothing: they are neither a caption's content nor its nouns. */
export const FUNCTION_WORDS = new Set([
    ...DETERMINERS,
    ...PREPOSITIONS,
    ...list('i you he she it we they me him us them who whom whose which what when where why how and or but nor so yet if because while although though is are was were be been being am do does did done have has had having will would shall should can could may might must not very too also just only there here then now more most less least such own same again once please click get see new best good great'),
]);
/** Phrases that alternative texts and file names are made of, beside a picture that they do not describe (CC3M's boilerplate, COYO's examples). */
export const BOILERPLATE = [
    'click to enlarge',
    'click here',
    'click for',
    'click to view',
    'embedded image permalink',
    'profile photo',
    'profile picture',
    'image may contain',
    'thumbnail for',
    'thumbnail of',
    'image for',
    'picture of the day',
    'stock photo',
    'stock image',
    'royalty free',
    'load image into gallery viewer',
    'image not available',
    'no image available',
    'image coming soon',
    'photo by',
    'image credit',
    'getty images',
    'all rights reserved',
    'add to cart',
    'buy now',
    'free shipping',
    'read more',
    'loading',
    'untitled',
    'screenshot of',
    'file name',
    'lightbox',
];
/** Words that mark explicit content; a list of a few, to be replaced with one of your own (`words` of the filter). */
export const EXPLICIT = new Set(list('porn porno xxx nude nudes nsfw sex sexy hentai milf camgirl escort escorts onlyfans'));
//# sourceMappingURL=word-lists.js.map