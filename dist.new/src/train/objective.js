// What a training stage is to the loop: which parameters, which graph, which batch at which step.
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
/** Throws `train.objective` for what cannot be trained: parts that are missing or of other types, parameters both trained and frozen. */
export function assertObjective(objective) {
    const o = (typeof objective === 'object' ? (objective ?? {}) : {});
    const fail = (place, expected, got) => {
        throw new SensoriumError('train.objective', 'the objective cannot be trained', { place, expected, got: show(got) });
    };
    if (typeof o.name !== 'string' || o.name === '')
        fail('objective.name', 'a name', o.name);
    const place = `objective ${o.name}`;
    if (!Array.isArray(o.trained))
        fail(`${place}: trained`, 'a list of parameters', o.trained);
    if (!(o.frozen instanceof Map))
        fail(`${place}: frozen`, 'a Map from parameters to their values', o.frozen);
    for (const key of ['graph', 'batch'])
        if (typeof o[key] !== 'function')
            fail(`${place}: ${key}`, 'a function', o[key]);
    const both = o.trained.find((p) => o.frozen.has(p));
    if (both)
        fail(`${place}: ${both.name}`, 'a parameter that is trained or frozen', 'one that is both');
}
//# sourceMappingURL=objective.js.map