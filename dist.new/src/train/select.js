// Which parameters of a network a stage trains: parts by name, decoder layers by range, or patterns over parameter names.
import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
/** Names of parts; `layers.2-5` and patterns with `*` select, too. */
export const PART_NAMES = ['all', 'vision', 'connector', 'language', 'embeddings', 'adapters'];
/** True for a parameter of an adapter, by its name as PEFT has it. */
export const isAdapter = (name) => /(^|\.)lora_/.test(name) || /(^|\.)adapters?\./.test(name);
/**
 * The parameters that `names` select, in the network's order; those that no result depends on are left out. Adapters are selected by
 * `adapters`, and by patterns that spell their names, such as `*.lora_A.weight`. Errors: `train.option` for a name that selects nothing, with the nearest one.
 */
export function selectParameters(network, names, place) {
    const all = network.parameters();
    const unused = new Set(network.unused?.() ?? []);
    const chosen = new Set();
    for (const name of names)
        for (const p of selectNamed(name, { network, all, option: 'train', place }))
            if (!unused.has(p))
                chosen.add(p);
    return all.filter((p) => chosen.has(p));
}
/**
 * The parameters among `all` that one name selects. Without a network there are no parts, only patterns and `adapters`.
 * Errors: `train.option` for a name that selects nothing, with the nearest one; `option` is where it was given.
 */
export function selectNamed(name, o) {
    const { network, all, option, place } = o;
    const found = selected(name, network?.parts() ?? NO_PARTS, all);
    if (found.length > 0)
        return found;
    throw new SensoriumError('train.option', `'${option}' selects no parameter: ${name}`, {
        place: `${place}: ${option}`,
        expected: `${PART_NAMES.join(', ')}, layers.FROM-TO, or a pattern over parameter names such as *.q_proj.weight`,
        got: name,
        hint: hintFor(name, all, name === 'adapters'),
    });
}
const NO_PARTS = { vision: [], connector: [], language: [], embeddings: [] };
function selected(name, parts, all) {
    const base = (list) => list.filter((p) => !isAdapter(p.name));
    if (name === 'all')
        return base(all);
    if (name === 'adapters')
        return all.filter((p) => isAdapter(p.name));
    if (name === 'vision' || name === 'connector' || name === 'language' || name === 'embeddings')
        return base(parts[name]);
    const range = /^layers\.(\d+)(-(\d+)?)?$/.exec(name);
    if (range) {
        const [from, open, to] = [Number(range[1]), range[2], range[3]];
        const last = open === undefined ? from : to === undefined ? Number.POSITIVE_INFINITY : Number(to);
        return base(parts.language).filter((p) => {
            const layer = /(?:^|\.)(?:layers|block)\.(\d+)\./.exec(p.name);
            return layer !== null && Number(layer[1]) >= from && Number(layer[1]) <= last;
        });
    }
    const pattern = new RegExp(`^${name.split('*').map(quoted).join('.*')}$`);
    return (/lora_|adapter/.test(name) ? all : base(all)).filter((p) => pattern.test(p.name));
}
const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
function hintFor(name, all, wantsAdapters) {
    if (wantsAdapters)
        return 'The model has no adapters: add them with --lora RANK, or adapters: [lora({ rank })]';
    const near = nearest(name, [...PART_NAMES, ...all.map((p) => p.name)]);
    return near ? `Did you mean '${near}'?` : undefined;
}
//# sourceMappingURL=select.js.map