// Weighted sums of pixels, four bytes at a time: the inner loop of resizing, in WebAssembly with SIMD. Its integer arithmetic is Pillow's.

import { PRECISION_BITS } from './taps.js';

/** The part of WebAssembly that is used here; TypeScript has its types only together with those of browsers. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  Instance: new (module: object, imports: object) => { exports: Readonly<Record<string, unknown>> };
};

/** Addresses in `memory` and steps in bytes, one step of each for every result. */
export interface Sums {
  /** Where the pixels begin that the offsets of taps count from. */
  source: number;
  sourceStep: number;
  /** Records of int32: offset in bytes, number of taps, weight of `base`, the weights. */
  taps: number;
  tapsStep: number;
  /** Four bytes that count with the weight of `base`. */
  base: number;
  baseStep: number;
  /** Where results go, four bytes each, up to `end`. With a step below 4 the next result overwrites the rest. */
  out: number;
  end: number;
  outStep: number;
  /** From the pixel of one tap to that of the next. */
  tapStep: number;
}

/** Header of a record of taps, in int32s. */
export const TAPS_HEADER = 3;

/** Unsigned and signed LEB128, as WebAssembly writes numbers. */
function leb(n: number): number[] {
  const low = n & 127;
  const rest = n >>> 7;
  return rest === 0 ? [low] : [low | 128, ...leb(rest)];
}
function signedLeb(n: number): number[] {
  const low = n & 127;
  const rest = n >> 7;
  const done = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
  return done ? [low] : [low | 128, ...signedLeb(rest)];
}

type Code = (number | Code)[];
const flat = (code: Code): number[] => code.flatMap((part) => (typeof part === 'number' ? [part] : flat(part)));
const counted = (code: Code): Code => [leb(flat(code).length), code];
const simd = (op: number, ...rest: number[]): Code => [0xfd, leb(op), rest];
const get = (local: number): Code => [0x20, leb(local)];
const set = (local: number): Code => [0x21, leb(local)];
const int = (n: number): Code => [0x41, signedLeb(n)];
const load = (address: Code, offset: number): Code => [address, 0x28, 2, leb(offset)];
const [ADD, SHIFT_LEFT, LESS, END] = [0x6a, 0x74, 0x49, 0x0b] as const;
const block = (body: Code): Code => [0x02, 0x40, body, END];
const loop = (body: Code): Code => [0x03, 0x40, body, END];
/** Jumps out of `depth` blocks, or to the start of that loop, where the condition holds. */
const jumpIf = (condition: Code, depth: number): Code => [condition, 0x0d, depth];
const advance = (local: number, step: Code): Code => [get(local), step, ADD, set(local)];
/** Four bytes as four int32. */
const widen = (address: Code): Code => [address, simd(0x5c, 0, 0), simd(0x89), simd(0xa9)];
const [MULTIPLY, ADD4, SPLAT] = [simd(0xb5), simd(0xae), simd(0x11)];

const PARAMETERS = ['source', 'sourceStep', 'taps', 'tapsStep', 'base', 'baseStep', 'out', 'end', 'outStep', 'tapStep'] as const;

/** Machine code of a function of `PARAMETERS` over an imported memory. */
function assemble(): Uint8Array {
  const locals = Object.fromEntries(PARAMETERS.map((name, i) => [name, i])) as Record<keyof Sums, number>;
  const { source, sourceStep, taps, tapsStep, base, baseStep, out, end, outStep, tapStep } = locals;
  const [pixel, weight, last, sum] = [10, 11, 12, 13] as const;
  const clamped: Code = [get(sum), int(PRECISION_BITS), simd(0xac), set(sum), get(sum), get(sum), simd(0x86), set(sum)];
  const body: Code = loop([
    [get(source), load(get(taps), 0), ADD, set(pixel)],
    [get(taps), int(TAPS_HEADER * 4), ADD, set(weight)],
    [get(weight), load(get(taps), 4), int(2), SHIFT_LEFT, ADD, set(last)],
    [int(2 ** (PRECISION_BITS - 1)), SPLAT, widen(get(base)), load(get(taps), 8), SPLAT, MULTIPLY, ADD4, set(sum)],
    block([
      jumpIf([get(last), get(weight), 0x4d], 0), // last <= weight: no taps
      loop([
        [get(sum), widen(get(pixel)), get(weight), simd(0x09, 2, 0), MULTIPLY, ADD4, set(sum)],
        advance(pixel, get(tapStep)),
        advance(weight, int(4)),
        jumpIf([get(weight), get(last), LESS], 0),
      ]),
    ]),
    clamped, // to 16 bits, then to 8
    [get(out), get(sum), get(sum), simd(0x66), simd(0x1b, 0), 0x36, 0, 0],
    advance(source, get(sourceStep)),
    advance(taps, get(tapsStep)),
    advance(base, get(baseStep)),
    advance(out, get(outStep)),
    jumpIf([get(out), get(end), LESS], 0),
  ]);
  const section = (id: number, content: Code): Code => [id, counted(content)];
  const [I32, V128] = [0x7f, 0x7b];
  const name = (text: string): Code => counted([...Buffer.from(text)]);
  return Uint8Array.from(
    flat([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, counted(PARAMETERS.map(() => I32)), 0]),
      section(2, [1, name('m'), name('memory'), 0x02, 0, 1]),
      section(3, [1, 0]),
      section(7, [1, name('sums'), 0, 0]),
      section(10, [1, counted([2, 3, I32, 1, V128, body, END])]),
    ]),
  );
}

const PAGE = 2 ** 16;
/** A memory that has grown beyond this is given back after use, in bytes. */
const KEPT = 2 ** 23;

let compiled: object | undefined;
let kept: Weigher | undefined;

/** A memory, and the function that computes sums in it. */
export class Weigher {
  private readonly memory = new WebAssembly.Memory({ initial: 16 });
  private readonly run: (...parameters: number[]) => void;
  constructor() {
    compiled ??= new WebAssembly.Module(assemble());
    this.run = new WebAssembly.Instance(compiled, { m: { memory: this.memory } }).exports.sums as (...parameters: number[]) => void;
  }

  /** Runs `use` with a memory of at least so many bytes. It belongs to nobody else until `use` returns. */
  static with<T>(bytes: number, use: (weigher: Weigher) => T): T {
    const weigher = kept ?? new Weigher();
    kept = undefined;
    weigher.reserve(bytes);
    const result = use(weigher);
    if (weigher.memory.buffer.byteLength <= KEPT) kept = weigher;
    return result;
  }

  private reserve(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  get ints(): Int32Array {
    return new Int32Array(this.memory.buffer);
  }

  /** Every result is the weighted sum of four neighboring bytes each, rounded and brought to 0..255. There is at least one. */
  sums(s: Sums): void {
    this.run(s.source, s.sourceStep, s.taps, s.tapsStep, s.base, s.baseStep, s.out, s.end, s.outStep, s.tapStep);
  }
}
