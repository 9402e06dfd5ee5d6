// Learning rates of parts: peaks by the names and patterns that `train` takes, resolved to the parameters that learn.
import { SensoriumError } from '../util/errors.js';
import { learningRate } from './schedule.js';
import { selectNamed } from './select.js';
/**
 * The parameters of every part in `rates`. Where one part lies inside another (`layers.20-` in `language`), the inner one's rate counts.
 * Errors: `train.option` for a name that selects nothing, or nothing that learns, with the nearest one, and for parts that overlap otherwise.
 */
export function partRates(rates, trained, o) {
    const { network, place } = o;
    const learn = new Set(trained);
    const parts = Object.entries(rates).map(([name, peak]) => {
        const found = selectNamed(name, { network, all: network?.parameters() ?? trained, option: 'learningRates', place });
        const parameters = new Set(found.filter((p) => learn.has(p)));
        if (parameters.size === 0)
            throw new SensoriumError('train.option', `'learningRates' names a part that does not learn: ${name}`, {
                place: `${place}: learningRates.${name}`,
                expected: "a part that 'train' names",
                got: name,
                hint: "Add it to 'train', or leave its learning rate out",
            });
        return { name, peak, parameters };
    });
    // Narrow ones first: they keep what they share with wider ones.
    parts.sort((a, b) => a.parameters.size - b.parameters.size || (a.name < b.name ? -1 : 1));
    const owners = new Map();
    for (const part of parts) {
        const shared = [...part.parameters].filter((p) => owners.has(p));
        const inner = new Set(shared.map((p) => owners.get(p)));
        for (const { name, parameters } of parts)
            if (inner.has(name) && (![...parameters].every((p) => part.parameters.has(p)) || parameters.size === part.parameters.size))
                throw new SensoriumError('train.option', 'two learning rates are given for the same parameters', {
                    place: `${place}: learningRates`,
                    expected: 'parts that are apart, or one inside the other',
                    got: `${name} and ${part.name}, which share ${shared[0]?.name}`,
                });
        for (const p of part.parameters)
            if (!owners.has(p))
                owners.set(p, part.name);
    }
    return parts.map((part) => ({ ...part, parameters: new Set([...part.parameters].filter((p) => owners.get(p) === part.name)) }));
}
/** The peak of a parameter, as `TrainBuffers` takes it: undefined where it is the stage's `lr`. */
export function peakOf(parts) {
    const peaks = new Map(parts.flatMap(({ parameters, peak }) => [...parameters].map((p) => [p, peak])));
    return (parameter) => peaks.get(parameter);
}
/** Learning rates of `step` (0-based): the stage's, and that of a peak. The schedule is the same for all. */
export function ratesAt(step, options) {
    return (peak = options.lr) => learningRate(step, { ...options, lr: peak });
}
/** For events: the rates of parts at a step; nothing where no part has one of its own. */
export function ratesOf(parts, rate) {
    return parts.length === 0 ? {} : { lrs: Object.fromEntries(parts.map(({ name, peak }) => [name, rate(peak)])) };
}
/** For the event that opens a stage: peaks of the parts, and of everything else; nothing where no part has one of its own. */
export function describeRates(parts, { lr, trained }) {
    if (parts.length === 0)
        return {};
    const counted = parts.map(({ name, peak, parameters }) => ({
        part: name,
        peak,
        parameters: [...parameters].reduce((n, p) => n + p.count, 0),
    }));
    const others = trained - counted.reduce((n, p) => n + p.parameters, 0);
    return { learningRates: [...counted, { part: 'default', peak: lr, parameters: others }] };
}
//# sourceMappingURL=learning-rates.js.map