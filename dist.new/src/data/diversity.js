// How varied the instructions of a data set are: roots of verb and noun, distinct n-grams, and which tasks it covers.
import { throwIfAborted } from '../util/errors.js';
import { pairsOf } from './instruct/facts.js';
import { wordsOf } from './instruct/parse.js';
/** Tasks that instructions about images ask for, told by their words; the first that matches. */
const TASKS = [
    ['choice', /\b(?:choose|options?|which of the following)\b|[(\s]A[.)]\s.+[(\s]B[.)]\s|选项|选择/i],
    ['count', /\bhow many\b|\bnumber of\b|\bcount\b|多少|几(?:个|只|条|头|辆|艘|本|把|架)/i],
    ['reason', /\b(?:why|explain|reason|step by step|what (?:may|might|could|would)|infer|suppose)\b|为什么|一步|解释|原因/i],
    ['read', /\b(?:read|written|says?|word|text|printed|sign)\b|写着|印着|文字/i],
    ['locate', /\b(?:where|left of|right of|above|below|inside|next to|near|position|box|bounding)\b|哪里|左边|右边|上面|下面|里面|位置/i],
    ['color', /\bcolou?rs?\b|颜色/i],
    [
        'describe',
        /\b(?:describe|description|caption|what (?:is|does) (?:in )?th(?:e|is) (?:image|picture)|what do you see|walk me through|account of)\b|描述|介绍|图中有什么|图片里有什么/i,
    ],
    ['detect', /\b(?:find|looking for|detect|point (?:at|to)|targets?)\b|找到|检测/i],
    ['exist', /^(?:is|are|do|does|can|has|have)\b|有没有|是否/i],
    ['translate', /\btranslat/i],
    ['identify', /^(?:what|which|who|name|identify)\b|是什么|哪/i],
];
/** The task of an instruction; `other` where no word tells. */
export const taskOf = (instruction) => TASKS.find(([, words]) => words.test(instruction.trim()))?.[0] ?? 'other';
const ASKING = new Set([
    'what',
    'which',
    'who',
    'whose',
    'where',
    'when',
    'why',
    'how',
    'is',
    'are',
    'do',
    'does',
    'can',
    'could',
    'has',
    'have',
    'was',
    'were',
]);
const EMPTY = new Set('the a an this that these those of in on at to for with by from and or you your me my i it its there here please all some any many much more is are do does can will would be been one very detail image picture photo photograph'.split(' '));
/**
 * The root of an instruction: its first word, which is the verb of a request or the question word, and the first word behind it that is not empty.
 * A heuristic for English where self-instruct parses; Chinese texts have none.
 */
export function rootOf(instruction) {
    const words = instruction.toLowerCase().match(/[a-z']+/g) ?? [];
    const at = words.findIndex((word) => ASKING.has(word) || !EMPTY.has(word));
    const verb = words[at];
    if (verb === undefined)
        return undefined;
    const noun = words.slice(at + 1).find((word) => !EMPTY.has(word) && !ASKING.has(word));
    return noun === undefined ? verb : `${verb} ${noun}`;
}
const SHOWN = 20;
/** The variety of instructions. */
export function diversityOf(instructions) {
    const texts = new Set();
    const grams = [new Map(), new Map(), new Map()];
    const totals = [0, 0, 0];
    const roots = new Map();
    const tasks = new Map();
    let n = 0;
    const count = (of, key) => void of.set(key, (of.get(key) ?? 0) + 1);
    for (const text of instructions) {
        n++;
        texts.add(text);
        const words = wordsOf(text);
        for (const [k, own] of grams.entries())
            for (let i = 0; i + k < words.length; i++) {
                count(own, words.slice(i, i + k + 1).join(' '));
                totals[k] = totals[k] + 1;
            }
        const root = rootOf(text);
        if (root !== undefined)
            count(roots, root);
        count(tasks, taskOf(text));
    }
    const known = TASKS.map(([name]) => name);
    const shares = known.flatMap((name) => (tasks.has(name) ? [tasks.get(name) / n] : []));
    const entropy = shares.reduce((sum, p) => sum - p * Math.log(p), 0);
    const most = [...roots].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, SHOWN);
    return {
        instructions: n,
        different: texts.size,
        distinct: grams.map((own, k) => (totals[k] ? own.size / totals[k] : 0)),
        roots: roots.size,
        commonest: most.map(([root, times]) => ({ root, n: times })),
        tasks: Object.fromEntries([...tasks].sort((a, b) => b[1] - a[1])),
        coverage: shares.length / known.length,
        evenness: entropy / Math.log(known.length),
    };
}
/** The variety of the instructions of a data set. */
export async function dataDiversity(data, { signal, onRow } = {}) {
    const all = [];
    for (let i = 0; i < data.length; i++) {
        throwIfAborted(signal);
        for (const { question } of pairsOf(await data.get(i)))
            all.push(question);
        onRow?.(i + 1);
    }
    return diversityOf(all);
}
//# sourceMappingURL=diversity.js.map