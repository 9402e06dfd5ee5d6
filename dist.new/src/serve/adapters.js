// Adapters beside their base: each is a model of its own over the base's arrays, so that weights and their packed copies are there once.
import { valueBytes } from '../graph/index.js';
import { openModel, tokensOfAdapter } from '../model/index.js';
import { SensoriumError } from '../util/errors.js';
import { adapterFolder, assertAdaptable, loadAdapter } from '../weights/index.js';
/**
 * The base with an adapter on it; the base stays as it is. The network is built once more, over the same arrays: only what the adapter
 * brings is new, and programs are those of a model that was opened with this adapter alone. Errors: those of `loadAdapter`.
 */
export async function withAdapter(base, name) {
    const dir = await adapterFolder(name);
    if (base.adapters.length > 0)
        throw new SensoriumError('serve.adapter', 'the model has an adapter already', {
            place: dir,
            expected: 'a whole model as the base of adapters',
            got: 'the folder of an adapter',
            hint: 'Name the base as the model, and each adapter with --adapter name=DIR',
        });
    if (base.tokenizer && (await tokensOfAdapter(base.tokenizer, dir)).added.length > 0)
        return withTokens(base, dir);
    const { family, config } = base;
    const network = family.build(config).nameParameters();
    const own = new Map([...base.values].map(([p, value]) => [p.name, value]));
    const values = new Map();
    for (const p of network.parameters()) {
        const value = own.get(p.name);
        if (!value)
            throw new SensoriumError('adapter.values', 'a parameter of the base has no value', { place: p.name });
        values.set(p, value);
    }
    const adapter = await loadAdapter(dir, { family, config, network });
    assertAdaptable(adapter, values);
    for (const [p, value] of adapter.values)
        values.set(p, value);
    return { ...base, network, values, adapters: [adapter] };
}
/** The base opened again with an adapter that has tokens of its own: what it does not change are the base's arrays. */
async function withTokens(base, dir) {
    const model = await openModel(base.dir, { adapters: [dir], limits: base.processor.parts.limits });
    const own = new Map([...base.values].map(([p, value]) => [p.name, value]));
    const replaced = new Set(model.adapters.flatMap((adapter) => adapter.trained));
    const shares = (p) => !replaced.has(p) && own.get(p.name)?.shape.join() === p.dims.join();
    const values = [...model.values].map(([p, value]) => [p, shares(p) ? own.get(p.name) : value]);
    return { ...model, values: new Map(values) };
}
/** Bytes of a model's values that its base does not have. */
export function addedBytes(model, base) {
    const shared = new Set(base.values.values());
    let bytes = 0;
    for (const value of model.values.values())
        if (!shared.has(value))
            bytes += valueBytes(value);
    return bytes;
}
/** Names that requests can use, each once. Errors: `serve.adapter`. */
export function checkAdapterNames(adapters, taken = []) {
    const seen = new Set(taken);
    for (const { name, dir } of adapters) {
        if (name !== '' && !seen.has(name)) {
            seen.add(name);
            continue;
        }
        throw new SensoriumError('serve.adapter', name === '' ? 'an adapter has no name' : 'two models would have the same name', {
            place: dir,
            expected: 'a name that no other model of the server has',
            got: name === '' ? 'nothing' : name,
            hint: 'Give another with --adapter name=DIR',
        });
    }
}
//# sourceMappingURL=adapters.js.map