// Pairs of replies about a scene: a true caption and one that is wrong or says less, graded by what each claims, with the spans that differ.
import { changedSpans } from '../util/difference.js';
import { SensoriumError } from '../util/errors.js';
import { caption, planCaption, statements, writeCaption } from './captions.js';
import { absentCategory, groupRelates, groupsOf } from './facts.js';
import { captionRequest } from './questions.js';
import { PARTNER, SAME_THEME, TINTS } from './vocabulary.js';
/**
 * How the worse reply of a pair differs: something in it is false (`corrupted`), something is left out (`missing`), or something is false and
 * both have the same number of words (`matched`).
 */
export const PAIR_KINDS = ['corrupted', 'missing', 'matched'];
/** What a false reply is wrong about. */
export const PAIR_CHANGES = ['existence', 'object', 'color', 'count', 'relation'];
/** Kinds of claims that a reply is graded by. */
export const GRADED = ['existence', 'attribute', 'count', 'relation'];
const none = () => ({ existence: 0, attribute: 0, count: 0, relation: 0 });
const total = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
/** Grades what a caption tells by what is true of a scene. Relations that are too close to call count for nothing. */
export function gradeCaption(scene, { groups, relations }) {
    const truth = groupsOf(scene);
    const of = (group) => truth.find(({ category }) => category === group.category);
    const [right, wrong] = [none(), none()];
    const count = (kind, holds) => {
        (holds ? right : wrong)[kind]++;
    };
    for (const told of groups) {
        const own = of(told);
        count('existence', own !== undefined);
        if (!own)
            continue;
        count('attribute', own.tint === told.tint);
        count('count', own.objects.length === told.objects.length);
    }
    for (const { a, b, relation } of relations) {
        const [from, to] = [of(a), of(b)];
        if (!from || !to)
            continue;
        if (groupRelates(scene, from, to, relation))
            count('relation', true);
        else if (groupRelates(scene, from, to, OPPOSITE[relation]) || isInside(scene, from, to))
            count('relation', false);
    }
    const said = total(right) + total(wrong);
    const facts = 3 * truth.length + statements(scene, truth).length;
    const precision = said === 0 ? 1 : total(right) / said;
    const recall = facts === 0 ? 1 : total(right) / facts;
    return { right, wrong, precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}
const OPPOSITE = {
    left: 'right',
    right: 'left',
    above: 'below',
    below: 'above',
    inside: 'left',
    near: 'near',
};
/** What is inside something stands in no other relation to it. */
const isInside = (scene, a, b) => groupRelates(scene, a, b, 'inside') || groupRelates(scene, b, a, 'inside');
/** The plan with a group in the place of another, wherever it is told of. */
function replaced(plan, group, by) {
    const of = (one) => (one === group ? by : one);
    return {
        ...plan,
        groups: plan.groups.map(of),
        relations: plan.relations.map(({ a, b, relation }) => ({ a: of(a), b: of(b), relation })),
        ...(plan.placed ? { placed: { ...plan.placed, group: of(plan.placed.group) } } : {}),
    };
}
/** The plan without a group, and without all that is said of it. */
function without(plan, group) {
    const { placed, ...rest } = plan;
    return {
        ...rest,
        groups: plan.groups.filter((one) => one !== group),
        relations: plan.relations.filter(({ a, b }) => a !== group && b !== group),
        ...(placed && placed.group !== group ? { placed } : {}),
    };
}
function madeUp(plan, { rng, likely, present }) {
    const there = [...present, ...plan.groups.map(({ category }) => category)];
    const beside = present.flatMap((c) => [PARTNER[c], ...SAME_THEME[c]]).filter((c) => !there.includes(c));
    return beside.length > 0 && rng.bool(likely) ? rng.pick(beside) : absentCategory(there, rng);
}
const edits = {
    existence(plan, how) {
        if (plan.groups.length === 0)
            return undefined;
        const groups = [...plan.groups];
        const made = { category: madeUp(plan, how), tint: how.rng.int(TINTS.length), objects: [-1] };
        groups.splice(1 + how.rng.int(groups.length), 0, made);
        return { ...plan, groups };
    },
    object(plan, how) {
        if (plan.groups.length === 0)
            return undefined;
        const group = how.rng.pick(plan.groups);
        return replaced(plan, group, { ...group, category: madeUp(plan, how) });
    },
    color(plan, { rng }) {
        if (plan.groups.length === 0)
            return undefined;
        const group = rng.pick(plan.groups);
        const tint = (group.tint + 1 + rng.int(TINTS.length - 1)) % TINTS.length;
        return replaced(plan, group, { ...group, tint });
    },
    count(plan, { rng }) {
        // A thing whose place is told stays one thing.
        const groups = plan.groups.filter((group) => group !== plan.placed?.group);
        if (groups.length === 0)
            return undefined;
        const group = rng.pick(groups);
        const n = group.objects.length;
        // "A dog" is not false of two.
        const said = n > 2 && rng.bool() ? n - 1 : n + 1;
        return replaced(plan, group, { ...group, objects: Array.from({ length: said }, (_, i) => group.objects[i] ?? -1) });
    },
    relation(plan, { rng }) {
        if (plan.relations.length === 0)
            return undefined;
        const wrong = rng.int(plan.relations.length);
        const relations = plan.relations.map((told, i) => (i === wrong ? { ...told, relation: OPPOSITE[told.relation] } : told));
        return { ...plan, relations };
    },
};
const lengthOf = (text) => text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+/gu)?.length ?? 0;
/** A worse plan of a kind, and what is wrong in it; undefined where the scene has nothing for it. */
function worse(plan, kind, o) {
    const { rng, mistakes } = o;
    if (kind === 'missing') {
        let less = plan;
        for (let i = 0; i < mistakes && less.groups.length > 1; i++)
            less = without(less, rng.pick(less.groups));
        return less === plan ? undefined : { plan: less, changes: [] };
    }
    const length = lengthOf(writeCaption(plan));
    let [told, changes] = [plan, []];
    for (const change of rng.shuffle(Array.from({ length: mistakes }, () => rng.shuffle([...o.changes])).flat())) {
        if (changes.length === mistakes)
            break;
        const made = edits[change](told, o);
        if (!made || (kind === 'matched' && lengthOf(writeCaption(made)) !== length))
            continue;
        [told, changes] = [made, [...changes, change]];
    }
    return changes.length > 0 ? { plan: told, changes } : undefined;
}
/**
 * A pair of replies about a scene: a caption all of which is true, and a worse one; undefined for a scene without anything to tell. Kinds
 * and changes that the scene has nothing for give way to others.
 */
