// Functions that every chat template can call.
import { bind, integer, string } from './arguments.js';
import { TemplateError } from './errors.js';
import { strftime } from './strftime.js';
import { concat, text } from './strings.js';
import { Callable, Dict, iterate, Namespace, Range, str, Thing } from './values.js';
const MAX_RANGE = 100_000;
function range(args) {
    if (args.length < 1 || args.length > 3)
        throw new TemplateError(`range expected 1 to 3 arguments, got ${args.length}`);
    const [first, second, third] = args.map((arg) => integer(arg, 0));
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    const step = third ?? 1;
    if (step === 0)
        throw new TemplateError('range() arg 3 must not be zero');
    const length = Math.max(Math.ceil((stop - start) / step), 0);
    if (length > MAX_RANGE)
        throw new TemplateError(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MAX_RANGE}).`);
    return new Range(Array.from({ length }, (_, i) => start + i * step), `range(${start}, ${stop}${step === 1 ? '' : `, ${step}`})`);
}
function makeDict(args, kwargs) {
    const [from] = args;
    const pairs = from instanceof Dict ? from.entries() : from === undefined ? [] : iterate(from).map((pair) => iterate(pair));
    return new Dict([...pairs, ...kwargs]);
}
function namespace(args, kwargs) {
    const out = new Namespace();
    for (const [key, value] of makeDict(args, kwargs).entries())
        setMember(out, text(str(key)), value);
    return out;
}
/** Writes an attribute of a namespace; anything else cannot be written to. */
export function setMember(of, name, value) {
    if (!(of instanceof Namespace))
        throw new TemplateError('cannot assign attribute on non-namespace object');
    if (name.startsWith('_'))
        throw new TemplateError(`Chat templates cannot store underscore-prefixed attributes on a namespace, but got '${name}'.`);
    of.values.set(name, value);
}
function cycler(args) {
    if (args.length === 0)
        throw new TemplateError('at least one item has to be provided');
    let at = 0;
    const methods = {
        next: () => args[at++ % args.length],
        reset: () => {
            at = 0;
            return null;
        },
    };
    return new Thing('Cycler', (key) => {
        if (key === 'current')
            return args[at % args.length];
        return Object.hasOwn(methods, key) ? new Callable(key, methods[key]) : undefined;
    });
}
function joiner(args, kwargs) {
    const { sep = ', ' } = bind('joiner', ['sep'], args, kwargs);
    let used = false;
    const call = () => {
        const out = used ? sep : '';
        used = true;
        return out;
    };
    return new Thing('Joiner', () => undefined, call);
}
/** The functions by name; `now` is the time that `strftime_now` writes. */
export function globals(now) {
    const functions = {
        range: (args) => range(args),
        dict: makeDict,
        namespace,
        cycler: (args) => cycler(args),
        joiner,
        raise_exception(args, kwargs) {
            const { message } = bind('raise_exception', ['message'], args, kwargs, 1);
            throw new TemplateError(text(concat([str(message)])));
        },
        strftime_now: (args, kwargs) => strftime(now(), string(bind('strftime_now', ['format'], args, kwargs, 1).format)),
    };
    return new Map(Object.entries(functions).map(([name, call]) => [name, new Callable(`function ${name}`, call)]));
}
//# sourceMappingURL=globals.js.map