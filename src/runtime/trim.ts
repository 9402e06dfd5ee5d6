// Giving freed memory back to the operating system: the C library keeps what ONNX Runtime frees while it loads a model.

import { loadKoffi } from './koffi.js';

/** Loads and disposals of fewer bytes of weights leave nothing that is worth a search. */
const LEAST = 8 << 20;

type Trim = ((pad: number) => number) & { async(pad: number, done: (error: Error | null) => void): void };
let trim: Trim | null | undefined;

/**
 * Hands memory that was freed, but not returned, to the operating system, after `bytes` of weights were loaded or let go. glibc keeps
 * it for each thread that allocated it, and ONNX Runtime loads on any of several threads: the temporary copy of the weights that it
 * makes would otherwise stay resident, once per thread. Elsewhere than in glibc there is nothing to do.
 */
export function trimHeap(bytes: number): void {
  if (bytes >= LEAST) known()?.(0);
}

/** The same in a thread of its own: for a process that is to go on meanwhile. Errors: those of koffi. */
export async function trimHeapAside(): Promise<void> {
  const call = known();
  if (call) await new Promise<void>((resolve, reject) => call.async(0, (error) => (error ? reject(error) : resolve())));
}

/** Found once; null stays: there is nothing to look for again. */
function known(): Trim | null {
  if (trim === undefined) trim = glibcTrim();
  return trim;
}

function glibcTrim(): Trim | null {
  const report = process.platform === 'linux' ? process.report.getReport() : undefined;
  const header = (report as { header?: { glibcVersionRuntime?: string } } | undefined)?.header;
  return header?.glibcVersionRuntime ? (loadKoffi().load('libc.so.6').func('int malloc_trim(size_t)') as unknown as Trim) : null;
}
