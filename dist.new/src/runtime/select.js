// Which runtime this process uses: asked for by name, by SENSORIUM_RUNTIME, or found by a probe. One instance of each.
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { smallModel, value } from './probe-models.js';
const instances = new Map();
let probe;
// Imported on demand: a machine without one of the two libraries must still be able to use the other.
async function create(name) {
    const runtime = name === 'native' ? new (await import('./native.js')).NativeRuntime() : new (await import('./node.js')).NodeRuntime();
    await smokeTest(runtime);
    return runtime;
}
/** One addition, checked: a library that loads but computes nonsense is not usable. */
async function smokeTest(runtime) {
    const bytes = smallModel([{ opType: 'Add', inputs: ['x', 'x'], outputs: ['y'] }], {
        inputs: [value('x', ['n'])],
        outputs: [value('y', ['n'])],
    });
    const session = await runtime.load(bytes);
    try {
        const { y } = await session.run({ x: hostTensor('float32', [3], [1, 2, 3]) });
        const got = [...(y?.data ?? [])].join();
        if (got !== '2,4,6')
            throw new SensoriumError('runtime.probe', `the ${runtime.name} runtime computes wrong results`, { expected: '2,4,6', got });
    }
    finally {
        session.dispose();
    }
}
function instance(name) {
    let runtime = instances.get(name);
    if (!runtime) {
        runtime = create(name);
        instances.set(name, runtime);
        runtime.catch(() => instances.delete(name)); // a failed attempt may be repeated; the caller sees the error itself
    }
    return runtime;
}
async function runProbe() {
    try {
        await instance('native');
        return { chosen: 'native', reason: 'ONNX Runtime loads through its C API and computes correctly' };
    }
    catch (error) {
        return { chosen: 'node', reason: `the native runtime does not work here: ${error.message}`, error: error };
    }
}
/** The result of the probe behind 'auto'; run once per process. */
export function runtimeProbe() {
    probe ??= runProbe();
    return probe;
}
function parseChoice(value, place) {
    if (value === 'native' || value === 'node' || value === 'auto')
        return value;
    throw new SensoriumError('runtime.choice', 'no such runtime in Node', { place, expected: 'native, node or auto', got: value });
}
/**
 * The runtime to use. `name` wins over the environment variable SENSORIUM_RUNTIME; without either, 'auto' takes the
 * native runtime where it works and the node runtime elsewhere. Asking for one by name throws when it does not work.
 */
export async function selectRuntime(name) {
    const choice = name ? parseChoice(name, 'selectRuntime') : parseChoice(process.env.SENSORIUM_RUNTIME || 'auto', 'SENSORIUM_RUNTIME');
    return instance(choice === 'auto' ? (await runtimeProbe()).chosen : choice);
}
//# sourceMappingURL=select.js.map