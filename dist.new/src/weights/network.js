// From a model folder to a network with its weights: config.json picks the family, names and shapes are checked, floats become float32.
import { ADAPTERS_KEY, addAdapters, attachLora, classifierConfig, classifierNames, classifierOf, endAdapter, endPlace, REWARD, RewardHead, readAdapters, } from '../networks/index.js';
import { hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { openNetwork } from './open-network.js';
import { assertAdaptable, loadAdapter } from './peft.js';
/**
 * Builds the network that a folder's config.json describes and reads its weights, in one piece or in shards, float or quantized, and the
 * adapters that are to act on it.
 * Errors: `model.architecture`, `model.config`, `weights.*` for files that are missing, broken or of another model; those of `loadAdapter`.
 */
export async function loadNetwork(dir, { kinds, signal, adapters = [], seed = 0 } = {}) {
    const { family, config, raw, network, weights, match, names, quantization, headless } = await openNetwork(dir, { kinds, signal });
    const own = network.parameters();
    const read = await weights.readMany([...new Set(match.values())], { as: 'float32', signal });
    const values = new Map(own.map((p) => [p, read[match.get(p.name)]]));
    const base = { family, config, network, values, adapters: [], raw, names, quantized: quantization !== undefined, headless };
    return putAdapters(base, adapters, { seed, signal });
}
/** A network with adapters put on it, in their order. Errors: those of `loadAdapter` and `attachLora`. */
export async function putAdapters(base, wanted, { seed = 0, signal } = {}) {
    const { family, config, network } = base;
    const values = new Map(base.values);
    const adapters = [...base.adapters];
    let { raw, names } = base;
    for (const adapter of wanted) {
        signal?.throwIfAborted();
        if (typeof adapter === 'object' && adapter.kind !== 'lora') {
            if (adapter.kind === REWARD && endAdapter(network, RewardHead))
                continue; // trained before, and trained on
            raw = { ...raw, [ADAPTERS_KEY]: [...readAdapters(raw), adapter] };
            const classifier = adapter.kind === REWARD ? classifierOf(family) : undefined;
            if (classifier) {
                raw = classifierConfig(raw, classifier);
                names = classifierNames(names, endPlace(readAdapters(raw), REWARD));
            }
            for (const [p, value] of freshAdapter(network, adapter, seed))
                values.set(p, value);
            continue;
        }
        const attached = typeof adapter === 'string'
            ? await loadAdapter(adapter, { family, config, network })
            : attachLora(network, adapter, { seed, values });
        assertAdaptable(attached, values);
        for (const [p, value] of attached.values)
            values.set(p, value);
        adapters.push(attached);
    }
    return { ...base, values, adapters, raw, names };
}
/** Puts an adapter into the layers of a decoder and makes its first values. Each parameter has a stream of its own, by its name. */
function freshAdapter(network, spec, seed) {
    const before = new Set(network.parameters());
    addAdapters(network, [spec]);
    network.nameParameters();
    const root = new Rng(seed).fork('init');
    return new Map(network.parameters().flatMap((p) => {
        if (before.has(p))
            return [];
        const value = hostTensor('float32', p.dims);
        p.init(value.data, p.dims, root.fork(p.name));
        return [[p, value]];
    }));
}
//# sourceMappingURL=network.js.map