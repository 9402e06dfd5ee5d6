// A model and its adapters written as one model folder.
import { SensoriumError } from '../util/errors.js';
import { checkTarget, mergeAdapter, modelFolders } from '../weights/index.js';
import { openModel } from './open-model.js';
import { saveModel } from './save-model.js';
/** The model without its adapters, which are worked into its values. Errors: those of `mergeAdapter`. */
export function mergedModel(model) {
    let { values } = model;
    for (const adapter of model.adapters)
        values = mergeAdapter(model.network, adapter, values);
    return { ...model, values, adapters: [] };
}
/**
 * Writes a base with adapters merged in as a folder that needs neither: tokenizer, templates, processor and config as they stand in the
 * base's. The folder appears whole or not at all. Errors: those of `openModel`, `loadAdapter` and `mergeAdapter`; `adapter.out` for an
 * `out` that is in the way, `adapter.none` without an adapter, `util.*`.
 */
export async function mergeModel(name, out, options = {}) {
    const { adapters, dtype = 'original', signal, hub } = options;
    const folders = await modelFolders(name, { signal, ...hub });
    await checkTarget(folders.dir, out, { code: 'adapter.out', hint: 'Give another folder' });
    if (folders.adapters.length + (adapters?.length ?? 0) === 0)
        throw new SensoriumError('adapter.none', 'there is no adapter to merge', {
            place: name,
            expected: "an adapter's folder, by itself or after its base",
            got: 'a whole model',
        });
    const model = await openModel(name, { adapters, signal, hub });
    const count = (of) => model.adapters.reduce((n, a) => n + of(a), 0);
    const result = { dir: out, base: model.dir, layers: count((a) => a.layers.size), saved: count((a) => a.saved.size) };
    await saveModel(mergedModel(model), out, { dtype });
    return result;
}
//# sourceMappingURL=merge-model.js.map