// ONNX Runtime through its official Node binding: the reference to compare with, and the fallback where the native runtime cannot load.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { decodeModel, encodeModel } from '../onnx/codec.js';
import { SensoriumError } from '../util/errors.js';
import { checkFeeds, checkInto } from './check.js';
import { physicalCores } from './cores.js';
ort.env.logLevel = 'fatal'; // errors are thrown; the library itself prints nothing
const LEVELS = { none: 'disabled', basic: 'basic', extended: 'extended', all: 'all' };
function describe(metadata, place) {
    return metadata.map((m) => {
        if (!m.isTensor || m.type === 'string')
            throw new SensoriumError('runtime.dtype', `value "${m.name}" is not a tensor of numbers`, { place });
        // The binding has no bfloat16, and gives shapes with names for free dimensions.
        return { name: m.name, dtype: m.type, shape: m.shape.map((d, i) => (d === '' ? `${m.name}_${i}` : d)) };
    });
}
function toOrt(tensor) {
    if (tensor.dtype === 'bfloat16')
        throw new SensoriumError('runtime.dtype', 'the node runtime cannot pass bfloat16 tensors', { hint: 'Use the native runtime' });
    return new ort.Tensor(tensor.dtype, tensor.data, tensor.shape);
}
function failure(cause, place) {
    return new SensoriumError('runtime.ort', `ONNX Runtime: ${cause.message.trim()}`, { place, cause });
}
class NodeSession {
    place;
    inputs;
    outputs;
    /** The session, and memory that ONNX Runtime may point into as long as it lives. */
    held;
    running = 0;
    disposed = false;
    constructor(session, place, memory) {
        this.place = place;
        this.held = { session, memory };
        this.inputs = describe(session.inputMetadata, place);
        this.outputs = describe(session.outputMetadata, place);
    }
    async run(feeds, into = {}) {
        const session = this.held?.session;
        if (!session || this.disposed)
            throw new SensoriumError('runtime.disposed', 'a session was used after dispose()', { place: this.place });
        checkFeeds(this.place, this.inputs, feeds);
        checkInto(this.place, this.outputs, into);
        const fed = Object.fromEntries(this.inputs.map(({ name }) => [name, toOrt(feeds[name])]));
        let results;
        this.running++;
        try {
            results = await session.run(fed);
        }
        catch (cause) {
            throw failure(cause, this.place);
        }
        finally {
            this.running--;
            if (this.disposed && this.running === 0)
                this.destroy();
        }
        const out = {};
        for (const { name, dtype } of this.outputs) {
            const result = results[name];
            const data = result.data;
            const target = into[name];
            if (!target) {
                out[name] = { dtype, shape: [...result.dims], data };
                continue;
            }
            if (target.data.length !== data.length)
                throw new SensoriumError('runtime.tensor', `output "${name}" does not fit the tensor given for it`, {
                    place: this.place,
                    expected: `[${result.dims.join(',')}]`,
                    got: `[${target.shape.join(',')}]`,
                });
            target.data.set(data);
            out[name] = target;
        }
        return out;
    }
    dispose() {
        if (this.disposed)
            return;
        this.disposed = true;
        if (this.running === 0)
            this.destroy();
    }
    destroy() {
        const session = this.held?.session;
        this.held = undefined;
        // The binding's release() is synchronous behind its promise; a failure there leaves nothing for us to do.
        void session?.release().catch((cause) => process.emitWarning(failure(cause, this.place)));
    }
}
/** Given tensors up to this many bytes become part of the model. Those above do not count towards the 2 GiB that a model may have. */
const INLINE_BYTES = 1024;
/** The model with its given initializers: small ones within, each of the others as a file in memory of its own, read where it lies. */
function externalInitializers(model, initializers) {
    const bytes = typeof model === 'string' ? readFileSync(model) : model;
    const parsed = decodeModel(bytes);
    const files = [];
    const given = parsed.initializers.map((tensor) => {
        if (!tensor.external)
            return tensor;
        const { name, dtype, dims, external } = tensor;
        const value = initializers[name];
        if (!value) {
            if (typeof model !== 'string')
                return tensor;
            return { ...tensor, external: { ...external, location: path.relative('.', path.join(path.dirname(model), external.location)) } };
        }
        if (value.dtype !== dtype || value.shape.join() !== dims.join())
            throw new SensoriumError('runtime.initializer', `initializer "${name}" does not fit the model`, {
                expected: `${dtype}[${dims.join(',')}]`,
                got: `${value.dtype}[${value.shape.join(',')}]`,
            });
        const { data } = value;
        if (data.byteLength <= INLINE_BYTES)
            return { name, dtype, dims, data };
        const location = `given/${files.length}`;
        files.push({ path: location, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
        return { name, dtype, dims, external: { location, offset: 0, length: data.byteLength } };
    });
    return { model: encodeModel({ ...parsed, initializers: given }), files };
}
/** The official binding behind our interface: runs on the JS thread and copies every output. */
export class NodeRuntime {
    name = 'node';
    synchronous = false;
    version = ort.env.versions.node ?? ort.env.versions.common;
    async load(model, options = {}) {
        const place = typeof model === 'string' ? model : 'model';
        const given = options.initializers && externalInitializers(model, options.initializers);
        const source = given?.model ?? model;
        const settings = {
            intraOpNumThreads: options.threads ?? physicalCores(),
            interOpNumThreads: 1,
            graphOptimizationLevel: LEVELS[options.optimize ?? 'all'],
            enableCpuMemArena: options.arena ?? true,
            enableMemPattern: options.memoryPattern ?? true,
            executionMode: options.parallel ? 'parallel' : 'sequential',
            logSeverityLevel: 4,
        };
        if (given && given.files.length > 0)
            settings.externalData = given.files;
        if (options.config)
            settings.extra = unfold(options.config);
        if (options.profile !== undefined)
            Object.assign(settings, { enableProfiling: true, profileFilePrefix: path.resolve(options.profile) });
        let session;
        try {
            session = await (typeof source === 'string'
                ? ort.InferenceSession.create(source, settings)
                : ort.InferenceSession.create(source, settings));
        }
        catch (cause) {
            throw failure(cause, place);
        }
        try {
            return new NodeSession(session, place, given?.files);
        }
        catch (error) {
            await session.release();
            throw error;
        }
    }
}
/** `{ 'session.a_b': '1' }` as the nested object that the binding wants. */
function unfold(config) {
    const root = {};
    for (const [key, value] of Object.entries(config)) {
        const parts = key.split('.');
        const leaf = parts.pop();
        let at = root;
        for (const part of parts) {
            at[part] ??= {};
            at = at[part];
        }
        at[leaf] = value;
    }
    return root;
}
//# sourceMappingURL=node.js.map