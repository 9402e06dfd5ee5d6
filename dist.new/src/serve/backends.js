// The engines of a model and of its adapters: one for each, over one copy of the weights, with shares of one budget.
import { Mllm } from '../generate/index.js';
import { SensoriumError } from '../util/errors.js';
import { addedBytes, checkAdapterNames, withAdapter } from './adapters.js';
import { backendOf } from './backend.js';
import { CACHE_BYTES, KV_BYTES } from './memory.js';
/** Part of the caches that is for prompts; the rest is for features of images. */
const PREFIX_SHARE = 0.8;
/** What computes the replies of a model and of each of its adapters. */
export class Backends {
    base;
    adapted;
    cacheBytes;
    constructor(base, adapted, cacheBytes) {
        this.base = base;
        this.adapted = adapted;
        this.cacheBytes = cacheBytes;
    }
    /**
     * Engines over a model, which stays its owner's, and over its adapters. Errors: those of the engine; `serve.adapter` for names that are
     * not unique; those of `loadAdapter`, for an adapter of another base.
     */
    static async create(model, { adapters = [], threads, cacheBytes = CACHE_BYTES, ...options }) {
        const shares = adapters.length + 1;
        const share = (bytes) => Math.max(1, Math.floor(bytes / shares));
        const prefixBytes = Math.floor(cacheBytes * PREFIX_SHARE);
        const caches = { prefixBytes: share(prefixBytes), featureBytes: share(cacheBytes - prefixBytes) };
        if (adapters.length === 0)
            return new Backends(await backendOf(model, { ...options, ...caches }), new Map(), cacheBytes);
        checkAdapterNames(adapters);
        const { model: opened } = model;
        const { kvBytes = KV_BYTES } = options;
        const bounds = { ...options, ...caches, kvBytes: share(kvBytes) };
        // Adapters are read before anything is compiled: a wrong one ends the start at once.
        const models = [];
        for (const { dir } of adapters)
            models.push(await withAdapter(opened, dir));
        const base = await backendOf(model, bounds).catch((error) => {
            throw forAll(error, kvBytes, shares);
        });
        const adapted = new Map();
        const backends = new Backends(base, adapted, cacheBytes);
        try {
            for (const [i, one] of models.entries()) {
                const { contextLength } = base;
                const answers = Mllm.of(one, { threads, capacity: contextLength, maxSource: contextLength });
                const backend = await backendOf(answers, bounds).catch(async (error) => {
                    await answers.dispose();
                    throw error;
                });
                adapted.set(adapters[i].name, { backend, model: answers, bytes: addedBytes(one, opened) });
            }
        }
        catch (error) {
            await backends.dispose();
            throw error;
        }
        return backends;
    }
    /** Names of the adapters. */
    get names() {
        return [...this.adapted.keys()];
    }
    get contextLength() {
        return this.base.contextLength;
    }
    /** What computes with an adapter, or without any. Errors: `serve.adapter` for a name that there is not. */
    get(adapter) {
        if (adapter === undefined)
            return this.base;
        const found = this.adapted.get(adapter);
        if (found)
            return found.backend;
        throw new SensoriumError('serve.adapter', 'there is no such adapter', {
            place: 'adapter',
            expected: this.names.length > 0 ? this.names.join(', ') : 'none, for the engine was made without adapters',
            got: adapter,
        });
    }
    /** Bytes of all together; weights that are shared count once. */
    memory() {
        const caches = this.base.cacheHits() ? this.cacheBytes : 0; // an encoder-decoder keeps nothing
        const sum = { ...this.base.memory(), caches };
        for (const { backend, bytes } of this.adapted.values()) {
            const { kv, prefix, features, logits } = backend.memory();
            sum.weights += bytes;
            sum.kv += kv;
            sum.prefix += prefix;
            sum.features += features;
            sum.logits += logits;
        }
        return sum;
    }
    cacheHits() {
        const hits = [this.base, ...[...this.adapted.values()].map(({ backend }) => backend)].map((backend) => backend.cacheHits());
        return hits.reduce((sum, one) => sum && one && { prefix: sum.prefix + one.prefix, features: sum.features + one.features });
    }
    /** Ends the engines, and frees the programs of adapters. */
    async dispose() {
        await this.base.dispose();
        for (const { backend, model } of this.adapted.values()) {
            await backend.dispose();
            await model.dispose();
        }
    }
}
/** An error about the share of one engine as one about the budget of all. */
function forAll(error, kvBytes, shares) {
    if (!(error instanceof SensoriumError) || error.code !== 'generate.option' || error.place !== 'kvBytes')
        return error;
    return new SensoriumError(error.code, 'kvBytes holds too little for the model and its adapters', {
        place: error.place,
        expected: error.expected?.replace(/\d+/, (bytes) => String(Number(bytes) * shares)),
        got: String(kvBytes),
        hint: 'Give more bytes, fewer slots, or fewer adapters',
        cause: error,
    });
}
//# sourceMappingURL=backends.js.map