// Which linear layers of a network an adapter is put on, and which modules are trained and saved whole beside it.
import { Linear } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { endsWithName, fullMatch, layerOf } from './patterns.js';
/** All linear layers but the head. */
export const ALL_LINEAR = 'all-linear';
/** The linear layers of a tree by path. What adapters have added is not among them. */
export function linearLayers(network) {
    const found = new Map();
    const inside = new Set();
    for (const [path, module] of network.namedModules()) {
        if (!(module instanceof Linear) || inside.has(module))
            continue;
        found.set(path, module);
        inside.add(module); // one that stands at two places is one layer
        for (const child of module.adapter?.children() ?? [])
            inside.add(child[1]);
    }
    return found;
}
/** Targets with the paths of a part's linear layers, heads left out, in place of its name; they are saved as paths, which peft knows. */
export function withoutParts(network, targets) {
    if (typeof targets === 'string' || !targets.some(isPartName))
        return targets;
    const parts = network.parts?.();
    const layers = [...linearLayers(network)];
    return targets.flatMap((target) => {
        if (!isPartName(target) || layers.some(([path]) => endsWithName(path, target)))
            return [target];
        const own = new Set(parts?.[target]);
        const paths = layers.flatMap(([path, { weight }]) => (own.has(weight) && !endsWithName(path, 'lm_head') ? [path] : []));
        return paths.length > 0 ? paths : [target];
    });
}
const isPartName = (target) => target === 'vision' || target === 'connector' || target === 'language';
/** The layers that the rules choose. Errors: `adapter.target` for a target that matches nothing, naming the nearest; `adapter.pattern`. */
export function matchTargets(network, rules) {
    const { targets, exclude = [], layers, layersPattern, modulesToSave = [] } = rules;
    const all = linearLayers(network);
    const isExcluded = typeof exclude === 'string' ? fullMatch(exclude, 'exclude') : among(exclude);
    const isSaved = (path) => modulesToSave.some((name) => `.${path}.`.includes(`.${name}.`));
    const inLayers = (path) => !layers || layers.includes(layerOf(path, layersPattern) ?? -1);
    const open = new Map([...all].filter(([path]) => !isExcluded(path) && !isSaved(path) && inLayers(path)));
    const matchers = targets === ALL_LINEAR
        ? [[ALL_LINEAR, (path) => !endsWithName(path, 'lm_head')]]
        : typeof targets === 'string'
            ? [[targets, fullMatch(targets)]]
            : targets.map((target) => [target, (path) => endsWithName(path, target)]);
    if (matchers.length === 0)
        throw new SensoriumError('adapter.target', 'an adapter needs layers to act on', {
            place: 'targets',
            expected: 'names of linear layers',
            got: 'none',
        });
    const chosen = new Set();
    for (const [target, matches] of matchers) {
        const mine = [...open.keys()].filter(matches);
        if (mine.length === 0)
            throw noTarget(network, all, target, [...all.keys()].some(matches));
        for (const path of mine)
            chosen.add(path);
    }
    return new Map([...open].filter(([path]) => chosen.has(path)));
}
/** The modules that are trained whole. Errors: `adapter.target` for a name that matches nothing, naming the nearest. */
export function matchModules(network, names) {
    const found = new Map();
    const all = [...network.namedModules()].filter(([path, module]) => path && module.parameters().length > 0);
    for (const name of names) {
        const mine = all.filter(([path]) => endsWithName(path, name));
        if (mine.length === 0)
            throw new SensoriumError('adapter.target', 'there is no module of this name to train whole', {
                place: `modulesToSave: ${name}`,
                expected: 'the name of a module, or its end',
                hint: hintFor(network, name, all.map(([path]) => path)),
            });
        for (const [path, module] of mine)
            found.set(path, module);
    }
    return found;
}
const among = (names) => (path) => names.some((name) => endsWithName(path, name));
function noTarget(network, all, target, isLeftOut) {
    const place = `targets: ${target}`;
    if (isLeftOut)
        return new SensoriumError('adapter.target', 'all layers of this name are left out', {
            place,
            hint: 'Look at exclude, layers and modulesToSave',
        });
    const other = [...network.namedModules()].find(([path]) => endsWithName(path, target));
    if (other)
        return new SensoriumError('adapter.target', 'low-rank adapters act on linear layers', {
            place,
            expected: 'a linear layer',
            got: `${other[0]}, of the class ${other[1].constructor.name}`,
            hint: 'Name the linear layers in it, or train it whole by modulesToSave',
        });
    return new SensoriumError('adapter.target', 'no linear layer has this name', {
        place,
        expected: 'the name of a linear layer, the end of one, a part (vision, connector, language), or a regular expression for whole names',
        hint: hintFor(network, target, [...all.keys()]),
    });
}
/** The nearest name; for a head that is not there, why. */
function hintFor(network, wanted, paths) {
    const names = new Set([...network.namedModules()].map(([path]) => path));
    if (endsWithName(wanted, 'lm_head') && [...names].some((path) => endsWithName(path, 'embed_tokens')))
        return 'The head of this model is its embedding: name embed_tokens in modulesToSave';
    const depth = wanted.split('.').length;
    const ends = new Map();
    for (const path of paths) {
        const end = path.split('.').slice(-depth).join('.');
        ends.set(end, [...(ends.get(end) ?? []), path]);
    }
    const best = nearest(wanted, ends.keys());
    const [first, ...more] = (best && ends.get(best)) || [];
    return first && `The nearest is ${best} (${first}${more.length > 0 ? ` and ${more.length} more` : ''})`;
}
//# sourceMappingURL=targets.js.map