// From named output tensors to a program that runs: lower the graph, load it on a runtime, supply frozen parameters by name.
import { lower, PackedTensor, Parameter, packedRewrites, topological, trainingRewrites, } from '../graph/index.js';
import { SensoriumError } from '../util/errors.js';
import { overflowsUnsigned } from './int8-probe.js';
import { selectRuntime } from './select.js';
/** A compiled graph. Shapes with names are bound by the tensors that are fed. */
export class Program {
    session;
    runtime;
    parameters;
    constructor(session, runtime, 
    /** Parameters that `run` must be fed, by name. */
    parameters) {
        this.session = session;
        this.runtime = runtime;
        this.parameters = parameters;
    }
    get inputs() {
        return this.session.inputs;
    }
    get outputs() {
        return this.session.outputs;
    }
    /** Runs off the JS thread where the runtime can; see `Session.run`. */
    run(feeds, into) {
        return this.session.run(feeds, into);
    }
    /** Runs on this thread when the runtime can, for programs of microseconds; else like `run`. */
    runNow(feeds, into) {
        return this.session.runSync ? this.session.runSync(feeds, into) : this.session.run(feeds, into);
    }
    dispose() {
        this.session.dispose();
    }
}
/** Constants from this many bytes on are handed over by address instead of being copied into the model, parsed and copied again. */
const SHARED_BYTES = 16_384;
/** Which transposes a product absorbs is decided by the graph's passes, by what is faster; ONNX Runtime would absorb them all. */
const OURS = { 'optimization.disable_specified_optimizers': 'MatmulTransposeFusion' };
/**
 * Compiles named outputs.
 * @example const step = await compile({ loss, dw: grad(loss, w) });
 */
export async function compile(outputs, options = {}) {
    const { runtime: chosen, frozen, name, rewrites, products, ...load } = options;
    const runtime = typeof chosen === 'object' ? chosen : await selectRuntime(chosen ?? 'auto');
    await othersFirst(); // the graph has just been traced, and lowering a large one takes as long again
    const lowered = lowerWith(outputs, { name, rewrites: await quantized(frozen, { products, runtime }, rewrites), shareFrom: SHARED_BYTES }, frozen);
    const initializers = Object.fromEntries(lowered.shared);
    for (const [key, parameter] of lowered.frozen) {
        const value = frozen?.get(parameter);
        if (!value)
            throw new SensoriumError('runtime.frozen', `no value for the frozen parameter '${key}'`);
        initializers[key] = value;
    }
    await othersFirst();
    const session = await runtime.load(lowered.bytes, { ...load, initializers, config: { ...OURS, ...load.config } });
    return new Program(session, runtime, lowered.fed);
}
/** Rewrites with those for quantized weights in front, where there are any among the frozen values. */
async function quantized(frozen, { products, runtime }, rewrites) {
    const packed = [...(frozen?.values() ?? [])].filter((v) => v instanceof PackedTensor);
    if (!frozen || packed.length === 0)
        return rewrites;
    const unsigned = packed.some((v) => v.forms.channels) && (await overflowsUnsigned(runtime));
    const weight = (p) => {
        const value = frozen.get(p);
        return value instanceof PackedTensor ? value : undefined;
    };
    return [...packedRewrites({ weight, value: (p) => frozen.get(p), products, unsigned }), ...(rewrites ?? trainingRewrites)];
}
/** Lets whatever waits for this thread go on. */
const othersFirst = () => new Promise((resolve) => setImmediate(resolve));
/** Everything that has no frozen value is fed. */
function lowerWith(outputs, options, frozen) {
    if (!frozen)
        return lower(outputs, { ...options, fed: 'all' });
    // Rewrites may drop leaves, and make none that are fed.
    const { leaves } = topological(Object.values(outputs));
    return lower(outputs, {
        ...options,
        fed: new Set(leaves.filter((leaf) => leaf instanceof Parameter && !frozen.has(leaf))),
    });
}
//# sourceMappingURL=compile.js.map