// The kinds of things that common names stand for: LRV-Instruction's false knowledge.
const KINDS = [
    {
        en: 'animal',
        zh: '动物',
        names: 'dog cat rabbit cow pig elephant giraffe turtle butterfly snail fish crab bird horse sheep bear zebra lion tiger mouse duck chicken goat monkey',
    },
    {
        en: 'vehicle',
        zh: '交通工具',
        names: 'boat car bus bicycle airplane rocket motorcycle train truck ship van scooter helicopter tram',
    },
    {
        en: 'food',
        zh: '食物',
        names: 'cake pizza apple pineapple mushroom banana sandwich orange broccoli carrot donut hotdog bread egg cheese strawberry lemon pear grape',
    },
    { en: 'garment', zh: '衣物', names: 'hat shoe shirt dress tie coat sock glove scarf skirt sweater' },
    { en: 'plant', zh: '植物', names: 'tree flower bush grass' },
];
const kindOf = new Map(KINDS.flatMap(({ en, zh, names }) => names.split(' ').map((name) => [name, { en, zh }])));
/** All kinds. */
export const ALL_KINDS = KINDS.map(({ en, zh }) => ({ en, zh }));
/** The kind of a thing by its English name; undefined where it is not known. */
export const kindOfThing = (name) => kindOf.get(name.toLowerCase().replaceAll(' ', ''));
//# sourceMappingURL=lrv-kinds.js.map