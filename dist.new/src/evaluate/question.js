// What a yes/no question asks for: the noun of "Is there a dog in the image?", or the words that an answer has to affirm.
import { toSimplified } from './chinese.js';
import { memo } from './memo.js';
import { plurals } from './mentions.js';
import { plainMarks } from './reply.js';
// Names that people use for one thing, and the classes it belongs to.
const synonyms = [
    'dog puppy pup canine hound doggy doggie',
    'cat kitten kitty feline',
    'person persons people human man men woman women boy girl child children kid baby human someone somebody anyone anybody lady guy pedestrian player rider skier surfer skateboarder worker crowd passenger student teacher chef officer cyclist driver soldier doctor nurse tourist customer farmer dancer',
    'sofa couch settee',
    'tv television telly',
    'bicycle bike',
    'motorcycle motorbike',
    'airplane aeroplane plane aircraft jet',
    'car automobile sedan',
    'refrigerator fridge',
    'cell_phone cellphone mobile_phone smartphone phone',
    'bird parrot pigeon seagull sparrow duck goose owl eagle',
    'horse pony foal',
    'sheep lamb',
    'cow cattle bull calf',
    'donut doughnut',
    'laptop notebook_computer',
    'backpack rucksack',
    'dining_table dinner_table',
].map((row) => row.split(' ').map((name) => name.split('_')));
const classes = [
    [
        'animal creature pet wildlife',
        'dog cat bird horse sheep cow elephant bear zebra giraffe fish rabbit fox pig monkey lion tiger mouse goat',
    ],
    ['vehicle', 'car bus truck train bicycle motorcycle airplane boat van taxi tram'],
    ['furniture', 'chair sofa bed dining_table table desk'],
    ['food fruit', 'apple banana orange pear grape strawberry lemon'],
    ['food', 'pizza cake sandwich hot_dog donut carrot broccoli'],
    ['cutlery utensil', 'fork knife spoon'],
];
const chineseSynonyms = ['狗 犬', '汽车 轿车', '自行车 单车 脚踏车', '摩托车 机车', '电视 电视机', '飞机 客机', '沙发 长沙发'].map((row) => row.split(' '));
/** Denied, these deny everything. */
const anything = ['such', 'object', 'thing', 'item'];
const articles = /^(?:a|an|any|the|some|at least one|one or more|another|visible|clearly visible)\s+/;
const picture = '(?:image|picture|photo|photograph|scene|frame|figure|shot|video)';
const place = /\s+(?:in|on|at|near|next to|beside|behind|under|above|below|inside|within|around|here|there|visible|present|shown|depicted|anywhere|that|which|who|or not)\b.*$/;
const existence = [
    /^(?:is|are|was|were) there (.+)$/,
    /^(?:do|can|could|did|would) (?:you|we|one) (?:\w+ly )?(?:see|find|spot|detect|identify|observe|notice|recognize|locate) (.+)$/,
    new RegExp(`^(?:does|do|did) (?:the|this|that) ${picture} (?:contain|show|have|include|depict|feature|display) (.+)$`),
    /^(?:is|are|was|were) ((?:an?|any|some) .+?)(?: (?:visible|present|shown|depicted|seen|pictured|located|detected|in|on|to be seen)\b.*)$/,
    /^(?:is|are) (?:the |)(.+?) (?:visible|present|shown|depicted|seen|pictured|in the (?:image|picture|photo|scene))\b.*$/,
];
const small = new Set('a an the any some of in on at to is are was were do does did has have had can could this that these those it its there be being or and with for image picture photo photograph scene you see'.split(' '));
const sided = /^(?:is|are) (?:the |an? )?(?:\w+ )*?(\w+) (?:\w+ing )?(?:to|on|at) the (left|right)(?: side)? of (?:the |an? )?(?:\w+ )*?(\w+)$/;
function singular(word) {
    const known = { people: 'person', men: 'man', women: 'woman', children: 'child', mice: 'mouse', geese: 'goose', knives: 'knife' }[word];
    if (known)
        return known;
    if (/(?:ss|us|is)$/.test(word) || !word.endsWith('s'))
        return word;
    if (/ies$/.test(word))
        return `${word.slice(0, -3)}y`;
    return /(?:[sxz]|ch|sh)es$/.test(word) && !/(?:ses|horses|houses)$/.test(word) ? word.slice(0, -2) : word.slice(0, -1);
}
const withPlurals = (names) => {
    const all = new Map();
    for (const name of names)
        for (const form of [name.join(' '), ...plurals(name.join(' '))])
            all.set(form, form.split(' '));
    return [...all.values()];
};
/** The names of what a question asks to count ("How many dogs …?", 有几只狗); undefined for any other question. */
export const countedNames = memo((question) => {
    const text = plainMarks(question).toLowerCase().trim();
    if (/\p{Script=Han}/u.test(text)) {
        const noun = new RegExp(`(?:几|多少)${measure}?的?([^?吗呢在是有正,。]+)`, 'u').exec(toSimplified(text))?.[1]?.trim();
        return noun ? [[noun]] : undefined;
    }
    const noun = /\bhow many (?:different |visible )?(.+?)(?= (?:is|are|was|were|do|does|did|can|could|have|has|in|on|at|there|you|visible|shown|wear\w*)\b|[?.,]|$)/.exec(text)?.[1] ?? /\bnumber of (.+?)(?= (?:is|are|in|on|at|visible|shown)\b|[?.,]|$)/.exec(text)?.[1];
    const words = noun?.split(/[^\p{L}\p{N}']+/u).filter(Boolean) ?? [];
    return words.length > 0 && words.length < 5 ? nounTopic(words).names : undefined;
});
/** The topic of a question in English or Chinese; undefined for a question that is not a yes/no question or is in another form. */
export const topicOf = memo((question) => {
    const text = plainMarks(question).toLowerCase().trim();
    if (/\p{Script=Han}/u.test(text))
        return chineseTopic(toSimplified(text));
    const first = text
        .split('\n')
        .map((line) => /((?:is|are|was|were|do|does|did|can|could|has|have)\b[^?]*)(?:\?|$)/.exec(line)?.[1]?.trim())
        .find(Boolean);
    if (first === undefined)
        return undefined;
    const sentence = first.replace(/[.!,"']+$/, '').replace(/\s+/g, ' ');
    for (const form of existence) {
        const found = form.exec(sentence)?.[1];
        if (found === undefined)
            continue;
        const noun = found.replace(articles, '').replace(place, '').replace(articles, '').trim();
        const words = noun.split(/[^\p{L}\p{N}']+/u).filter(Boolean);
        if (words.length === 0 || words.length > 6)
            return undefined;
        return nounTopic(words);
    }
    const words = sentence
        .replace(new RegExp(`\\s+in (?:the|this) ${picture}$`), '')
        .split(/[^\p{L}\p{N}']+/u)
        .filter((word) => word && !small.has(word));
    const asked = words.length > 1 ? words.slice(1) : words;
    const subject = words.length > 1 ? { subject: words[0] } : {};
    const [, noun, direction, last] = sided.exec(sentence) ?? [];
    const side = noun && last ? { side: { side: direction, subject: noun, other: last } } : {};
    return asked.length ? { names: [asked], denied: [asked], exists: false, ...subject, ...side } : undefined;
});
function nounTopic(words) {
    const name = [...words.slice(0, -1), singular(words.at(-1))];
    const same = (a, b) => a.join(' ') === b.join(' ');
    const row = synonyms.find((names) => names.some((other) => same(other, name)));
    // "Is there a puppy?" is not answered by "There is a dog": only the first name of a row stands for all.
    const names = row && (same(row[0], name) || row.length < 4) ? row : [name];
    const head = [name.at(-1)];
    const key = (row?.[0] ?? name).join('_');
    const wider = classes.flatMap(([names, members]) => (members.split(' ').includes(key) ? names.split(' ') : []));
    return {
        names: withPlurals(names),
        denied: withPlurals([...names, ...(row ? [row[0]] : []), head, ...[...wider, ...anything].map((word) => [word])]),
        exists: true,
    };
}
const measure = '[只个個条辆张朵块把本颗种匹头架位名群些隻條輛張顆種頭]';
function chineseTopic(text) {
    const bare = text.replace(/[\s，,。!！?？]/g, '');
    const found = new RegExp(`(?:有没有|是否有|有无|是否存在|是否包含|是否出现|能否看到|能不能看到|是不是有|包含|存在|出现|看到|看见|看得到|有)(?:了|任何)?(?:[一几两二三某]${measure}|${measure})?(.+?)(?:吗|么|呢|吧|存在|出现)?(?:请.*)?$`).exec(bare)?.[1];
    if (!found)
        return undefined;
    const names = (chineseSynonyms.find((row) => row.includes(found)) ?? [found]).map((name) => [name]);
    return { names, denied: names, exists: true };
}
//# sourceMappingURL=question.js.map