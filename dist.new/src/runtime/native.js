// ONNX Runtime through its C API: tensors are used where they lie, outputs go where the caller says, runs are off the JS thread.
import koffi from 'koffi';
import { encodeModel } from '../onnx/codec.js';
import { SensoriumError } from '../util/errors.js';
import { checkFeeds, checkInto, freshOutput } from './check.js';
import { physicalCores } from './cores.js';
import { loadNativeSession } from './native-load.js';
import { ValueCache } from './native-values.js';
import { OrtApi } from './ort-api.js';
import { PrepackedWeights } from './prepacked.js';
import { trimHeap } from './trim.js';
// Errors come back as statuses, which we throw: ONNX Runtime need not print them as well.
const LOG_WARNING = 2;
const LOG_FATAL = 4;
/** How an arena grows: a chunk that is given back serves requests of other sizes later. */
const ARENA_NEXT_POWER_OF_TWO = 0;
class NativeSession {
    context;
    values;
    inputs;
    outputs;
    handle;
    running = 0;
    doomed = false;
    constructor(context, values, handle) {
        this.context = context;
        this.values = values;
        this.handle = handle;
        this.inputs = handle.inputs;
        this.outputs = handle.outputs;
    }
    run(feeds, into = {}) {
        let call;
        try {
            call = this.prepare(feeds, into);
        }
        catch (error) {
            return Promise.reject(error);
        }
        const { handle, args } = call;
        this.running++;
        return new Promise((resolve, reject) => {
            // The closure holds `call`, hence every array that ONNX Runtime reads or writes, until the run is over.
            const settle = (error, status) => {
                this.running--;
                try {
                    if (error)
                        throw error;
                    this.context.api.check(status, handle.place);
                    resolve(this.collect(call));
                }
                catch (failure) {
                    reject(failure);
                }
                finally {
                    this.release(call);
                    if (this.doomed && this.running === 0)
                        this.destroy();
                }
            };
            try {
                this.context.api.raw('Run').async(...args, settle);
            }
            catch (error) {
                settle(error, null);
            }
        });
    }
    runSync(feeds, into = {}) {
        const call = this.prepare(feeds, into);
        try {
            this.context.api.check(this.context.api.raw('Run')(...call.args), call.handle.place);
            return this.collect(call);
        }
        finally {
            this.release(call);
        }
    }
    dispose() {
        if (this.doomed)
            return;
        this.doomed = true;
        if (this.running === 0)
            this.destroy();
    }
    destroy() {
        const handle = this.handle;
        if (!handle)
            return;
        this.handle = undefined;
        const { api, allocator } = this.context;
        if (handle.profile)
            api.takeString(api.out('SessionEndProfiling', [handle.session, allocator]), allocator);
        api.raw('ReleaseSession')(handle.session);
        handle.packed?.release();
        trimHeap(handle.weightBytes);
    }
    prepare(feeds, into) {
        const handle = this.handle;
        if (!handle || this.doomed)
            throw new SensoriumError('runtime.disposed', 'a session was used after dispose()', { place: handle?.place ?? 'session' });
        checkFeeds(handle.place, this.inputs, feeds);
        checkInto(handle.place, this.outputs, into);
        const once = [];
        const results = [];
        const inputValues = new BigUint64Array(this.inputs.length);
        const outputValues = new BigUint64Array(this.outputs.length);
        const call = { handle, once, results, inputValues, outputValues, feeds, into, args: [] };
        try {
            for (const [i, info] of this.inputs.entries())
                inputValues[i] = this.values.get(feeds[info.name], info.name, once);
            for (const [i, info] of this.outputs.entries()) {
                // A static output is allocated here, so that ONNX Runtime writes it once and nothing is copied.
                const target = into[info.name] ?? freshOutput(info);
                results.push(target);
                if (target)
                    outputValues[i] = this.values.get(target, info.name, once);
            }
        }
        catch (error) {
            this.release(call);
            throw error;
        }
        call.args = [
            handle.session,
            null,
            handle.inputNames,
            inputValues,
            this.inputs.length,
            handle.outputNames,
            this.outputs.length,
            outputValues,
        ];
        return call;
    }
    collect(call) {
        const out = {};
        for (const [i, info] of this.outputs.entries()) {
            let tensor = call.results[i];
            if (!tensor) {
                const value = call.outputValues[i];
                call.once.push(value);
                tensor = this.copyOut(value, info);
            }
            out[info.name] = tensor;
        }
        return out;
    }
    /** A host copy of a value that ONNX Runtime allocated. */
    copyOut(value, info) {
        const { api } = this.context;
        const about = api.out('GetTensorTypeAndShape', [value]);
        const count = new BigUint64Array(1);
        api.call('GetDimensionsCount', [about, count]);
        const dims = new BigInt64Array(Number(count[0]));
        if (dims.length > 0)
            api.call('GetDimensions', [about, dims, dims.length]);
        api.raw('ReleaseTensorTypeAndShapeInfo')(about);
        const tensor = freshOutput({ name: info.name, dtype: info.dtype, shape: Array.from(dims, Number) });
        if (tensor.data.byteLength > 0) {
            const source = api.out('GetTensorMutableData', [value]);
            const target = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
            target.set(new Uint8Array(koffi.view(source, tensor.data.byteLength)));
        }
        return tensor;
    }
    release(call) {
        const release = this.context.api.raw('ReleaseValue');
        for (const value of call.once)
            release(value);
        call.once.length = 0;
    }
}
/**
 * ONNX Runtime keeps one environment per process and ignores later requests: when the official binding was loaded first,
 * there is no shared pool, which shows only when a session that wants it is created.
 */
