// Names of modules as adapters choose them, by peft's rules: suffixes, regular expressions, layers by number.
import { SensoriumError } from '../../util/errors.js';
/** More than this, and a pattern could keep the matcher busy for hours on a name of a hundred letters. */
const MOST_REPEATS = 4;
const LONGEST = 512;
/**
 * A regular expression as Python's `re` writes it. Patterns come with adapters from anywhere, so those that could match for hours are
 * refused. Errors: `adapter.pattern`.
 */
function expression(source, whole, place) {
    const fail = (expected, cause) => {
        throw new SensoriumError('adapter.pattern', 'this pattern of module names cannot be used', {
            place,
            expected,
            got: JSON.stringify(source.slice(0, 120)),
            hint: 'Name modules, or the ends of their names, in a list',
            cause,
        });
    };
    if (source.length > LONGEST)
        fail(`at most ${LONGEST} characters`);
    const plain = source.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
    if (/\)\s*([*+]|\{\d*,?\d*\})/.test(plain))
        fail('no repeated groups');
    if ((plain.match(/[*+]|\{\d+,\}/g) ?? []).length > MOST_REPEATS)
        fail(`at most ${MOST_REPEATS} repeats (* or +)`);
    try {
        return new RegExp(whole(source.replaceAll('(?P<', '(?<')));
    }
    catch (error) {
        return fail('a regular expression', error);
    }
}
/** Whether a regular expression matches the whole of a name, as `re.fullmatch` does. Errors: `adapter.pattern`. */
export function fullMatch(pattern, place = 'targets') {
    const regex = expression(pattern, (source) => `^(?:${source})$`, place);
    return (name) => regex.test(name);
}
/** Whether a name is `suffix`, or ends with it after a dot. */
export function endsWithName(name, suffix) {
    return name === suffix || name.endsWith(`.${suffix}`);
}
/** The value of the first key of a `rank_pattern` or `alpha_pattern` that matches the end of a name. Errors: `adapter.pattern`. */
export function patternValue(patterns, name, place) {
    for (const [key, value] of Object.entries(patterns))
        if (endsWithName(name, key) || expression(key, (source) => `^(?:.*\\.)?(?:${source})$`, `${place}: ${key}`).test(name))
            return value;
    return undefined;
}
/**
 * The number of the layer that a module lies in: the first numbered segment of its name, or that after one of the lists called `within`.
 * Errors: `adapter.pattern`.
 */
export function layerOf(name, within = []) {
    const number = (regex) => {
        const found = regex.exec(name)?.at(-1);
        return found === undefined ? undefined : Number(found);
    };
    if (within.length === 0)
        return number(/\.[^.]*\.(\d+)\./);
    for (const list of within) {
        const found = number(expression(list, (source) => `(?:^|\\.)(?:${source})\\.(\\d+)\\.`, 'layersPattern'));
        if (found !== undefined)
            return found;
    }
    return undefined;
}
//# sourceMappingURL=patterns.js.map