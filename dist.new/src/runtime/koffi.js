// koffi, set up once: its settings are global to the process and cannot change after the first library is loaded.
import koffi from 'koffi';
import { SensoriumError } from '../util/errors.js';
const ASYNC_STACK = 4 << 20;
const SYNC_STACK = 8 << 20;
/** koffi with stacks large enough for ONNX Runtime (it calls C on stacks of its own; 128 KB by default). Every user of koffi takes it from here. */
export function loadKoffi() {
    const { async_stack_size = 0, sync_stack_size = 0 } = koffi.config();
    if (async_stack_size < ASYNC_STACK || sync_stack_size < SYNC_STACK) {
        try {
            koffi.config({ async_stack_size: ASYNC_STACK, sync_stack_size: SYNC_STACK });
        }
        catch (cause) {
            throw new SensoriumError('runtime.koffi', 'other code has loaded a library through koffi with too small a stack', {
                expected: `async_stack_size of ${ASYNC_STACK} bytes`,
                got: String(async_stack_size),
                hint: 'Load Sensorium first, or set koffi.config() to these sizes before the first koffi.load()',
                cause,
            });
        }
    }
    return koffi;
}
//# sourceMappingURL=koffi.js.map