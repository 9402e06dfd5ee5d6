// Which tensor of an adapter's file belongs to which layer of a network, whatever version of transformers named them.
import { linearLayers, moduleNames } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
const LORA = /^(.*)\.lora_(A|B)(?:\.default)?\.weight$/;
const MAGNITUDE = /^(.*)\.lora_magnitude_vector(?:\.default)?(?:\.weight)?$/;
/** A tensor's name taken apart: the module and the part, or a parameter that is saved whole. */
function partOf(tensor) {
    const name = tensor.replace(/^base_model\.model\./, '').replace(/\.base_layer\./g, '.');
    const low = LORA.exec(name);
    if (low)
        return { name: low[1], part: low[2] === 'A' ? 'a' : 'b' };
    const length = MAGNITUDE.exec(name);
    if (length)
        return { name: length[1], part: 'magnitude' };
    return { name: name.replace(/\.modules_to_save(\.default)?\./, '.'), part: 'whole' };
}
/** The tensors of an adapter under the layout in which most of their names are known. */
function namesOf(file, base) {
    const parts = [...file.tensors.values()].map((info) => ({ info, ...partOf(info.name) }));
    const linears = linearLayers(base.network);
    const parameters = new Map(base.network.parameters().map((p) => [p.name, p]));
    const tied = base.family.tied?.(base.config) ?? {};
    const parameterOf = (name) => parameters.get(name) ?? parameters.get(tied[name] ?? '');
    const isKnown = ({ name, part }, names) => part === 'whole' ? parameterOf(ours(names, name)) !== undefined : linears.has(oursPath(names, name));
    return { parts, linears, parameterOf, isKnown, layout: bestLayout(base, parts, isKnown) };
}
/** Rows that one of some parameters has in the adapter's file, whatever it has in the network; undefined where none is saved whole. */
export function savedRows(file, base, wanted) {
    const { parts, parameterOf, layout } = namesOf(file, base);
    const found = parts.find(({ name, part }) => part === 'whole' && wanted.includes(parameterOf(ours(layout, name))));
    return found?.info.shape[0];
}
/** Pairs tensors and layers. Errors: `adapter.base` for names and shapes that are not this network's; `adapter.unsupported`. */
export function readAdapterNames(file, base, config) {
    const { parts, linears, parameterOf, isKnown, layout } = namesOf(file, base);
    const odd = parts.find(({ info }) => /\.(lora_embedding_[AB]|trainable_tokens_delta|lora_[AB]\.(default\.)?bias)(\.|$)/.test(info.name));
    if (odd)
        throw new SensoriumError('adapter.unsupported', 'low-rank terms of embeddings, and biases on B, are not supported', {
            place: `${file.place}: ${odd.info.name}`,
            hint: 'Merge the adapter into its base with peft (merge_and_unload) and load the result',
        });
    const strangers = parts.filter((part) => !isKnown(part, layout));
    if (strangers.length > 0)
        throw otherBase(file, strangers, { parts, linears, config, layout });
    const layers = new Map();
    const saved = new Map();
    const shapes = [];
    const check = (info, expected) => {
        if (info.shape.length === expected.length && info.shape.every((d, i) => expected[i] === undefined || d === expected[i]))
            return;
        shapes.push(`${info.name} is [${info.shape.join(',')}] and not [${expected.map((d) => d ?? 'rank').join(',')}]`);
    };
    for (const { info, name, part } of parts) {
        if (part === 'whole') {
            const p = parameterOf(ours(layout, name));
            check(info, p.dims);
            saved.set(p, [...(saved.get(p) ?? []), info.name]);
            continue;
        }
        const path = oursPath(layout, name);
        const layer = layers.get(path) ?? { module: name, linear: linears.get(path) };
        const { inputs, outputs } = layer.linear;
        check(info, part === 'a' ? [undefined, inputs] : part === 'b' ? [outputs, layer.a?.shape[0]] : [outputs]);
        layers.set(path, { ...layer, [part]: info });
    }
    for (const { module, a, b } of layers.values())
        if (!a || !b)
            shapes.push(`${module} has only one of lora_A and lora_B`);
    if (layers.size === 0 && saved.size === 0)
        shapes.push('there are no tensors');
    if (shapes.length > 0)
        throw new SensoriumError('adapter.base', 'the adapter does not fit this network: it belongs to a base of other sizes', {
            place: file.place,
            got: listed(shapes),
            hint: hintOf(config),
        });
    return {
        layers: new Map([...layers].map(([path, { module, a, b, magnitude }]) => {
            const [low, high] = [a, b];
            return [path, { module, rank: low.shape[0], a: low.name, b: high.name, magnitude: magnitude?.name }];
        })),
        saved,
        modules: owners(base.network, new Set(saved.keys())),
    };
}
const ours = (names, name) => {
    try {
        return names.toOurs(name);
    }
    catch (error) {
        // A name that the map cannot take back is of no layout that it knows.
        if (error instanceof SensoriumError && error.code === 'weights.name')
            return name;
        throw error;
    }
};
const oursPath = (names, module) => ours(names, `${module}.weight`).replace(/\.weight$/, '');
/** The map under which most names are known: that of the class's attributes, of the adapter's own names, of published files, or none. */
function bestLayout({ family, config, network }, parts, isKnown) {
    const plain = { toFile: (name) => name, toOurs: (name) => name };
    const inFile = new Set(parts.map(({ name, part }) => (part === 'whole' ? name : `${name}.weight`)));
    const own = new Set(network.parameters().map((p) => p.name));
    const layouts = [moduleNames(family, config, network), family.names?.(inFile), family.names?.(own), plain].filter((n) => n !== undefined);
    let [best, most] = [plain, -1];
    for (const names of layouts) {
        const count = parts.filter((part) => isKnown(part, names)).length;
        if (count > most)
            [best, most] = [names, count];
    }
    return best;
}
function owners(network, saved) {
    const found = new Map();
    for (const [path, module] of network.namedModules())
        if (Object.values(module).some((value) => saved.has(value)) && ![...found.values()].includes(module))
            found.set(path, module);
    return found;
}
const listed = (items) => `${items.slice(0, 3).join('; ')}${items.length > 3 ? `; and ${items.length - 3} more` : ''}`;
const hintOf = ({ base_model_name_or_path: base }) => base ? `It was trained on ${base}: load that, or an adapter of this model` : 'Load the model that it was trained on';
function otherBase(file, strangers, o) {
    const names = [...new Set(strangers.map(({ name }) => name))];
    const near = nearest(oursPath(o.layout, names[0]), o.linears.keys());
    return new SensoriumError('adapter.base', 'the adapter names layers that this network does not have', {
        place: file.place,
        expected: near && `layers such as ${near}`,
        got: `${listed(names)}: ${strangers.length} of ${o.parts.length} tensors`,
        hint: hintOf(o.config),
    });
}
//# sourceMappingURL=peft-names.js.map