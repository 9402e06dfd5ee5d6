// The singular of an English word as the published CHAIR script takes it: the suffix rules of pattern.en, with their mistakes.
import { memo } from '../evaluate/memo.js';
const list = (words) => words.split(' ');
/** Words that stay as they are, and so does every word that one of them ends with ("as" of "christmas"). */
const kept = list('advice bison bread bream breeches britches butter carp chassis cheese christmas clippers cod contretemps corps debris diabetes djinn ' +
    'eland electricity elk equipment flounder fruit furniture gallows garbage georgia graffiti gravel happiness headquarters herpes high-jinks ' +
    'homework information innings jackanapes ketchup knowledge love luggage mackerel mathematics mayonnaise measles meat mews mumps mustard ' +
    'news pincers pliers proceedings progress rabies research rice salmon sand scissors series shears software species swine swiss trout tuna ' +
    'understanding water whiting wildebeest');
/** Words in -ie whose plural is taken for a singular: "cookies" stays "cookies". */
const diminutives = list('alergie auntie beanie birdie bogie bombie collie cookie cutie doggie eyrie freebie goonie groupie hankie hippie hoagie hottie indie junkie ' +
    'laddie laramie lingerie meanie newbie nightie oldie pixie quickie reverie rookie softie sortie stoolie sweetie techie toughie valkyrie ' +
    'veggie weenie yuppie zombie');
/** Endings that change by themselves, at the end of a longer word too: "women", and "four" because of "our". */
const irregular = list('atlantes:atlas atlases:atlas axes:axe beeves:beef brethren:brother children:child corpora:corpus corpuses:corpus ephemerides:ephemeris ' +
    'feet:foot ganglia:ganglion geese:goose genera:genus genii:genie graffiti:graffito helves:helve kine:cow leaves:leaf loaves:loaf men:man ' +
    'mongooses:mongoose monies:money moves:move mythoi:mythos numena:numen occipita:occiput octopodes:octopus opera:opus opuses:opus our:my ' +
    'oxen:ox penes:penis penises:penis people:person sexes:sex soliloquies:soliloquy teeth:tooth testes:testis trilbys:trilby turves:turf zoa:zoon').map((pair) => pair.split(':'));
/**
 * What ends with the first becomes the second; the first that fits is taken. A group in the first is kept as $1. `|` inside a bracket is a
 * letter like the others, as in the published rules.
 */
const endings = [
    ['(.)ae', '$1a'],
    ['(.)itis', '$1itis'],
    ['(.)eaux', '$1eau'],
    ['(quiz)zes', '$1'],
    ['(matr)ices', '$1ix'],
    ['(ap|vert|ind)ices', '$1ex'],
    ['(alias|status)es', '$1'],
    ['([octp|vir])i', '$1us'],
    ['(cris|ax|test)es', '$1is'],
    ['(shoe|sive|tive|hive)s', '$1'],
    ['oes', 'o'],
    ['buses', 'bus'],
    ['([ml|])ice', '$1ouse'],
    ['(x|ch|ss|sh)es', '$1'],
    ['movies', 'movie'],
    ['(.)ombies', '$1ombie'],
    ['series', 'series'],
    ['([^aeiouy]|qu)ies', '$1y'],
    ['([aeo]l|[^d]ea|ar)ves', '$1f'],
    ['erves', 'erve'],
    ['([nlw]i)ves', '$1fe'],
    ['([lr])ves', '$1f'],
    ['([aeo])ves', '$1ve'],
    ['([^f])ves', '$1fe'],
    ['(naly|ba|diagno|parenthe|progno|synop|the)ses', '$1sis'],
    ['(.)opses', '$1opsis'],
    ['(.)yses', '$1ysis'],
    ['(h|d|r|o|n|b|cl|p)oses', '$1ose'],
    ['(.)oses', '$1osis'],
    ['([ti])a', '$1um'],
    ['news', 'news'],
    ['s', ''],
].map(([ending, single]) => [new RegExp(`${ending}$`), single]);
const prepositions = /^[^-]+-(?:about|above|across|after|among|around|at|athwart|before|behind|below|beneath|besides?|between|betwixt|beyond|but|by|during|except|for|from|in|into|near|off?|on|onto|out|over|since|till|to|under|until|unto|upon|with)(?:-|$)/;
/**
 * The singular of a lower-case word. Made for plural nouns and given every word of a caption, so "bus" becomes "bu", "four" becomes "fmy"
 * and "ties" becomes "ty": captions that say them are scored accordingly by the published script.
 */
export const singularize = memo((word) => {
    if (prepositions.test(word)) {
        const at = word.indexOf('-');
        return singularize(word.slice(0, at)) + word.slice(at);
    }
    if (word.endsWith("'"))
        return `${singularize(word.slice(0, -1))}'s`;
    if (kept.some((whole) => whole.endsWith(word)))
        return word;
    if (diminutives.some((one) => word.endsWith(`${one}s`)))
        return word;
    const odd = irregular.find(([plural]) => word.endsWith(plural));
    if (odd)
        return word.slice(0, -odd[0].length) + odd[1];
    const rule = endings.find(([ending]) => ending.test(word));
    return rule ? word.replace(...rule) : word;
});
//# sourceMappingURL=singularize.js.map