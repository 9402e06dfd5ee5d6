// Giving freed memory back to the operating system: the C library keeps what ONNX Runtime frees while it loads a model.
import { loadKoffi } from './koffi.js';
/** Loads and disposals of fewer bytes of weights leave nothing that is worth a search. */
const LEAST = 8 << 20;
let trim;
/**
 * Hands memory that was freed, but not returned, to the operating system, after `bytes` of weights were loaded or let go. glibc keeps
 * it for each thread that allocated it, and ONNX Runtime loads on any of several threads: the temporary copy of the weights that it
 * makes would otherwise stay resident, once per thread. Elsewhere than in glibc there is nothing to do.
 */
export function trimHeap(bytes) {
    if (bytes >= LEAST)
        known()?.(0);
}
/** The same in a thread of its own: for a process that is to go on meanwhile. Errors: those of koffi. */
export async function trimHeapAside() {
    const call = known();
    if (call)
        await new Promise((resolve, reject) => call.async(0, (error) => (error ? reject(error) : resolve())));
}
/** Found once; null stays: there is nothing to look for again. */
function known() {
    if (trim === undefined)
        trim = glibcTrim();
    return trim;
}
function glibcTrim() {
    const report = process.platform === 'linux' ? process.report.getReport() : undefined;
    const header = report?.header;
    return header?.glibcVersionRuntime ? loadKoffi().load('libc.so.6').func('int malloc_trim(size_t)') : null;
}
//# sourceMappingURL=trim.js.map