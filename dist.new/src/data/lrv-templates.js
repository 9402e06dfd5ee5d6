// The sources of LRV-Instruction's instructions, in any language: facts of an image, and templates over them.
/**
 * What an instruction does: asks for what is there; takes a thing for granted that is not there; says something wrong of a thing that is; or
 * something wrong of what one has to know or read.
 */
export const LRV_KINDS = ['positive', 'nonexistent', 'existent', 'knowledge'];
const turn = (made) => made && { question: made[0], answer: made[1] };
/** A template about a thing of the image. */
export const ofThing = (make) => (facts, rng) => facts.things.length > 0 ? turn(make(rng.pick(facts.things), facts, rng)) : undefined;
/** A template about something that is not there. */
export const ofNothing = (make) => (facts, rng) => {
    const { absent } = facts;
    const at = absent.length > 0 ? rng.weighted(absent.map(({ weight }) => weight)) : -1;
    return at < 0 ? undefined : turn(make(absent[at].name, facts, rng));
};
/** A template about something that is not there beside a thing that is. */
export const ofNothingBeside = (make) => ofNothing((name, { things }, rng) => (things.length > 0 ? make(name, rng.pick(things)) : undefined));
/** Another word than the right one; undefined where there is none. */
function otherWord(words, truth, rng) {
    const others = words.filter(({ en }) => en !== truth.en);
    return others.length === 0 ? undefined : rng.pick(others);
}
/** A template about a thing with a color that it does not have. */
export const ofColor = (make) => ofThing((thing, { colors }, rng) => {
    const wrong = thing.color && otherWord(colors, thing.color, rng);
    return wrong && thing.color && make(thing, wrong, thing.color);
});
/** A template about a thing whose number is known. */
export const ofCounted = (make) => ofThing((thing, facts, rng) => (thing.uncounted ? undefined : make(thing, facts, rng)));
/** A template about a number of things that is wrong by one or two. */
export const ofCount = (make) => ofCounted((thing, _, rng) => {
    const more = 1 + rng.int(2);
    return make(thing, { ...thing, count: thing.count > 1 && rng.bool() ? thing.count - 1 : thing.count + more });
});
const OPPOSITE = { left: 'right', right: 'left', above: 'below', below: 'above' };
/** A template about where a thing is from another one: the right direction and the opposite. */
export const ofRelation = (make) => (facts, rng) => {
    if (facts.relations.length === 0)
        return undefined;
    const { a, b, relation } = rng.pick(facts.relations);
    return turn(make(a, b, relation, OPPOSITE[relation]));
};
/** A template about something to know or read. */
export const ofKnowledge = (make) => (facts, rng) => {
    if (facts.knowledge.length === 0)
        return undefined;
    const known = rng.pick(facts.knowledge);
    const wrong = otherWord(known.others, known.truth, rng);
    return wrong && turn(make(known, wrong));
};
//# sourceMappingURL=lrv-templates.js.map