// Options of scenes: size and aspect, the prior and evidence dials, the held-out splits.
import { SensoriumError } from '../util/errors.js';
import { STYLES } from './vocabulary.js';
export const SPLITS = ['train', 'test', 'test-style', 'test-pairs', 'test-tints', 'test-backgrounds'];
const bounds = {
    size: [32, 1024],
    scale: [0.1, 1],
    prior: [0, 1],
    evidence: [0, 1],
    maxObjects: [1, 12],
    curriculum: [0, 1],
    text: [0, 1],
};
/** Fills in the defaults and checks every option; `world.option` names the one that is wrong. */
export function resolveOptions(options = {}) {
    const split = options.split ?? 'train';
    if (!SPLITS.includes(split))
        throw new SensoriumError('world.option', 'unknown split', { place: 'split', expected: SPLITS.join(', '), got: String(split) });
    const allowed = STYLES.filter((s) => s.heldOut === (split === 'test-style')).map((s) => s.id);
    for (const s of options.styles ?? [])
        if (!STYLES.some((x) => x.id === s))
            throw new SensoriumError('world.option', 'unknown style', { place: 'styles', expected: STYLES.map((x) => x.id).join(', '), got: s });
    const r = {
        size: options.size ?? 64,
        seed: options.seed ?? 0,
        split,
        prior: options.prior ?? 0.5,
        evidence: options.evidence ?? 0.9,
        maxObjects: options.maxObjects ?? 6,
        single: options.single ?? false,
        curriculum: options.curriculum ?? 1,
        text: options.text ?? 0.4,
        scale: options.scale ?? 1,
        aspects: typeof options.aspect === 'object' ? options.aspect : [options.aspect ?? 1],
        styles: options.styles?.length ? options.styles : allowed,
    };
    for (const [key, [lo, hi]] of Object.entries(bounds)) {
        const v = r[key];
        const whole = key === 'size' || key === 'maxObjects';
        if (!(v >= lo && v <= hi) || (whole && !Number.isInteger(v)))
            throw new SensoriumError('world.option', 'option out of range', {
                place: key,
                expected: `${whole ? 'an integer' : 'a number'} in ${lo}..${hi}`,
                got: String(v),
            });
    }
    const wrong = r.aspects.length === 0 ? 'an empty list' : r.aspects.find((one) => !(one >= 0.25 && one <= 4));
    if (wrong !== undefined)
        throw new SensoriumError('world.option', 'option out of range', {
            place: 'aspect',
            expected: 'a number in 0.25..4, or a list of such',
            got: String(wrong),
        });
    if (!Number.isInteger(r.seed))
        throw new SensoriumError('world.option', 'seed must be an integer', { place: 'seed', got: String(r.seed) });
    return r;
}
//# sourceMappingURL=scene-options.js.map