function hasSharedPool(api, env) {
    const value = (name) => ({ name, dtype: 'float32', shape: [1] });
    const nodes = [{ opType: 'Identity', name: 'identity', inputs: ['x'], outputs: ['y'] }];
    const model = encodeModel({ name: 'pool', nodes, initializers: [], inputs: [value('x')], outputs: [value('y')] });
    const settings = api.out('CreateSessionOptions');
    try {
        api.call('DisablePerSessionThreads', [settings]);
        api.raw('ReleaseSession')(api.out('CreateSessionFromArray', [env, model, model.byteLength, settings]));
        return true;
    }
    catch (error) {
        if (error.message.includes('EnvCreatedWithGlobalThreadPools'))
            return false;
        throw error;
    }
    finally {
        api.raw('ReleaseSessionOptions')(settings);
    }
}
/** One pool of scratch memory for all sessions: programs that run in turn need as much as the largest of them, not their sum. */
function shareArena(api, env, memory) {
    const arena = api.out('CreateArenaCfg', [0, ARENA_NEXT_POWER_OF_TWO, -1, -1]);
    try {
        api.call('CreateAndRegisterAllocator', [env, memory, arena]);
    }
    finally {
        api.raw('ReleaseArenaCfg')(arena);
    }
}
/** The native runtime. One per process: ONNX Runtime keeps one environment. */
export class NativeRuntime {
    name = 'native';
    synchronous = true;
    version;
    /** Path of the shared library. */
    library;
    context;
    values;
    constructor(options = {}) {
        const api = OrtApi.load();
        this.version = api.version;
        this.library = api.path;
        const threads = options.threads ?? physicalCores();
        const pool = api.out('CreateThreadingOptions');
        let env;
        try {
            api.call('SetGlobalIntraOpNumThreads', [pool, threads]);
            api.call('SetGlobalInterOpNumThreads', [pool, 1]);
            api.call('SetGlobalSpinControl', [pool, options.spin === false ? 0 : 1]);
            if (options.denormalsAsZero)
                api.call('SetGlobalDenormalAsZero', [pool]);
            env = api.out('CreateEnvWithGlobalThreadPools', [process.env.SENSORIUM_ORT_VERBOSE ? LOG_WARNING : LOG_FATAL, 'sensorium', pool]);
        }
        finally {
            api.raw('ReleaseThreadingOptions')(pool);
        }
        const memory = api.out('CreateCpuMemoryInfo', [1, 0]); // OrtArenaAllocator, OrtMemTypeDefault
        shareArena(api, env, memory);
        this.values = new ValueCache(api, memory);
        this.context = {
            api,
            env,
            memory,
            allocator: api.out('GetAllocatorWithDefaultOptions'),
            threads,
            sharedPool: hasSharedPool(api, env),
            packed: new PrepackedWeights(api),
            value: (tensor, place) => this.values.get(tensor, place, undefined),
        };
    }
    async load(model, options = {}) {
        return new NativeSession(this.context, this.values, await loadNativeSession(this.context, model, options));
    }
}
//# sourceMappingURL=native.js.map