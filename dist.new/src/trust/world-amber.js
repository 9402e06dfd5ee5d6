// AMBER's discriminative questions over scenes (Wang et al. 2023): existence, attribute, number and relation, with "no" as the positive answer.
import { questionOf } from '../evaluate/benchmark.js';
import { WorldDraw } from '../evaluate/benchmarks/world/draw.js';
import { absent, anyGroup, Be, direction, exactly, nextOf, noun, one, otherTint, tint } from '../evaluate/benchmarks/world/words.js';
import { parseRobust } from '../evaluate/yes-no.js';
import { amberScoreList } from './amber.js';
const COUNTS = [1, 2, 3, 4];
/** Every number is asked for with both answers equally often. */
const asks = COUNTS.flatMap((n) => ['yes', 'no'].map((truth) => ({ truth, n })));
/** A question of each type with an answer; those that AMBER has no yes for ask about what is there apart, as `existence, balanced`. */
const types = {
    'discriminative-attribute-state': (drawn, truth) => {
        const group = anyGroup(drawn);
        return group && `${Be(group)} the ${noun(group)} ${truth === 'yes' ? tint(group) : otherTint(group, drawn)} in this image?`;
    },
    'discriminative-attribute-number': ({ groups }, truth, n) => {
        const group = groups.find(({ objects }) => objects.length === n);
        return group && exactly(group, truth === 'yes' ? n : nextOf(COUNTS, n));
    },
    'discriminative-relation': (drawn, truth) => {
        const found = direction(drawn);
        return found && `${Be(found.a)} the ${noun(found.a)} ${truth === 'yes' ? found.holds : found.opposite} the ${noun(found.b)}?`;
    },
};
const EXISTENCE = 'discriminative-hallucination';
const PRESENT = 'present';
const said = ({ messages, reply }) => parseRobust(reply, questionOf(messages));
/** AMBER's questions over scenes, `n` of each type (default 40), in English. */
export const worldAmber = (scenes) => {
    return {
        name: 'world:amber',
        title: 'world AMBER',
        about: 'yes/no questions by AMBER\'s types, "no" positive; its existence questions are all answered no, so they stand balanced beside',
        maxTokens: 24,
        *rows({ n = 40, signal }) {
            const draw = new WorldDraw(scenes, 'amber', n, signal);
            const row = (drawn, kind, question, truth) => {
                const seen = scenes.image(drawn.index);
                return question === undefined ? undefined : { kind, messages: scenes.ask(seen, question), truth, boxes: seen.boxes };
            };
            for (const [kind, make] of Object.entries(types))
                yield* draw.even(kind, asks, (drawn, { truth, n }) => row(drawn, kind, make(drawn, truth, n), truth));
            yield* draw.take(EXISTENCE, (drawn) => row(drawn, EXISTENCE, `Is there ${one(absent(drawn))} in this image?`, 'no'));
            yield* draw.take(PRESENT, (drawn) => {
                const group = anyGroup(drawn);
                return group && row(drawn, PRESENT, `Is there ${one(group.category)} in this image?`, 'yes');
            });
        },
        score(done) {
            const answers = done.map((row) => ({ type: row.kind, truth: row.truth, answer: said(row) }));
            return amberScoreList(answers.filter(({ type }) => type !== PRESENT), answers.filter(({ type }) => type === PRESENT));
        },
        right: (row) => said(row) === row.truth,
    };
};
//# sourceMappingURL=world-amber.js.map