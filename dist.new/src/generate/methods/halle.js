// The option `halle` of a request: how far the HallE switch of the model is turned for its reply.
import { SensoriumError } from '../../util/errors.js';
import { checkOption } from '../processors/check.js';
/** Prompts and sequences with the switch turned. Errors: `generate.option` out of range. */
export function halle({ epsilon }) {
    checkHalle({ epsilon });
    const turned = (list) => list.map((one) => ({ ...one, epsilon }));
    return (policy) => ({
        capacity: policy.capacity,
        vocabSize: policy.vocabSize,
        room: (prompt) => policy.room(prompt),
        start: (prompts) => policy.start(turned(prompts)),
        step: (rows, ids) => policy.step(rows, ids),
        select: (rows, parents, reserve) => policy.select(rows, parents, reserve),
        read: (sequences) => policy.read(turned(sequences)),
        score: (sequences) => policy.score(turned(sequences)),
    });
}
/** Throws `generate.option` for an epsilon out of range. */
export function checkHalle({ epsilon }) {
    checkOption(epsilon >= -1 && epsilon <= 1, 'halle.epsilon', '-1 to 1', epsilon);
}
/** Throws `generate.method` for a switch that is turned in a model without one. Encoder-decoders have none. */
export function checkSwitch(language, { epsilon }) {
    if (language.switched || epsilon === undefined)
        return;
    throw new SensoriumError('generate.method', 'the model has no HallE switch', {
        place: 'halle',
        expected: 'a model with the adapter halle() in its config.json',
        got: 'one without',
        hint: 'Leave the option out, or train a switch: recipes/halle.ts',
    });
}
//# sourceMappingURL=halle.js.map