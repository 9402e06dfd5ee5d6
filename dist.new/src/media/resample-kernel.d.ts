import type { Taps } from './taps.js';
/** Bytes of the record of one position; its first pixel may be the second of a pair. */
export declare const recordBytes: ({ width }: Taps) => number;
/**
 * Writes the records of taps at an address: how far the first pair is from that of position `origin`, in bytes, or from the first row where no
 * origin is given; bytes of the weights; the weight of what is outside the image; the weights, in pairs.
 */
export declare function putRecords(memory: ArrayBuffer, at: number, taps: Taps, origin?: number): void;
type Loop = (...addresses: number[]) => void;
type Loops = Readonly<Record<'pairs' | 'across' | 'down', Loop>>;
/** The functions of `resample-code.ts`, and the memory that they work in. */
export interface Kernel extends Loops {
    readonly memory: ArrayBuffer;
}
/** Whether the kernel can run: old processors have no SIMD, and `node --jitless` has no WebAssembly. */
export declare const hasKernel: () => boolean;
/** Runs `use` with a memory of at least so many bytes, which belongs to nobody else until it returns. */
export declare function withKernel<T>(bytes: number, use: (kernel: Kernel) => T): T;
export {};
