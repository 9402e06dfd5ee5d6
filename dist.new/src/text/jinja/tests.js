// The tests of templates: what can follow `is`.
import { number } from './arguments.js';
import { TemplateError } from './errors.js';
import { contains } from './operators.js';
import { isSafe, isStr, Marked, text } from './strings.js';
import { Blank, Callable, compare, Dict, equals, Float, Generator, needed, numberOf, Range, Thing, tryIterate, Undefined, View, } from './values.js';
const isUndefined = (value) => value instanceof Undefined || (value instanceof Blank && value.kind === 'undefined');
const isNone = (value) => value === null || (value instanceof Blank && value.kind === 'none');
const modulo = (value, by) => {
    const n = number(needed(value));
    return n - by * Math.floor(n / by);
};
const letters = (value) => (isStr(value) ? text(value) : '');
const TESTS = {
    __proto__: null,
    odd: (value) => modulo(value, 2) === 1,
    even: (value) => modulo(value, 2) === 0,
    divisibleby: (value, by) => {
        if (number(by) === 0)
            throw new TemplateError('integer modulo by zero');
        return modulo(value, number(by)) === 0;
    },
    defined: (value) => !isUndefined(value),
    undefined: isUndefined,
    none: isNone,
    boolean: (value) => typeof value === 'boolean',
    true: (value) => value === true,
    false: (value) => value === false,
    integer: (value) => typeof value === 'number',
    float: (value) => value instanceof Float,
    number: (value) => numberOf(value) !== undefined,
    string: isStr,
    mapping: (value) => value instanceof Dict,
    // As in Jinja, whatever has a length and items: a dict too, and something undefined.
    sequence: (value) => isStr(value) || Array.isArray(value) || value instanceof Dict || value instanceof Range || value instanceof Undefined,
    iterable: (value) => !isNone(value) && (value instanceof Generator || value instanceof View || tryIterate(value) !== undefined),
    callable: (value) => value instanceof Callable || value instanceof Undefined || (value instanceof Thing && value.call !== undefined),
    lower: (value) => /[\p{Lu}\p{Ll}\p{Lt}]/u.test(letters(value)) && !/[\p{Lu}\p{Lt}]/u.test(letters(value)),
    upper: (value) => /[\p{Lu}\p{Ll}\p{Lt}]/u.test(letters(value)) && !/[\p{Ll}\p{Lt}]/u.test(letters(value)),
    sameas: (value, other) => (isNone(value) && isNone(other)) || (value instanceof Marked || isStr(value) ? equals(value, other) : value === other),
    escaped: isSafe,
    in: (value, within) => contains(within, value),
    eq: (value, other) => equals(value, other),
    ne: (value, other) => !equals(value, other),
    lt: (value, other) => compare(value, other, '<') < 0,
    le: (value, other) => compare(value, other, '<=') <= 0,
    gt: (value, other) => compare(value, other, '>') > 0,
    ge: (value, other) => compare(value, other, '>=') >= 0,
};
const NAMES = {
    '==': 'eq', equalto: 'eq', '!=': 'ne', '<': 'lt', lessthan: 'lt', '<=': 'le', '>': 'gt', greaterthan: 'gt', '>=': 'ge',
}; // biome-ignore format: one name after another
/** A test by name; undefined where there is none. */
export function testOf(name) {
    return TESTS[Object.hasOwn(NAMES, name) ? NAMES[name] : name];
}
/** The same; throws `No test named …`. */
export function requiredTest(name) {
    const test = testOf(name);
    if (test === undefined)
        throw new TemplateError(`No test named '${name}'.`);
    return test;
}
//# sourceMappingURL=tests.js.map