// WebAssembly written by hand: instructions as lists of bytes, and modules of functions over an imported memory. For loops that need SIMD.
/** Unsigned LEB128, as WebAssembly writes sizes. */
function leb(n) {
    const low = n & 127;
    const rest = n >>> 7;
    return rest === 0 ? [low] : [low | 128, ...leb(rest)];
}
/** Signed LEB128, as it writes constants. */
function signedLeb(n) {
    const low = n & 127;
    const rest = n >> 7;
    const done = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
    return done ? [low] : [low | 128, ...signedLeb(rest)];
}
const flat = (code) => (typeof code === 'number' ? [code] : code.flatMap(flat));
const counted = (code) => [leb(flat(code).length), code];
const text = (characters) => counted([...Buffer.from(characters)]);
const END = 0x0b;
/** The value of a local. */
export const get = (local) => [0x20, leb(local)];
/** Gives a local a value. */
export const set = (local, value) => [value, 0x21, leb(local)];
/** The integer n. */
export const int = (n) => [0x41, signedLeb(n)];
/** a + b of integers. */
export const add = (a, b) => [a, b, 0x6a];
/** Adds to a local integer. */
export const advance = (local, step) => set(local, add(get(local), step));
/** The integer at an address. */
export const loadInt = (address, offset = 0) => [address, 0x28, 0, leb(offset)];
/** a < b of addresses. */
export const less = (a, b) => [a, b, 0x49];
/** Runs the body if the condition is not 0. */
export const when = (condition, body) => [condition, 0x04, 0x40, body, END];
/** Runs the body once and again while the condition holds after it. */
export const repeat = (body, condition) => [0x03, 0x40, body, condition, 0x0d, 0, END];
/** An instruction on vectors of 16 bytes. */
const simd = (op, ...rest) => [0xfd, leb(op), rest];
const memory = (op, address, offset = 0) => [address, simd(op, 0, leb(offset))];
const binary = (op) => (a, b) => [a, b, simd(op)];
/** Vectors. Names are those of WebAssembly: `i16x8` are eight integers of 16 bits. */
export const v128 = {
    zero: simd(0x0c, new Array(16).fill(0)),
    load: (address, offset) => memory(0x00, address, offset),
    /** Eight bytes as eight i16. */
    load8x8u: (address, offset) => memory(0x02, address, offset),
    /** Four bytes, four times. */
    load32splat: (address, offset) => memory(0x09, address, offset),
    store: (address, value, offset = 0) => [address, value, simd(0x0b, 0, leb(offset))],
    /** Stores four bytes, of which there are four. */
    store32: (address, value, number) => [address, value, simd(0x5a, 0, 0, number)],
    /** Bytes of a (0 to 15) and b (16 to 31) by their numbers. */
    shuffle: (a, b, bytes) => [a, b, simd(0x0d, bytes)],
    /** Bytes of a by constant numbers; above 127 is 0. */
    swizzle: (a, bytes) => [a, simd(0x0c, bytes), simd(0x0e)],
    /** The lower or upper four i16 as i32. */
    widenLow16: (a) => [a, simd(0xa9)],
    widenHigh16: (a) => [a, simd(0xaa)],
};
/** Four integers of 32 bits. */
export const i32x4 = {
    splat: (a) => [a, simd(0x11)],
    add: binary(0xae),
    mul: binary(0xb5),
    /** Products of i16, two neighbors added. */
    dot: binary(0xba),
    shiftLeft: (a, bits) => [a, int(bits), simd(0xab)],
    shiftRight: (a, bits) => [a, int(bits), simd(0xac)],
    /** a and b as i16, of which too large ones are brought to the limits. */
    narrow: binary(0x85),
};
/** Eight i16 of each of a and b as bytes; below 0 is 0, above 255 is 255. */
export const narrowToBytes = binary(0x66);
const [I32, V128] = [0x7f, 0x7b];
/** A function. Its parameters and the locals `ints` are integers; `vectors` are vectors. `body` is given the numbers of all of them. */
export function wasmFunction(name, { parameters, ints, vectors }, body) {
    const numbers = [...parameters, ...ints, ...vectors].map((local, i) => [local, i]);
    const code = body(Object.fromEntries(numbers));
    const locals = [2, leb(ints.length), I32, leb(vectors.length), V128];
    return { name, parameters: parameters.length, code: counted([locals, code, END]) };
}
/** A module that imports `m.memory` and exports these functions. */
export function wasmModule(functions) {
    const section = (id, items) => [id, counted([leb(items.length), items])];
    const types = functions.map(({ parameters }) => [0x60, counted(new Array(parameters).fill(I32)), 0]);
    const imports = [[text('m'), text('memory'), 0x02, 0, 1]];
    const exports = functions.map(({ name }, i) => [text(name), 0, leb(i)]);
    return Uint8Array.from(flat([
        [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(1, types),
        section(2, imports),
        section(3, functions.map((_, i) => leb(i))),
        section(7, exports),
        section(10, functions.map(({ code }) => code)),
    ]));
}
//# sourceMappingURL=wasm-code.js.map