export function preferencePair(scene, { language, detail, rng, ...options }) {
    const { pairs = PAIR_KINDS, changes = PAIR_CHANGES, mistakes = 1, likely = 0.8, captions = 0, annotator } = options;
    const question = captionRequest(language, detail, rng);
    const plan = planCaption(scene, { language, detail, rng });
    const how = { rng, likely, present: plan.groups.map(({ category }) => category), mistakes };
    const order = [
        ...rng.shuffle([...pairs]).map((kind) => ({ kind, changes })),
        ...PAIR_KINDS.map((kind) => ({ kind, changes: PAIR_CHANGES })),
    ];
    for (const { kind, changes } of order) {
        const made = worse(plan, kind, { ...how, changes });
        if (!made)
            continue;
        const sides = [plan, made.plan].map((told) => ({ text: writeCaption(told), grade: gradeCaption(scene, told) }));
        const [better, other] = sides;
        if (better.text === other.text || better.grade.f1 <= other.grade.f1)
            continue;
        const [chosen, rejected] = prefers(better.text, other.text, { annotator, rng }) ? [better, other] : [other, better];
        const [ofChosen, ofRejected] = changedSpans(chosen.text, rejected.text);
        return {
            scene,
            language,
            turns: [
                { role: 'user', content: question },
                { role: 'assistant', content: chosen.text, type: 'caption' },
            ],
            chosen: chosen.text,
            rejected: rejected.text,
            kind,
            changes: made.changes,
            segments: { chosen: ofChosen, rejected: ofRejected },
            grades: { chosen: chosen.grade, rejected: rejected.grade },
            provenance: annotator
                ? { annotator: 'simulated', rates: { wrong: annotator.wrong ?? 0, long: annotator.long ?? 0 } }
                : { annotator: 'truth' },
            ...(captions > 0
                ? {
                    captions: Array.from({ length: captions }, (_, i) => caption(scene, { language, detail: 'long', rng: rng.fork('caption', i) })),
                }
                : {}),
        };
    }
    return undefined;
}
/** Whether an annotator prefers the better reply. */
export function prefers(better, worse, { annotator, rng }) {
    if (!annotator)
        return true;
    const [byLength, mistaken] = [rng.bool(annotator.long ?? 0), rng.bool(annotator.wrong ?? 0)];
    if (byLength && lengthOf(better) !== lengthOf(worse))
        return lengthOf(better) > lengthOf(worse);
    return !mistaken;
}
/** Throws `world.option` for options of pairs that cannot be. */
export function checkPairOptions({ pairs, changes, mistakes = 1, likely = 0.8, captions = 0, annotator }) {
    const fail = (place, expected, got) => {
        throw new SensoriumError('world.option', 'option out of range', { place, expected, got: String(got) });
    };
    for (const [place, given, all] of [
        ['pairs', pairs, PAIR_KINDS],
        ['changes', changes, PAIR_CHANGES],
    ])
        if (given !== undefined && (given.length === 0 || !given.every((one) => all.includes(one))))
            fail(place, `some of ${all.join(', ')}`, given.join(', ') || 'none');
    if (!Number.isInteger(mistakes) || mistakes < 1 || mistakes > 8)
        fail('mistakes', 'a whole number in 1..8', mistakes);
    if (!Number.isInteger(captions) || captions < 0 || captions > 16)
        fail('captions', 'a whole number in 0..16', captions);
    for (const [place, rate] of [
        ['likely', likely],
        ['annotator.wrong', annotator?.wrong ?? 0],
        ['annotator.long', annotator?.long ?? 0],
    ])
        if (!(rate >= 0 && rate <= 1))
            fail(place, 'a share in 0..1', rate);
}
//# sourceMappingURL=preferences.js.map