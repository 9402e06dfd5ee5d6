// Garbage collection when large arrays were let go: V8 does not see how much memory their bytes are.
import v8 from 'node:v8';
import vm from 'node:vm';
/** Fewer bytes are not worth a collection. */
const LEAST = 8 << 20;
let collect;
/** Collects garbage after arrays of `bytes` were let go, so that their memory is there for what is allocated next. */
export function collectGarbage(bytes) {
    if (bytes < LEAST)
        return;
    if (!collect) {
        v8.setFlagsFromString('--expose-gc');
        collect = vm.runInNewContext('gc');
    }
    collect();
}
//# sourceMappingURL=collect.js.map